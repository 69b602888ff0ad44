/**
 * The manufacturer's certificate authority: one P-256 key, self-signed, that certifies cameras directly.
 *
 * The chain pins this certificate, so there is no intermediate to replace: a new CA key is a second entry
 * of `ca_certificates`. The private key lies in the folder; a manufacturer in earnest keeps it in a
 * hardware module, and then `signingKey` is all that changes.
 */
import { createHash, X509Certificate, createPrivateKey, webcrypto } from 'node:crypto';

import * as asn1js from 'asn1js';
import { BasicConstraints, Extension, type RelativeDistinguishedNames } from 'pkijs';

import { type Certificate, parseCertificate } from '../../chain/certificate/certificate.ts';
import {
  createCriticalExtension,
  createKeyUsage,
  createName,
  exportKey,
  generateKeyPair,
  P256,
  parseName,
  signCertificate,
} from './certificate.ts';
import { formatPem } from './pem.ts';

/** Whose CA it is. */
export interface Manufacturer {
  /** The manufacturerID of its certificates. */
  readonly id: string;
  /** For people; stands as organization in every certificate. */
  readonly name: string;
}

/** A CA that is ready to sign. */
export interface Ca {
  readonly certificatePem: string;
  readonly certificate: Certificate;
  /** The name that its certificates have as issuer. */
  readonly issuer: RelativeDistinguishedNames;
  readonly signingKey: webcrypto.CryptoKey;
}

const DAY_S = 86_400;
/** A CA outlives many years of cameras, since only its dates at a camera's birth count. */
const VALIDITY_S = 20 * 365 * DAY_S;
/** Cameras and authority may disagree on the time; a camera's own notBefore lies a minute back. */
const BACKDATED_S = DAY_S;
const KEY_CERT_SIGN = 0x04;
const CRL_SIGN = 0x02;
const OID = { basicConstraints: '2.5.29.19', subjectKeyIdentifier: '2.5.29.14' } as const;

/** Resolves to PEM text that holds a new CA's private key and its certificate. Secret. */
export async function createCaPem(manufacturer: Manufacturer, nowS: number): Promise<string> {
  const keys = await generateKeyPair();
  const publicKeyDer = await exportKey(keys.publicKey);
  const name = createName(`${manufacturer.id} CA`, manufacturer.name);
  const content = {
    issuer: name,
    subject: name,
    publicKeyDer,
    notBefore: nowS - BACKDATED_S,
    notAfter: nowS + VALIDITY_S,
    extensions: [
      createCriticalExtension(
        OID.basicConstraints,
        new BasicConstraints({ cA: true, pathLenConstraint: 0 }).toSchema(),
      ),
      createKeyUsage(KEY_CERT_SIGN | CRL_SIGN),
      createSubjectKeyIdentifier(publicKeyDer),
    ],
  };
  const certificateDer = await signCertificate(content, keys.privateKey);
  const privateKeyDer = await exportKey(keys.privateKey);
  return formatPem('PRIVATE KEY', privateKeyDer) + formatPem('CERTIFICATE', certificateDer);
}

/** Resolves to the CA of such a PEM text. Rejects if it holds no key, or another certificate's. */
export async function openCa(pem: string): Promise<Ca> {
  const x509 = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')));
  const privateKey = createPrivateKey(pem);
  if (!x509.checkPrivateKey(privateKey)) throw new Error('the CA key is not its certificate');
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const certificate = parseCertificate(new Uint8Array(x509.raw));
  return {
    certificatePem: formatPem('CERTIFICATE', certificate.der),
    certificate,
    issuer: parseName(certificate.subject),
    signingKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, P256, false, ['sign']),
  };
}

/** RFC 5280, section 4.2.1.2, method 1 asks for SHA-1 of the key; any unique value will do. */
function createSubjectKeyIdentifier(publicKeyDer: Uint8Array): Extension {
  const digest = createHash('sha256').update(publicKeyDer).digest().subarray(0, 20);
  const value = new asn1js.OctetString({ valueHex: new Uint8Array(digest).buffer });
  return new Extension({ extnID: OID.subjectKeyIdentifier, extnValue: value.toBER() });
}
