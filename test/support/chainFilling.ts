/** Fills a chain store as a node does that joins late: with what blocks have left, without the blocks. */
import { renameSync } from 'node:fs';

import { decode } from '../../chain/codec.ts';
import { entrySchema } from '../../chain/entry.ts';
import { invariant } from '../../chain/invariant.ts';
import { leafHash } from '../../chain/merkle.ts';
import type {
  BlockWrite,
  ChainBase,
  ChainFilling,
  ChainStore,
} from '../../node/store/chainStore.ts';
import { openLevelChainStore } from '../../node/store/levelChainStore.ts';

/** Returns what a chain of these blocks is from its last one on. */
export function baseOf(blocks: readonly BlockWrite[]): ChainBase {
  const last = blocks.at(-1);
  invariant(last?.certificate !== undefined, 'a base is certified');
  return { header: last.header, certificate: last.certificate, state: last.applied.edge.state };
}

/** Begins to fill a store: with all entries of these blocks but the one that closes the last. */
export async function beginFilling(
  store: ChainStore,
  blocks: readonly BlockWrite[],
): Promise<ChainFilling> {
  const entries = blocks.flatMap(({ applied }) => applied.entries).slice(0, -1);
  const filling = await store.fill();
  for (let at = 0; at < entries.length; at += 100)
    await filling.append(entries.slice(at, at + 100));
  return filling;
}

/** Fills a store with the chain of these blocks, which then begins at the last of them. */
export async function fillStore(store: ChainStore, blocks: readonly BlockWrite[]): Promise<void> {
  const filling = await beginFilling(store, blocks);
  await filling.commit(baseOf(blocks));
}

/** Fills a store with what another one holds up to its edge, where it then begins. */
export async function fillFrom(store: ChainStore, source: ChainStore): Promise<void> {
  const { header, state } = source.edge() ?? {};
  const certificate = header && source.readCertificate(header.height);
  if (!header || !state || !certificate) throw new Error('the source is not past genesis');
  const entries = source.readEntries({ start: 0, end: header.logSize }).map((bytes) => {
    return { entry: decode(entrySchema, bytes), bytes, leafHash: leafHash(bytes) };
  });
  const filling = await store.fill();
  await filling.append(entries);
  await filling.commit({ header, certificate, state });
}

/** Makes the chain of a stopped node's data folder begin at its edge, as after a fast start. */
export async function beginAtEdge(dataDir: string): Promise<void> {
  const path = `${dataDir}/chain`;
  renameSync(path, `${dataDir}/whole`);
  const [source, store] = [
    await openLevelChainStore(`${dataDir}/whole`),
    await openLevelChainStore(path),
  ];
  await fillFrom(store, source);
  await Promise.all([source.close(), store.close()]);
}
