/**
 * Keys of the chain's rows: one letter for the table, then what is looked up.
 *
 * | table          | key                           | value                                             |
 * | -------------- | ----------------------------- | ------------------------------------------------- |
 * | edge           | `m`                           | format, height, record count, frontier, state     |
 * | base           | `a`                           | format, state; none for a chain from genesis      |
 * | checkpoint     | `p`                           | note of the newest final checkpoint               |
 * | header         | `h` height                    | header                                            |
 * | certificate    | `c` height                    | commit certificate; none for genesis              |
 * | blockHash      | `n` block hash                | height                                            |
 * | batch          | `b` batch id                  | stored batch                                      |
 * | beside         | `s` batch id                  | items that no image entry gives, if there are any |
 * | entry          | `e` log index                 | entry, as it is hashed in the log                 |
 * | image          | `i` image hash                | log indexes of its entries, ascending             |
 * | derivative     | `d` parent's hash, ordinal    | image hash of the record that names the parent    |
 * | derivativeSum  | `k` parent's hash             | number of its derivatives                         |
 * | tile           | `t` level (1 byte), index     | hashes; overwritten until the tile is full        |
 *
 * Numbers are 6 bytes, big-endian, so that rows lie in the order of the chain. Values are canonical bytes
 * of `chain/codec.ts`, but for checkpoint, entry, derivative and tile, which are raw.
 */
import { concatBytes, parseHex } from '../../chain/bytes.ts';
import type { TilePlace } from '../../chain/tile.ts';
import { formatBigEndian } from './bigEndian.ts';
import { type KeyRange, rangeOfPrefix } from './keyRange.ts';

const LETTER = {
  edge: 'm',
  base: 'a',
  checkpoint: 'p',
  header: 'h',
  certificate: 'c',
  blockHash: 'n',
  batch: 'b',
  beside: 's',
  entry: 'e',
  image: 'i',
  derivative: 'd',
  derivativeSum: 'k',
  tile: 't',
} as const;

/** A table of the chain's rows. */
export type ChainTable = keyof typeof LETTER;

/** Tables, each with the byte that begins its keys. */
export const CHAIN_TABLES: Readonly<Record<ChainTable, Uint8Array>> = Object.freeze({
  edge: prefixOf('edge'),
  base: prefixOf('base'),
  checkpoint: prefixOf('checkpoint'),
  header: prefixOf('header'),
  certificate: prefixOf('certificate'),
  blockHash: prefixOf('blockHash'),
  batch: prefixOf('batch'),
  beside: prefixOf('beside'),
  entry: prefixOf('entry'),
  image: prefixOf('image'),
  derivative: prefixOf('derivative'),
  derivativeSum: prefixOf('derivativeSum'),
  tile: prefixOf('tile'),
});

function prefixOf(table: ChainTable): Uint8Array {
  return Uint8Array.of(LETTER[table].charCodeAt(0));
}

/** Returns the key of the one row that says where the chain ends. */
export function edgeKey(): Uint8Array {
  return CHAIN_TABLES.edge;
}

/** Returns the key of the one row that says where the chain begins, if that is not genesis. */
export function baseKey(): Uint8Array {
  return CHAIN_TABLES.base;
}

/** Returns the key of the one row that holds a final checkpoint. */
export function checkpointKey(): Uint8Array {
  return CHAIN_TABLES.checkpoint;
}

/** Returns the key of a row that is looked up by height or log index. */
export function numberKey(table: 'header' | 'certificate' | 'entry', number: number): Uint8Array {
  return concatBytes(CHAIN_TABLES[table], formatBigEndian(number));
}

/** Returns the key of a row that is looked up by a hash. */
export function hashKey(
  table: 'blockHash' | 'batch' | 'beside' | 'image' | 'derivativeSum',
  hash: Uint8Array,
): Uint8Array {
  return concatBytes(CHAIN_TABLES[table], hash);
}

/** Returns the keys of the image hashes that begin with some lower-case hex digits, of which the last may be half a byte. */
export function imageRange(digits: string): KeyRange {
  const even = digits.length - (digits.length % 2);
  const whole = concatBytes(CHAIN_TABLES.image, parseHex(digits.slice(0, even)));
  if (even === digits.length) return rangeOfPrefix(whole);
  const half = Number.parseInt(digits.slice(even), 16);
  const start = concatBytes(whole, Uint8Array.of(half << 4));
  return half === 0xf
    ? { start, end: rangeOfPrefix(whole).end }
    : { start, end: concatBytes(whole, Uint8Array.of((half + 1) << 4)) };
}

/** Returns the key of a parent's derivative; ordinals count from 0 in the order of the log. */
export function derivativeKey(parent: Uint8Array, ordinal: number): Uint8Array {
  return concatBytes(CHAIN_TABLES.derivative, parent, formatBigEndian(ordinal));
}

/** Returns the key of a tile. */
export function tileKey({ level, index }: TilePlace): Uint8Array {
  return concatBytes(CHAIN_TABLES.tile, Uint8Array.of(level), formatBigEndian(index));
}
