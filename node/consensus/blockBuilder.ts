/**
 * Builds a proposal: takes batches from the pool that suit its time, and executes them.
 *
 * Validators execute before they vote, so the results stand in the header and a disagreement about
 * execution can never be committed.
 */
import { type Header, hashHeader } from '../../chain/block.ts';
import { lostProposers } from '../../chain/consensus/proposer.ts';
import type { BuildRequest } from '../../chain/consensus/ready.ts';
import { earliestTime, type Execution, validatorsAt, valueAt } from '../../chain/state.ts';
import { hashValidatorSet } from '../../chain/validatorSet.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger.ts';
import type { BatchPool } from '../mempool/batchPool.ts';

/** The world of a builder. */
export interface BuilderPorts {
  readonly ledger: Ledger;
  readonly pool: BatchPool;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Consensus key of this validator. */
  readonly proposer: Uint8Array;
}

/** A block that can be proposed. */
export interface Built {
  readonly header: Header;
  readonly execution: Execution;
}

/**
 * Returns a block for a place, or undefined where there is nothing to propose.
 *
 * @param isKeepaliveDue - whether the chain has been silent for so long, by this node's own timer, that an empty
 * block is owed. It bears the earliest time that it may, where this node's clock is behind that.
 */
export function buildBlock(
  request: BuildRequest,
  isKeepaliveDue: boolean,
  { ledger, pool, clock, proposer }: BuilderPorts,
): Built | undefined {
  const { height, view, suspects } = request;
  const { state, header: parent } = ledger.edge();
  const params = valueAt(state.params, height);
  const nowMs = clock.nowMs();
  const fullMs = Math.max(nowMs, earliestTime(parent, undefined));
  const { blockRecordsMax: recordsMax, blockBytesMax: bytesMax } = params;
  const chosen = pool.select({ recordsMax, bytesMax, timestampMs: fullMs, suspects });
  if (chosen.length === 0 && !isKeepaliveDue) return undefined;
  const emptyMs = Math.max(nowMs, earliestTime(parent, params.keepaliveS));
  const timestampMs = chosen.length === 0 ? emptyMs : fullMs;
  const execution = ledger.execute({
    height,
    view,
    timestampMs,
    lostProposers: lostProposers(state, { height, view }),
    batches: chosen.map(({ signed }) => signed.batch),
  });
  const header: Header = {
    version: 1,
    chainId: state.chainId,
    height,
    view,
    parentHash: hashHeader(parent),
    timestampMs,
    proposer,
    batchIds: chosen.map(({ id }) => id),
    logSize: execution.frontier.treeSize,
    logRoot: execution.logRoot,
    stateRoot: execution.stateRoot,
    validatorSetHash: hashValidatorSet(validatorsAt(state, height)),
  };
  return { header, execution };
}
