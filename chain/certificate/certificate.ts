/**
 * A camera's or a manufacturer's X.509 certificate, parsed once into the values that are needed.
 *
 * Read here, field by field, and not by a library: those accept BER, dates in the zone of the machine and
 * more, differently in each version, and take ten times as long. What is refused must be the same for
 * every validator.
 *
 * ```
 * Certificate    = SEQUENCE { TBSCertificate, AlgorithmIdentifier, signature BIT STRING }
 * TBSCertificate = SEQUENCE { [0] version, serial INTEGER, AlgorithmIdentifier, issuer Name,
 *                    SEQUENCE { notBefore, notAfter }, subject Name, SubjectPublicKeyInfo,
 *                    [1] and [2] unique ids, [3] SEQUENCE OF Extension }
 * Extension      = SEQUENCE { OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, OCTET STRING }
 * ```
 *
 * Source: RFC 5280, section 4.1.
 */
import { type EcdsaCurve, type EcdsaPublicKey, importEcdsaKey, sha256 } from '#crypto';

import { equalBytes, parseBase64, parseUtf8 } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { CERTIFICATE_BYTES_MAX } from '../limits.ts';
import {
  checkDer,
  contentOf,
  DER_TAG,
  type DerValue,
  parseObjectIdentifier,
  readChildren,
  readDer,
  readFields,
} from './der.ts';
import { type BirthmarkExtensions, EXTENSION_OID, parseExtensions } from './extensions.ts';
import { parseTime } from './time.ts';

/** What every certificate has, a manufacturer's CA as well as a camera's. */
export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of the DER. */
  readonly fingerprint: Uint8Array;
  /** DER of the issuer's and subject's names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Common names, for people; undefined where there is none. */
  readonly issuerCommonName: string | undefined;
  readonly subjectCommonName: string | undefined;
  /** Unix seconds, inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The certified key; undefined if it is of no kind that is supported here. */
  readonly publicKey: EcdsaPublicKey | undefined;
  /** The bytes that the issuer signed, the scheme, and the signature in DER. */
  readonly signedBytes: Uint8Array;
  readonly signatureCurve: EcdsaCurve | undefined;
  readonly signature: Uint8Array;
  readonly isCa: boolean;
}

/** A camera's certificate: rules for a leaf are checked, the issuer's signature is not. */
export interface CameraCertificate extends Certificate {
  readonly publicKey: EcdsaPublicKey;
  readonly birthmark: BirthmarkExtensions;
}

const OID = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  ecPublicKey: '1.2.840.10045.2.1',
  commonName: '2.5.4.3',
} as const;
const CURVE_BY_OID: Readonly<Record<string, EcdsaCurve>> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
};
const SIGNATURE_CURVE_BY_OID: Readonly<Record<string, EcdsaCurve>> = {
  '1.2.840.10045.4.3.2': 'P-256',
  '1.2.840.10045.4.3.3': 'P-384',
};
const BIRTHMARK_OIDS: ReadonlySet<string> = new Set(Object.values(EXTENSION_OID));
const KNOWN_CRITICAL: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  '2.5.29.37', // Extended key usage constrains TLS and the like, never a camera's signature.
]);
const PEM = /^-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;
/** DigitalSignature is the first bit of KeyUsage (RFC 5280, section 4.2.1.3). */
const DIGITAL_SIGNATURE = 0x80;

/** Returns the DER of a certificate that was sent as DER or as PEM text. Throws ERR_CERTIFICATE_MALFORMED. */
export function parseCertificateBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length > CERTIFICATE_BYTES_MAX) {
    throw malformed(`${bytes.length} bytes are more than ${CERTIFICATE_BYTES_MAX}`);
  }
  return bytes[0] === '-'.charCodeAt(0) ? parsePem(bytes) : bytes;
}

function parsePem(bytes: Uint8Array): Uint8Array {
  try {
    const body = PEM.exec(parseUtf8(bytes))?.[1];
    if (body === undefined) throw malformed('the PEM text is not one certificate');
    return parseBase64(body.replace(/\s/g, ''));
  } catch (cause) {
    if (cause instanceof ChainError && cause.code === 'ERR_CERTIFICATE_MALFORMED') throw cause;
    throw new ChainError('ERR_CERTIFICATE_MALFORMED', 'the PEM text does not hold base64', {
      cause,
    });
  }
}

/** Returns a certificate of any kind. Throws ERR_CERTIFICATE_MALFORMED or ERR_EXTENSION_DUPLICATE. */
export function parseCertificate(der: Uint8Array): Certificate {
  return parseCertificateParts(der).certificate;
}

/**
 * Returns a camera's certificate after checking all rules that need no registry.
 *
 * Throws ERR_CERTIFICATE_MALFORMED, `ERR_EXTENSION_…`, ERR_NUC_LENGTH, `ERR_KEY_…`, ERR_CA_AS_LEAF or
 * ERR_CRITICAL_EXTENSION.
 */
