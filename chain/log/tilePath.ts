/**
 * Tiles as they are named and served: paths, widths, and bundles of entries.
 *
 * ```
 * tile/<level>/<index>[.p/<width>]       32 bytes for each of 256 hashes, or of 1 to 255 in a partial tile
 * tile/entries/<index>[.p/<width>]       for each entry its length in two bytes, big-endian, and its bytes
 * index = groups of three digits, all but the last with an x before: 1234067 is x001/x234/067
 * ```
 *
 * A path has one spelling. What the hashes are stands in `tile.ts`.
 *
 * Source: C2SP tlog-tiles v0.1.0.
 */
import { concatBytes } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { TILE_WIDTH, type TilePlace } from '../tile.ts';
import { BUNDLE_ENTRY_BYTES_MAX, TILE_PATH_BYTES_MAX } from './limits.ts';

/** A tile of hashes, or a bundle of entries, of 1 to 256. */
export type TileName =
  | (TilePlace & { readonly kind: 'hashes'; readonly width: number })
  | { readonly kind: 'entries'; readonly index: number; readonly width: number };

const LEVEL_MAX = 63;
const GROUP = 1_000;
const LENGTH_BYTES = 2;
const PATH =
  /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** Returns the path of a tile, without a slash before it. */
export function formatTilePath(name: TileName): string {
  invariant(name.width >= 1 && name.width <= TILE_WIDTH, 'a tile has 1 to 256 of its kind');
  const kind = name.kind === 'entries' ? 'entries' : String(name.level);
  const partial = name.width === TILE_WIDTH ? '' : `.p/${name.width}`;
  return `tile/${kind}/${formatIndex(name.index)}${partial}`;
}

function formatIndex(index: number): string {
  let text = formatGroup(index);
  for (let rest = Math.floor(index / GROUP); rest > 0; rest = Math.floor(rest / GROUP)) {
    text = `x${formatGroup(rest)}/${text}`;
  }
  return text;
}

function formatGroup(index: number): string {
  return String(index % GROUP).padStart(3, '0');
}

/** Returns what a path names. Throws ERR_MALFORMED on anything that does not format back to itself. */
export function parseTilePath(path: string): TileName {
  const match = path.length > TILE_PATH_BYTES_MAX ? null : PATH.exec(path);
  if (match === null) throw malformed('is not tile/<level>/<index> or tile/entries/<index>');
  const [, kind = '', groups = '', widthText] = match;
  const index = parseIndex(groups);
  const width = widthText === undefined ? TILE_WIDTH : parseWidth(widthText);
  if (kind === 'entries') return { kind: 'entries', index, width };
  const level = Number(kind);
  if (level > LEVEL_MAX) throw malformed(`has level ${level}, which is above ${LEVEL_MAX}`);
  return { kind: 'hashes', level, index, width };
}

function parseIndex(groups: string): number {
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  if (!Number.isSafeInteger(index)) throw malformed('has an index above 2^53 - 1');
  if (groups !== formatIndex(index)) throw malformed('has more groups than its index needs');
  return index;
}

function parseWidth(text: string): number {
  const width = Number(text);
  if (width < TILE_WIDTH) return width;
  throw malformed(`has a width of ${width}, which is not below ${TILE_WIDTH}`);
}

/** Returns how many hashes a tile has in a tree: 0 where the tree has no such tile, 256 in a full one. */
export function tileWidth(treeSize: number, { level, index }: TilePlace): number {
  const hashes = Math.floor(treeSize / TILE_WIDTH ** level);
  return Math.min(TILE_WIDTH, Math.max(0, hashes - index * TILE_WIDTH));
}

/** Goes through the tiles of a tree from the leaves up, in each level from the left: at most one is partial. */
export function* tilesOf(treeSize: number): Generator<TilePlace & { readonly width: number }> {
  for (let level = 0; tileWidth(treeSize, { level, index: 0 }) > 0; level++) {
    let width = TILE_WIDTH;
    for (let index = 0; width === TILE_WIDTH; index++) {
      width = tileWidth(treeSize, { level, index });
      if (width > 0) yield { level, index, width };
    }
  }
}

/** Returns the bytes of a bundle of 1 to 256 entries. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  invariant(entries.length >= 1 && entries.length <= TILE_WIDTH, 'a bundle has 1 to 256 entries');
  return concatBytes(...entries.flatMap((entry) => [encodeLength(entry.length), entry]));
}

function encodeLength(length: number): Uint8Array {
  invariant(length <= BUNDLE_ENTRY_BYTES_MAX, 'an entry fits a bundle');
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint16(0, length);
  return bytes;
}

/** Returns the entries of a bundle, which are `width` in number. Throws ERR_MALFORMED. */
export function decodeEntryBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length < width) {
    const start = at + LENGTH_BYTES;
    const end = start > bytes.length ? Infinity : start + view.getUint16(at);
    if (end > bytes.length) throw malformedBundle(`entry ${entries.length} ends behind the bundle`);
    entries.push(bytes.slice(start, end));
    at = end;
  }
  if (at < bytes.length || entries.length < width) {
    throw malformedBundle(
      `${at} of ${bytes.length} bytes hold ${entries.length} of ${width} entries`,
    );
  }
  return entries;
}

function malformed(what: string): ChainError {
  return new ChainError('ERR_MALFORMED', `a tile's path ${what}`);
}

function malformedBundle(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}
