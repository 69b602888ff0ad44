/**
 * Refusals of something that came from outside.
 *
 * A code is stable for ever: peers, cameras and clients act on it. Messages are for people, name the
 * thing and both values, and never hold a secret or bytes that a stranger chose.
 */

/** Every reason for which the chain refuses bytes, records, batches, blocks or votes. */
export type ChainErrorCode =
  // Bytes and signatures.
  | 'ERR_MALFORMED' // the bytes do not decode, or are not canonical
  | 'ERR_SIGNATURE' // an institution's signature does not verify
  | 'ERR_SIGNATURE_ENCODING' // a camera's signature is neither strict DER nor 64 raw bytes
  | 'ERR_CAMERA_SIGNATURE' // the camera's signature does not verify in any form
  | 'ERR_VERDICT_SIGNATURE' // the authority's verdict is missing or its signature does not verify
  // Camera certificates.
  | 'ERR_CERTIFICATE_MALFORMED' // not one strict DER X.509 certificate
  | 'ERR_EXTENSION_MISSING' // a Birthmark extension is absent
  | 'ERR_EXTENSION_DUPLICATE' // an extension stands there twice
  | 'ERR_EXTENSION_ENCODING' // an extension's value is in neither form, or its text is not UTF-8
  | 'ERR_NUC_LENGTH' // the encrypted NUC is not 60 bytes
  | 'ERR_KEY_TABLE_RANGE' // the key table id is above 2499
  | 'ERR_KEY_INDEX_RANGE' // the key index is above 999
  | 'ERR_CRITICAL_EXTENSION' // a critical extension that is not known here
  | 'ERR_KEY_NOT_P256' // the certified key is not on P-256
  | 'ERR_CA_AS_LEAF' // a CA certificate where a camera's is wanted
  | 'ERR_KEY_USAGE' // the certified key may not sign
  | 'ERR_CERTIFICATE_NOT_YET_VALID' // before notBefore at the time that counts
  | 'ERR_CERTIFICATE_EXPIRED' // after notAfter, beyond what the late grace allows
  | 'ERR_CERTIFICATE_SIGNATURE' // names a pinned issuer, whose key did not make the signature
  | 'ERR_ISSUER_NOT_PINNED' // signed by no pinned manufacturer key
  | 'ERR_ISSUER_NAME' // issuer name differs where the registry demands equality
  | 'ERR_ISSUER_EXPIRED' // issued outside the dates of the pinned CA
  | 'ERR_MANUFACTURER_ID' // names another manufacturer than the one whose key signed it
  | 'ERR_ENDPOINT' // the authority's URL lies outside the pinned prefixes
  // Records and evidence.
  | 'ERR_TIMESTAMP_AHEAD' // captured later than the time that counts allows
  | 'ERR_TIMESTAMP_BEFORE_CERTIFICATE' // captured before the certificate's notBefore
  | 'ERR_LEGACY_OFF' // a legacy record on a chain whose genesis does not allow it
  | 'ERR_RECORD' // the record is not the one that the evidence yields
  | 'ERR_EVIDENCE' // evidence is missing, or not the one that the batch commits to
  // Batches and blocks.
  | 'ERR_CHAIN_ID' // made for another chain
  | 'ERR_UNKNOWN_VALIDATOR' // the signer is not in the validator set of this height
  | 'ERR_SEQUENCE' // the batch's sequence is not above the aggregator's last
  | 'ERR_ITEM_NOT_ADMITTED' // an item of a kind for which no rule of this version admits it
  | 'ERR_LIMIT' // larger than a limit allows
  | 'ERR_HEIGHT' // the height does not follow the parent's
  | 'ERR_PARENT' // the parent hash is not the hash of the last block
  | 'ERR_BLOCK_TIME' // the block's time breaks the rule for its height
  | 'ERR_PROPOSER' // not this validator's turn
  | 'ERR_VALIDATOR_SET' // the header names another validator set
  | 'ERR_LOG_ROOT' // execution gives another log size or root
  | 'ERR_STATE_ROOT' // execution gives another state
  | 'ERR_QUORUM' // the commit certificate has too few valid votes, or the checkpoint too few cosignatures
  // The transparency log.
  | 'ERR_PROOF' // an inclusion or consistency proof does not lead to the root
  | 'ERR_POLICY' // the trust policy breaks a rule
  | 'ERR_UNKNOWN_LOG' // the checkpoint is of another log than the one that is trusted
  | 'ERR_UNKNOWN_SIGNER' // no signature is of a key that is trusted
  | 'ERR_ENTRY' // a proof carries no entry, or one that registers no photograph
  | 'ERR_IMAGE_HASH' // a proof is of another photograph
  // Genesis.
  | 'ERR_GENESIS'; // the genesis document, or a file that it is made from, breaks a rule

/** A refusal of something from outside. A mistake of ours is an `InvariantError`. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly code: ChainErrorCode;

  constructor(code: ChainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
