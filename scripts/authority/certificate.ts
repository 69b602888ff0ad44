/**
 * X.509 certificates, built and signed: what a CA certificate and a camera's have in common.
 *
 * Source: RFC 5280, section 4. Signatures are ECDSA P-256 with SHA-256.
 */
import { randomBytes, webcrypto } from 'node:crypto';

import * as asn1js from 'asn1js';
import {
  Certificate,
  Extension,
  PublicKeyInfo,
  RelativeDistinguishedNames,
  Time,
  TimeType,
} from 'pkijs';

/** The algorithm of every key pair here. */
export const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** What is certified. */
export interface CertificateContent {
  readonly issuer: RelativeDistinguishedNames;
  readonly subject: RelativeDistinguishedNames;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKeyDer: Uint8Array;
  /** Unix seconds, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
}

const OID = { commonName: '2.5.4.3', organization: '2.5.4.10' } as const;
const VERSION_3 = 2;
const SERIAL_BYTES = 16;
/** RFC 5280, section 4.1.2.5: dates through 2049 are UTCTime, later ones GeneralizedTime. */
const UTC_TIME_YEAR_MAX = 2049;

/** Resolves to the DER of a certificate that `signingKey` signs. */
export async function signCertificate(
  content: CertificateContent,
  signingKey: webcrypto.CryptoKey,
): Promise<Uint8Array> {
  const certificate = new Certificate({
    version: VERSION_3,
    serialNumber: drawSerialNumber(),
    issuer: content.issuer,
    subject: content.subject,
    notBefore: toTime(content.notBefore),
    notAfter: toTime(content.notAfter),
    subjectPublicKeyInfo: PublicKeyInfo.fromBER(new Uint8Array(content.publicKeyDer)),
    extensions: [...content.extensions],
  });
  await certificate.sign(signingKey, 'SHA-256');
  return new Uint8Array(certificate.toSchema(true).toBER());
}

/**
 * Returns the name CN=`commonName`, O=`organization`, each in a set of its own.
 *
 * It is built as DER, since the library would put both attributes into one set, as one part of a name.
 */
export function createName(commonName: string, organization: string): RelativeDistinguishedNames {
  const part = (type: string, value: string): asn1js.Set =>
    new asn1js.Set({
      value: [
        new asn1js.Sequence({
          value: [new asn1js.ObjectIdentifier({ value: type }), new asn1js.Utf8String({ value })],
        }),
      ],
    });
  const parts = [part(OID.commonName, commonName), part(OID.organization, organization)];
  return parseName(new Uint8Array(new asn1js.Sequence({ value: parts }).toBER()));
}

/** Returns the name of these DER bytes, and keeps them as they are. */
export function parseName(der: Uint8Array): RelativeDistinguishedNames {
  return RelativeDistinguishedNames.fromBER(new Uint8Array(der));
}

/** Returns a critical extension. */
export function createCriticalExtension(oid: string, value: asn1js.BaseBlock): Extension {
  return new Extension({ extnID: oid, critical: true, extnValue: value.toBER() });
}

/** Returns KeyUsage with the bits of one byte, the first bit the highest (RFC 5280, section 4.2.1.3). */
export function createKeyUsage(bits: number): Extension {
  const unusedBits = Math.log2(bits & -bits);
  const valueHex = Uint8Array.of(bits).buffer;
  return createCriticalExtension('2.5.29.15', new asn1js.BitString({ valueHex, unusedBits }));
}

/** Resolves to a fresh P-256 key pair whose private key may be exported. */
export async function generateKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
}

/** Resolves to the DER of a key: PKCS #8 of a private one, SubjectPublicKeyInfo of a public one. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<Uint8Array> {
  const format = key.type === 'private' ? 'pkcs8' : 'spki';
  return new Uint8Array(await webcrypto.subtle.exportKey(format, key));
}

/** Positive, without a leading zero, and of one length: 126 random bits. */
function drawSerialNumber(): asn1js.Integer {
  const bytes = new Uint8Array(randomBytes(SERIAL_BYTES));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return new asn1js.Integer({ valueHex: bytes.buffer });
}

function toTime(seconds: number): Time {
  const value = new Date(seconds * 1_000);
  const late = value.getUTCFullYear() > UTC_TIME_YEAR_MAX;
  return new Time({ type: late ? TimeType.GeneralizedTime : TimeType.UTCTime, value });
}
