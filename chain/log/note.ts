/**
 * Signed notes: a text, and signatures of keys that have names.
 *
 * ```
 * text, whose every line ends with a line feed
 *                                                          the last empty line parts text and signatures
 * — <key name> <base64(key id, 4 bytes || signature)>      U+2014, space, name, space
 * ```
 *
 * Signatures of unknown keys are ignored. One of a known key that does not verify rejects the whole note: somebody
 * has changed something. What a note says counts only after its signatures are checked.
 *
 * Source: C2SP signed-note v1.0.0.
 */
import { verifyEd25519 } from '#crypto';

import { concatBytes, formatBase64, formatUtf8, parseBase64, parseUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { NOTE_BYTES_MAX, NOTE_SIGNATURE_COUNT_MAX } from './limits.ts';
import { checkKeyName, encodeKeyId, KEY_TYPE, readKeyId, type VerifierKey } from './verifierKey.ts';

/** A signature line. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  /** What follows the key id; at least one byte. What it is depends on the key's type. */
  readonly signature: Uint8Array;
}

/** A text with signatures that are not checked. */
export interface Note {
  /** Ends with a line feed; has no other control character. */
  readonly text: string;
  /** In the order of their lines; 1 to 100. */
  readonly signatures: readonly NoteSignature[];
}

/** A signature with the key that it names. */
export interface KnownSignature {
  readonly key: VerifierKey;
  readonly signature: Uint8Array;
}

/** Signs bytes as they stand (64 bytes): only for formats of others, which have no domain of ours. */
export type RawSigner = (message: Uint8Array) => Uint8Array;

/** Who signs notes. */
export interface NoteSigner {
  readonly key: VerifierKey;
  readonly sign: RawSigner;
}

const KEY_ID_BYTES = 4;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const SEPARATOR = '\n\n';
const LINE_START = '\u2014 ';

/** Returns the bytes of a note. */
export function formatNote({ text, signatures }: Note): Uint8Array {
  invariant(text.endsWith('\n') && text.isWellFormed(), 'a text is whole lines of UTF-8');
  invariant(!hasControls(formatUtf8(text)), 'a text has no control characters');
  invariant(signatures.length > 0, 'a note has a signature');
  return formatUtf8(`${text}\n${signatures.map(formatSignature).join('')}`);
}

/** Returns a signature as its line, with the line feed. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  const base64 = formatBase64(concatBytes(encodeKeyId(keyId), signature));
  return `${LINE_START}${name} ${base64}\n`;
}

/** Returns the note of these bytes, to which it formats back. Throws ERR_LIMIT or ERR_MALFORMED. */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > NOTE_BYTES_MAX) {
    throw new ChainError('ERR_LIMIT', `a note of ${bytes.length} bytes is above ${NOTE_BYTES_MAX}`);
  }
  if (hasControls(bytes)) throw malformed('a note has a control character');
  const whole = parseUtf8(bytes);
  const separator = whole.lastIndexOf(SEPARATOR);
  if (separator < 0) throw malformed('a note has no empty line before its signatures');
  const block = whole.slice(separator + SEPARATOR.length);
  if (!block.endsWith('\n')) throw malformed('a note does not end with a signature line');
  const lines = block.slice(0, -1).split('\n');
  if (lines.length > NOTE_SIGNATURE_COUNT_MAX) {
    throw new ChainError(
      'ERR_LIMIT',
      `${lines.length} signatures are above ${NOTE_SIGNATURE_COUNT_MAX}`,
    );
  }
  return { text: whole.slice(0, separator + 1), signatures: lines.map(parseSignature) };
}

/** No byte of a longer sequence of UTF-8 is below U+0020. */
function hasControls(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte < SPACE && byte !== LINE_FEED);
}

function parseSignature(line: string): NoteSignature {
  const [name = '', base64, ...more] = line.slice(LINE_START.length).split(' ');
  if (!line.startsWith(LINE_START) || base64 === undefined || more.length > 0) {
    throw malformed('a signature line is not an em dash, a name and base64');
  }
  checkKeyName(name);
  const bytes = parseBase64(base64);
  if (bytes.length <= KEY_ID_BYTES) throw malformed('a signature line has no signature');
  return { name, keyId: readKeyId(bytes), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** Returns the signatures that name one of these keys, in the order of their lines. They are not checked. */
export function signaturesBy(
  keys: readonly VerifierKey[],
  { signatures }: Note,
): readonly KnownSignature[] {
  const known = new Map(keys.map((key) => [placeOf(key), key]));
  invariant(known.size === keys.length, 'no two keys share name and id');
  return signatures.flatMap((each) => {
    const key = known.get(placeOf(each));
    return key === undefined ? [] : [{ key, signature: each.signature }];
  });
}

/** Returns what a key and the lines that it signed have in common. */
export function placeOf({ name, keyId }: Pick<VerifierKey, 'name' | 'keyId'>): string {
  return `${name}+${keyId}`;
}

/**
 * Checks a note against known Ed25519 keys, no two of which share name and id.
 *
 * Throws ERR_SIGNATURE where a signature of one of them does not verify, ERR_UNKNOWN_SIGNER where none has signed.
 */
export function checkNote(note: Note, keys: readonly VerifierKey[]): void {
  const message = formatUtf8(note.text);
  const known = signaturesBy(keys, note);
  if (known.length === 0) {
    throw new ChainError('ERR_UNKNOWN_SIGNER', 'no signature is of a known key');
  }
  for (const { key, signature } of known) {
    invariant(key.type === KEY_TYPE.ed25519, 'the key signs the text itself');
    if (!verifyEd25519(key.publicKey, message, signature)) {
      throw new ChainError('ERR_SIGNATURE', `the signature of ${key.name} does not verify`);
    }
  }
}

/** Returns the signature line of an Ed25519 key over a text. */
export function signNote(text: string, { key, sign }: NoteSigner): NoteSignature {
  invariant(key.type === KEY_TYPE.ed25519, 'the key signs the text itself');
  return { name: key.name, keyId: key.keyId, signature: sign(formatUtf8(text)) };
}

function malformed(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}
