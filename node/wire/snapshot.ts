/**
 * What a node that joins late asks for: the edge of a chain, and the log in chunks.
 *
 * ```
 * snapshot = [header, certificate, state, [chunk root, …]] | nil        nil at genesis
 * entries  = parts (node/wire/parts.ts), each an entry of the log
 * ```
 *
 * A chunk is 4,096 entries whose indexes begin at a multiple of that; its root is a node of the log's tree. The
 * roots are those of all whole chunks below the header's `log_size`: with the entries after them they yield its
 * `log_root`, and then each chunk can be had from anybody and be judged by itself.
 */
import {
  type CommitCertificate,
  commitCertificateSchema,
  type Header,
  headerSchema,
} from '../../chain/block.ts';
import { bin, list, optional, type Schema, tuple } from '../../chain/codec.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { type State, stateSchema } from '../../chain/state.ts';

/** Level of the tree whose nodes are the chunks' roots. */
export const CHUNK_LEVEL = 12;
/** Entries of a chunk, and of one request. */
export const CHUNK_ENTRY_COUNT = 2 ** CHUNK_LEVEL;
/** Chunks of a log: four thousand million entries. */
const CHUNK_COUNT_MAX = 1_000_000;

/** The edge of a chain, and what its log can be checked against part by part; unchecked. */
export interface Snapshot {
  readonly header: Header;
  readonly certificate: CommitCertificate;
  /** After the header's block. */
  readonly state: State;
  /** In the order of the log. */
  readonly chunkRoots: readonly Uint8Array[];
}

/** Canonical form of the answer to a request for a snapshot. */
export const snapshotSchema: Schema<Snapshot | undefined> = optional(
  tuple<Snapshot>({
    header: headerSchema,
    certificate: commitCertificateSchema,
    state: stateSchema,
    chunkRoots: list(bin(HASH_BYTES), CHUNK_COUNT_MAX),
  }),
);
