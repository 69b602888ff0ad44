/**
 * The offline check: what a proof says of a photograph, to somebody who trusts a policy and nobody else.
 *
 * The same code runs in a node, in the command line and in a browser. It asks nobody: no network, no clock. All that
 * it is given may come from a stranger; whatever that is, the answer is a verdict, and nothing is thrown.
 *
 * A verdict says what stood in the log when the checkpoint was cosigned. It cannot say what came later, such as the
 * revocation of the camera, and nothing says that a scene is real.
 *
 * @example
 * const { verdict, steps } = verify({ file: { bytes: photo }, proof, policy });
 */
import { sha256 } from '#crypto';

import { equalBytes, formatHex } from '../bytes.ts';
import { decode } from '../codec.ts';
import { entrySchema, type ImageEntry } from '../entry.ts';
import { ChainError, type ChainErrorCode } from '../errors.ts';
import { ENTRY_BYTES_MAX } from '../limits.ts';
import { checkInclusion, leafHash } from '../merkle.ts';
import { HASH_BYTES, RECORD_KIND } from '../record.ts';
import type { Policy } from './policy.ts';
import { parsePolicy } from './policyText.ts';
import { parseTlogProof, type TlogProof } from './tlogProof.ts';
import { checkLogSignature, checkQuorum, type Cosigner, cosignersOf } from './trust.ts';

/**
 * A photograph: the bytes of its file; their SHA-256, where somebody has hashed the file as a stream; or a hash alone,
 * which may also be another digest of 32 bytes that a record names.
 */
export type Photograph =
  | { readonly bytes: Uint8Array }
  | { readonly fileHash: Uint8Array }
  | { readonly hash: Uint8Array };

/** What is checked. */
export interface Claim {
  /** Absent: the verdict is about whichever photograph the proof is of. */
  readonly file?: Photograph | undefined;
  /** The bytes of a proof (C2SP tlog-proof). */
  readonly proof: Uint8Array;
  /** The bytes of a trust policy (C2SP tlog-policy): what is believed without being checked. */
  readonly policy: Uint8Array;
}

/** The steps of a check, in their order. */
export const STEPS = [
  'file', // the hash of the file
  'proof', // the proof is read
  'policy', // the policy is read
  'entry', // the proof carries an entry that registers this photograph
  'path', // the entry's hash leads to the checkpoint's root
  'log', // the log that the policy trusts signed the checkpoint
  'cosigners', // who of the policy's witnesses cosigned it, and when
  'quorum', // whether they are enough
] as const;
/** The name of a step. */
export type StepName = (typeof STEPS)[number];

/** What became of a step. */
export interface Step {
  readonly name: StepName;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'not_reached';
  /** A sentence for people; empty where the step was not reached. Names in it are the policy's own. */
  readonly detail: string;
}

/** What a registration says of a photograph, in the words of the HTTP interface. */
export type Registered =
  | 'registered_original' // exactly these bytes, as an original
  | 'declared_edit' // exactly these bytes, as an edit of others
  | 'same_picture_data'; // a digest beside that of the file's bytes

/** A registration that is proved. */
export interface Registration {
  readonly entry: ImageEntry;
  /** What of the record the photograph is known by: `image_hash`, or the name of one of its digests. */
  readonly match: string;
  /** Of the entry in the log. */
  readonly index: number;
  /** The log, and the size at which the checkpoint was cosigned. */
  readonly origin: string;
  readonly treeSize: number;
  readonly cosigners: readonly Cosigner[];
  /** Unix seconds by which a quorum had cosigned, by their own clocks; absent where the policy asks for nobody. */
  readonly quorumTimeS: number | undefined;
}

/** What came of a check: all steps passed, or one of them failed and says why. */
export type Verdict =
  | {
      readonly verdict: Registered;
      readonly steps: readonly Step[];
      readonly registration: Registration;
    }
  | {
      readonly verdict: 'not_verified';
      readonly steps: readonly Step[];
      readonly code: ChainErrorCode;
      readonly reason: string;
    };

/** Returns the verdict on a proof. Throws nothing, whatever the bytes. */
export function verify(claim: Claim): Verdict {
  const report = new Report();
  try {
    const registration = checkAll(claim, report);
    return { verdict: registeredAs(registration), steps: report.steps(), registration };
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const { code, message } = error;
    return { verdict: 'not_verified', steps: report.stepsFailing(message), code, reason: message };
  }
}

/** Steps as they are taken. */
class Report {
  readonly #steps: Step[] = [];

