/** Time-stamping certificates, good ones and bad ones: a fresh P-256 CA certifies any key with any extensions. */
import { createPublicKey, generateKeyPairSync, type KeyObject, type webcrypto } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as asn1js from 'asn1js';
import { BasicConstraints, Extension } from 'pkijs';

import type { TsaFiles } from '../../node/config.ts';
import { OID } from '../../node/timestamp/oid.ts';
import type { TimestampKey } from '../../node/timestamp/timestampKey.ts';
import { readTimestampKey } from '../../node/timestamp/tsaFiles.ts';
import {
  createCriticalExtension,
  createKeyUsage,
  createName,
  exportKey,
  generateKeyPair,
  signCertificate,
} from '../../scripts/authority/certificate.ts';
import { formatPem } from '../../scripts/authority/pem.ts';

/** 2026-11-21T12:00:00.250Z: the time of every authority here. */
export const STAMP_MS = 1_795_262_400_250;
const DAY_S = 86_400;
const NOW_S = Math.floor(STAMP_MS / 1_000);

/** The policy of every authority here. */
export const POLICY = '1.3.6.1.4.1.32473.7';

/** What certificates differ in; what is absent is right. */
export interface IssueOptions {
  readonly privateKey: KeyObject;
  readonly extensions: readonly Extension[];
  /** Unix seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** PEM texts. */
export interface IssuedTsa {
  readonly ca: string;
  /** The CA's key under another name. */
  readonly renamedCa: string;
  readonly certificate: string;
  readonly key: string;
}

/** Returns a fresh private key of a kind. */
export function privateKeyOf(
  kind: 'P-256' | 'P-384' | 'P-521' | 'RSA' | 'RSA-1024' | 'Ed25519',
): KeyObject {
  switch (kind) {
    case 'RSA':
      return generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
    case 'RSA-1024':
      return generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey;
    case 'Ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    default:
      return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
  }
}

/** Returns an extended key usage with these purposes. */
export function extendedKeyUsage(purposes: readonly string[], critical = true): Extension {
  const value = purposes.map((each) => new asn1js.ObjectIdentifier({ value: each }));
  const extnValue = new asn1js.Sequence({ value }).toBER();
  return new Extension({ extnID: OID.extendedKeyUsage, critical, extnValue });
}

/** Resolves to a CA and a certificate of it. */
export async function issueTsa(options: Partial<IssueOptions> = {}): Promise<IssuedTsa> {
  const { privateKey = privateKeyOf('P-256'), extensions } = options;
  const { notBefore = NOW_S - DAY_S, notAfter = NOW_S + 365 * DAY_S } = options;
  const caKeys = await generateKeyPair();
  const issuer = createName('Test CA', 'Museum');
  const ca = await signCa(caKeys, issuer);
  const renamedCa = await signCa(caKeys, createName('Other CA', 'Museum'));
  const publicKeyDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const content = {
    issuer,
    subject: createName('Test TSA', 'Museum'),
    publicKeyDer: new Uint8Array(publicKeyDer),
    notBefore,
    notAfter,
    extensions: extensions ?? [createKeyUsage(0x80), extendedKeyUsage([OID.timeStamping])],
  };
  return {
    ca: formatPem('CERTIFICATE', ca),
    renamedCa: formatPem('CERTIFICATE', renamedCa),
    certificate: formatPem('CERTIFICATE', await signCertificate(content, caKeys.privateKey)),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

async function signCa(
  keys: webcrypto.CryptoKeyPair,
  name: ReturnType<typeof createName>,
): Promise<Uint8Array> {
  const constraints = new BasicConstraints({ cA: true }).toSchema();
  const content = {
    issuer: name,
    subject: name,
    publicKeyDer: await exportKey(keys.publicKey),
    notBefore: NOW_S - 365 * DAY_S,
    notAfter: NOW_S + 3_650 * DAY_S,
    extensions: [createCriticalExtension('2.5.29.19', constraints), createKeyUsage(0x04)],
  };
  return signCertificate(content, keys.privateKey);
}

/** Writes the files of an authority; `chain` stands behind its certificate. */
export function writeTsa(dir: string, tsa: IssuedTsa, chain = ''): TsaFiles {
  mkdirSync(dir, { recursive: true });
  const files = {
    certPath: path.join(dir, 'tsa.pem'),
    keyPath: path.join(dir, 'tsa.key'),
    policy: POLICY,
  };
  writeFileSync(files.certPath, tsa.certificate + chain);
  writeFileSync(files.keyPath, tsa.key);
  chmodSync(files.keyPath, 0o600);
  writeFileSync(path.join(dir, 'ca.pem'), tsa.ca);
  return files;
}

/** Resolves to the key of an authority whose files are in a folder. */
export async function openTsa(
  dir: string,
  options: Partial<IssueOptions> = {},
): Promise<TimestampKey> {
  return readTimestampKey(writeTsa(dir, await issueTsa(options)), STAMP_MS);
}