export function parseCameraCertificate(der: Uint8Array): CameraCertificate {
  const { certificate, extensions } = parseCertificateParts(der);
  for (const [oid, { critical }] of extensions) {
    if (critical && !KNOWN_CRITICAL.has(oid) && !BIRTHMARK_OIDS.has(oid)) {
      throw new ChainError('ERR_CRITICAL_EXTENSION', `critical extension ${oid} is not known here`);
    }
  }
  if (certificate.isCa)
    throw new ChainError('ERR_CA_AS_LEAF', 'a CA certificate cannot be a camera');
  const usage = extensions.get(OID.keyUsage);
  if (usage !== undefined && !allowsSigning(usage.value)) {
    throw new ChainError('ERR_KEY_USAGE', 'KeyUsage does not allow digital signatures');
  }
  const publicKey = certificate.publicKey;
  if (publicKey?.curve !== 'P-256') {
    throw new ChainError('ERR_KEY_NOT_P256', 'the certified key is not on P-256');
  }
  const values = new Map([...extensions].map(([oid, { value }]) => [oid, value]));
  return { ...certificate, publicKey, birthmark: parseExtensions(values) };
}

/** An extension: `value` is the content of its OCTET STRING. */
export interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** A certificate with its serial number and its extensions, by which some kinds are judged. */
export interface CertificateParts {
  readonly certificate: Certificate;
  /** Content of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** By object identifier, as dotted decimals. */
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** Returns the parts of a certificate of any kind. Throws ERR_CERTIFICATE_MALFORMED or ERR_EXTENSION_DUPLICATE. */
export function parseCertificateParts(input: Uint8Array): CertificateParts {
  checkDer(input);
  const der = new Uint8Array(input);
  const outer = readDer(der, 0, der.length);
  const [signed, scheme, signature] = readFields(der, outer, [
    SEQUENCE,
    SEQUENCE,
    DER_TAG.bitString,
  ]);
  const fields = readSignedFields(der, signed);
  // RFC 5280, section 4.1.1.2: the scheme inside the signed part is the one outside.
  if (!equalBytes(bytesOf(der, fields.scheme), bytesOf(der, scheme))) {
    throw malformed('the signature schemes inside and outside differ');
  }
  const [notBefore, notAfter] = readDates(der, fields.validity);
  const extensions = readExtensions(der, fields.extensions);
  const certificate: Certificate = {
    der,
    fingerprint: sha256(der),
    issuer: bytesOf(der, fields.issuer),
    subject: bytesOf(der, fields.subject),
    issuerCommonName: readCommonName(der, fields.issuer),
    subjectCommonName: readCommonName(der, fields.subject),
    notBefore,
    notAfter,
    publicKey: readPublicKey(der, fields.keyInfo),
    signedBytes: bytesOf(der, signed),
    signatureCurve: SIGNATURE_CURVE_BY_OID[readAlgorithm(der, scheme).oid],
    signature: readBits(der, signature),
    isCa: isCa(extensions.get(OID.basicConstraints)),
  };
  return { certificate, serialNumber: contentOf(der, fields.serial).slice(), extensions };
}

const { sequence: SEQUENCE } = DER_TAG;
const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;
/** Unique ids, which nobody uses, and extensions, in the order that they must have. */
const OPTIONAL_TAGS = [0x81, 0x82, EXTENSIONS_TAG];

interface SignedFields {
  readonly serial: DerValue;
  readonly scheme: DerValue;
  readonly issuer: DerValue;
  readonly validity: DerValue;
  readonly subject: DerValue;
  readonly keyInfo: DerValue;
  readonly extensions: DerValue | undefined;
}

function readSignedFields(der: Uint8Array, signed: DerValue): SignedFields {
  const fields = readChildren(der, signed);
  const [serial, scheme, issuer, validity, subject, keyInfo, ...optional] =
    fields[0]?.tag === VERSION_TAG ? fields.slice(1) : fields;
  const sequences = [scheme, issuer, validity, subject, keyInfo];
  const places = optional.map(({ tag }) => OPTIONAL_TAGS.indexOf(tag));
  if (
    serial?.tag !== DER_TAG.integer ||
    !sequences.every((field) => field?.tag === SEQUENCE) ||
    !places.every((place, i) => place > (places[i - 1] ?? -1))
  ) {
    throw malformed('its signed part has other fields than a certificate');
  }
  const extensions = optional.find(({ tag }) => tag === EXTENSIONS_TAG);
  return { serial, scheme, issuer, validity, subject, keyInfo, extensions } as SignedFields;
}

function readDates(der: Uint8Array, validity: DerValue): readonly [number, number] {
  const [notBefore, notAfter, ...others] = readChildren(der, validity);
  if (notBefore === undefined || notAfter === undefined || others.length > 0) {
    throw malformed('its validity is not two dates');
  }
  return [
    parseTime(notBefore.tag, contentOf(der, notBefore)),
    parseTime(notAfter.tag, contentOf(der, notAfter)),
  ];
}

function readExtensions(
  der: Uint8Array,
  field: DerValue | undefined,
): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (field === undefined) return extensions;
  const [list] = readFields(der, field, [SEQUENCE]);
  for (const place of readChildren(der, list)) {
    const { oid, ...extension } = readExtension(der, place);
    if (extensions.has(oid)) {
      throw new ChainError('ERR_EXTENSION_DUPLICATE', `extension ${oid} stands there twice`);
    }
    extensions.set(oid, extension);
  }
  return extensions;
}

