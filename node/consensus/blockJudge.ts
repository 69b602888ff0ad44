/**
 * Judges a block that another validator proposes, before this one votes for it (R1).
 *
 * Everything that the header claims is computed anew: its place, its times, its results. The batches are in
 * the pool, so their evidence is checked and durable here.
 */
import type { Header } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { lostProposers } from '../../chain/consensus/proposer.ts';
import { ChainError } from '../../chain/errors.ts';
import { invariant } from '../../chain/invariant.ts';
import { checkExecution, checkHeader, type Execution } from '../../chain/state.ts';
import type { Ledger } from '../ledger.ts';
import type { BatchPool } from '../mempool/batchPool.ts';

/** What a block is judged by. */
export interface JudgePorts {
  readonly ledger: Ledger;
  readonly pool: BatchPool;
}

/**
 * Returns what executing a fresh block on the edge yields.
 *
 * Throws the ChainError of the first fact that does not hold, as `applyBlock` does, and ERR_BLOCK_TIME where
 * a batch may not stand in a block of this time.
 */
export function judgeBlock(header: Header, { ledger, pool }: JudgePorts): Execution {
  const pooled = header.batchIds.map((id) => {
    const batch = pool.find(id);
    invariant(batch !== undefined, `R1: batch ${formatHex(id)} is here before a block is judged`);
    return batch;
  });
  const batches = pooled.map(({ signed }) => signed.batch);
  const edge = ledger.edge();
  checkHeader(edge, { header, batches });
  for (const { id, window } of pooled) {
    if (header.timestampMs >= window.startMs && header.timestampMs <= window.endMs) continue;
    throw new ChainError(
      'ERR_BLOCK_TIME',
      `batch ${formatHex(id)} may stand in blocks of ${window.startMs} to ${window.endMs}, not ${header.timestampMs}`,
    );
  }
  const { height, view, timestampMs } = header;
  const execution = ledger.execute({
    height,
    view,
    timestampMs,
    lostProposers: lostProposers(edge.state, header),
    batches,
  });
  checkExecution(execution, header);
  return execution;
}
