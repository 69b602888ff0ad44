/**
 * Checkpoints: the head of the log's tree, as the text of a signed note.
 *
 * ```
 * <origin>            <network name>/<first 16 hex digits of the chain id>
 * <tree size>         decimal
 * <root>              base64 of 32 bytes
 * ```
 *
 * Lines that follow are extensions: none are written, and those of others are not judged, but stand in the text that
 * is signed.
 *
 * Source: C2SP tlog-checkpoint v1.0.0.
 */
import { formatBase64, formatHex, parseBase64 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { HASH_BYTES } from '../record.ts';
import { parseDecimal } from './decimal.ts';
import { formatNote, type Note, parseNote } from './note.ts';

/** The head of a tree. */
export interface Checkpoint {
  /** Names the log; one line of text. */
  readonly origin: string;
  readonly treeSize: number;
  readonly root: Uint8Array;
}

/** A checkpoint with the note that it was read from. Its signatures are not checked. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note;
}

/** What names a network's log. */
export interface LogName {
  /** Network name, `[a-z0-9.-]{1,64}`. */
  readonly network: string;
  readonly chainId: Uint8Array;
}

/** Digits of the chain id in the names of logs. */
export const ORIGIN_CHAIN_ID_DIGITS = 16;

/** Returns the origin of a network's log: its name and the first 16 hex digits of the chain id. */
export function originOf({ network, chainId }: LogName): string {
  return `${network}/${formatHex(chainId).slice(0, ORIGIN_CHAIN_ID_DIGITS)}`;
}

/** Returns the text that is signed, without extensions. */
export function formatCheckpoint({ origin, treeSize, root }: Checkpoint): string {
  invariant(origin !== '' && !origin.includes('\n'), 'an origin is a line');
  invariant(Number.isSafeInteger(treeSize) && treeSize >= 0, 'a tree size is a safe integer');
  invariant(root.length === HASH_BYTES, 'a root has 32 bytes');
  return `${origin}\n${treeSize}\n${formatBase64(root)}\n`;
}

/** Returns what the text of a note says. Throws ERR_MALFORMED. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  const [origin = '', size = '', base64 = ''] = lines;
  const isEnded = lines.pop() === '';
  if (!isEnded || lines.length < 3 || lines.includes('')) {
    throw new ChainError(
      'ERR_MALFORMED',
      'a checkpoint is not three lines or more, none of them empty',
    );
  }
  const root = parseBase64(base64);
  if (root.length !== HASH_BYTES) {
    throw new ChainError('ERR_MALFORMED', `a root of ${root.length} bytes is not one of 32`);
  }
  return { origin, treeSize: parseDecimal(size), root };
}

/** Returns the checkpoint of a note's bytes. Throws ERR_LIMIT or ERR_MALFORMED. */
export function parseSignedCheckpoint(bytes: Uint8Array): SignedCheckpoint {
  const note = parseNote(bytes);
  return { ...parseCheckpoint(note.text), note };
}

/** Returns the bytes of a checkpoint's note, verbatim. */
export function formatSignedCheckpoint({ note }: SignedCheckpoint): Uint8Array {
  return formatNote(note);
}
