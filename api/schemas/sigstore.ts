/**
 * Sigstore's messages as JSON: names, enumerations and numbers in quotes are those of its Protobuf (proto3 JSON).
 *
 * Source: sigstore/protobuf-specs: bundle v1, rekor v1 and v2, trustroot v1.
 */
import { z } from 'zod';

import {
  SIGNATURE_DER_BYTES_MAX,
  SIGNATURE_DER_BYTES_MIN,
  VERIFIER_BYTES_MAX,
} from '../../chain/sigstore/limits.ts';
import { KEY_DETAILS_P256, type HashedRekord } from '../../chain/sigstore/hashedRekord.ts';
import { base64Field } from './parse.ts';

const base64 = z.base64();
/** A 64-bit integer. */
const int64 = z.string().regex(/^\d+$/);
const rawBytes = z.object({ rawBytes: base64 });
const keyId = z.object({ keyId: base64.meta({ description: 'Of 32 bytes.' }) });
const validFor = z.object({ start: z.iso.datetime() });

/** An entry of a log, with its proof. */
export const transparencyLogEntrySchema = z
  .object({
    logIndex: int64,
    logId: keyId,
    kindVersion: z.object({ kind: z.literal('hashedrekord'), version: z.literal('0.0.2') }),
    integratedTime: z.literal('0').meta({ description: 'The time is in the time stamp.' }),
    inclusionProof: z.object({
      logIndex: int64,
      rootHash: base64,
      treeSize: int64,
      hashes: z.array(base64),
      checkpoint: z.object({ envelope: z.string().meta({ description: 'Signed note.' }) }),
    }),
    canonicalizedBody: base64.meta({ description: 'Bytes that are hashed into the log.' }),
  })
  .meta({ id: 'TransparencyLogEntry' });
/** An entry, as JSON. */
export type TransparencyLogEntry = z.output<typeof transparencyLogEntrySchema>;

/** Media type of a bundle. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** Media type that a trusted root says of itself: sigstore-go reads no other. */
export const TRUSTED_ROOT_TYPE = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';

/** A bundle: everything that a client needs beside the photograph and what it trusts. */
export const bundleSchema = z
  .object({
    mediaType: z.literal(BUNDLE_TYPE),
    verificationMaterial: z.object({
      publicKey: z.object({ hint: z.string() }).optional(),
      certificate: rawBytes.optional(),
      tlogEntries: z.array(transparencyLogEntrySchema),
      timestampVerificationData: z.object({
        rfc3161Timestamps: z.array(z.object({ signedTimestamp: base64 })),
      }),
    }),
    messageSignature: z.object({
      messageDigest: z.object({ algorithm: z.literal('SHA2_256'), digest: base64 }),
      signature: base64,
    }),
  })
  .meta({ id: 'SigstoreBundle' });
/** A bundle, as JSON. */
export type SigstoreBundle = z.output<typeof bundleSchema>;

const authoritySchema = z.object({
  subject: z.object({ organization: z.string(), commonName: z.string() }),
  uri: z.string(),
  certChain: z.object({ certificates: z.array(rawBytes) }),
  validFor,
});

/** A trusted root: what bundles of this institution are judged by. */
export const trustedRootSchema = z
  .object({
    mediaType: z.literal(TRUSTED_ROOT_TYPE),
    tlogs: z.array(
      z.object({
        baseUrl: z.string(),
        hashAlgorithm: z.literal('SHA2_256'),
        publicKey: z.object({
          rawBytes: base64,
          keyDetails: z.literal('PKIX_ED25519'),
          validFor,
        }),
        logId: keyId,
      }),
    ),
    certificateAuthorities: z.array(authoritySchema),
    ctlogs: z.array(z.never()),
    timestampAuthorities: z.array(authoritySchema),
  })
  .meta({ id: 'SigstoreTrustedRoot' });
/** A trusted root, as JSON. */
export type SigstoreTrustedRoot = z.output<typeof trustedRootSchema>;
/** An authority of one, as JSON. */
export type SigstoreAuthorityJson = z.output<typeof authoritySchema>;

const requestBytes = z.object({
  rawBytes: base64Field('DER.', [1, VERIFIER_BYTES_MAX]),
});

/** The body of `POST /api/v2/log/entries`: a signature that was made elsewhere. */
export const createEntrySchema = z
  .object(
    {
      hashedRekordRequestV002: z.object(
        {
          digest: base64Field("SHA-256 of the photograph's file.", [32, 32]),
          signature: z.object(
            {
              content: base64Field('ECDSA P-256 over the digest, in DER.', [
                SIGNATURE_DER_BYTES_MIN,
                SIGNATURE_DER_BYTES_MAX,
              ]),
              verifier: z
                .object(
                  {
                    publicKey: requestBytes.optional(),
                    x509Certificate: requestBytes.optional(),
                    keyDetails: z
                      .string({ error: 'must be text' })
                      .refine((text) => text === KEY_DETAILS_P256, {
                        error: `must be ${KEY_DETAILS_P256}`,
                        params: { code: 'ERR_RANGE' },
                      }),
                  },
                  { error: 'must be an object with publicKey or x509Certificate' },
                )
                .refine(
                  ({ publicKey, x509Certificate }) =>
                    (publicKey === undefined) !== (x509Certificate === undefined),
                  { error: 'must have publicKey or x509Certificate, and one of them alone' },
                ),
            },
            { error: 'must be an object with content and verifier' },
          ),
        },
        { error: 'must be an object: entries of other kinds are not taken' },
      ),
    },
    { error: 'must be a JSON object' },
  )
  .meta({ id: 'CreateEntryRequest' });

/** Returns a parsed body as the chain's value. */
export function toHashedRekord({
  hashedRekordRequestV002: { digest, signature },
}: z.output<typeof createEntrySchema>): HashedRekord {
  const { publicKey, x509Certificate } = signature.verifier;
  return {
    digest,
    signature: signature.content,
    verifier:
      publicKey === undefined
        ? { kind: 'x509Certificate', rawBytes: x509Certificate?.rawBytes ?? new Uint8Array() }
        : { kind: 'publicKey', rawBytes: publicKey.rawBytes },
  };
}
