/**
 * Verifier keys of signed notes, and their text.
 *
 * ```
 * key id       = first 4 bytes of SHA-256(name || 0x0A || type || public key)
 * verifier key = name "+" hex of the key id "+" base64(type || public key)
 * ```
 *
 * A signature line names its key by name and key id. The id is short: whoever wants to makes a key with the same
 * id, and gets a signature that does not verify.
 *
 * Source: C2SP signed-note v1.0.0.
 */
import { sha256 } from '#crypto';

import { concatBytes, formatBase64, formatHex, formatUtf8, parseBase64 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { isAdmissibleEd25519Key, KEY_BYTES } from '../signature.ts';
import { KEY_NAME_BYTES_MAX, VERIFIER_KEY_BYTES_MAX } from './limits.ts';

/** Signature types: what the bytes of a signature are, and what they sign. Others are refused. */
export const KEY_TYPE = {
  /** Ed25519 over the note's text. */
  ed25519: 0x01,
  /** A time, and Ed25519 over it and a checkpoint (C2SP tlog-cosignature). */
  cosignature: 0x04,
} as const;
/** A value of `KEY_TYPE`. */
export type KeyType = (typeof KEY_TYPE)[keyof typeof KEY_TYPE];

/** A public key with the name under which it signs. */
export interface VerifierKey {
  readonly name: string;
  /** First four bytes of the key's hash, as a big-endian number. */
  readonly keyId: number;
  readonly type: KeyType;
  /** Ed25519. */
  readonly publicKey: Uint8Array;
}

const NAME_SEPARATOR = Uint8Array.of(0x0a);
const KEY_ID_HEX = /^[0-9a-f]{8}$/;
const NOT_IN_NAMES = /[\p{White_Space}+]/u;

/** Checks the name of a key: not empty, no white space, no plus. Throws ERR_MALFORMED. */
export function checkKeyName(name: string): void {
  if (name === '' || NOT_IN_NAMES.test(name)) {
    throw new ChainError('ERR_MALFORMED', 'a key name is empty, or has white space or a plus');
  }
}

/** Returns a key with its id. Throws ERR_MALFORMED on a name that no key may have, ERR_LIMIT on a long one. */
export function createVerifierKey(type: KeyType, name: string, publicKey: Uint8Array): VerifierKey {
  checkKeyName(name);
  const nameBytes = formatUtf8(name);
  if (nameBytes.length > KEY_NAME_BYTES_MAX) {
    throw new ChainError(
      'ERR_LIMIT',
      `a key name of ${nameBytes.length} bytes is above ${KEY_NAME_BYTES_MAX}`,
    );
  }
  return { name, keyId: readKeyId(hashOf({ name, type, publicKey })), type, publicKey };
}

/** Returns the 32 bytes of which the key id is the beginning: by them Sigstore names a log. */
export function fullKeyIdOf(key: VerifierKey): Uint8Array {
  return hashOf(key);
}

function hashOf({ name, type, publicKey }: Omit<VerifierKey, 'keyId'>): Uint8Array {
  return sha256(concatBytes(formatUtf8(name), NAME_SEPARATOR, Uint8Array.of(type), publicKey));
}

/** Returns the big-endian number in the first four bytes. */
export function readKeyId(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
}

/** Returns the four bytes of a key id. */
export function encodeKeyId(keyId: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, keyId);
  return bytes;
}

/** Returns the text of a verifier key. */
export function formatVerifierKey({ name, keyId, type, publicKey }: VerifierKey): string {
  const key = formatBase64(concatBytes(Uint8Array.of(type), publicKey));
  return `${name}+${formatHex(encodeKeyId(keyId))}+${key}`;
}

/**
 * Returns the key of a verifier key's text.
 *
 * Throws ERR_LIMIT, and ERR_MALFORMED: also where the id is not that of name and key, where the type is neither of
 * `KEY_TYPE`, and where the key is not canonical or not free of torsion.
 */
export function parseVerifierKey(text: string): VerifierKey {
  if (text.length > VERIFIER_KEY_BYTES_MAX) {
    throw new ChainError(
      'ERR_LIMIT',
      `a verifier key of ${text.length} characters is above ${VERIFIER_KEY_BYTES_MAX}`,
    );
  }
  // Neither name nor id has a plus; base64 may.
  const afterName = text.indexOf('+');
  const afterId = text.indexOf('+', afterName + 1);
  const idText = text.slice(afterName + 1, afterId);
  if (afterName < 0 || afterId < 0 || !KEY_ID_HEX.test(idText)) {
    throw malformed('a verifier key is not name, eight lower-case hex digits and base64');
  }
  const { type, publicKey } = parseTypeAndKey(parseBase64(text.slice(afterId + 1)));
  const key = createVerifierKey(type, text.slice(0, afterName), publicKey);
  if (key.keyId !== parseInt(idText, 16)) {
    throw malformed(`key id ${idText} is not that of the name and the key`);
  }
  return key;
}

function parseTypeAndKey(bytes: Uint8Array): Pick<VerifierKey, 'type' | 'publicKey'> {
  const [type] = bytes;
  if (type !== KEY_TYPE.ed25519 && type !== KEY_TYPE.cosignature) {
    throw malformed(`signature type ${type ?? 'none'} is neither 1 (Ed25519) nor 4 (cosignature)`);
  }
  const publicKey = bytes.slice(1);
  if (publicKey.length !== KEY_BYTES || !isAdmissibleEd25519Key(publicKey)) {
    throw malformed('a verifier key does not hold an Ed25519 key of 32 canonical bytes');
  }
  return { type, publicKey };
}

function malformed(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}
