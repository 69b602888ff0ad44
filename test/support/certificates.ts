/**
 * Makes certificates, good ones and bad ones, for tests. Written by pkijs, so that what the chain's own
 * reader reads was not made by its own author. Keys come from text and signatures are RFC 6979: the same
 * options give the same bytes.
 */
import { sha256 } from '#crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import * as asn1js from 'asn1js';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  Certificate,
  Extension,
  PublicKeyInfo,
  RelativeDistinguishedNames,
  Time,
  TimeType,
} from 'pkijs';

import type { Authority } from '../../chain/authority.ts';
import { concatBytes, formatUtf8 } from '../../chain/bytes.ts';
import { type DialectA, EXTENSION_OID } from '../../chain/certificate/extensions.ts';

/** 2026-11-21T00:00:00Z: when the cameras of the tests are made. */
export const MADE_AT_S = 1_795_219_200;
const YEAR_S = 365 * 86_400;

const CURVES = {
  'P-256': { curve: p256, oid: '1.2.840.10045.3.1.7', scheme: '1.2.840.10045.4.3.2' },
  'P-384': { curve: p384, oid: '1.3.132.0.34', scheme: '1.2.840.10045.4.3.3' },
} as const;

/** A curve of a certificate's key. */
export type Curve = keyof typeof CURVES;

/** An ECDSA key pair. */
export interface KeyPair {
  readonly curve: Curve;
  readonly secretKey: Uint8Array;
  /** Uncompressed point. */
  readonly point: Uint8Array;
}

/** Returns the key pair of a text. */
export function keyPairOf(seed: string, curve: Curve = 'P-256'): KeyPair {
  const hash = sha256(formatUtf8(seed));
  const secretKey = curve === 'P-256' ? hash : concatBytes(new Uint8Array(16), hash);
  return { curve, secretKey, point: CURVES[curve].curve.getPublicKey(secretKey, false) };
}

/** Returns an ECDSA signature over the curve's own hash of the message. */
export function signEcdsa(
  { curve, secretKey }: KeyPair,
  message: Uint8Array,
  format: 'der' | 'compact' = 'der',
): Uint8Array {
  return CURVES[curve].curve.sign(message, secretKey, { format, lowS: false });
}

/** An extension as it stands in a certificate. */
export interface ExtensionValue {
  readonly oid: string;
  readonly critical: boolean;
  /** What the extnValue OCTET STRING holds. */
  readonly value: Uint8Array;
}

/** Everything that a certificate says. */
export interface CertificateContent {
  readonly issuer: Readonly<Record<string, string>>;
  readonly subject: Readonly<Record<string, string>>;
  /** Unix seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo. */
  readonly keyInfo: Uint8Array;
  readonly extensions: readonly ExtensionValue[];
  /** OID of the signature scheme that it names. Default: that of the signer's key. */
  readonly schemeOid?: string;
}

/** Returns the DER of a certificate that `signer` signed. */
export function createCertificate(content: CertificateContent, signer: KeyPair): Uint8Array {
  const certificate = new Certificate({
    version: 2,
    serialNumber: new asn1js.Integer({ value: 7 }),
    issuer: nameOf(content.issuer),
    subject: nameOf(content.subject),
    notBefore: timeOf(content.notBefore),
    notAfter: timeOf(content.notAfter),
    subjectPublicKeyInfo: new PublicKeyInfo({
      schema: asn1js.fromBER(Uint8Array.from(content.keyInfo)).result,
    }),
    extensions: content.extensions.map(
      ({ oid, critical, value }) =>
        new Extension({ extnID: oid, critical, extnValue: Uint8Array.from(value).buffer }),
    ),
  });
  const scheme = new AlgorithmIdentifier({
    algorithmId: content.schemeOid ?? CURVES[signer.curve].scheme,
  });
  certificate.signature = scheme;
  certificate.signatureAlgorithm = scheme;
  const signedPart = certificate.encodeTBS();
  const signature = signEcdsa(signer, new Uint8Array(signedPart.toBER()));
  certificate.tbsView = new Uint8Array(signedPart.toBER());
  certificate.signatureValue = new asn1js.BitString({
    valueHex: Uint8Array.from(signature).buffer,
  });
  return new Uint8Array(certificate.toSchema(true).toBER());
}

const NAME_OID: Readonly<Record<string, string>> = { CN: '2.5.4.3', O: '2.5.4.10', C: '2.5.4.6' };

function nameOf(parts: Readonly<Record<string, string>>): RelativeDistinguishedNames {
  return new RelativeDistinguishedNames({
    typesAndValues: Object.entries(parts).map(
      ([type, value]) =>
        new AttributeTypeAndValue({
          type: NAME_OID[type] ?? type,
          value: new asn1js.Utf8String({ value }),
        }),
    ),
  });
}

function timeOf(unixS: number): Time {
  return new Time({ type: TimeType.UTCTime, value: new Date(unixS * 1_000) });
}

/** Returns the SubjectPublicKeyInfo of an ECDSA key. */
export function keyInfoOf({ curve, point }: KeyPair): Uint8Array {
  const algorithm = new asn1js.Sequence({
    value: [
      new asn1js.ObjectIdentifier({ value: '1.2.840.10045.2.1' }),
      new asn1js.ObjectIdentifier({ value: CURVES[curve].oid }),
    ],
  });
  const key = new asn1js.BitString({ valueHex: Uint8Array.from(point).buffer });
  return new Uint8Array(new asn1js.Sequence({ value: [algorithm, key] }).toBER());
}

