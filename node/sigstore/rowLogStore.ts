/**
 * The store of a Sigstore log over rows.
 *
 * | row       | key                       | value                                      |
 * | --------- | ------------------------- | ------------------------------------------ |
 * | edge      | `m`                       | format, key of the log, frontier           |
 * | leaf      | `e` index                 | bytes of the entry                         |
 * | stamp     | `k` index                 | time-stamp reply over its signature        |
 * | name      | `i` name                  | index                                      |
 * | tile      | `t` level (1 byte), index | hashes; overwritten until the tile is full |
 * | authority | `a` ordinal               | kind, certificates                         |
 *
 * Indexes are 6 bytes, big-endian. Every entry is one durable write.
 */
import { concatBytes, equalBytes } from '../../chain/bytes.ts';
import { bin, encode, list, literal, type Schema, tuple, uint } from '../../chain/codec.ts';
import { invariant } from '../../chain/invariant.ts';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, leafHash } from '../../chain/merkle.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { KEY_BYTES } from '../../chain/signature.ts';
import { appendToTiles, type TilePlace } from '../../chain/tile.ts';
import { formatBigEndian, parseBigEndian } from '../store/bigEndian.ts';
import { DamageError, decodeRow } from '../store/damage.ts';
import type { RowChange, Rows } from '../store/rows.ts';
import { AUTHORITY_COUNT_MAX, CHAIN_COUNT_MAX, SIGSTORE_FILE_BYTES_MAX } from './limits.ts';
import type { LogAuthority, LogStore, NewEntry } from './logStore.ts';

interface Edge {
  readonly format: 1;
  readonly logKey: Uint8Array;
  readonly frontier: Frontier;
}

/** One for each bit of a tree size. */
const ROOT_COUNT_MAX = 53;

const edgeSchema: Schema<Edge> = tuple<Edge>({
  format: literal(1),
  logKey: bin(KEY_BYTES),
  frontier: tuple<Frontier>({
    treeSize: uint(),
    roots: list(bin(HASH_BYTES), ROOT_COUNT_MAX),
  }),
});

const AUTHORITY_KIND = { certificate: 1, timestamp: 2 } as const;

interface StoredAuthority {
  readonly kind: number;
  readonly certificates: readonly Uint8Array[];
}

const authoritySchema: Schema<StoredAuthority> = tuple<StoredAuthority>({
  kind: uint(2, 1),
  certificates: list(bin(SIGSTORE_FILE_BYTES_MAX, 1), CHAIN_COUNT_MAX, 1),
});

const EDGE_KEY = Uint8Array.of(0x6d);
const DURABLE = { durable: true };

/** Begins a log for a key in rows that are empty. Resolves to whether they were. */
export async function beginLog(rows: Rows, logKey: Uint8Array): Promise<boolean> {
  if (rows.get(EDGE_KEY) !== undefined) return false;
  await rows.write([edgeChange({ format: 1, logKey, frontier: EMPTY_FRONTIER })], DURABLE);
  return true;
}

