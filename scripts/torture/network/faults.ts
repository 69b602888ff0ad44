/** What a fault does to a network, and what must hold while it lasts and after it. */
import { setTimeout as delay } from 'node:timers/promises';

import { killAfter } from '../patience.ts';
import type { Member } from './member.ts';
import type { Network } from './network.ts';
import type { Fault } from './plan.ts';
import type { Manner } from './proxy.ts';
import { runTwin } from './twin.ts';

/** Some validators are away for a time. */
interface Outage {
  readonly victims: readonly number[];
  readonly outageMs: number;
}

type Of<T extends Fault['type']> = Extract<Fault, { readonly type: T }>;

/** Brings a fault about; resolves when it is over and the network is whole. */
export async function suffer(fault: Fault, network: Network): Promise<void> {
  switch (fault.type) {
    case 'kill':
      await killOne(fault, network);
      break;
    case 'kill proposer':
      await killProposer(fault, network);
      break;
    case 'kill several':
    case 'kill all':
      await killSeveral(fault, network);
      break;
    case 'part minority':
    case 'part halves':
      await part(fault, network);
      break;
    case 'freeze':
      await freeze(fault, network);
      break;
    case 'wipe':
      await wipe(fault, network);
      break;
    case 'twin':
      await runTwin(fault, network);
      break;
  }
}

async function killOne(fault: Of<'kill'>, network: Network): Promise<void> {
  const { kill, again } = fault;
  for (const victim of network.at(fault.victims)) {
    if (kill.type === 'point') {
      victim.process.trap(kill);
      await victim.bury();
    } else {
      await killAfter(victim.process, kill.delayMs);
      await victim.bury();
    }
    if (again !== undefined) {
      await victim.launch(again);
      await victim.bury();
    }
    await outlive([victim], fault, network);
  }
}

async function killProposer(fault: Of<'kill proposer'>, network: Network): Promise<void> {
  const { members } = network;
  await delay(fault.delayMs);
  const name = await members[0]?.proposer();
  const victim = members.find((each) => each.name === name);
  if (victim === undefined) {
    network.violations.add(`${String(name)} is the proposer, and no validator`);
    return;
  }
  await victim.kill();
  await outlive([victim], fault, network);
}

/** One of the dead comes back: the others make blocks while it is away, and it has them all afterwards. */
async function outlive(
  dead: readonly Member[],
  { outageMs }: Pick<Outage, 'outageMs'>,
  network: Network,
): Promise<void> {
  const outage = delay(outageMs);
  await network.expectProgress(network.without(dead), 'a block without those that are away');
  await outage;
  await Promise.all(dead.map((each) => each.start()));
  await network.checkPromises(dead);
  await network.expectSame(network.members, 'who was away has all blocks');
}

async function killSeveral(fault: Outage, network: Network): Promise<void> {
  const victims = network.at(fault.victims);
  await Promise.all(victims.map((each) => each.kill()));
  await network.expectStandstill(network.without(victims), fault.outageMs);
  await Promise.all(victims.map((each) => each.start()));
  await network.expectProgress(network.members, 'a block once a quorum is back');
  await network.checkPromises(victims);
  await network.expectSame(network.members, 'who was away has all blocks');
}

async function part(fault: Outage & { readonly manner: Manner }, network: Network): Promise<void> {
  const side = network.at(fault.victims);
  const rest = network.without(side);
  network.wires.part(new Set(side.map(({ name }) => name)), fault.manner);
  const outage = delay(fault.outageMs);
  await Promise.all([
    ...[side, rest]
      .filter(({ length }) => length < network.quorum)
      .map((each) => network.expectStandstill(each, fault.outageMs)),
    network.expectProgress(rest, 'a block without those that are away'),
    outage,
  ]);
  network.wires.heal();
  await network.expectProgress(network.members, 'a block once a quorum is back');
  await network.expectSame(network.members, 'who was away has all blocks');
}

async function freeze(fault: Outage, network: Network): Promise<void> {
  const victims = network.at(fault.victims);
  for (const victim of victims) victim.process.freeze();
  const outage = delay(fault.outageMs);
  await network.expectProgress(network.without(victims), 'a block without those that are away');
  await outage;
  for (const victim of victims) victim.process.thaw();
  await network.expectSame(network.members, 'who was away has all blocks');
}

async function wipe(fault: Outage, network: Network): Promise<void> {
  for (const victim of network.at(fault.victims)) {
    await victim.kill();
    await victim.wipe();
    await outlive([victim], fault, network);
    await network.expectVote(victim, 'who was wiped votes again');
  }
}
