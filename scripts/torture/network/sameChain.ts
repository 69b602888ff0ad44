/** Compares the chains of validators that do not run, byte for byte: headers, batches, entries. */
import { join } from 'node:path';

import { signedBatchSchema } from '../../../chain/batch.ts';
import { headerSchema } from '../../../chain/block.ts';
import { equalBytes, formatHex } from '../../../chain/bytes.ts';
import { encode } from '../../../chain/codec.ts';
import { DATA_PATHS } from '../../../node/stores.ts';
import type { ChainStore } from '../../../node/store/chainStore.ts';
import { openLevelChainStore } from '../../../node/store/levelChainStore.ts';
import type { Violations } from '../violations.ts';

/** Checks that all folders hold the same chain, up to the lowest of their heights. */
export async function checkSameChain(
  validatorDirs: readonly string[],
  violations: Violations,
): Promise<void> {
  const stores: ChainStore[] = [];
  try {
    for (const dir of validatorDirs) {
      stores.push(await openLevelChainStore(join(dir, 'data', DATA_PATHS.chain)));
    }
    const heights = stores.map((store) => store.edge()?.header.height ?? -1);
    const height = Math.min(...heights);
    violations.expect(
      Math.max(...heights) === height,
      `the stores end at different heights: ${heights.join(', ')}`,
    );
    for (let at = 0; at <= height; at++) {
      const [first, ...others] = stores.map((store) => blockBytes(store, at));
      const isSame = others.every((each) => first !== undefined && areEqual(first, each));
      violations.expect(isSame, `the stores hold different blocks at height ${at}`);
      if (!isSame) return;
    }
    compareEntries(stores, violations);
  } finally {
    for (const store of stores) await store.close();
  }
}

/** A header and the batches that it names. */
function blockBytes(store: ChainStore, height: number): readonly Uint8Array[] {
  const header = store.readHeader(height);
  if (header === undefined) return [];
  const batches = header.batchIds.map((id) => {
    const signed = store.readSignedBatch(id);
    if (signed === undefined) throw new Error(`batch ${formatHex(id)} is missing`);
    return encode(signedBatchSchema, signed);
  });
  return [encode(headerSchema, header), ...batches];
}

function compareEntries(stores: readonly ChainStore[], violations: Violations): void {
  const sizes = stores.map((store) => store.edge()?.frontier.treeSize ?? 0);
  for (let index = 0; index < Math.min(...sizes); index++) {
    const [first, ...others] = stores.map((store) => store.readEntry(index));
    const isSame = others.every(
      (each) => first !== undefined && each !== undefined && equalBytes(first, each),
    );
    violations.expect(isSame, `the stores hold different entries at log index ${index}`);
    if (!isSame) return;
  }
}

function areEqual(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return (
    a.length === b.length && a.every((bytes, i) => equalBytes(bytes, b[i] ?? new Uint8Array()))
  );
}