/** The store of a log that was begun, over rows that are open and belong to it alone. */
export class RowLogStore implements LogStore {
  readonly #rows: Rows;
  #edge: Edge;
  #authorities: readonly LogAuthority[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  private constructor(rows: Rows, edge: Edge) {
    this.#rows = rows;
    this.#edge = edge;
  }

  /** Reads where the log ends; undefined where none was begun. Throws a DamageError. */
  static open(rows: Rows): RowLogStore | undefined {
    const value = rows.get(EDGE_KEY);
    if (value === undefined) return undefined;
    const edge = decodeRow(edgeSchema, value, 'the edge of the Sigstore log');
    const store = new RowLogStore(rows, edge);
    store.#checkEdge();
    store.#authorities = readAuthorities(rows);
    return store;
  }

  get logKey(): Uint8Array {
    return this.#edge.logKey;
  }

  frontier(): Frontier {
    return this.#edge.frontier;
  }

  async append(entry: NewEntry): Promise<number> {
    const index = this.#edge.frontier.treeSize;
    await this.#exclusively(() => this.#write(entry, index));
    return index;
  }

  get authorities(): readonly LogAuthority[] {
    return this.#authorities;
  }

  async addAuthority(authority: LogAuthority): Promise<void> {
    const ordinal = this.#authorities.length;
    invariant(
      ordinal < AUTHORITY_COUNT_MAX,
      `a log has at most ${AUTHORITY_COUNT_MAX} authorities`,
    );
    const { kind, certificates } = authority;
    const value = encode(authoritySchema, { kind: AUTHORITY_KIND[kind], certificates });
    const key = indexKey('authority', ordinal);
    await this.#exclusively(() => this.#rows.write([{ key, value }], DURABLE));
    this.#authorities = [...this.#authorities, authority];
  }

  /** Runs a write, one at a time; after one that failed all others fail. */
  async #exclusively(write: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.cause;
    invariant(this.#writing === undefined, 'a log is written one thing at a time');
    this.#writing = write();
    try {
      await this.#writing;
    } catch (cause) {
      this.#failure = { cause };
      throw cause;
    } finally {
      this.#writing = undefined;
    }
  }

  async #write({ name, leaf, stamp }: NewEntry, index: number): Promise<void> {
    invariant(this.findEntry(name) === undefined, 'an entry has a name of its own');
    const hash = leafHash(leaf);
    const tiles = appendToTiles(index, [hash], (place) => this.#readHeldTile(place));
    const edge: Edge = { ...this.#edge, frontier: appendLeaves(this.#edge.frontier, [hash]) };
    await this.#rows.write(
      [
        { key: indexKey('leaf', index), value: leaf },
        { key: indexKey('stamp', index), value: stamp },
        { key: nameKey(name), value: formatBigEndian(index) },
        ...tiles.map((tile) => ({ key: tileKey(tile), value: tile.hashes })),
        edgeChange(edge),
      ],
      DURABLE,
    );
    this.#edge = edge;
  }

  findEntry(name: Uint8Array): number | undefined {
    const value = this.#rows.get(nameKey(name));
    return value === undefined ? undefined : parseBigEndian(value, 0);
  }

  readLeaf(index: number): Uint8Array | undefined {
    return this.#rows.get(indexKey('leaf', index));
  }

  readStamp(index: number): Uint8Array | undefined {
    return this.#rows.get(indexKey('stamp', index));
  }

  readTile(place: TilePlace): Uint8Array | undefined {
    return this.#rows.get(tileKey(place));
  }

  async close(): Promise<void> {
    // A write that fails tells its own caller.
    await this.#writing?.catch(() => undefined);
    await this.#rows.close();
  }

  #readHeldTile(place: TilePlace): Uint8Array {
    const hashes = this.readTile(place);
    if (hashes !== undefined) return hashes;
    throw new DamageError(`tile ${place.level}/${place.index} of the Sigstore log is missing`);
  }

  /** What the next append builds on must be there: the rest of the log is not looked at. */
  #checkEdge(): void {
    const { treeSize, roots } = this.#edge.frontier;
    const bitCount = treeSize.toString(2).replaceAll('0', '').length;
    const leaf = treeSize === 0 ? undefined : this.readLeaf(treeSize - 1);
    if (roots.length !== bitCount || (treeSize > 0 && leaf === undefined)) {
      throw new DamageError(`the Sigstore log does not hold the ${treeSize} entries that it names`);
    }
    // An odd tree ends with a leaf, whose hash is its last root.
    const last = roots.at(-1);
    if (treeSize % 2 === 1 && leaf !== undefined && last !== undefined) {
      if (equalBytes(leafHash(leaf), last)) return;
      throw new DamageError('the last entry of the Sigstore log is another one');
    }
  }
}

function readAuthorities(rows: Rows): readonly LogAuthority[] {
  const authorities: LogAuthority[] = [];
  for (;;) {
    const value = rows.get(indexKey('authority', authorities.length));
    if (value === undefined) return authorities;
    const stored = decodeRow(authoritySchema, value, 'an authority of the Sigstore log');
    const kind = stored.kind === AUTHORITY_KIND.timestamp ? 'timestamp' : 'certificate';
    authorities.push({ kind, certificates: stored.certificates });
  }
}

const LETTER = { leaf: 0x65, stamp: 0x6b, authority: 0x61 } as const;

function indexKey(table: keyof typeof LETTER, index: number): Uint8Array {
  return concatBytes(Uint8Array.of(LETTER[table]), formatBigEndian(index));
}

function nameKey(name: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x69), name);
}

function tileKey({ level, index }: TilePlace): Uint8Array {
  return concatBytes(Uint8Array.of(0x74, level), formatBigEndian(index));
}

function edgeChange(edge: Edge): RowChange {
  return { key: EDGE_KEY, value: encode(edgeSchema, edge) };
}
