/**
 * The validator set: who votes at a height, in the order that gives votes their index.
 *
 * All votes weigh the same. The set is chain state; nothing in a node's configuration can change it.
 */
import { bin, encode, list, type Schema, str, tuple } from './codec.ts';
import { equalBytes } from './bytes.ts';
import { hashDomain } from './hash.ts';
import { ID_BYTES_MAX, URL_BYTES_MAX, VALIDATOR_COUNT_MAX } from './limits.ts';
import { KEY_BYTES } from './signature.ts';

/** An institution's validator. */
export interface Validator {
  /** Unique, `[a-z0-9_-]{1,64}`: the API's aggregator and node_id. */
  readonly name: string;
  /** Ed25519 key that signs votes and batches, under separate domains. */
  readonly consensusKey: Uint8Array;
  /** Ed25519 key that cosigns checkpoints. */
  readonly cosignerKey: Uint8Array;
  /** libp2p peer id of its network key, as text. */
  readonly peerId: string;
  /** Multiaddrs where it is dialled, at most eight. */
  readonly addresses: readonly string[];
}

/** Validators in voting order. */
export type ValidatorSet = readonly Validator[];

/** Addresses of one validator. */
export const ADDRESS_COUNT_MAX = 8;

/** Canonical form of a validator. */
export const validatorSchema: Schema<Validator> = tuple<Validator>({
  name: str(ID_BYTES_MAX),
  consensusKey: bin(KEY_BYTES),
  cosignerKey: bin(KEY_BYTES),
  peerId: str(128),
  addresses: list(str(URL_BYTES_MAX), ADDRESS_COUNT_MAX),
});

/** Canonical form of a validator set. */
export const validatorSetSchema: Schema<ValidatorSet> = list(
  validatorSchema,
  VALIDATOR_COUNT_MAX,
  1,
);

/** Returns the hash that a header names. */
export function hashValidatorSet(set: ValidatorSet): Uint8Array {
  return hashDomain('validatorSet', encode(validatorSetSchema, set));
}

/** Returns the validator with this consensus key, or undefined. */
export function findValidator(set: ValidatorSet, consensusKey: Uint8Array): Validator | undefined {
  return set.find((validator) => equalBytes(validator.consensusKey, consensusKey));
}
