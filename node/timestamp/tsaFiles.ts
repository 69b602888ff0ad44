/**
 * The files of an institution's time-stamping authority, read once at a start.
 *
 * Whoever checks a token refuses one whose certificate breaks a rule of RFC 3161, section 2.3; so a node that is told
 * to stamp with such a certificate does not start, and says which rule it is.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

import { formatUtf8 } from '../../chain/bytes.ts';
import {
  type CertificateParts,
  parseCertificateBytes,
  parseCertificateParts,
} from '../../chain/certificate/certificate.ts';
import { ChainError } from '../../chain/errors.ts';
import type { TsaFiles } from '../config.ts';
import { NodeError } from '../errors.ts';
import { checkDates, checkUsages, keyKindOf } from './certificateRules.ts';
import { TSA_CERTIFICATE_COUNT_MAX, TSA_FILE_BYTES_MAX } from './limits.ts';
import { schemeOf, type TimestampKey } from './timestampKey.ts';

const GROUP_AND_OTHERS = 0o077;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Resolves to what these files hold. Rejects with ERR_TSA that says which file is wrong, and what would be right. */
export async function readTimestampKey(files: TsaFiles, nowMs: number): Promise<TimestampKey> {
  const { certPath, keyPath, policy } = files;
  const where = `TSA_CERT=${certPath}`;
  const [own, ...issuers] = parseChain(await readText('TSA_CERT', certPath), where);
  checkUsages(own.extensions, where);
  const x509 = new X509Certificate(own.certificate.der);
  const kind = keyKindOf(x509.publicKey, where);
  checkDates(own.certificate, { where, nowMs });
  checkIssuers([own, ...issuers], where);
  const privateKey = await readPrivateKey(keyPath);
  if (!x509.checkPrivateKey(privateKey)) {
    throw new NodeError(
      'ERR_TSA',
      `TSA_KEY=${keyPath} is not the key of the first certificate in ${where}: name the key that it was made for`,
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

async function readText(setting: string, path: string): Promise<string> {
  const unreadable = (cause: unknown): never => {
    throw new NodeError('ERR_TSA', `cannot read ${setting}=${path} (${reasonOf(cause)})`, {
      cause,
    });
  };
  const { size } = await stat(path).catch(unreadable);
  if (size > TSA_FILE_BYTES_MAX) {
    throw new NodeError(
      'ERR_TSA',
      `${setting}=${path} holds ${size} bytes; ${TSA_FILE_BYTES_MAX} are allowed`,
    );
  }
  return readFile(path, 'utf8').catch(unreadable);
}

function parseChain(
  text: string,
  where: string,
): readonly [CertificateParts, ...CertificateParts[]] {
  const blocks = text.match(PEM_CERTIFICATE) ?? [];
  const [own, ...issuers] = blocks.map((block) => parseCertificate(block, where));
  if (own === undefined || blocks.length > TSA_CERTIFICATE_COUNT_MAX) {
    throw new NodeError(
      'ERR_TSA',
      `${where} holds ${blocks.length} certificates as PEM: it must hold the time-stamping certificate, ` +
        `followed by those of its issuers, at most ${TSA_CERTIFICATE_COUNT_MAX} together`,
    );
  }
  return [own, ...issuers];
}

function parseCertificate(block: string, where: string): CertificateParts {
  try {
    return parseCertificateParts(parseCertificateBytes(formatUtf8(block)));
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new NodeError('ERR_TSA', `${where}: ${cause.message}`, { cause });
  }
}

/** Each must be the issuer of the one before it. */
function checkIssuers(chain: readonly CertificateParts[], where: string): void {
  const certificates = chain.map(({ certificate }) => new X509Certificate(certificate.der));
  for (const [i, issuer] of certificates.entries()) {
    const issued = certificates[i - 1];
    if (issued === undefined) continue;
    if (issued.checkIssued(issuer) && issued.verify(issuer.publicKey)) continue;
    throw new NodeError(
      'ERR_TSA',
      `certificate ${i + 1} in ${where} has not issued certificate ${i}: ` +
        'the time-stamping certificate stands first, and each is followed by its issuer',
    );
  }
}

async function readPrivateKey(path: string): Promise<KeyObject> {
  const text = await readText('TSA_KEY', path);
  const { mode } = await stat(path);
  if ((mode & GROUP_AND_OTHERS) !== 0) {
    throw new NodeError(
      'ERR_TSA',
      `TSA_KEY=${path} can be read by others: run "chmod 600 ${path}"`,
    );
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new NodeError(
      'ERR_TSA',
      `TSA_KEY=${path} holds no private key as PEM (${reasonOf(cause)}): it must, and without a passphrase`,
      { cause },
    );
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
