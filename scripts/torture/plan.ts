/**
 * The schedule of kills: which end comes when, drawn from the seed before anything starts.
 *
 * One round holds every named point once and some random moments, in random order.
 */
import { CRASH_POINTS, type CrashPoint } from '../../node/crashPoint.ts';
import { Random } from './random.ts';

/** How a node is ended: at the n-th time that it passes a point, or after a time. */
export type Kill =
  | { readonly type: 'point'; readonly point: CrashPoint; readonly occurrence: number }
  | { readonly type: 'moment'; readonly delayMs: number };

/** A kill of the schedule. */
export interface PlannedKill {
  readonly kill: Kill;
  /** Whether it counts from the start of the process; else from when its interface has been checked. */
  readonly fromStart: boolean;
  /** Whether the stores are checked after it, before the node starts again. */
  readonly checksStores: boolean;
}

/** What a schedule is drawn from. */
export interface PlanOptions {
  readonly kills: number;
  readonly seed: number;
  /** Ends at this point only. */
  readonly point: CrashPoint | undefined;
}

/** Random moments in one round, beside the points. */
const MOMENT_COUNT = 5;
/** One kill in so many counts from the start of the process. */
const FROM_START_SHARE = 4;
/** One kill in so many is followed by a check of the stores. */
const STORE_CHECK_SHARE = 5;
const SERVING_MS_MAX = 1_200;
/** A start takes about half a second: a kill may meet it anywhere, or shortly after it. */
const STARTING_MS_MAX = 1_000;

/** How often a point is passed at most before its kill: rare points would keep a run waiting. */
export const OCCURRENCE_MAX: Readonly<Record<CrashPoint, number>> = {
  'before-append': 60,
  'after-append': 60,
  'before-sync': 30,
  'after-sync': 30,
  'before-202': 40,
  'after-202': 20,
  'before-batch-cut': 5,
  'after-batch-cut': 5,
  'before-log-append': 5,
  'before-log-sync': 5,
  'after-log-sync': 5,
  'before-block-write': 5,
  'after-block-write': 5,
};

/** Kills in one round: with as many, each point is met once. */
export const ROUND_COUNT: number = CRASH_POINTS.length + MOMENT_COUNT;

/** Returns the schedule. */
export function planKills({ kills, seed, point }: PlanOptions): readonly PlannedKill[] {
  const random = new Random(seed).fork('plan');
  const planned: PlannedKill[] = [];
  while (planned.length < kills) {
    const round: readonly (CrashPoint | undefined)[] =
      point === undefined ? drawRound(random) : [point];
    planned.push(...round.map((each) => drawKill(each, random)));
  }
  return planned.slice(0, kills);
}

function drawRound(random: Random): readonly (CrashPoint | undefined)[] {
  const moments = Array.from({ length: MOMENT_COUNT }, () => undefined);
  return random.shuffle([...CRASH_POINTS, ...moments]);
}

function drawKill(point: CrashPoint | undefined, random: Random): PlannedKill {
  const fromStart = random.oneIn(FROM_START_SHARE);
  const checksStores = random.oneIn(STORE_CHECK_SHARE);
  if (point === undefined) {
    const delayMs = random.integer(0, fromStart ? STARTING_MS_MAX : SERVING_MS_MAX);
    return { kill: { type: 'moment', delayMs }, fromStart, checksStores };
  }
  // The first times are those of the recovery.
  const occurrence = random.integer(1, fromStart ? 2 : OCCURRENCE_MAX[point]);
  return { kill: { type: 'point', point, occurrence }, fromStart, checksStores };
}

/** Returns a kill in words. */
export function describeKill({ kill, fromStart }: PlannedKill): string {
  const since = fromStart ? 'from the start' : 'under load';
  return kill.type === 'point'
    ? `${kill.point}, time ${kill.occurrence} ${since}`
    : `${kill.delayMs} ms ${since}`;
}
