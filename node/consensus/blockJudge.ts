/**
 * Judges a block that another validator proposes, before this one votes for it (R1).
 *
 * Everything that the header claims is computed anew: its place, its times, its results. The batches are in
 * the pool, so their evidence is checked and durable here.
 */
import { checkBlockSize } from '../../chain/batch.ts';
import type { Header } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { lostProposers } from '../../chain/consensus/proposer.ts';
import { ChainError } from '../../chain/errors.ts';
import { invariant } from '../../chain/invariant.ts';
import type { Params } from '../../chain/params.ts';
import { checkExecution, checkHeader, type Execution, valueAt } from '../../chain/state.ts';
import type { Ledger } from '../ledger.ts';
import type { BatchPool, PooledBatch } from '../mempool/batchPool.ts';

/** What a block is judged by. */
export interface JudgePorts {
  readonly ledger: Ledger;
  readonly pool: BatchPool;
}

/**
 * Checks that a fresh block may hold batches that its header names, be it only some of them.
 *
 * Throws ERR_LIMIT, or ERR_BLOCK_TIME where one may not stand in a block of this time: then nothing more of what
 * the header names need be looked for.
 */
export function checkNamed(
  { timestampMs }: Pick<Header, 'timestampMs'>,
  named: readonly PooledBatch[],
  params: Params,
): void {
  checkBlockSize(
    named.reduce((sum, { signed }) => sum + signed.batch.items.length, 0),
    named.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    params,
  );
  for (const { id, window } of named) {
    if (timestampMs >= window.startMs && timestampMs <= window.endMs) continue;
    throw new ChainError(
      'ERR_BLOCK_TIME',
      `batch ${formatHex(id)} may stand in blocks of ${window.startMs} to ${window.endMs}, not ${timestampMs}`,
    );
  }
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
  checkNamed(header, pooled, valueAt(edge.state.params, header.height));
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
