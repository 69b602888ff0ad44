/** What the server reads of its edge and its log for a node that joins late. */
import { concatBytes } from '../../chain/bytes.ts';
import { invariant } from '../../chain/invariant.ts';
import type { Edge } from '../../chain/state.ts';
import { readNodesFrom } from '../../chain/tile.ts';
import { DamageError } from '../store/damage.ts';
import { encodePart } from '../wire/parts.ts';
import { CHUNK_ENTRY_COUNT, CHUNK_LEVEL, type Snapshot } from '../wire/snapshot.ts';
import type { SyncServerPorts } from './ports.ts';

type LogPorts = Pick<SyncServerPorts, 'chain' | 'pause'>;

/** Chunk roots that are read, and entries that are sent, between two turns of others. */
const ROOT_COUNT_OF_TURN = 64;
const ENTRY_COUNT_OF_TURN = 256;

/** Returns the edge of the chain that is served. */
export function servedEdge(chain: LogPorts['chain']): Edge {
  const edge = chain.edge();
  invariant(edge !== undefined, 'an open ledger has a genesis');
  return edge;
}

/** Returns the snapshot of the edge as it is when this is called; undefined at genesis, which is not certified. */
export async function readSnapshot(ports: LogPorts): Promise<Snapshot | undefined> {
  const { chain } = ports;
  const { header, state } = servedEdge(chain);
  const certificate = chain.readCertificate(header.height);
  if (certificate === undefined) return undefined;
  // Whole chunks never change: it does no harm that the log grows meanwhile.
  const readNode = readNodesFrom((place) => {
    const hashes = chain.readTile(place);
    if (hashes !== undefined) return hashes;
    throw new DamageError(`tile ${place.level}/${place.index} is missing`);
  });
  const chunkRoots: Uint8Array[] = [];
  for (let index = 0; (index + 1) * CHUNK_ENTRY_COUNT <= header.logSize; index++) {
    chunkRoots.push(readNode({ level: CHUNK_LEVEL, index }));
    if (index % ROOT_COUNT_OF_TURN === 0) await ports.pause();
  }
  return { header, certificate, state, chunkRoots };
}

/** Yields entries of the log from `first` on, those that there are, some at a time. */
export async function* readEntryParts(
  { chain, pause }: LogPorts,
  { first, count }: { readonly first: number; readonly count: number },
): AsyncIterable<Uint8Array> {
  const last = Math.min(first + count, servedEdge(chain).frontier.treeSize);
  for (let start = first; start < last; start += ENTRY_COUNT_OF_TURN) {
    const end = Math.min(start + ENTRY_COUNT_OF_TURN, last);
    yield concatBytes(...chain.readEntries({ start, end }).map(encodePart));
    await pause();
  }
}
