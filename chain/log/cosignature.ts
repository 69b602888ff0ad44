/**
 * Cosignatures: what a validator, or another witness, says of a checkpoint.
 *
 * ```
 * signed:    "cosignature/v1\n" "time <Unix seconds>\n" <text of the checkpoint>
 * signature: time, 8 bytes, big-endian || Ed25519, 64 bytes
 * ```
 *
 * It says: at that time this was the largest tree that I had seen of this log, and it contains all that I had seen
 * before. The signed bytes do not name the cosigner, so a key has one name and one use.
 *
 * Source: C2SP tlog-cosignature v1.0.1.
 */
import { verifyEd25519 } from '#crypto';

import { concatBytes, formatUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { SIGNATURE_BYTES } from '../signature.ts';
import { type Note, type NoteSignature, type NoteSigner, signaturesBy } from './note.ts';
import { KEY_TYPE, type VerifierKey } from './verifierKey.ts';

/** A cosignature that was checked. */
export interface Cosignature {
  readonly key: VerifierKey;
  /** Unix seconds, by the cosigner's clock. */
  readonly timeS: number;
}

const TIME_BYTES = 8;

/** Returns the bytes that are signed, of a checkpoint's text. */
export function cosignatureMessage(text: string, timeS: number): Uint8Array {
  return formatUtf8(`cosignature/v1\ntime ${timeS}\n${text}`);
}

/** Returns the signature line of a cosigner for a checkpoint's text, at a time in Unix seconds. */
export function cosign(text: string, timeS: number, { key, sign }: NoteSigner): NoteSignature {
  invariant(key.type === KEY_TYPE.cosignature, 'the key cosigns');
  invariant(Number.isSafeInteger(timeS) && timeS >= 0, 'a time is a safe integer');
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeS));
  const signature = concatBytes(time, sign(cosignatureMessage(text, timeS)));
  return { name: key.name, keyId: key.keyId, signature };
}

/**
 * Returns the cosignatures of known keys, in the order of their lines; others are ignored.
 *
 * Throws ERR_SIGNATURE where one of them does not verify.
 */
export function checkCosignatures(
  note: Note,
  keys: readonly VerifierKey[],
): readonly Cosignature[] {
  return signaturesBy(keys, note).map(({ key, signature }) => {
    invariant(key.type === KEY_TYPE.cosignature, 'the key cosigns');
    const timeS = parseTime(signature);
    if (
      timeS === undefined ||
      !verifyEd25519(
        key.publicKey,
        cosignatureMessage(note.text, timeS),
        signature.subarray(TIME_BYTES),
      )
    ) {
      throw new ChainError('ERR_SIGNATURE', `the cosignature of ${key.name} does not verify`);
    }
    return { key, timeS };
  });
}

/** The time of a cosignature's bytes, or undefined where they are not one, or beyond 2^53 - 1 seconds. */
function parseTime(signature: Uint8Array): number | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const view = new DataView(signature.buffer, signature.byteOffset, signature.byteLength);
  const timeS = Number(view.getBigUint64(0));
  return Number.isSafeInteger(timeS) ? timeS : undefined;
}
