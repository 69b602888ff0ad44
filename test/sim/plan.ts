/** What a seed draws before anything happens: how many validators, who of them is faulty, parameters and load. */
import { maxFaulty } from '../../chain/consensus/quorum.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import type { Chance } from '../chain/consensus/support/chance.ts';
import type { Conduct } from './parts.ts';

/** A run before it begins. */
export interface Plan {
  readonly validatorCount: number;
  /** By index; at most f are other than honest. */
  readonly conducts: readonly Conduct[];
  readonly params: Params;
  /** Photographs a second while there are any. */
  readonly loadPerS: number;
  /** Time between two faults, on average. */
  readonly faultMsMean: number;
}

const FAULTY: readonly Conduct[] = [
  'liar',
  'liar',
  'liar',
  'liar',
  'wiped',
  'twin',
  'restored',
  'rotten',
  'amnesiac',
];

/** Returns what a seed draws. */
export function drawPlan(chance: Chance): Plan {
  const validatorCount = 4 + chance.below(7);
  const conducts: Conduct[] = Array.from({ length: validatorCount }, () => 'honest');
  // Mostly as many as are tolerated: fewer leave room for those that merely suffer.
  const f = maxFaulty(validatorCount);
  const faultyCount = chance.happens(0.5) ? f : chance.below(f + 1);
  for (let i = 0; i < faultyCount; i++) {
    conducts[chance.below(validatorCount)] = chance.pick(FAULTY);
  }
  const viewTimeoutMs = chance.pick([1_000, 2_000, 2_000, 3_000]);
  return {
    validatorCount,
    conducts,
    params: {
      ...DEFAULT_PARAMS,
      batchWaitMs: 100 + chance.below(900),
      batchTarget: chance.pick([2, 5, 100]),
      keepaliveS: chance.pick([7, 10, 60]),
      announceMs: chance.pick([0, 200]),
      viewTimeoutMs,
      viewTimeoutMaxMs: viewTimeoutMs * 4,
    },
    loadPerS: 0.4 + chance.next(),
    faultMsMean: 2_000 + chance.below(10_000),
  };
}
