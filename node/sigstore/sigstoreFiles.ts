/**
 * The folder of an institution's Sigstore log, read once at a start.
 *
 * ```
 * signer.key        P-256, PKCS #8: signs photographs
 * log.key           Ed25519, PKCS #8: signs the log's checkpoints
 * certificate.pem   certificate of signer.key, then its issuers up to the root; without it entries name the key
 * tsa-ca.pem        what stands above the last certificate of TSA_CERT; without it that one must be a root
 * log/              the log
 * ```
 *
 * Clients refuse what rests on no root or is signed beside its certificate's dates, so a node whose files could only
 * make such bundles does not start.
 */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { createEd25519Signer, ed25519PublicKey } from '#crypto';

import type { CertificateParts } from '../../chain/certificate/certificate.ts';
import { parseCertificateParts } from '../../chain/certificate/certificate.ts';
import { NodeError } from '../errors.ts';
import { findStranger, type PemFile, readCertificates, readPrivateKey } from '../pemFiles.ts';
import { CHAIN_COUNT_MAX, SIGSTORE_FILE_BYTES_MAX } from './limits.ts';
import type { PhotoSigner, RootedChain, SigstoreKeys } from './sigstoreKeys.ts';

/** Names in the folder. */
export const SIGSTORE_FILE = {
  signer: 'signer.key',
  log: 'log.key',
  certificate: 'certificate.pem',
  tsaCa: 'tsa-ca.pem',
  store: 'log',
} as const;

/** What the files are judged by. */
export interface SigstoreFacts {
  /** DER of what TSA_CERT holds, the time-stamping certificate first. */
  readonly stampCertificates: readonly Uint8Array[];
  readonly nowMs: number;
}

const POINT_BYTES = 65;
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/** Resolves to what the folder holds. Rejects with ERR_SIGSTORE that says which file is wrong, and what would be right. */
export async function readSigstoreKeys(dir: string, facts: SigstoreFacts): Promise<SigstoreKeys> {
  const signer = await readSigner(dir, facts.nowMs);
  const logFile = fileOf(dir, 'log');
  const logSeed = secretOf(await readPrivateKey(logFile), 'ed25519');
  if (logSeed === undefined) {
    throw refused(`${logFile.name} holds a key of another kind: it must be Ed25519`);
  }
  return {
    signer,
    logKey: ed25519PublicKey(logSeed),
    signLog: createEd25519Signer(logSeed),
    stampChain: await readStampChain(dir, facts),
  };
}

async function readSigner(dir: string, nowMs: number): Promise<PhotoSigner> {
  const file = fileOf(dir, 'signer');
  const key = await readPrivateKey(file);
  const secret = secretOf(key, 'ec');
  if (secret === undefined) {
    throw refused(`${file.name} holds a key of another kind: it must be ECDSA on P-256`);
  }
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  const common = { secret, publicKey, point: publicKey.slice(-POINT_BYTES) };
  const certificateFile = fileOf(dir, 'certificate');
  if (!existsSync(certificateFile.path)) {
    const verifier = { kind: 'publicKey', rawBytes: publicKey } as const;
    return { ...common, verifier, chain: undefined };
  }
  const certificates = await readCertificates(certificateFile);
  const [own] = certificates;
  if (own === undefined) throw refused(`${certificateFile.name} holds no certificate as PEM`);
  checkOwn(own, key, certificateFile.name);
  const chain = rootedChainOf(certificates, certificateFile.name);
  checkDates(chain, certificateFile.name, nowMs);
  const verifier = { kind: 'x509Certificate', rawBytes: own.certificate.der } as const;
  return { ...common, verifier, chain };
}

/** The secret of a key of this kind; undefined for one of another. */
function secretOf(key: KeyObject, kind: 'ec' | 'ed25519'): Uint8Array | undefined {
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  const isRight = kind === 'ec' ? namedCurve === 'prime256v1' : key.asymmetricKeyType === kind;
  const { d } = isRight ? key.export({ format: 'jwk' }) : {};
  return d === undefined ? undefined : new Uint8Array(Buffer.from(d, 'base64url'));
}

