/**
 * The offline check for pages: `birthmark-node/browser`, one file without imports (dist/browser/verify.js).
 *
 * It is the verifier of `birthmark-node/verify` with hashing in front: a file of any size is read piece by piece, and
 * never leaves the page. It asks nobody: no network, no clock.
 *
 * @example
 * import { verify } from './verify.js';
 * const { verdict, steps } = await verify({ file: input.files[0], proof, policy });
 */
import { sha256 } from '@noble/hashes/sha2.js';

import { parseHex } from '../../chain/bytes.ts';
import { POLICY_BYTES_MAX, PROOF_BYTES_MAX } from '../../chain/log/limits.ts';
import { type Photograph, type Verdict, verify as verifyClaim } from '../../chain/log/verify.ts';

/** A small file: what an input or a drop gives, its bytes, or its text. */
export type SmallFile = Blob | Uint8Array | string;

/** What is checked. */
export interface Question {
  /**
   * The photograph, or its SHA-256 as 64 hex digits. Absent: the verdict is about whichever photograph the proof is of.
   */
  readonly file?: Blob | Uint8Array | string | undefined;
  /** A proof (C2SP tlog-proof). */
  readonly proof: SmallFile;
  /** Whose signatures are believed (C2SP tlog-policy): never from whom the proof came. */
  readonly policy: SmallFile;
  /** Ends the reading of a large file. */
  readonly signal?: AbortSignal | undefined;
}

const HASH = /^[0-9a-fA-F]{64}$/;

/**
 * Resolves to the verdict on a photograph, whatever strangers wrote. Rejects where a file cannot be read, with the
 * signal's reason, and with a TypeError for an argument of another type.
 */
export async function verify({ file, proof, policy, signal }: Question): Promise<Verdict> {
  return verifyClaim({
    file: file === undefined ? undefined : await takePhotograph(file, signal),
    proof: await takeBytes(proof, PROOF_BYTES_MAX, 'proof'),
    policy: await takeBytes(policy, POLICY_BYTES_MAX, 'policy'),
  });
}

/** Resolves to the SHA-256 of a file of any size, read piece by piece. */
export async function hashFile(file: Blob, signal?: AbortSignal): Promise<Uint8Array> {
  const hash = sha256.create();
  const stream: ReadableStream<Uint8Array> = file.stream();
  const reader = stream.getReader();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return hash.digest();
      hash.update(value);
    }
  } finally {
    await reader.cancel();
  }
}

async function takePhotograph(
  file: NonNullable<Question['file']>,
  signal: AbortSignal | undefined,
): Promise<Photograph> {
  if (isBlob(file)) return { fileHash: await hashFile(file, signal) };
  if (isBytes(file)) return { bytes: file };
  if (typeof file === 'string' && HASH.test(file)) return { hash: parseHex(file.toLowerCase()) };
  throw new TypeError('file is none of a Blob, a Uint8Array and 64 hex digits');
}

/** At most one byte more than is allowed is read: the verifier refuses it. */
async function takeBytes(file: SmallFile, bytesMax: number, what: string): Promise<Uint8Array> {
  const end = bytesMax + 1;
  if (isBlob(file)) return new Uint8Array(await file.slice(0, end).arrayBuffer());
  if (isBytes(file)) return file;
  if (typeof file === 'string') return new TextEncoder().encode(file.slice(0, end));
  throw new TypeError(`${what} is none of a Blob, a Uint8Array and a text`);
}

/** Also where it comes from another window, whose classes are not ours. */
function isBlob(value: unknown): value is Blob {
  const name = Object.prototype.toString.call(value);
  return name === '[object Blob]' || name === '[object File]';
}

function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === '[object Uint8Array]';
}
