/** Answers that logs of every kind give: texts, and tiles as C2SP tlog-tiles names them. */
import { ChainError } from '../../chain/errors.ts';
import { parseTilePath, type TileName } from '../../chain/log/tilePath.ts';
import { ApiError } from '../errors.ts';
import type { Answer } from '../route.ts';

const TEXT_TYPE = 'text/plain; charset=utf-8';
const TILE_TYPE = 'application/octet-stream';
/** For what is soon followed by another. */
export const BRIEFLY = { 'Cache-Control': 'public, max-age=2' };
/** For what changes seldom. */
export const FOR_A_MINUTE = { 'Cache-Control': 'public, max-age=60' };
const FOR_EVER = { 'Cache-Control': 'public, max-age=31536000, immutable' };

/** Returns an answer of text. */
export function textAnswer(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): Answer {
  return { status: 200, contentType: TEXT_TYPE, body, headers };
}

/** Returns the tile that the rest of a path names, which never changes. Throws ERR_NOT_FOUND. */
export function tileAnswer(
  path: string,
  log: { readTile(name: TileName): Uint8Array | undefined },
): Answer {
  const body = log.readTile(parsePath(path));
  if (body === undefined) throw new ApiError('ERR_NOT_FOUND', 'no final checkpoint has this tile');
  return { status: 200, contentType: TILE_TYPE, body, headers: FOR_EVER };
}

function parsePath(path: string): TileName {
  try {
    return parseTilePath(`tile/${path}`);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    throw new ApiError('ERR_NOT_FOUND', error.message);
  }
}
