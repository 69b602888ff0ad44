/** A network under torture: its validators, its wires, and what must hold of it whatever befalls it. */
import { setTimeout as delay } from 'node:timers/promises';

import { quorumSize } from '../../../chain/consensus/quorum.ts';
import type { Shot } from '../journal.ts';
import { within } from '../patience.ts';
import type { Random } from '../random.ts';
import type { Site } from '../site.ts';
import type { Violations } from '../violations.ts';
import { Member } from './member.ts';
import type { NetworkTally, Timed } from './report.ts';
import { topOf, waitForHeight } from './watch.ts';
import type { Wires } from './wires.ts';

/** After any outage a quorum makes blocks again within this time, however long the outage was. */
const PROGRESS_MS_MAX = 10_000;
/** Who was away gets one of the blocks that it lacks within this time, until it has all. */
const CATCH_UP_MS_MAX = 10_000;
/** Time in which a validator without a history learns what it may sign, and votes. */
const VOTE_MS_MAX = 30_000;
const POLL_MS = 200;
/** Time for what was on its way to have its effect. */
const QUIET_MS = 1_000;
/** A block whose votes were on their way when the quorum was lost. */
const LAST_BLOCK_COUNT = 1;

/** The world of a network. */
export interface NetworkPorts {
  readonly site: Site;
  readonly wires: Wires;
  readonly violations: Violations;
  readonly random: Random;
  readonly tally: NetworkTally;
}

/** Validators that run, as far as nothing has befallen them. */
export class Network {
  readonly wires: Wires;
  readonly violations: Violations;
  readonly tally: NetworkTally;
  readonly quorum: number;
  /** Cameras begin while the first members are made. */
  #members: readonly Member[] = [];

  constructor({ site, wires, violations, random, tally }: NetworkPorts) {
    this.wires = wires;
    this.violations = violations;
    this.tally = tally;
    this.quorum = quorumSize(site.validatorDirs.length);
    const chance = random.fork('abroad');
    const abroad = (): Shot | undefined => {
      const { journal } = chance.pick(this.#members)?.cameras ?? {};
      return chance.pick(journal?.shots.slice(-RECENT_COUNT) ?? []);
    };
    this.#members = site.validatorDirs.map(
      (dir) => new Member(dir, { site, wires, violations, random, abroad }),
    );
  }

  /** All validators, in voting order. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** Returns the validators at these places. */
  at(places: readonly number[]): readonly Member[] {
    return this.members.filter((_each, index) => places.includes(index));
  }

  /** Returns all validators but these. */
  without(members: readonly Member[]): readonly Member[] {
    return this.members.filter((each) => !members.includes(each));
  }

  /** Checks that some validators, of which there is a quorum, make blocks. */
  async expectProgress(members: readonly Member[], what: Timed): Promise<void> {
    if (members.length < this.quorum) return;
    const height = (await topOf(members)) + 1;
    const goal = { height, isOneEnough: true, withinMs: PROGRESS_MS_MAX };
    await this.#expectInTime(await waitForHeight(members, goal), what, members);
  }

  /** Checks that validators have all blocks that any has by now. */
  async expectSame(members: readonly Member[], what: Timed): Promise<void> {
    const height = await topOf(this.members.filter(({ api }) => api !== undefined));
    const goal = { height, isOneEnough: false, withinMs: CATCH_UP_MS_MAX };
    await this.#expectInTime(await waitForHeight(members, goal), what, members);
  }

  /** Checks that validators without a quorum decide nothing for a time, and still take submissions in. */
  async expectStandstill(members: readonly Member[], durationMs: number): Promise<void> {
    if (members.length === 0) return;
    await delay(QUIET_MS);
    const before = await topOf(members);
    const accepted = Promise.all(members.map(({ cameras }) => cameras.submit()));
    await within(accepted, 'validators without a quorum answer with 202');
    await delay(Math.max(0, durationMs - QUIET_MS));
    const after = await topOf(members);
    this.violations.expect(
      after <= before + LAST_BLOCK_COUNT,
      `${namesOf(members)} are no quorum and came from height ${before} to ${after}`,
    );
  }

  /** Checks that a validator's vote is counted, as another one sees it. */
  async expectVote(member: Member, what: Timed): Promise<void> {
    const [other] = this.without([member]);
    if (other === undefined) return;
    const height = await topOf(this.members);
    const startMs = performance.now();
    const votes = async (): Promise<boolean> => {
      const validators = await other.validators();
      const found = validators.find(({ name }) => name === member.name);
      return Number(found?.['last_signed_height']) > height;
    };
    while (!(await votes())) {
      if (performance.now() - startMs > VOTE_MS_MAX) {
        this.violations.add(`not in time: ${what}; ${member.name}: ${await member.complaint()}`);
        return;
      }
      await delay(POLL_MS);
    }
    this.tally.time(what, performance.now() - startMs);
  }

  /** Checks what validators have promised so far. */
  async checkPromises(members: readonly Member[]): Promise<void> {
    for (const member of members) await member.checkPromises();
  }

  async #expectInTime(
    ms: number | undefined,
    what: Timed,
    members: readonly Member[],
  ): Promise<void> {
    if (ms === undefined) {
      const heights = await Promise.all(
        members.map(async (each) => `${each.name} ${await each.complaint()}`),
      );
      this.violations.add(`not in time: ${what}; ${heights.join('; ')}`);
    } else this.tally.time(what, ms);
  }
}

/** Pictures that went to one institution shortly before they go to another. */
const RECENT_COUNT = 20;

function namesOf(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(', ');
}