/** BasicConstraints with CA:FALSE, and with CA:TRUE. */
export const CA_FALSE = { oid: '2.5.29.19', critical: true, value: Uint8Array.of(0x30, 0) };
export const CA_TRUE = {
  oid: '2.5.29.19',
  critical: true,
  value: Uint8Array.of(0x30, 3, 1, 1, 0xff),
};
/** KeyUsage digitalSignature. */
export const KEY_USAGE = {
  oid: '2.5.29.15',
  critical: true,
  value: Uint8Array.of(3, 2, 7, 0x80),
};

/** The values of every camera here, where a test says nothing else. */
export const DEVICE_VALUES: DialectA = {
  dialect: 'A',
  manufacturerId: 'acme_imaging',
  endpoint: 'https://authority.acme.example/validate-cert',
  encryptedNuc: Uint8Array.from({ length: 60 }, (_, i) => i),
  keyTableId: 42,
  keyIndex: 999,
  deviceFamily: 'Acme One 24MP',
};

/** Returns the six extensions in the raw form R or the DER form D. */
export function birthmarkExtensions(
  values: DialectA = DEVICE_VALUES,
  form: 'raw' | 'der' = 'raw',
): readonly ExtensionValue[] {
  const text = (value: string): Uint8Array =>
    form === 'raw' ? formatUtf8(value) : derOf(new asn1js.Utf8String({ value }));
  const number = (value: number): Uint8Array =>
    form === 'raw' ? Uint8Array.of(value >> 8, value & 0xff) : derOf(new asn1js.Integer({ value }));
  const nuc = Uint8Array.from(values.encryptedNuc);
  const contents: Readonly<Partial<Record<keyof typeof EXTENSION_OID, Uint8Array>>> = {
    manufacturerId: text(values.manufacturerId),
    endpoint: text(values.endpoint),
    encryptedNuc: form === 'raw' ? nuc : derOf(new asn1js.OctetString({ valueHex: nuc.buffer })),
    keyTableId: number(values.keyTableId),
    keyIndex: number(values.keyIndex),
    deviceFamily: text(values.deviceFamily),
  };
  return Object.entries(contents).map(([name, value]) => ({
    oid: EXTENSION_OID[name as keyof typeof EXTENSION_OID],
    critical: false,
    value,
  }));
}

function derOf(block: asn1js.BaseBlock): Uint8Array {
  return new Uint8Array(block.toBER());
}

/** Returns the two extensions of dialect B. */
export function dialectBExtensions(): readonly ExtensionValue[] {
  return [
    { oid: EXTENSION_OID.dialectBSecret, critical: false, value: formatUtf8('00112233aabb') },
    { oid: EXTENSION_OID.dialectBKeyReferences, critical: false, value: formatUtf8('42,157,891') },
  ];
}

/** A manufacturer's CA. */
export interface Ca {
  readonly der: Uint8Array;
  readonly key: KeyPair;
  readonly name: Readonly<Record<string, string>>;
}

/** Returns a CA that signed itself. */
export function createCa(
  commonName = 'Acme Device CA',
  content: Partial<CertificateContent> & { readonly curve?: Curve } = {},
): Ca {
  const key = keyPairOf(commonName, content.curve ?? 'P-256');
  const name = { O: 'Acme', CN: commonName };
  const der = createCertificate(
    {
      issuer: name,
      subject: name,
      notBefore: MADE_AT_S - YEAR_S,
      notAfter: MADE_AT_S + 10 * YEAR_S,
      keyInfo: keyInfoOf(key),
      extensions: [CA_TRUE],
      ...content,
    },
    key,
  );
  return { der, key, name };
}

/** A camera with its key. */
export interface Camera {
  readonly der: Uint8Array;
  readonly key: KeyPair;
}

/** Returns a camera that `ca` certified; `content` replaces what a usual certificate says. */
export function createCamera(
  ca: Ca,
  content: Partial<CertificateContent> = {},
  serial = 'SN-1',
): Camera {
  const key = keyPairOf(`camera ${serial}`);
  const der = createCertificate(
    {
      // As in the cameras of the reference: another name than the CA's subject, with its common name.
      issuer: { CN: ca.name['CN'] ?? '', O: 'Acme' },
      subject: { CN: serial, O: 'Acme' },
      notBefore: MADE_AT_S,
      notAfter: MADE_AT_S + 2 * YEAR_S,
      keyInfo: keyInfoOf(key),
      extensions: [CA_FALSE, KEY_USAGE, ...birthmarkExtensions()],
      ...content,
    },
    ca.key,
  );
  return { der, key };
}

/** Returns the registry entry that pins CAs. */
export function authorityOf(cas: readonly Ca[], fields: Partial<Authority> = {}): Authority {
  return {
    id: DEVICE_VALUES.manufacturerId,
    name: 'Acme Imaging',
    caCertificates: cas.map(({ der }) => der),
    endpoints: ['https://authority.acme.example/'],
    strictNames: false,
    allowPrivate: false,
    verdictKey: undefined,
    blind: false,
    legacyEndpoint: undefined,
    revocation: [],
    ...fields,
  };
}

/** Returns the PEM text of a certificate. */
export function pemOf(der: Uint8Array, lineLength = 64): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(new RegExp(`.{1,${lineLength}}`, 'g'));
  return `-----BEGIN CERTIFICATE-----\n${(lines ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}
