/** A node: whoever it is, it starts here. Nothing outside this folder builds one in another way. */
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { checkGenesisTime, readIdentity } from './identity.ts';
import type { RunningNode } from './lifetime.ts';
import { startObserver } from './observerNode.ts';
import { startValidator } from './validatorNode.ts';
import type { World } from './world.ts';

export type { RunningNode } from './lifetime.ts';

/** The world of a node; what is absent is the usual. */
export type NodeWorld = Pick<World, 'log'> & Partial<World>;

/** Starts a node; resolves when it is ready. Rejects with an error that says what to do, or the signal's reason. */
export async function startNode(config: Config, world: NodeWorld): Promise<RunningNode> {
  const { log, clock = systemClock, onPoint = () => undefined } = world;
  const identity = await readIdentity(config);
  checkGenesisTime(identity.genesis, clock);
  const whole = { log, clock, onPoint, signal: world.signal ?? new AbortController().signal };
  return identity.role === 'validator'
    ? startValidator(identity, config, whole)
    : startObserver(identity, config, whole);
}