  /** Ends the next step well. */
  pass(detail: string, outcome: 'passed' | 'skipped' = 'passed'): void {
    const name = STEPS[this.#steps.length];
    if (name !== undefined) this.#steps.push({ name, outcome, detail });
  }

  steps(): readonly Step[] {
    return this.#steps;
  }

  /** All steps, of which the next one failed. */
  stepsFailing(reason: string): readonly Step[] {
    const [failed, ...rest] = STEPS.slice(this.#steps.length);
    return [
      ...this.#steps,
      ...(failed === undefined
        ? []
        : [{ name: failed, outcome: 'failed', detail: reason } as const]),
      ...rest.map((name) => ({ name, outcome: 'not_reached', detail: '' }) as const),
    ];
  }
}

/** Takes the steps in their order. Throws ChainError at the one that fails. */
function checkAll(claim: Claim, report: Report): Registration {
  const hash = takeFile(claim.file, report);
  const proof = takeProof(claim.proof, report);
  const policy = takePolicy(claim.policy, report);
  const { entry, bytes, match } = takeEntry(proof.extra, hash, report);
  takePath(proof, bytes, report);
  checkLogSignature(proof.checkpoint, policy);
  report.pass(`${policy.log.key.name} signed the checkpoint`);
  const cosigners = cosignersOf(proof.checkpoint.note, policy);
  report.pass(describeCosigners(cosigners));
  const quorumTimeS = checkQuorum(cosigners, policy);
  report.pass(
    quorumTimeS === undefined
      ? 'the policy asks for no cosigner'
      : `the quorum ${policy.quorum} was reached at Unix time ${quorumTimeS}`,
  );
  const { origin, treeSize } = proof.checkpoint;
  return { entry, match, index: proof.index, origin, treeSize, cosigners, quorumTimeS };
}

function takeFile(file: Photograph | undefined, report: Report): Uint8Array | undefined {
  if (file === undefined) {
    report.pass('no file was given: the verdict is about the one that the proof names', 'skipped');
    return undefined;
  }
  const hash = hashOf(file);
  if (hash.length !== HASH_BYTES) {
    throw new ChainError('ERR_MALFORMED', `a hash of ${hash.length} bytes is not one of 32`);
  }
  report.pass(`${'hash' in file ? 'the hash' : 'SHA-256 of the file'} is ${formatHex(hash)}`);
  return hash;
}

function hashOf(file: Photograph): Uint8Array {
  if ('bytes' in file) return sha256(file.bytes);
  return 'fileHash' in file ? file.fileHash : file.hash;
}

function takeProof(bytes: Uint8Array, report: Report): TlogProof {
  const proof = parseTlogProof(bytes);
  const { treeSize } = proof.checkpoint;
  report.pass(`the proof is of entry ${proof.index} in a log of ${treeSize}`);
  return proof;
}

function takePolicy(bytes: Uint8Array, report: Report): Policy {
  const policy = parsePolicy(bytes);
  report.pass(`the policy trusts ${policy.log.key.name} and ${policy.witnesses.length} witnesses`);
  return policy;
}

interface FoundEntry {
  readonly entry: ImageEntry;
  readonly bytes: Uint8Array;
  readonly match: string;
}

function takeEntry(
  bytes: Uint8Array | undefined,
  hash: Uint8Array | undefined,
  report: Report,
): FoundEntry {
  if (bytes === undefined) throw new ChainError('ERR_ENTRY', 'the proof carries no entry');
  if (bytes.length > ENTRY_BYTES_MAX) {
    throw new ChainError(
      'ERR_LIMIT',
      `an entry of ${bytes.length} bytes is above ${ENTRY_BYTES_MAX}`,
    );
  }
  const entry = decode(entrySchema, bytes);
  if (entry.kind !== 1) {
    throw new ChainError('ERR_ENTRY', `an entry of kind ${entry.kind} registers no photograph`);
  }
  const match = hash === undefined ? IMAGE_HASH : matchOf(entry, hash);
  report.pass(`the entry registers ${formatHex(entry.record.imageHash)}, found by its ${match}`);
  return { entry, bytes, match };
}

const IMAGE_HASH = 'image_hash';

function matchOf({ record }: ImageEntry, hash: Uint8Array): string {
  if (equalBytes(record.imageHash, hash)) return IMAGE_HASH;
  const found = record.digests.find(({ digest }) => equalBytes(digest, hash));
  if (found !== undefined) return found.name;
  throw new ChainError(
    'ERR_IMAGE_HASH',
    `the entry registers ${formatHex(record.imageHash)}, not ${formatHex(hash)}`,
  );
}

function takePath(
  { index, hashes, checkpoint }: TlogProof,
  entry: Uint8Array,
  report: Report,
): void {
  const { treeSize, root } = checkpoint;
  checkInclusion({ index, treeSize, leafHash: leafHash(entry), root }, hashes);
  report.pass(`${hashes.length} hashes lead from the entry to the root ${formatHex(root)}`);
}

function describeCosigners(cosigners: readonly Cosigner[]): string {
  if (cosigners.length === 0) return 'no witness of the policy cosigned';
  const each = cosigners.map(({ name, timeS }) => `${name} at Unix time ${timeS}`);
  return `cosigned by ${each.join(', ')}`;
}

function registeredAs({ entry, match }: Registration): Registered {
  if (match !== IMAGE_HASH) return 'same_picture_data';
  return entry.record.kind === RECORD_KIND.edit ? 'declared_edit' : 'registered_original';
}
