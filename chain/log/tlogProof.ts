/**
 * Offline proofs: that an entry stands in the log, with all that somebody needs who trusts a policy alone.
 *
 * ```
 * c2sp.org/tlog-proof@v1
 * extra <base64>            the entry; authenticated by nothing but its hash's path to the root
 * index <decimal>
 * <base64 of a hash>        from the leaf's sibling to the root's child, 0 to 63 lines
 *                           an empty line
 * <checkpoint>              its signed note, verbatim
 * ```
 *
 * Source: C2SP tlog-proof; RFC 6962, section 2.1.1.
 */
import { formatBase64, formatUtf8, parseBase64, parseUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { HASH_BYTES } from '../record.ts';
import {
  formatSignedCheckpoint,
  parseSignedCheckpoint,
  type SignedCheckpoint,
} from './checkpoint.ts';
import { parseDecimal } from './decimal.ts';
import { EXTRA_BYTES_MAX, PROOF_BYTES_MAX, PROOF_HASH_COUNT_MAX } from './limits.ts';

/** A proof; nothing in it is checked but its form. */
export interface TlogProof {
  /** Of this chain, the entry. */
  readonly extra: Uint8Array | undefined;
  /** Of the entry in the log. */
  readonly index: number;
  /** From the leaf's sibling up to the root's child. */
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: SignedCheckpoint;
}

const FORMAT = 'c2sp.org/tlog-proof@v1';
const LINE_FEED = 0x0a;

/** Returns the bytes of a proof. */
export function formatTlogProof(proof: TlogProof): Uint8Array {
  return formatUtf8(formatTlogProofText(proof));
}

/** Returns a proof as text. */
export function formatTlogProofText({ extra, index, hashes, checkpoint }: TlogProof): string {
  invariant(hashes.length <= PROOF_HASH_COUNT_MAX, 'a proof has 63 hashes at most');
  invariant((extra?.length ?? 0) <= EXTRA_BYTES_MAX, 'what a proof carries is within its limit');
  const lines = [
    FORMAT,
    ...(extra === undefined ? [] : [`extra ${formatBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(formatBase64),
  ];
  return `${lines.join('\n')}\n\n${noteOf(checkpoint)}`;
}

/** A checkpoint stands in proof after proof. */
const notes = new WeakMap<SignedCheckpoint, string>();

function noteOf(checkpoint: SignedCheckpoint): string {
  const known = notes.get(checkpoint);
  if (known !== undefined) return known;
  const note = parseUtf8(formatSignedCheckpoint(checkpoint));
  notes.set(checkpoint, note);
  return note;
}

/** Returns the proof of these bytes, to which it formats back. Throws ERR_LIMIT or ERR_MALFORMED. */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  checkLimit('bytes of a proof', bytes.length, PROOF_BYTES_MAX);
  const separator = bytes.findIndex((byte, i) => byte === LINE_FEED && bytes[i + 1] === LINE_FEED);
  if (separator < 0) throw malformed('a proof has no empty line before its checkpoint');
  const [format, ...lines] = parseUtf8(bytes.subarray(0, separator)).split('\n');
  if (format !== FORMAT) throw malformed(`a proof does not begin with ${FORMAT}`);
  const extra = lines[0]?.startsWith('extra ') === true ? lines.shift() : undefined;
  const index = lines.shift();
  if (index?.startsWith('index ') !== true) throw malformed('a proof has no index');
  checkLimit('hashes', lines.length, PROOF_HASH_COUNT_MAX);
  return {
    extra: extra === undefined ? undefined : parseExtra(extra.slice('extra '.length)),
    index: parseDecimal(index.slice('index '.length)),
    hashes: lines.map(parseHash),
    checkpoint: parseSignedCheckpoint(bytes.subarray(separator + 2)),
  };
}

function parseExtra(base64: string): Uint8Array {
  const extra = parseBase64(base64);
  checkLimit('bytes that a proof carries', extra.length, EXTRA_BYTES_MAX);
  return extra;
}

/** Returns the hash of a line. Throws ERR_MALFORMED. */
export function parseHash(base64: string): Uint8Array {
  const hash = parseBase64(base64);
  if (hash.length !== HASH_BYTES)
    throw malformed(`a hash of ${hash.length} bytes is not one of 32`);
  return hash;
}

function checkLimit(what: string, count: number, max: number): void {
  if (count > max) throw new ChainError('ERR_LIMIT', `${count} ${what} are above ${max}`);
}

function malformed(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}
