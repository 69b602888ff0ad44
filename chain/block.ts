/**
 * Blocks: a header over batch ids and the results of executing them, and the certificate that decides it.
 *
 * ```
 * Header = [ 1, chain_id, height, view, parent_hash, timestamp_ms, proposer, [batch id, …],
 *            log_size, log_root, state_root, validator_set_hash ]
 * block hash = hash(header)
 * commit certificate = [ height, view, block hash, [[validator index, signature], …] ]
 * ```
 *
 * `log_size`, `log_root` and `state_root` are those after this block's items and before its own closing
 * entry: validators execute before they vote. Certificates are not unique and never enter state.
 */
import { equalBytes } from './bytes.ts';
import { bin, encode, list, literal, type Schema, tuple, uint } from './codec.ts';
import { quorumSize } from './consensus/quorum.ts';
import { ChainError } from './errors.ts';
import { hashDomain } from './hash.ts';
import { BLOCK_BATCH_COUNT_MAX, VALIDATOR_COUNT_MAX } from './limits.ts';
import { HASH_BYTES } from './record.ts';
import {
  KEY_BYTES,
  SIGNATURE_BYTES,
  type SignedBytes,
  type Signer,
  verifySigned,
} from './signature.ts';
import type { ValidatorSet } from './validatorSet.ts';

/** What is agreed on at a height. */
export interface Header {
  readonly version: 1;
  readonly chainId: Uint8Array;
  /** Genesis is 0. */
  readonly height: number;
  /** View of the first proposal. */
  readonly view: number;
  readonly parentHash: Uint8Array;
  readonly timestampMs: number;
  /** Consensus key of the first proposer. */
  readonly proposer: Uint8Array;
  readonly batchIds: readonly Uint8Array[];
  readonly logSize: number;
  readonly logRoot: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly validatorSetHash: Uint8Array;
}

/** Canonical form of a header. */
export const headerSchema: Schema<Header> = tuple<Header>({
  version: literal(1),
  chainId: bin(HASH_BYTES),
  height: uint(),
  view: uint(),
  parentHash: bin(HASH_BYTES),
  timestampMs: uint(),
  proposer: bin(KEY_BYTES),
  batchIds: list(bin(HASH_BYTES), BLOCK_BATCH_COUNT_MAX),
  logSize: uint(),
  logRoot: bin(HASH_BYTES),
  stateRoot: bin(HASH_BYTES),
  validatorSetHash: bin(HASH_BYTES),
});

/** Returns the block hash. */
export function hashHeader(header: Header): Uint8Array {
  return hashDomain('block', encode(headerSchema, header));
}

/** Phases in which a validator signs something: once in each view. */
export const PHASE = { prePrepare: 1, prepare: 2, commit: 3, viewChange: 4 } as const;
/** A value of `PHASE`. */
export type Phase = (typeof PHASE)[keyof typeof PHASE];

/** What a vote's signature binds. */
export interface Ballot {
  readonly chainId: Uint8Array;
  readonly height: number;
  readonly view: number;
  readonly phase: Phase;
  /** Of the block; of a VIEW-CHANGE, the hash of what it claims to have prepared. */
  readonly blockHash: Uint8Array;
}

const ballotSchema = tuple<Ballot>({
  chainId: bin(HASH_BYTES),
  height: uint(),
  view: uint(),
  phase: uint(4, 1) as Schema<Phase>,
  blockHash: bin(HASH_BYTES),
});

/** Returns the canonical bytes of what a vote's signature binds. */
export function encodeBallot(ballot: Ballot): Uint8Array {
  return encode(ballotSchema, ballot);
}

/** Returns the signature of a vote. */
export function signBallot(ballot: Ballot, sign: Signer): Uint8Array {
  return sign('vote', encodeBallot(ballot));
}

/** A validator's signature, by the validator's place in the set. */
export interface IndexedSignature {
  readonly index: number;
  readonly signature: Uint8Array;
}

/** COMMIT votes of a quorum: the proof that a block is decided. */
export interface CommitCertificate {
  readonly height: number;
  /** View in which the votes were given; the header's own or a later one. */
  readonly view: number;
  readonly blockHash: Uint8Array;
  /** Ascending by index, each once. */
  readonly signatures: readonly IndexedSignature[];
}

/** Canonical form of a commit certificate. */
export const commitCertificateSchema: Schema<CommitCertificate> = tuple<CommitCertificate>({
  height: uint(),
  view: uint(),
  blockHash: bin(HASH_BYTES),
  signatures: list(
    tuple<IndexedSignature>({
      index: uint(VALIDATOR_COUNT_MAX - 1),
      signature: bin(SIGNATURE_BYTES),
    }),
    VALIDATOR_COUNT_MAX,
  ),
});

/**
 * Checks that a quorum of the set of this height decided this header.
 *
 * Throws ERR_QUORUM, also for votes out of order, given twice, or by nobody in the set.
 */
export function checkCertificate(
  certificate: CommitCertificate,
  header: Header,
  validators: ValidatorSet,
): void {
  if (!certificateVotes(certificate, header, validators).every(verifySigned)) {
    throw new ChainError(
      'ERR_QUORUM',
      `a vote of the certificate for ${header.height} does not verify`,
    );
  }
}

/**
 * Returns the votes of a certificate, all of which have to verify, after checking all else.
 *
 * Throws ERR_QUORUM: for who verifies signatures in another way than `checkCertificate`.
 */
export function certificateVotes(
  certificate: CommitCertificate,
  header: Header,
  validators: ValidatorSet,
): readonly SignedBytes[] {
  const blockHash = hashHeader(header);
  if (certificate.height !== header.height || !equalBytes(certificate.blockHash, blockHash)) {
    throw new ChainError(
      'ERR_QUORUM',
      `the certificate is for another block than ${header.height}`,
    );
  }
  if (certificate.view < header.view) {
    throw new ChainError(
      'ERR_QUORUM',
      `view ${certificate.view} is before the header's ${header.view}`,
    );
  }
  const quorum = quorumSize(validators.length);
  if (certificate.signatures.length < quorum) {
    throw new ChainError(
      'ERR_QUORUM',
      `${certificate.signatures.length} votes are fewer than ${quorum}`,
    );
  }
  const bytes = encodeBallot({
    chainId: header.chainId,
    height: header.height,
    view: certificate.view,
    phase: PHASE.commit,
    blockHash,
  });
  let previous = -1;
  return certificate.signatures.map(({ index, signature }) => {
    const validator = validators[index];
    if (index <= previous || validator === undefined) {
      throw new ChainError('ERR_QUORUM', `validator index ${index} is out of order or unknown`);
    }
    previous = index;
    return { publicKey: validator.consensusKey, domain: 'vote', bytes, signature };
  });
}
