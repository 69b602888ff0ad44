/**
 * The proof of a chain's edge and of its log, as a fast start takes them from peers it does not believe.
 *
 * certificate ─▶ header ─▶ state root ─▶ state
 *                       └▶ log root ─▶ chunk roots and the entries after them ─▶ each chunk's entries
 */
import { equalBytes } from '../../chain/bytes.ts';
import { decode } from '../../chain/codec.ts';
import { entrySchema, type LoggedEntry } from '../../chain/entry.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  rootOf,
  rootOfLeaves,
} from '../../chain/merkle.ts';
import { type GenesisFacts, hashState } from '../../chain/state.ts';
import { hashValidatorSet } from '../../chain/validatorSet.ts';
import { splitParts } from '../wire/parts.ts';
import { CHUNK_ENTRY_COUNT, type Snapshot, snapshotSchema } from '../wire/snapshot.ts';
import { type AnyVerifier, checkCertified, ForkError } from './checkBlock.ts';

/** A snapshot whose header, state and chunk roots are proved, and the entries after the last whole chunk. */
export interface ProvedSnapshot {
  readonly snapshot: Snapshot;
  readonly tail: readonly LoggedEntry[];
}

/**
 * Returns a snapshot with its header and state proved; undefined where the peer is at genesis.
 *
 * Rejects with ERR_MALFORMED, ERR_CHAIN_ID, ERR_VALIDATOR_SET, ERR_QUORUM, ERR_STATE_ROOT or ERR_LOG_ROOT.
 */
export async function checkSnapshot(
  answer: Uint8Array,
  { chainId, validators }: GenesisFacts,
  verify: AnyVerifier,
): Promise<Snapshot | undefined> {
  const snapshot = decode(snapshotSchema, answer);
  if (snapshot === undefined) return undefined;
  const { header, state, chunkRoots } = snapshot;
  // The set of the genesis is the only one that this node can know.
  if (!equalBytes(header.validatorSetHash, hashValidatorSet(validators))) {
    throw new ChainError('ERR_VALIDATOR_SET', 'the edge is of another validator set than genesis');
  }
  await checkCertified(snapshot, { chainId, validators }, verify);
  if (!equalBytes(hashState(state), header.stateRoot)) {
    throw new ChainError('ERR_STATE_ROOT', 'the state is not the one that the header names');
  }
  const chunkCount = Math.floor(header.logSize / CHUNK_ENTRY_COUNT);
  if (chunkRoots.length !== chunkCount) {
    throw new ChainError('ERR_LOG_ROOT', `${chunkRoots.length} chunk roots are not ${chunkCount}`);
  }
  return snapshot;
}

/** Returns the entries after the last whole chunk, and proves with them the chunk roots. Throws ERR_LOG_ROOT. */
export function checkTail(
  answer: Uint8Array,
  { header, chunkRoots }: Snapshot,
): readonly LoggedEntry[] {
  const count = header.logSize - chunkRoots.length * CHUNK_ENTRY_COUNT;
  const parts = splitParts(answer, count);
  const leafHashes = parts.map(leafHash);
  if (!equalBytes(rootOf(appendLeaves(frontierOf(chunkRoots), leafHashes)), header.logRoot)) {
    throw new ChainError('ERR_LOG_ROOT', 'chunk roots and last entries are not those of the log');
  }
  return decodeEntries(parts, leafHashes);
}

/** Returns the entries of a chunk. Throws ERR_LOG_ROOT for others than those of its root. */
export function checkChunk(answer: Uint8Array, root: Uint8Array): readonly LoggedEntry[] {
  const parts = splitParts(answer, CHUNK_ENTRY_COUNT);
  const leafHashes = parts.map(leafHash);
  if (!equalBytes(rootOfLeaves(leafHashes), root)) {
    throw new ChainError('ERR_LOG_ROOT', 'the entries are not those of the chunk');
  }
  return decodeEntries(parts, leafHashes);
}

/** The right edge of a log of whole chunks: theirs are perfect subtrees, as those of leaves are. */
function frontierOf(chunkRoots: readonly Uint8Array[]): Frontier {
  const { roots } = appendLeaves(EMPTY_FRONTIER, chunkRoots);
  return { treeSize: chunkRoots.length * CHUNK_ENTRY_COUNT, roots };
}

function decodeEntries(
  parts: readonly Uint8Array[],
  leafHashes: readonly Uint8Array[],
): readonly LoggedEntry[] {
  return parts.map((bytes, i) => {
    try {
      return { entry: decode(entrySchema, bytes), bytes, leafHash: leafHashes[i] ?? EMPTY };
    } catch (cause) {
      // The bytes are proved: a quorum has certified them.
      throw new ForkError('the certified log has an entry of no form', { cause });
    }
  });
}

const EMPTY = new Uint8Array();
