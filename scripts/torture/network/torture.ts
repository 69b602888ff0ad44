/**
 * A run over a network: one fault after the other befalls validators under load, and in the end all must have
 * the same chain, with everything on it that a camera was promised.
 *
 * Every validator has cameras of its own, which go on all the time; while theirs is away, they wait. Between two
 * faults the network is whole again: a fault is never one too many by chance.
 */
import { basename } from 'node:path';

import { elementsOf } from '../ask.ts';
import { DeadlineError, within } from '../patience.ts';
import { Random } from '../random.ts';
import { openSite, type Site } from '../site.ts';
import { checkLog, checkStores } from '../stores.ts';
import { Violations } from '../violations.ts';
import { checkWholeChain } from '../wholeChain.ts';
import { suffer } from './faults.ts';
import type { Member } from './member.ts';
import { Network } from './network.ts';
import { describeFault, type Fault, killCount } from './plan.ts';
import { type NetworkReport, NetworkTally } from './report.ts';
import { checkSameChain } from './sameChain.ts';
import { waitForSameHeight } from './watch.ts';
import { Wires } from './wires.ts';

/** What a run is made of. */
export interface NetworkTortureOptions {
  readonly seed: number;
  /** An empty folder. */
  readonly dir: string;
  readonly validatorCount: number;
  readonly plan: readonly Fault[];
}

const CAMERA_COUNT = 4;
const SETTLE_MS_MAX = 60_000;

/** Runs; resolves to the report, whatever was found. `onLine` hears of each fault. */
export async function tortureNetwork(
  options: NetworkTortureOptions,
  onLine: (line: string) => void,
): Promise<NetworkReport> {
  const { validatorCount, dir } = options;
  const site = await openSite(dir, { validatorCount, cameraCount: CAMERA_COUNT });
  try {
    return await play(site, options, onLine);
  } finally {
    await site.close();
  }
}

async function play(
  site: Site,
  { seed, plan }: NetworkTortureOptions,
  onLine: (line: string) => void,
): Promise<NetworkReport> {
  const violations = new Violations();
  const tally = new NetworkTally();
  const wires = await Wires.lay(site.validatorDirs.map((dir) => basename(dir)));
  const network = new Network({ site, wires, violations, random: new Random(seed), tally });
  const { members } = network;
  try {
    await Promise.all(members.map((each) => each.start()));
    // Who joins the others after the first block signs nothing for two: until then no other may be away.
    for (const each of members) await network.expectVote(each, 'every validator votes');
    for (const [i, fault] of plan.entries()) {
      const startMs = performance.now();
      await suffer(fault, network);
      tally.countFault(fault.type, killCount(fault));
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
      const what = describeFault(
        fault,
        members.map(({ name }) => name),
      );
      onLine(`${i + 1}/${plan.length}  ${what}: over after ${seconds} s`);
      await checkEvidence(members, { violations, tally });
      if (violations.any) break;
    }
    await finish(network, tally);
  } catch (error) {
    if (error instanceof DeadlineError) violations.add(error.message);
    // What fetch throws without a connection: nobody was to be away.
    else if (error instanceof TypeError && error.message === 'fetch failed')
      violations.add(`a validator is gone: ${String(error.cause)}`);
    else throw error;
  } finally {
    wires.heal();
    await Promise.all(members.map((each) => each.clear()));
    wires.close();
  }
  return tally.report(members, violations);
}

/** No validator that runs once signs two values for one slot, whatever befalls it. */
async function checkEvidence(
  members: readonly Member[],
  { violations, tally }: { readonly violations: Violations; readonly tally: NetworkTally },
): Promise<void> {
  const twins = new Set(members.filter(({ hadTwin }) => hadTwin).map(({ name }) => name));
  for (const member of members) {
    for (const validator of await member.validators()) {
      const name = String(validator['name']);
      const evidence = elementsOf(validator['evidence']);
      if (evidence.length === 0) continue;
      if (twins.has(name)) tally.noteContradiction(name);
      else {
        const what = JSON.stringify(evidence);
        violations.add(`${member.name} holds evidence against ${name}, which ran once: ${what}`);
      }
    }
  }
}

/** Ends the load and checks everything a last time: on the running validators, then in their folders. */
async function finish({ members, violations }: Network, tally: NetworkTally): Promise<void> {
  const loads = Promise.all(members.map(({ cameras }) => cameras.load.end()));
  await within(loads, 'every submission has its 202');
  for (const member of members) await checkSettled(member, violations);
  const isSame = await waitForSameHeight(members, SETTLE_MS_MAX);
  violations.expect(isSame, 'the validators did not come to the same height');
  await checkEvidence(members, { violations, tally });
  const [first, ...others] = members;
  if (first?.api === undefined) return;
  const books = members.flatMap((each) => each.books);
  tally.countChain(await checkWholeChain(first.api, { books, violations }));
  await Promise.all(others.map((each) => each.stop()));
  for (const { dir } of others) {
    await checkStores(dir, violations, first.api);
    tally.countStoreCheck();
  }
  await first.stop();
  await checkStores(first.dir, violations);
  tally.countStoreCheck();
  const dirs = members.map(({ dir }) => dir);
  await checkSameChain(dirs, violations);
  for (const dir of dirs) await checkLog(dir, violations);
}

async function checkSettled(member: Member, violations: Violations): Promise<void> {
  const { pending = [] } = (await member.checkPromises()) ?? {};
  const isSettled = await member.settle(pending);
  const kept = await member.checkPromises();
  // What another one claims too may have ended as its duplicate: that is no loss.
  violations.expect(
    isSettled && kept !== undefined,
    `${pending.length} promises of ${member.name} were still pending in the end`,
  );
}
