/**
 * The record of one photograph: public and permanent.
 *
 * Every field is a function of the evidence; validators compute the record again and compare. It holds no
 * camera identifier and no value that two photographs of one camera share, but the authority's id.
 */
import { bin, type Infer, list, optional, type Schema, str, tuple, uint } from './codec.ts';
import { compareBytes, formatUtf8 } from './bytes.ts';
import { DIGEST_COUNT_MAX, ID_BYTES_MAX, PARENT_COUNT_MAX } from './limits.ts';

/** Size of every hash of the chain. */
export const HASH_BYTES = 32;

/** What a record stands for. */
export const RECORD_KIND = { camera: 1, legacy: 2, edit: 3 } as const;
/** A value of `RECORD_KIND`. */
export type RecordKind = (typeof RECORD_KIND)[keyof typeof RECORD_KIND];

/** Which bytes the camera signed. */
export const SIGNED_FORM = { notCheckable: 0, v1: 1, v1n: 2, v2: 3 } as const;
/** A value of `SIGNED_FORM`. */
export type SignedForm = (typeof SIGNED_FORM)[keyof typeof SIGNED_FORM];

/** Who vouches for the authority's verdict. */
export const AUTHORITY_CHECK = { reported: 1, signed: 2 } as const;
/** A value of `AUTHORITY_CHECK`. */
export type AuthorityCheck = (typeof AUTHORITY_CHECK)[keyof typeof AUTHORITY_CHECK];

/** Names that a record's further digests may have, with their size in bytes. */
export const DIGEST_BYTES: Readonly<Record<string, number>> = {
  'pixels-sha256': 32,
  'jpeg-scan-sha256': 32,
  'raw-sha256': 32,
  'c2pa-hard-binding': 32,
};

/** A named digest of the same picture. */
export const digestSchema = tuple<{ readonly name: string; readonly digest: Uint8Array }>({
  name: str(ID_BYTES_MAX),
  digest: bin(64, 1),
});
/** A named digest of the same picture: what is hashed is not the file's bytes. */
export type Digest = Infer<typeof digestSchema>;

/** One photograph on the chain. */
export interface ImageRecord {
  /** SHA-256 of the delivered file's bytes. */
  readonly imageHash: Uint8Array;
  /** Unix seconds, the camera's claim. */
  readonly capturedAt: number;
  readonly kind: RecordKind;
  readonly signedForm: SignedForm;
  readonly authorityCheck: AuthorityCheck;
  /** Manufacturer id, or empty where the genesis says not to publish it. */
  readonly authorityId: string;
  /** Hash of (certificate fingerprint, salt); 32 zero bytes where there is no certificate. */
  readonly deviceCommitment: Uint8Array;
  /** Salted by the client; only from v2. */
  readonly gpsHash: Uint8Array | undefined;
  /** Image hashes of what this was made from; only from v2. */
  readonly parents: readonly Uint8Array[];
  /** Sorted by name, unique; only from v2. */
  readonly digests: readonly Digest[];
}

/** Canonical form of a record. */
export const imageRecordSchema: Schema<ImageRecord> = tuple<ImageRecord>({
  imageHash: bin(HASH_BYTES),
  capturedAt: uint(),
  kind: uint(3, 1) as Schema<RecordKind>,
  signedForm: uint(3) as Schema<SignedForm>,
  authorityCheck: uint(2, 1) as Schema<AuthorityCheck>,
  authorityId: str(ID_BYTES_MAX),
  deviceCommitment: bin(HASH_BYTES),
  gpsHash: optional(bin(HASH_BYTES)),
  parents: list(bin(HASH_BYTES), PARENT_COUNT_MAX),
  digests: list(digestSchema, DIGEST_COUNT_MAX),
});

/** Returns whether digests are sorted by name, unique, of known names and of the right size. */
export function areDigestsCanonical(digests: readonly Digest[]): boolean {
  return digests.every(({ name, digest }, i) => {
    const before = digests[i - 1];
    const sorted =
      before === undefined || compareBytes(formatUtf8(before.name), formatUtf8(name)) < 0;
    return sorted && DIGEST_BYTES[name] === digest.length;
  });
}
