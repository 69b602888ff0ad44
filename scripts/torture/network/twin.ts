/**
 * A validator that is started twice: a second process with the same keys, on a data folder of its own.
 *
 * The data folder is locked against a second process; another folder, or another machine, is not. The second one
 * signs nothing at heights about which the others hold messages of the first, but it may sign above them, where
 * the two know nothing of each other. So the two together count as one faulty validator: the others go on, and
 * what they sign twice stands on the chain against them, and against nobody else.
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startNodeProcess } from '../nodeProcess.ts';
import { within } from '../patience.ts';
import type { Member } from './member.ts';
import type { Network } from './network.ts';
import type { Fault } from './plan.ts';
import { freePort } from './ports.ts';

type TwinFault = Extract<Fault, { readonly type: 'twin' }>;

/** What a node's folder holds beside its data. */
const IDENTITY = ['genesis.json', 'node.env', 'keys', 'tsa', 'witness'];

/** Runs a twin for a while, and ends it. */
export async function runTwin(fault: TwinFault, network: Network): Promise<void> {
  for (const victim of network.at(fault.victims)) {
    const dir = `${victim.dir}-twin`;
    victim.hadTwin = true;
    await mkdir(dir);
    for (const name of IDENTITY) await cp(join(victim.dir, name), join(dir, name), RECURSIVE);
    if (fault.data === 'copy') {
      // As from a backup: a copy of what is being written would be no copy.
      await victim.stop();
      await cp(join(victim.dir, 'data'), join(dir, 'data'), RECURSIVE);
      await victim.start();
    }
    await liveTogether(dir, victim, { fault, network });
    await rm(dir, RECURSIVE);
    await network.expectSame(network.members, 'who was away has all blocks');
  }
}

const RECURSIVE = { recursive: true } as const;

async function liveTogether(
  dir: string,
  victim: Member,
  { fault, network }: { readonly fault: TwinFault; readonly network: Network },
): Promise<void> {
  const settings = victim.settings(await freePort());
  const twin = await startNodeProcess(dir, { settings });
  const ended = twin.ended.then(({ signal }) => signal === null);
  try {
    // Before that it says nothing that matters.
    await within(twin.ready, `the twin of ${victim.name} is ready, or ends`);
    const isRefused = await Promise.race([ended, delay(fault.outageMs, false)]);
    if (isRefused) network.tally.countRefusedTwin();
    await network.expectProgress(network.without([victim]), 'a block without those that are away');
  } finally {
    twin.kill();
    await twin.ended;
  }
}
