/**
 * A CA for development, which certifies for as long as a network to try is kept.
 *
 * Its own key is never written down: once whoever made it is done, nobody can make a further certificate under it.
 */
import type { webcrypto } from 'node:crypto';

import { BasicConstraints, type Extension } from 'pkijs';

import {
  createCriticalExtension,
  createKeyUsage,
  createName,
  exportKey,
  generateKeyPair,
  signCertificate,
} from './certificate.ts';
import { formatPem } from './pem.ts';

const DAY_S = 86_400;
const VALIDITY_S = 10 * 365 * DAY_S;
/** Clocks may disagree. */
const BACKDATED_S = DAY_S;
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_CERT_SIGN = 0x04;

/** What is certified. */
export interface Certified {
  readonly publicKey: webcrypto.CryptoKey;
  /** Beside the institution's name, what it is for. */
  readonly purpose: string;
  readonly extensions: readonly Extension[];
}

/** A CA while it is in memory. */
export interface ThrowawayCa {
  /** Its certificate as PEM. */
  readonly certificate: string;
  /** Resolves to a certificate as PEM. */
  certify(certified: Certified): Promise<string>;
}

/** Resolves to a fresh CA of an institution. */
export async function createThrowawayCa(institution: string, nowMs: number): Promise<ThrowawayCa> {
  const { publicKey, privateKey } = await generateKeyPair();
  const issuer = createName(`${institution} development CA`, institution);
  const nowS = Math.floor(nowMs / 1_000);
  const common = { issuer, notBefore: nowS - BACKDATED_S, notAfter: nowS + VALIDITY_S };
  const constraints = new BasicConstraints({ cA: true, pathLenConstraint: 0 }).toSchema();
  const own = {
    ...common,
    subject: issuer,
    publicKeyDer: await exportKey(publicKey),
    extensions: [
      createCriticalExtension(BASIC_CONSTRAINTS, constraints),
      createKeyUsage(KEY_CERT_SIGN),
    ],
  };
  return {
    certificate: formatPem('CERTIFICATE', await signCertificate(own, privateKey)),
    certify: async (certified) => {
      const fields = {
        ...common,
        subject: createName(`${institution} ${certified.purpose}`, institution),
        publicKeyDer: await exportKey(certified.publicKey),
        extensions: [...certified.extensions],
      };
      return formatPem('CERTIFICATE', await signCertificate(fields, privateKey));
    },
  };
}
