/**
 * What a Sigstore log is kept in: its entries, the time stamp of each, and its tree.
 *
 * A log belongs to its key. Two logs of one key would contradict each other, and whoever saw both could prove that
 * the institution lies; so a store is begun once, for one key, and only grows.
 */
import type { Frontier } from '../../chain/merkle.ts';
import type { TilePlace } from '../../chain/tile.ts';

/** An entry to be appended. */
export interface NewEntry {
  /** What it is found by, 64 bytes: the digest that is signed, and the SHA-256 of the key or certificate. */
  readonly name: Uint8Array;
  /** Bytes that are hashed into the tree. */
  readonly leaf: Uint8Array;
  /** The DER of a TimeStampResp over the signature. */
  readonly stamp: Uint8Array;
}

/**
 * An authority on which entries rest. Whoever checks an old entry needs the one of its time, so none is forgotten.
 */
export interface LogAuthority {
  readonly kind: 'certificate' | 'timestamp';
  /** DER, each followed by its issuer, the root last. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * A log's store. Contract, for every implementation:
 *
 * - `append` writes an entry with all that belongs to it, durably, whole or not at all. `addAuthority` does likewise.
 *   One write at a time; after one that failed all others fail.
 * - Reads are synchronous and show whole entries only.
 * - After `close`, reads throw and writes reject.
 */
export interface LogStore {
  /** The Ed25519 key of the log, 32 bytes. */
  readonly logKey: Uint8Array;
  /** The right edge of the tree. */
  frontier(): Frontier;
  /** Resolves to the entry's index. */
  append(entry: NewEntry): Promise<number>;
  findEntry(name: Uint8Array): number | undefined;
  readLeaf(index: number): Uint8Array | undefined;
  readStamp(index: number): Uint8Array | undefined;
  readTile(place: TilePlace): Uint8Array | undefined;
  /** In the order in which they were added. */
  readonly authorities: readonly LogAuthority[];
  /** Adds one that is not there yet; at most 256 in all. */
  addAuthority(authority: LogAuthority): Promise<void>;
  close(): Promise<void>;
}