/** What unmodified clients ask of a certificate that signs: cosign wants a name, and Go the right purpose. */
function checkOwn(
  { certificate, extensions }: CertificateParts,
  key: KeyObject,
  name: string,
): void {
  const x509 = new X509Certificate(certificate.der);
  if (!x509.checkPrivateKey(key)) {
    throw refused(`the first certificate in ${name} is not that of ${SIGSTORE_FILE.signer}`);
  }
  if (!extensions.has(SUBJECT_ALTERNATIVE_NAME)) {
    throw refused(
      `the first certificate in ${name} has no subject alternative name, by which clients know the institution: ` +
        'it must have one, such as a URI or a mail address',
    );
  }
  // Node calls the extended key usage so.
  const purposes = x509.keyUsage as readonly string[] | undefined;
  if (purposes?.includes(CODE_SIGNING) === false) {
    throw refused(
      `the first certificate in ${name} is for other purposes: its extended key usage must be absent, ` +
        `or hold codeSigning (${CODE_SIGNING})`,
    );
  }
}

async function readStampChain(dir: string, facts: SigstoreFacts): Promise<RootedChain> {
  const file = fileOf(dir, 'tsaCa');
  const above = existsSync(file.path) ? await readCertificates(file) : [];
  const below = facts.stampCertificates.map(parseCertificateParts);
  return rootedChainOf([...below, ...above], `TSA_CERT and ${file.name}`);
}

/** Each must have issued the one before it, and the last itself. */
function rootedChainOf(parts: readonly CertificateParts[], name: string): RootedChain {
  const problem = problemOf(parts);
  if (problem !== undefined) {
    throw refused(
      `${name} make no chain (${problem}): each certificate is followed by its issuer, up to a root that signed itself`,
    );
  }
  const certificates = parts.map(({ certificate }) => certificate);
  return {
    certificates: certificates.map(({ der }) => der),
    notBeforeMs: Math.max(...certificates.map(({ notBefore }) => notBefore)) * 1_000,
    notAfterMs: Math.min(...certificates.map(({ notAfter }) => notAfter)) * 1_000,
  };
}

function problemOf(parts: readonly CertificateParts[]): string | undefined {
  const { length } = parts;
  if (length > CHAIN_COUNT_MAX) return `${length} certificates; ${CHAIN_COUNT_MAX} are allowed`;
  // The root is its own issuer.
  const stranger = findStranger([...parts, ...parts.slice(-1)]);
  if (stranger === length) return `certificate ${length}, the last, is no root`;
  if (stranger !== undefined) {
    return `certificate ${stranger + 1} has not issued certificate ${stranger}`;
  }
  return length < 2 ? 'a root alone certifies nothing' : undefined;
}

function checkDates({ notBeforeMs, notAfterMs }: RootedChain, name: string, nowMs: number): void {
  if (nowMs >= notBeforeMs && nowMs <= notAfterMs) return;
  const [from, to, now] = [notBeforeMs, notAfterMs, nowMs].map((ms) => new Date(ms).toISOString());
  throw refused(
    `the certificates in ${name} are all valid from ${from} to ${to}, and this machine's clock says ${now}: ` +
      'renew what has ended, or take the file away, so that entries name the key',
  );
}

function fileOf(dir: string, what: Exclude<keyof typeof SIGSTORE_FILE, 'store'>): PemFile {
  const path = join(dir, SIGSTORE_FILE[what]);
  return { path, name: path, bytesMax: SIGSTORE_FILE_BYTES_MAX, code: 'ERR_SIGSTORE' };
}

function refused(message: string): NodeError {
  return new NodeError('ERR_SIGSTORE', message);
}