function readExtension(der: Uint8Array, place: DerValue): Extension & { readonly oid: string } {
  const { objectIdentifier, boolean, octetString } = DER_TAG;
  const long = readChildren(der, place).length === 3;
  const tags = long
    ? ([objectIdentifier, boolean, octetString] as const)
    : ([objectIdentifier, octetString] as const);
  const fields = readFields(der, place, tags);
  const [name] = fields;
  const value = fields[fields.length - 1] ?? name;
  return {
    oid: parseObjectIdentifier(contentOf(der, name)),
    critical: long && readBoolean(der, fields[1]),
    value: contentOf(der, value).slice(),
  };
}

/** FALSE, the default, should be absent; some write it all the same. */
function readBoolean(der: Uint8Array, place: DerValue): boolean {
  const [byte, ...others] = contentOf(der, place);
  if ((byte !== 0x00 && byte !== 0xff) || others.length > 0)
    throw malformed('a boolean is neither');
  return byte === 0xff;
}

function readAlgorithm(
  der: Uint8Array,
  place: DerValue,
): { readonly oid: string; readonly parameters: DerValue | undefined } {
  const [algorithm, parameters, ...others] = readChildren(der, place);
  if (algorithm?.tag !== DER_TAG.objectIdentifier || others.length > 0) {
    throw malformed('an algorithm is not an identifier with parameters');
  }
  return { oid: parseObjectIdentifier(contentOf(der, algorithm)), parameters };
}

function readPublicKey(der: Uint8Array, keyInfo: DerValue): EcdsaPublicKey | undefined {
  const [algorithm, key] = readFields(der, keyInfo, [SEQUENCE, DER_TAG.bitString]);
  const { oid, parameters } = readAlgorithm(der, algorithm);
  const point = readBits(der, key);
  if (oid !== OID.ecPublicKey || parameters?.tag !== DER_TAG.objectIdentifier) return undefined;
  const curve = CURVE_BY_OID[parseObjectIdentifier(contentOf(der, parameters))];
  return curve === undefined ? undefined : importEcdsaKey(curve, point);
}

/** The bytes of a BIT STRING that holds whole bytes. */
function readBits(der: Uint8Array, place: DerValue): Uint8Array {
  const content = contentOf(der, place);
  if (content[0] !== 0) throw malformed('a bit string does not hold whole bytes');
  return content.slice(1);
}

/** Types of text that are UTF-8, or ASCII and so UTF-8 too. */
const TEXT_TAGS: readonly number[] = [
  DER_TAG.utf8String,
  DER_TAG.printableString,
  DER_TAG.ia5String,
];

/** The first common name of `Name = SEQUENCE OF SET OF SEQUENCE { OBJECT IDENTIFIER, value }`. */
function readCommonName(der: Uint8Array, name: DerValue): string | undefined {
  const attributes = readChildren(der, name).flatMap((set) => readChildren(der, set));
  for (const attribute of attributes) {
    const [type, value] = readChildren(der, attribute);
    if (type?.tag !== DER_TAG.objectIdentifier || value === undefined) {
      throw malformed('a name holds something else than attributes');
    }
    if (parseObjectIdentifier(contentOf(der, type)) !== OID.commonName) continue;
    return TEXT_TAGS.includes(value.tag) ? textOf(contentOf(der, value)) : undefined;
  }
  return undefined;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return parseUtf8(bytes);
  } catch {
    return undefined;
  }
}

function isCa(extension: Extension | undefined): boolean {
  if (extension === undefined) return false;
  const { value } = extension;
  checkDer(value);
  // SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }
  const outer = readDer(value, 0, value.length);
  if (outer.tag !== SEQUENCE) throw malformed('BasicConstraints is not a sequence');
  const [first] = readChildren(value, outer);
  return first?.tag === DER_TAG.boolean && readBoolean(value, first);
}

function allowsSigning(value: Uint8Array): boolean {
  checkDer(value);
  const usage = readDer(value, 0, value.length);
  if (usage.tag !== DER_TAG.bitString) throw malformed('KeyUsage is not a bit string');
  return ((contentOf(value, usage)[1] ?? 0) & DIGITAL_SIGNATURE) !== 0;
}

function bytesOf(der: Uint8Array, { start, end }: DerValue): Uint8Array {
  return der.slice(start, end);
}

function malformed(reason: string): ChainError {
  return new ChainError('ERR_CERTIFICATE_MALFORMED', `the certificate is malformed: ${reason}`);
}
