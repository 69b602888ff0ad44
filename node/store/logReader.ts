/** What is read of a stored log: its headers, certificates, entries and tiles. */
import {
  type CommitCertificate,
  commitCertificateSchema,
  type Header,
  headerSchema,
} from '../../chain/block.ts';
import { invariant } from '../../chain/invariant.ts';
import type { TilePlace } from '../../chain/tile.ts';
import { numberKey, tileKey } from './chainKey.ts';
import { decodeFound } from './damage.ts';
import type { RowReader } from './rows.ts';

/** A run of log indexes, `start` inclusive, `end` exclusive. */
export interface IndexRange {
  readonly start: number;
  readonly end: number;
}

/** Reads a stored log. Throws a DamageError where a row is not what was once written. */
export interface LogReader {
  readHeader(height: number): Header | undefined;
  readCertificate(height: number): CommitCertificate | undefined;
  /** Canonical bytes of the entry at a log index. */
  readEntry(index: number): Uint8Array | undefined;
  /** Canonical bytes of the entries of a range that exist, in order; at most 10,000 a call. */
  readEntries(range: IndexRange): readonly Uint8Array[];
  /** A tile, with at least the hashes that the current log has there. */
  readTile(place: TilePlace): Uint8Array | undefined;
}

/** Entries that one read returns at most. */
const ENTRY_READ_COUNT_MAX = 10_000;

/** Reads the log of rows. */
export class RowLogReader implements LogReader {
  readonly #read: RowReader;

  constructor(read: RowReader) {
    this.#read = read;
  }

  readHeader(height: number): Header | undefined {
    const bytes = this.#read(numberKey('header', height));
    return decodeFound(headerSchema, bytes, `header ${height}`);
  }

  readCertificate(height: number): CommitCertificate | undefined {
    const bytes = this.#read(numberKey('certificate', height));
    return decodeFound(commitCertificateSchema, bytes, `certificate ${height}`);
  }

  readEntry(index: number): Uint8Array | undefined {
    return this.#read(numberKey('entry', index));
  }

  readEntries({ start, end }: IndexRange): readonly Uint8Array[] {
    invariant(
      end - start <= ENTRY_READ_COUNT_MAX,
      `${ENTRY_READ_COUNT_MAX} entries are read at most`,
    );
    const entries: Uint8Array[] = [];
    for (let index = start; index < end; index++) {
      const entry = this.readEntry(index);
      if (entry === undefined) break;
      entries.push(entry);
    }
    return entries;
  }

  readTile(place: TilePlace): Uint8Array | undefined {
    return this.#read(tileKey(place));
  }
}
