/** Rows of a network in which one validator attacks the others, beside one in which it does not. */
import type { AttackMessage, AttackMode } from '../attack/modes.ts';
import { BenchError, type Child } from '../children.ts';
import { SETTINGS } from '../options.ts';
import type { Step } from '../rounds.ts';
import { prepareNetwork, type RunningNode, startNode, startNodes, type World } from '../world.ts';
import { measureSubmissions, nodeTarget, shapesOf } from './submissions.ts';

const ATTACKER = new URL('../attack/attacker.ts', import.meta.url).pathname;

/** Where an honest validator shows what it saw of an attack. */
const TRACES: Readonly<Record<AttackMode, readonly [path: string, trace: RegExp]>> = {
  equivocation: ['/api/v1/validators', /"recorded_height":\d/],
  signatures: ['/metrics', /^birthmark_bad_batches_total\{.*\} [1-9]/m],
};

/** A network whose last validator takes no submissions, and may be an attacker. */
export interface Besieged {
  readonly step: Step;
  stop(): Promise<void>;
}

/** Starts a network; without a mode the last validator is honest. */
export async function startBesieged(
  name: string,
  mode: AttackMode | undefined,
  world: World,
): Promise<Besieged> {
  const { validators } = world.options;
  const folder = `attack-${mode ?? 'none'}`;
  const param = [`batch_wait_ms=${SETTINGS.batchWaitMs}`];
  const { dirs } = await prepareNetwork(folder, world, { param, validators });
  const last = dirs.at(-1);
  const honest = await startNodes(dirs.slice(0, -1), world);
  const { child, attack } =
    mode === undefined
      ? { child: (await startNode(last, world)).child, attack: () => Promise.resolve() }
      : await startAttacker(last ?? '', mode, world);
  return {
    step: { name, measure: () => measure(honest, attack, world) },
    stop: async () => {
      if (mode !== undefined) await checkTrace(mode, honest[0]);
      await child.stop();
      for (const node of honest) await node.child.stop();
    },
  };
}

interface Attacker {
  readonly child: Child;
  /** Resolves when the attack has begun, or has ended. */
  readonly attack: (isOn: boolean) => Promise<void>;
}

async function startAttacker(dir: string, mode: AttackMode, world: World): Promise<Attacker> {
  const child = await world.children.start({
    name: `attacker-${mode}`,
    script: ATTACKER,
    args: [dir, mode],
  });
  await child.reply();
  return {
    child,
    attack: async (isOn) => {
      const message: AttackMessage = { attack: isOn };
      await child.ask(message);
    },
  };
}

async function measure(
  honest: readonly RunningNode[],
  attack: Attacker['attack'],
  world: World,
): Promise<number> {
  const { lists } = shapesOf(world.options);
  await attack(true);
  try {
    return (await measureSubmissions(nodeTarget(honest), lists, world)).perSecond;
  } finally {
    await attack(false);
  }
}

/** An attack that nobody noticed was none. */
async function checkTrace(mode: AttackMode, node: RunningNode | undefined): Promise<void> {
  const [path, trace] = TRACES[mode];
  const answer = await fetch(new URL(path, node?.api));
  if (!trace.test(await answer.text())) throw new BenchError(`${path} shows no ${mode}`);
}
