/**
 * Questions to a witness, and its answers: a log shows its newest checkpoint, with the proof that it has only grown
 * since the last one that the witness cosigned.
 *
 * ```
 * old <size>                the size that the witness cosigned last
 * <base64 of a hash>        consistency proof from that size, 0 to 63 lines
 *                           an empty line
 * <checkpoint>              its signed note, verbatim
 * ```
 *
 * A witness answers with signature lines, or with the size that it cosigned last, where that is another one.
 *
 * Source: C2SP tlog-witness v1.0.0.
 */
import { concatBytes, formatBase64, formatUtf8, parseUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import {
  formatSignedCheckpoint,
  parseSignedCheckpoint,
  type SignedCheckpoint,
} from './checkpoint.ts';
import { checkCosignatures } from './cosignature.ts';
import { parseDecimal } from './decimal.ts';
import {
  ADD_CHECKPOINT_BYTES_MAX,
  COSIGNATURES_BYTES_MAX,
  PROOF_HASH_COUNT_MAX,
} from './limits.ts';
import { formatSignature, type NoteSignature, parseNote, placeOf } from './note.ts';
import { checkLimit } from './policyLines.ts';
import { parseHash } from './tlogProof.ts';
import type { VerifierKey } from './verifierKey.ts';

/** A question; nothing in it is checked but its form. */
export interface AddCheckpoint {
  readonly oldSize: number;
  /** From the tree of the old size to that of the checkpoint. */
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: SignedCheckpoint;
}

const LINE_FEED = 0x0a;
const OLD = 'old ';

/** Returns the bytes of a question. */
export function formatAddCheckpoint({ oldSize, hashes, checkpoint }: AddCheckpoint): Uint8Array {
  invariant(hashes.length <= PROOF_HASH_COUNT_MAX, 'a proof has 63 hashes at most');
  const lines = [`${OLD}${oldSize}`, ...hashes.map(formatBase64)];
  return concatBytes(formatUtf8(`${lines.join('\n')}\n\n`), formatSignedCheckpoint(checkpoint));
}

/** Returns the question of these bytes, to which it formats back. Throws ERR_LIMIT or ERR_MALFORMED. */
export function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  checkLimit('bytes of a question', bytes.length, ADD_CHECKPOINT_BYTES_MAX);
  const separator = bytes.findIndex((byte, i) => byte === LINE_FEED && bytes[i + 1] === LINE_FEED);
  if (separator < 0) throw malformed('there is no empty line before the checkpoint');
  const [old = '', ...lines] = parseUtf8(bytes.subarray(0, separator)).split('\n');
  if (!old.startsWith(OLD)) throw malformed('the first line is not "old" and a size');
  checkLimit('hashes', lines.length, PROOF_HASH_COUNT_MAX);
  return {
    oldSize: parseDecimal(old.slice(OLD.length)),
    hashes: lines.map(parseHash),
    checkpoint: parseSignedCheckpoint(bytes.subarray(separator + 2)),
  };
}

/** Returns the bytes of the answer that cosigns. */
export function formatCosignatures(signatures: readonly NoteSignature[]): Uint8Array {
  return formatUtf8(signatures.map(formatSignature).join(''));
}

/**
 * Returns a witness's cosignature of a checkpoint out of its answer; lines of other keys are ignored.
 *
 * Throws ERR_LIMIT or ERR_MALFORMED, ERR_UNKNOWN_SIGNER where the witness has not signed, and ERR_SIGNATURE where one
 * of its signatures does not verify.
 */
export function parseCosignatures(
  bytes: Uint8Array,
  { note }: SignedCheckpoint,
  key: VerifierKey,
): NoteSignature {
  checkLimit('bytes of cosignatures', bytes.length, COSIGNATURES_BYTES_MAX);
  const answered = parseNote(concatBytes(formatUtf8(`${note.text}\n`), bytes));
  // An empty line in the answer would make its beginning a part of the text.
  if (answered.text !== note.text) throw malformed('the answer is not signature lines alone');
  checkCosignatures(answered, [key]);
  const line = answered.signatures.find((each) => placeOf(each) === placeOf(key));
  if (line === undefined) {
    throw new ChainError('ERR_UNKNOWN_SIGNER', `no line of the answer is by ${key.name}`);
  }
  return line;
}

/** Returns the bytes of the answer that names another size. */
export function formatSizeAnswer(treeSize: number): Uint8Array {
  return formatUtf8(`${treeSize}\n`);
}

/** Returns the size of such an answer. Throws ERR_MALFORMED. */
export function parseSizeAnswer(bytes: Uint8Array): number {
  const text = parseUtf8(bytes.subarray(0, SIZE_ANSWER_BYTES_MAX + 1));
  if (!text.endsWith('\n') || bytes.length > SIZE_ANSWER_BYTES_MAX) {
    throw malformed('the answer is not one line with a size');
  }
  return parseDecimal(text.slice(0, -1));
}

/** Sixteen digits and a line feed. */
const SIZE_ANSWER_BYTES_MAX = 17;

function malformed(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}
