/**
 * Hashes with domains.
 *
 * `SHA-256(domain || 0x00 || canonical bytes)`: no bytes that one thing hashes or signs can be taken for
 * another's. The transparency log alone follows RFC 6962 and stands in `merkle.ts`. A domain, once
 * released, never changes its meaning.
 */
import { sha256 } from '#crypto';

import { concatBytes, formatUtf8 } from './bytes.ts';
import { invariant } from './invariant.ts';

/** Every domain, with what is hashed or signed under it. */
export const DOMAINS = {
  /** The genesis document's canonical form: its hash is the chain id. */
  genesis: 'birthmark/genesis/v1',
  /** An institution's signature over a chain id: it has checked the genesis. */
  genesisSignature: 'birthmark/genesis-signature/v1',
  /** An institution's application: what its validator will be in a genesis. */
  application: 'birthmark/application/v1',
  /** A commitment key: its hash is the secret that opens what the ceremony seals for an institution. */
  recipient: 'birthmark/recipient/v1',
  /** A block header: its hash is the block hash. */
  block: 'birthmark/block/v1',
  /** A batch: its hash is the batch id, the API's tx_hash. */
  batch: 'birthmark/batch/v1',
  /** The aggregator's signature over a batch id. */
  batchSignature: 'birthmark/batch-signature/v1',
  /** A consensus vote: PRE-PREPARE, PREPARE, COMMIT or VIEW-CHANGE. */
  vote: 'birthmark/vote/v1',
  /** What a VIEW-CHANGE claims to have prepared: (view, block hash), or nothing. */
  viewChange: 'birthmark/view-change/v1',
  /** The state after a block: its hash is the state root. */
  state: 'birthmark/state/v1',
  /** A validator set: its hash stands in the header. */
  validatorSet: 'birthmark/validator-set/v1',
  /** A validator's consensus key: what names the validator in a status change. */
  offender: 'birthmark/offender/v1',
  /** What a v2 camera signs with ECDSA P-256; SHA-256 of the same bytes is the message digest. */
  submission: 'birthmark/submission/v2',
  /** What an authority signs about one submission. */
  verdict: 'birthmark/verdict/v1',
  /** (certificate fingerprint, salt): the device commitment of a record. */
  device: 'birthmark/device/v1',
  /** (image hash, salt): what a blind authority is sent in place of the image hash. */
  blind: 'birthmark/blind/v1',
  /** What makes two submissions the same one: the key of a receipt. */
  receipt: 'birthmark/receipt/v1',
  /** A line of a node's audit file: its hash stands in the next line. */
  audit: 'birthmark/audit/v1',
  /** What a seal of an audit file signs: its own line, up to the signature. */
  auditSignature: 'birthmark/audit-signature/v1',
} as const;

/** The name of a domain. */
export type Domain = keyof typeof DOMAINS;

const PREFIXES = new Map(
  Object.entries(DOMAINS).map(([name, text]) => [name, formatUtf8(`${text}\0`)]),
);

/** Returns `domain || 0x00 || bytes`: what is hashed, or signed with a scheme that hashes. */
export function domainMessage(domain: Domain, bytes: Uint8Array): Uint8Array {
  const prefix = PREFIXES.get(domain);
  invariant(prefix !== undefined, 'everything hashed or signed has a domain');
  return concatBytes(prefix, bytes);
}

/** Returns the 32 bytes of SHA-256 over `domain || 0x00 || bytes`. */
export function hashDomain(domain: Domain, bytes: Uint8Array): Uint8Array {
  return sha256(domainMessage(domain, bytes));
}
