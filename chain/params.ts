/**
 * Parameters on which consensus rests: set in the genesis, changed later only by the chain.
 *
 * Nothing here may be overridden by a node's own configuration, since two nodes that differ would judge
 * the same block differently.
 */
import { bool, type Schema, tuple, uint } from './codec.ts';

/** Parameters of a chain. Times end in their unit. */
export interface Params {
  /** Submissions at which a batch is cut at once. */
  readonly batchTarget: number;
  /** Items of a batch at most. */
  readonly batchMax: number;
  /** Age of the oldest waiting submission at which a batch is cut. */
  readonly batchWaitMs: number;
  /** Records of a block at most. */
  readonly blockRecordsMax: number;
  /** Bytes of a block's batches at most, evidence not counted. */
  readonly blockBytesMax: number;
  /** Time after a block at which an empty one is due. */
  readonly keepaliveS: number;
  /** Time that a batch is held before it starts a proposer's timer. */
  readonly announceMs: number;
  /** First timer of a view. */
  readonly viewTimeoutMs: number;
  /** Longest timer of a view. */
  readonly viewTimeoutMaxMs: number;
  /** P: how far a proposal may lie ahead of a validator's clock in view 0. */
  readonly clockAheadMs: number;
  /** D: how far a proposal may lie behind a validator's clock in view 0. */
  readonly clockBehindMs: number;
  /** Time after a certificate's end in which photographs taken before it are still accepted. */
  readonly lateGraceS: number;
  /** Block time after which a batch's evidence is dropped. */
  readonly evidenceRetentionS: number;
  /** Whether the legacy form is accepted. */
  readonly legacy: boolean;
  /** Whether records name the manufacturer. */
  readonly publishAuthority: boolean;
}

const DAY_S = 86_400;

/** The parameters of a genesis that names none. */
export const DEFAULT_PARAMS: Params = {
  batchTarget: 100,
  batchMax: 1_000,
  batchWaitMs: 1_000,
  blockRecordsMax: 5_000,
  blockBytesMax: 4 * 1_048_576,
  keepaliveS: 60,
  announceMs: 200,
  viewTimeoutMs: 2_000,
  viewTimeoutMaxMs: 8_000,
  clockAheadMs: 5_000,
  clockBehindMs: 5_000,
  lateGraceS: 90 * DAY_S,
  evidenceRetentionS: 30 * DAY_S,
  legacy: false,
  publishAuthority: true,
};

const TIMER_MS_MAX = 3_600_000;

/** Inclusive bounds of the numeric parameters. */
export const PARAM_BOUNDS: Readonly<
  Record<Exclude<keyof Params, 'legacy' | 'publishAuthority'>, readonly [min: number, max: number]>
> = {
  batchTarget: [1, 10_000],
  batchMax: [1, 10_000],
  batchWaitMs: [1, TIMER_MS_MAX],
  blockRecordsMax: [1, 50_000],
  blockBytesMax: [65_536, 67_108_864],
  keepaliveS: [1, 86_400],
  announceMs: [0, TIMER_MS_MAX],
  viewTimeoutMs: [10, TIMER_MS_MAX],
  viewTimeoutMaxMs: [10, TIMER_MS_MAX],
  clockAheadMs: [100, 600_000],
  clockBehindMs: [100, 600_000],
  lateGraceS: [0, 3_650 * DAY_S],
  evidenceRetentionS: [3_600, 3_650 * DAY_S],
};

function bounded(name: keyof typeof PARAM_BOUNDS): Schema<number> {
  const [min, max] = PARAM_BOUNDS[name];
  return uint(max, min);
}

/** Canonical form of the parameters. */
export const paramsSchema: Schema<Params> = tuple<Params>({
  batchTarget: bounded('batchTarget'),
  batchMax: bounded('batchMax'),
  batchWaitMs: bounded('batchWaitMs'),
  blockRecordsMax: bounded('blockRecordsMax'),
  blockBytesMax: bounded('blockBytesMax'),
  keepaliveS: bounded('keepaliveS'),
  announceMs: bounded('announceMs'),
  viewTimeoutMs: bounded('viewTimeoutMs'),
  viewTimeoutMaxMs: bounded('viewTimeoutMaxMs'),
  clockAheadMs: bounded('clockAheadMs'),
  clockBehindMs: bounded('clockBehindMs'),
  lateGraceS: bounded('lateGraceS'),
  evidenceRetentionS: bounded('evidenceRetentionS'),
  legacy: bool(),
  publishAuthority: bool(),
});
