/**
 * The files of an institution's time-stamping authority, read once at a start.
 *
 * Whoever checks a token refuses one whose certificate breaks a rule of RFC 3161, section 2.3; so a node that is told
 * to stamp with such a certificate does not start, and says which rule it is.
 */
import { X509Certificate } from 'node:crypto';

import type { CertificateParts } from '../../chain/certificate/certificate.ts';
import type { TsaFiles } from '../config.ts';
import { NodeError } from '../errors.ts';
import { findStranger, type PemFile, readCertificates, readPrivateKey } from '../pemFiles.ts';
import { checkDates, checkUsages, keyKindOf } from './certificateRules.ts';
import { TSA_CERTIFICATE_COUNT_MAX, TSA_FILE_BYTES_MAX } from './limits.ts';
import { schemeOf, type TimestampKey } from './timestampKey.ts';

/** Resolves to what these files hold. Rejects with ERR_TSA that says which file is wrong, and what would be right. */
export async function readTimestampKey(files: TsaFiles, nowMs: number): Promise<TimestampKey> {
  const { certPath, keyPath, policy } = files;
  const certFile = fileOf('TSA_CERT', certPath);
  const keyFile = fileOf('TSA_KEY', keyPath);
  const where = certFile.name;
  const [own, ...issuers] = await readChain(certFile);
  checkUsages(own.extensions, where);
  const x509 = new X509Certificate(own.certificate.der);
  const kind = keyKindOf(x509.publicKey, where);
  checkDates(own.certificate, { where, nowMs });
  checkIssuers([own, ...issuers], where);
  const privateKey = await readPrivateKey(keyFile);
  if (!x509.checkPrivateKey(privateKey)) {
    throw new NodeError(
      'ERR_TSA',
      `${keyFile.name} is not the key of the first certificate in ${where}: name the key that it was made for`,
    );
  }
  return {
    privateKey,
    scheme: schemeOf(kind),
    certificates: [own.certificate.der, ...issuers.map(({ certificate }) => certificate.der)],
    issuer: own.certificate.issuer,
    serialNumber: own.serialNumber,
    notBeforeMs: own.certificate.notBefore * 1_000,
    notAfterMs: own.certificate.notAfter * 1_000,
    policy,
  };
}

function fileOf(setting: string, path: string): PemFile {
  return { path, name: `${setting}=${path}`, bytesMax: TSA_FILE_BYTES_MAX, code: 'ERR_TSA' };
}

async function readChain(
  file: PemFile,
): Promise<readonly [CertificateParts, ...CertificateParts[]]> {
  const certificates = await readCertificates(file);
  const [own, ...issuers] = certificates;
  if (own === undefined || certificates.length > TSA_CERTIFICATE_COUNT_MAX) {
    throw new NodeError(
      'ERR_TSA',
      `${file.name} holds ${certificates.length} certificates as PEM: it must hold the time-stamping certificate, ` +
        `followed by those of its issuers, at most ${TSA_CERTIFICATE_COUNT_MAX} together`,
    );
  }
  return [own, ...issuers];
}

/** Each must be the issuer of the one before it. */
function checkIssuers(chain: readonly CertificateParts[], where: string): void {
  const stranger = findStranger(chain);
  if (stranger === undefined) return;
  throw new NodeError(
    'ERR_TSA',
    `certificate ${stranger + 1} in ${where} has not issued certificate ${stranger}: ` +
      'the time-stamping certificate stands first, and each is followed by its issuer',
  );
}
