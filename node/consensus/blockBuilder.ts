/**
 * Builds a proposal: takes batches from the pool, judges their times by the block's, executes them.
 *
 * Validators execute before they vote, so the results stand in the header and a disagreement about
 * execution can never be committed.
 */
import { type Header, hashHeader } from '../../chain/block.ts';
import { lostProposers, type Place } from '../../chain/consensus/proposer.ts';
import type { CertificateParser } from '../../chain/evidence.ts';
import { findUntimely } from '../../chain/evidenceTime.ts';
import { earliestTime, type Execution, validatorsAt, valueAt } from '../../chain/state.ts';
import { hashValidatorSet } from '../../chain/validatorSet.ts';
import type { BatchPool, PooledBatch } from '../mempool/batchPool.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger.ts';

/** The world of a builder. */
export interface BuilderPorts {
  readonly ledger: Ledger;
  readonly pool: BatchPool;
  readonly parse: CertificateParser;
  readonly clock: Clock;
}

/** A batch whose records at these positions can no longer be committed. */
export interface Untimely {
  readonly batch: PooledBatch;
  readonly positions: readonly number[];
  /** Time of the block that had no room for them. */
  readonly timestampMs: number;
}

/** A header ready to be proposed, or why there is none. */
export interface Built {
  readonly header: Header | undefined;
  readonly execution: Execution | undefined;
  /** Batches that were left out because of their records' times. */
  readonly untimely: readonly Untimely[];
}

/** Returns a block for a place, or none where there is neither a batch nor a keep-alive due. */
export function buildBlock(place: Place, proposer: Uint8Array, ports: BuilderPorts): Built {
  const { state, header: parent } = ports.ledger.edge();
  const params = valueAt(state.params, place.height);
  const timestampMs = Math.max(ports.clock.nowMs(), parent.timestampMs + 1);
  const budget = { recordsMax: params.blockRecordsMax, bytesMax: params.blockBytesMax };
  const reference = { timestampMs, lateGraceS: params.lateGraceS, parse: ports.parse };
  const judged = ports.pool.select(budget).map((batch) => ({
    batch,
    positions: findUntimely(batch.signed.batch, batch.evidence, reference),
    timestampMs,
  }));
  const untimely = judged.filter(({ positions }) => positions.length > 0);
  const chosen = judged.filter(({ positions }) => positions.length === 0).map(({ batch }) => batch);
  if (chosen.length === 0 && timestampMs < earliestTime(parent, params.keepaliveS)) {
    return { header: undefined, execution: undefined, untimely };
  }
  const batches = chosen.map(({ signed }) => signed.batch);
  const { height, view } = place;
  const execution = ports.ledger.execute({
    height,
    view,
    timestampMs,
    lostProposers: lostProposers(state, place),
    batches,
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
  return { header, execution, untimely };
}
