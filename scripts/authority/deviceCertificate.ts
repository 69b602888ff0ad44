/**
 * A camera's certificate, with its six Birthmark extensions in one of two encodings.
 *
 * `raw` is what the reference cameras ship: the extension holds the bytes themselves. `der` is what the
 * specification's table says: the extension holds a DER value. Nodes accept both.
 */
import * as asn1js from 'asn1js';
import { BasicConstraints, Extension } from 'pkijs';

import { formatUtf8 } from '../../chain/bytes.ts';
import { type DialectA, EXTENSION_OID } from '../../chain/certificate/extensions.ts';
import type { Ca } from './ca.ts';
import {
  createCriticalExtension,
  createKeyUsage,
  createName,
  exportKey,
  generateKeyPair,
  signCertificate,
} from './certificate.ts';

/** How the Birthmark extensions are written. */
export type ExtensionEncoding = 'raw' | 'der';

/** What a camera's certificate says. */
export interface DeviceIdentity {
  readonly serial: string;
  /** Name of the manufacturer, for people. */
  readonly organization: string;
  readonly birthmark: Omit<DialectA, 'dialect'>;
}

/** When, and how. */
export interface Issuance {
  /** Unix seconds. */
  readonly nowS: number;
  readonly encoding: ExtensionEncoding;
}

/** A camera's certificate and its keys, all DER. The private key exists nowhere else. */
export interface IssuedDevice {
  readonly certificateDer: Uint8Array;
  /** PKCS #8. */
  readonly privateKeyDer: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly publicKeyDer: Uint8Array;
}

/** How far a certificate's first second lies back: clocks disagree. */
const BACKDATED_S = 60;
/** How long a camera's certificate is valid. */
const VALIDITY_S = 2 * 365 * 86_400;

const DIGITAL_SIGNATURE = 0x80;
const BASIC_CONSTRAINTS = '2.5.29.19';

/** Resolves to a camera's new key pair and its certificate, signed by the CA. */
export async function issueDevice(
  ca: Ca,
  identity: DeviceIdentity,
  { nowS, encoding }: Issuance,
): Promise<IssuedDevice> {
  const keys = await generateKeyPair();
  const publicKeyDer = await exportKey(keys.publicKey);
  const content = {
    issuer: ca.issuer,
    subject: createName(identity.serial, identity.organization),
    publicKeyDer,
    notBefore: nowS - BACKDATED_S,
    notAfter: nowS + VALIDITY_S,
    extensions: [
      // CA:FALSE is the default, which DER leaves out: an empty sequence.
      createCriticalExtension(BASIC_CONSTRAINTS, new BasicConstraints().toSchema()),
      createKeyUsage(DIGITAL_SIGNATURE),
      ...formatExtensions(identity.birthmark, encoding),
    ],
  };
  return {
    certificateDer: await signCertificate(content, ca.signingKey),
    privateKeyDer: await exportKey(keys.privateKey),
    publicKeyDer,
  };
}

function formatExtensions(
  values: DeviceIdentity['birthmark'],
  encoding: ExtensionEncoding,
): readonly Extension[] {
  const { text, bytes, integer } = ENCODERS[encoding];
  const extension = (extnID: string, value: Uint8Array): Extension =>
    new Extension({ extnID, extnValue: new Uint8Array(value).buffer });
  return [
    extension(EXTENSION_OID.manufacturerId, text(values.manufacturerId)),
    extension(EXTENSION_OID.endpoint, text(values.endpoint)),
    extension(EXTENSION_OID.encryptedNuc, bytes(values.encryptedNuc)),
    extension(EXTENSION_OID.keyTableId, integer(values.keyTableId)),
    extension(EXTENSION_OID.keyIndex, integer(values.keyIndex)),
    extension(EXTENSION_OID.deviceFamily, text(values.deviceFamily)),
  ];
}

interface Encoder {
  readonly text: (value: string) => Uint8Array;
  readonly bytes: (value: Uint8Array) => Uint8Array;
  readonly integer: (value: number) => Uint8Array;
}

const ENCODERS: Readonly<Record<ExtensionEncoding, Encoder>> = {
  raw: {
    text: formatUtf8,
    bytes: (value) => value,
    integer: (value) => Uint8Array.of(value >> 8, value & 0xff),
  },
  der: {
    text: (value) => toDer(new asn1js.Utf8String({ value })),
    bytes: (value) => toDer(new asn1js.OctetString({ valueHex: new Uint8Array(value).buffer })),
    integer: (value) => toDer(new asn1js.Integer({ value })),
  },
};

function toDer(value: asn1js.BaseBlock): Uint8Array {
  return new Uint8Array(value.toBER());
}
