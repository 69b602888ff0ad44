/** A Sigstore log as Sigstore's own messages. */
import { sha256 } from '#crypto';

import { concatBytes, formatBase64, parseUtf8 } from '../../chain/bytes.ts';
import { REKORD_KIND, type Verifier } from '../../chain/sigstore/hashedRekord.ts';
import { baseUrlOf } from '../../chain/sigstore/logName.ts';
import type { SigstoreAuthority, SigstoreEntry, SigstoreTrust } from '../ports.ts';
import {
  BUNDLE_TYPE,
  type SigstoreAuthorityJson,
  type SigstoreBundle,
  type SigstoreTrustedRoot,
  type TransparencyLogEntry,
  TRUSTED_ROOT_TYPE,
} from '../schemas/sigstore.ts';

/** What a SubjectPublicKeyInfo of Ed25519 begins with (RFC 8410, section 4). */
const SPKI_ED25519 = Uint8Array.of(
  ...[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00],
);
const PEM_LINE = /.{1,64}/g;

/** Returns an entry as Rekor answers it. */
export function formatLogEntry(entry: SigstoreEntry): TransparencyLogEntry {
  const logIndex = String(entry.logIndex);
  return {
    logIndex,
    logId: { keyId: formatBase64(entry.logId) },
    kindVersion: REKORD_KIND,
    integratedTime: '0',
    inclusionProof: {
      logIndex,
      rootHash: formatBase64(entry.root),
      treeSize: String(entry.treeSize),
      hashes: entry.hashes.map(formatBase64),
      checkpoint: { envelope: parseUtf8(entry.checkpoint) },
    },
    canonicalizedBody: formatBase64(entry.leaf),
  };
}

/** Returns the bundle of an entry. */
export function formatBundle(entry: SigstoreEntry): SigstoreBundle {
  const { digest, signature, verifier } = entry.record;
  return {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: {
      ...formatVerifier(verifier),
      tlogEntries: [formatLogEntry(entry)],
      timestampVerificationData: {
        rfc3161Timestamps: [{ signedTimestamp: formatBase64(entry.stamp) }],
      },
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: formatBase64(digest) },
      signature: formatBase64(signature),
    },
  };
}

/** A key is known by its hash (RFC 6962, section 3.2), and comes from elsewhere; a certificate comes with the bundle. */
function formatVerifier({
  kind,
  rawBytes,
}: Verifier): Pick<SigstoreBundle['verificationMaterial'], 'publicKey' | 'certificate'> {
  return kind === 'publicKey'
    ? { publicKey: { hint: formatBase64(sha256(rawBytes)) } }
    : { certificate: { rawBytes: formatBase64(rawBytes) } };
}

/** Returns what is to be trusted. */
export function formatTrustedRoot(trust: SigstoreTrust): SigstoreTrustedRoot {
  const baseUrl = baseUrlOf(trust.origin);
  const authority = (each: SigstoreAuthority): SigstoreAuthorityJson => ({
    subject: { organization: trust.institution, commonName: each.rootName },
    uri: baseUrl,
    certChain: {
      certificates: each.certificates.map((der) => ({ rawBytes: formatBase64(der) })),
    },
    validFor: { start: new Date(each.validFromMs).toISOString() },
  });
  return {
    mediaType: TRUSTED_ROOT_TYPE,
    tlogs: [
      {
        baseUrl,
        hashAlgorithm: 'SHA2_256',
        publicKey: {
          rawBytes: formatBase64(concatBytes(SPKI_ED25519, trust.logKey)),
          keyDetails: 'PKIX_ED25519',
          validFor: { start: new Date(trust.validFromMs).toISOString() },
        },
        logId: { keyId: formatBase64(trust.logId) },
      },
    ],
    certificateAuthorities: trust.certificateAuthorities.map(authority),
    ctlogs: [],
    timestampAuthorities: trust.timestampAuthorities.map(authority),
  };
}

/** Returns the key that signs photographs, as PEM. */
export function formatSignerKey({ publicKey }: Pick<SigstoreTrust, 'publicKey'>): string {
  const lines = formatBase64(publicKey).match(PEM_LINE) ?? [];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
}
