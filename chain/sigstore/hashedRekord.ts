/**
 * Entries of a Sigstore log: `hashedrekord` of version 0.0.2, a signature over a digest and who made it.
 *
 * ```
 * {"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{
 *   "data":{"algorithm":"SHA2_256","digest":"<base64>"},
 *   "signature":{"content":"<base64>","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256",
 *     "publicKey" or "x509Certificate":{"rawBytes":"<base64>"}}}}}}
 * ```
 *
 * The bytes that are hashed into the log have no white space, and names in the order of RFC 8785, so that whoever
 * knows the values writes the same bytes. Every text is ASCII that JSON leaves as it is.
 *
 * Sources: sigstore/protobuf-specs, rekor/v2; RFC 8785.
 */
import { formatBase64, formatUtf8, parseBase64, parseUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { HASH_BYTES } from '../record.ts';
import {
  HASHED_REKORD_BYTES_MAX,
  SIGNATURE_DER_BYTES_MAX,
  SIGNATURE_DER_BYTES_MIN,
  VERIFIER_BYTES_MAX,
} from './limits.ts';

/** What a signature is checked with: a key, or the certificate of one. */
export interface Verifier {
  readonly kind: 'publicKey' | 'x509Certificate';
  /** DER: a SubjectPublicKeyInfo, or a certificate. */
  readonly rawBytes: Uint8Array;
}

/** A signature over a digest. It is not checked. */
export interface HashedRekord {
  /** SHA-256 of the file that is signed. */
  readonly digest: Uint8Array;
  /** ECDSA P-256 over the digest, in DER. */
  readonly signature: Uint8Array;
  readonly verifier: Verifier;
}

/** Kind and version of every entry. */
export const REKORD_KIND = { kind: 'hashedrekord', version: '0.0.2' } as const;
/** How Sigstore names ECDSA on P-256 with SHA-256, the key in a SubjectPublicKeyInfo. */
export const KEY_DETAILS_P256 = 'PKIX_ECDSA_P256_SHA_256';

const BASE64 = '([A-Za-z0-9+/=]+)';
const ENTRY = new RegExp(
  `^${formatEntry(BASE64, BASE64, `"(publicKey|x509Certificate)":{"rawBytes":"${BASE64}"}`).replaceAll(/[{}.]/g, '\\$&')}$`,
);

/** Returns the bytes of an entry. */
export function encodeHashedRekord({ digest, signature, verifier }: HashedRekord): Uint8Array {
  invariant(areSizesRight({ digest, signature, verifier }), 'an entry has digest, signature, key');
  const { kind, rawBytes } = verifier;
  return formatUtf8(
    formatEntry(
      formatBase64(digest),
      formatBase64(signature),
      `"${kind}":{"rawBytes":"${formatBase64(rawBytes)}"}`,
    ),
  );
}

/** Returns the entry of these bytes, which encodes back to them. Throws ERR_MALFORMED. */
export function decodeHashedRekord(bytes: Uint8Array): HashedRekord {
  const match = bytes.length > HASHED_REKORD_BYTES_MAX ? null : ENTRY.exec(parseUtf8(bytes));
  if (match === null) throw malformed('the bytes are no hashedrekord 0.0.2 in its canonical form');
  const [, digest = '', signature = '', kind = '', rawBytes = ''] = match;
  const record: HashedRekord = {
    digest: parseBase64(digest),
    signature: parseBase64(signature),
    verifier: { kind: kind as Verifier['kind'], rawBytes: parseBase64(rawBytes) },
  };
  if (!areSizesRight(record)) throw malformed('digest, signature or key has another size');
  return record;
}

function formatEntry(digest: string, signature: string, verifier: string): string {
  return (
    `{"apiVersion":"${REKORD_KIND.version}","kind":"${REKORD_KIND.kind}","spec":{"hashedRekordV002":{` +
    `"data":{"algorithm":"SHA2_256","digest":"${digest}"},` +
    `"signature":{"content":"${signature}","verifier":{"keyDetails":"${KEY_DETAILS_P256}",${verifier}}}}}}`
  );
}

function areSizesRight({ digest, signature, verifier }: HashedRekord): boolean {
  const { length } = verifier.rawBytes;
  return (
    digest.length === HASH_BYTES &&
    signature.length >= SIGNATURE_DER_BYTES_MIN &&
    signature.length <= SIGNATURE_DER_BYTES_MAX &&
    length > 0 &&
    length <= VERIFIER_BYTES_MAX
  );
}

function malformed(message: string): ChainError {
  return new ChainError('ERR_MALFORMED', message);
}
