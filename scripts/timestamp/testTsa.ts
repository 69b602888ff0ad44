/**
 * A time-stamping authority for development: a CA that certifies one key, for as long as a network to try is kept.
 *
 * The CA's own key is thrown away once it has signed: nobody can make a second certificate under it. An institution
 * in earnest has its certificate from a CA that others trust already.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import * as asn1js from 'asn1js';

import { OID } from '../../node/timestamp/oid.ts';
import {
  createCriticalExtension,
  createKeyUsage,
  exportKey,
  generateKeyPair,
} from '../authority/certificate.ts';
import { formatPem } from '../authority/pem.ts';
import { createThrowawayCa } from '../authority/throwawayCa.ts';
import { createFile } from '../cli/files.ts';

/** Names of its files. */
export const TSA_FILE = {
  /** What verifiers trust. */
  ca: 'ca.pem',
  /** TSA_CERT. */
  certificate: 'tsa.pem',
  /** TSA_KEY. */
  key: 'tsa.key',
} as const;

/**
 * A policy that says nothing: it lies under the arc of examples (ITU-T X.660, 2.999), which anybody may use and
 * nobody may rely on.
 */
export const EXAMPLE_POLICY = '2.999.3161.1';

const DIGITAL_SIGNATURE = 0x80;
const DIR_MODE = 0o700;
const KEY_MODE = 0o600;

/** PEM texts of an authority; `key` is secret. */
export type TestTsa = Readonly<Record<keyof typeof TSA_FILE, string>>;

/** Resolves to the files of a fresh authority of an institution. */
export async function createTestTsa(institution: string, nowMs: number): Promise<TestTsa> {
  const [ca, keys] = await Promise.all([createThrowawayCa(institution, nowMs), generateKeyPair()]);
  const timeStamping = new asn1js.ObjectIdentifier({ value: OID.timeStamping });
  const certificate = await ca.certify({
    publicKey: keys.publicKey,
    purpose: 'time stamps',
    extensions: [
      createKeyUsage(DIGITAL_SIGNATURE),
      createCriticalExtension(OID.extendedKeyUsage, new asn1js.Sequence({ value: [timeStamping] })),
    ],
  });
  const key = formatPem('PRIVATE KEY', await exportKey(keys.privateKey));
  return { ca: ca.certificate, certificate, key };
}

/** Writes the files into a folder that has none of them yet. */
export async function writeTestTsa(dir: string, tsa: TestTsa): Promise<void> {
  await mkdir(dir, { recursive: true, mode: DIR_MODE });
  await createFile(join(dir, TSA_FILE.key), tsa.key, KEY_MODE);
  await createFile(join(dir, TSA_FILE.certificate), tsa.certificate);
  await createFile(join(dir, TSA_FILE.ca), tsa.ca);
}
