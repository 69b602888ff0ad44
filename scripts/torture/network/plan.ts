/**
 * The schedule of a network's faults: which comes when, drawn from the seed before anything starts.
 *
 * One round holds every kind of fault, in random order; kills of one validator come twice.
 */
import { quorumSize } from '../../../chain/consensus/quorum.ts';
import { CRASH_POINTS } from '../../../node/crashPoint.ts';
import { type Kill, OCCURRENCE_MAX } from '../plan.ts';
import { Random } from '../random.ts';
import type { Manner } from './proxy.ts';

/** What befalls a network. Validators are named by their place; a fault lasts `outageMs`. */
export type Fault =
  /** One is killed at a point or a moment; where `again` says so, at a point of its next start too. */
  | {
      readonly type: 'kill';
      readonly victims: readonly number[];
      readonly kill: Kill;
      readonly again: Extract<Kill, { readonly type: 'point' }> | undefined;
      readonly outageMs: number;
    }
  /** Whoever proposes is killed after a moment. */
  | { readonly type: 'kill proposer'; readonly delayMs: number; readonly outageMs: number }
  /** So many are killed that no quorum is left, or all. */
  | {
      readonly type: 'kill several' | 'kill all';
      readonly victims: readonly number[];
      readonly outageMs: number;
    }
  /** The network is parted: these on one side. */
  | {
      readonly type: 'part minority' | 'part halves';
      readonly victims: readonly number[];
      readonly manner: Manner;
      readonly outageMs: number;
    }
  /** One is stopped for longer than a view's timer and goes on; or killed, and its data deleted. */
  | {
      readonly type: 'freeze' | 'wipe';
      readonly victims: readonly number[];
      readonly outageMs: number;
    }
  /** A second process runs with the keys of one: with nothing else, or with a copy of its data. */
  | {
      readonly type: 'twin';
      readonly victims: readonly number[];
      readonly data: 'none' | 'copy';
      readonly outageMs: number;
    };

/** A kind of fault. */
export type FaultType = Fault['type'];

/** All kinds, in the order in which a report lists them; a round holds each as often as it stands here. */
const ROUND: readonly FaultType[] = [
  'kill',
  'kill',
  'kill proposer',
  'kill several',
  'kill all',
  'part minority',
  'part halves',
  'freeze',
  'wipe',
  'twin',
];

/** The kinds of faults. */
export const FAULT_TYPES: readonly FaultType[] = [...new Set(ROUND)];

/** What a schedule is drawn from. */
export interface NetworkPlanOptions {
  /** Whole rounds are drawn until there are as many. */
  readonly kills: number;
  readonly seed: number;
  readonly validatorCount: number;
  /** How long a validator is away at most. */
  readonly outageMsMax: number;
}

const DELAY_MS_MAX = 800;
/** Often enough that a batch or a block is under way; rare points would keep a run waiting. */
const OCCURRENCE_COUNT_MAX = 10;
/** One kill in so many is followed by another one while the validator starts. */
const AGAIN_SHARE = 4;
/** Longer than the first timer of a view, and than the time after which a silent peer is given up. */
const FREEZE_MS_MIN = 2_500;
/** Time for a twin to find out what it may sign. */
const TWIN_MS_MIN = 4_000;

/** Returns the schedule. */
export function planFaults(options: NetworkPlanOptions): readonly Fault[] {
  const random = new Random(options.seed).fork('faults');
  const faults: Fault[] = [];
  for (let kills = 0; kills < options.kills;) {
    const round = random.shuffle(ROUND).map((type) => drawFault(type, options, random));
    faults.push(...round);
    kills += round.reduce((sum, fault) => sum + killCount(fault), 0);
  }
  return faults;
}

/** Returns how many processes a fault kills. */
export function killCount(fault: Fault): number {
  switch (fault.type) {
    case 'kill':
      return fault.again === undefined ? 1 : 2;
    case 'kill proposer':
    case 'wipe':
      return 1;
    case 'kill several':
    case 'kill all':
      return fault.victims.length;
    default:
      return 0;
  }
}

/** Returns a fault in words. */
export function describeFault(fault: Fault, names: readonly string[]): string {
  const whom =
    fault.type === 'kill proposer' ? '' : ` ${fault.victims.map((i) => names[i]).join(', ')}`;
  return `${fault.type}${whom}${describeHow(fault)}, ${fault.outageMs} ms`;
}

function describeHow(fault: Fault): string {
  switch (fault.type) {
    case 'kill': {
      const again = fault.again === undefined ? '' : `, again at ${fault.again.point}`;
      const { kill } = fault;
      return kill.type === 'point'
        ? ` at ${kill.point}, time ${kill.occurrence}${again}`
        : ` after ${kill.delayMs} ms${again}`;
    }
    case 'part minority':
    case 'part halves':
      return ` (${fault.manner})`;
    case 'twin':
      return ` (data: ${fault.data})`;
    default:
      return '';
  }
}

function drawFault(type: FaultType, options: NetworkPlanOptions, random: Random): Fault {
  const { validatorCount: n, outageMsMax } = options;
  const order = random.shuffle(Array.from({ length: n }, (_each, index) => index));
  // Most outages are short, some are long.
  const outageMs = Math.round(outageMsMax * random.next() ** 2);
  const stopsMax = n - quorumSize(n);
  const one = { victims: order.slice(0, 1), outageMs };
  switch (type) {
    case 'kill':
      return { type, ...one, ...drawKill(random) };
    case 'kill proposer':
      return { type, delayMs: random.integer(0, DELAY_MS_MAX), outageMs };
    case 'kill several':
      return { type, victims: order.slice(0, stopsMax + 1), outageMs };
    case 'kill all':
      return { type, victims: order, outageMs };
    case 'part minority':
      return { type, victims: order.slice(0, stopsMax), manner: drawManner(random), outageMs };
    case 'part halves':
      return {
        type,
        victims: order.slice(0, Math.floor(n / 2)),
        manner: drawManner(random),
        outageMs,
      };
    case 'freeze':
      return { type, ...one, outageMs: Math.round(outageMs / 2) + FREEZE_MS_MIN };
    case 'wipe':
      return { type, ...one };
    case 'twin':
      return { type, ...one, ...drawTwin(outageMs, random) };
  }
}

function drawTwin(
  outageMs: number,
  random: Random,
): Pick<Extract<Fault, { type: 'twin' }>, 'data' | 'outageMs'> {
  const data = random.oneIn(2) ? 'none' : 'copy';
  return { data, outageMs: Math.round(outageMs / 2) + TWIN_MS_MIN };
}

function drawManner(random: Random): Manner {
  return random.oneIn(2) ? 'silent' : 'loud';
}

function drawKill(random: Random): Pick<Extract<Fault, { type: 'kill' }>, 'kill' | 'again'> {
  const again = random.oneIn(AGAIN_SHARE) ? drawPoint(random, 2) : undefined;
  const delayMs = random.integer(0, DELAY_MS_MAX);
  const kill = random.oneIn(3)
    ? ({ type: 'moment', delayMs } as const)
    : drawPoint(random, OCCURRENCE_COUNT_MAX);
  return { kill, again };
}

function drawPoint(random: Random, countMax: number): Extract<Kill, { type: 'point' }> {
  const point = random.pick(CRASH_POINTS) ?? 'before-append';
  const occurrence = random.integer(1, Math.min(countMax, OCCURRENCE_MAX[point]));
  return { type: 'point', point, occurrence };
}
