/** Blocks that a ledger takes without anybody's vote. */
import { hashHeader } from '../../chain/block.ts';
import type { Applied } from '../../chain/state.ts';
import { buildBlock } from '../../node/consensus/blockBuilder.ts';
import type { Ledger } from '../../node/ledger.ts';
import { BatchPool, type PooledBatch } from '../../node/mempool/batchPool.ts';
import type { FakeClock } from './fakeClock.ts';

/** Whose ledger, and who is said to have proposed. */
export interface BlockWorld {
  readonly ledger: Ledger;
  readonly clock: FakeClock;
  /** A validator's consensus key. */
  readonly proposer: Uint8Array;
}

/** Appends a block of these batches, or an empty one, under a certificate without signatures. */
export async function appendBlock(
  world: BlockWorld,
  batches: readonly PooledBatch[],
): Promise<Applied> {
  const pool = new BatchPool(64 * 1_024 * 1_024);
  for (const each of batches) pool.add(each);
  const height = world.ledger.edge().header.height + 1;
  const built = buildBlock({ height, view: 0, suspects: [] }, true, { ...world, pool });
  if (built === undefined) throw new Error('a block is due');
  const { header, execution } = built;
  const certificate = { height, view: 0, blockHash: hashHeader(header), signatures: [] };
  const named = header.batchIds.map((id) => {
    const found = pool.find(id);
    if (found === undefined) throw new Error('the block names what was given');
    return found.signed;
  });
  return world.ledger.append({ header, certificate, batches: named, execution });
}
