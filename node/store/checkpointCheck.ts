/** The check of the stored checkpoint: the log here must have had that root at that size. */
import { equalBytes } from '../../chain/bytes.ts';
import { parseSignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { rootOfRange } from '../../chain/merkle.ts';
import { readNodesFrom } from '../../chain/tile.ts';
import type { ChainStore } from './chainStore.ts';
import { DamageError } from './damage.ts';

/**
 * Checks the newest final checkpoint that a store holds, if it holds one; the log has `treeSize` entries.
 *
 * Whose signatures it bears is for its readers to check. Throws a ChainError for bytes of no form, and a DamageError
 * for another log's.
 */
export function checkCheckpoint(
  store: Pick<ChainStore, 'readCheckpoint' | 'readTile'>,
  treeSize: number,
): void {
  const note = store.readCheckpoint();
  if (note === undefined) return;
  const { treeSize: size, root } = parseSignedCheckpoint(note);
  if (size > treeSize) {
    throw new DamageError(`the final checkpoint has ${size} entries, the log ${treeSize}`);
  }
  const readNode = readNodesFrom((place) => {
    const tile = store.readTile(place);
    if (tile === undefined) throw new DamageError('a tile below the final checkpoint is missing');
    return tile;
  });
  if (size > 0 && equalBytes(root, rootOfRange({ start: 0, size }, readNode))) return;
  throw new DamageError(`the final checkpoint is of another log of ${size} entries`);
}
