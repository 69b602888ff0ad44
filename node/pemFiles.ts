/**
 * Certificates and keys in PEM files that an operator names, read once at a start.
 *
 * What is wrong is said with the name of the file and what would be right, under the code of whoever needs it.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

import { formatUtf8 } from '../chain/bytes.ts';
import {
  type CertificateParts,
  parseCertificateBytes,
  parseCertificateParts,
} from '../chain/certificate/certificate.ts';
import { ChainError } from '../chain/errors.ts';
import { NodeError, type NodeErrorCode } from './errors.ts';

/** A file, as messages name it, and how it is refused. */
export interface PemFile {
  readonly path: string;
  /** `SETTING=path`, or the path alone. */
  readonly name: string;
  readonly bytesMax: number;
  readonly code: NodeErrorCode;
}

const GROUP_AND_OTHERS = 0o077;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Resolves to the certificates of a file, in its order. Rejects with a NodeError. */
export async function readCertificates(file: PemFile): Promise<readonly CertificateParts[]> {
  const blocks = (await readText(file)).match(PEM_CERTIFICATE) ?? [];
  return blocks.map((block) => parseBlock(block, file));
}

function parseBlock(block: string, { name, code }: PemFile): CertificateParts {
  try {
    return parseCertificateParts(parseCertificateBytes(formatUtf8(block)));
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new NodeError(code, `${name}: ${cause.message}`, { cause });
  }
}

/** Returns the index of the first certificate that has not issued the one before it; undefined where all have. */
export function findStranger(chain: readonly CertificateParts[]): number | undefined {
  const certificates = chain.map(({ certificate }) => new X509Certificate(certificate.der));
  const found = certificates.findIndex((issuer, i) => {
    const issued = certificates[i - 1];
    return issued !== undefined && !(issued.checkIssued(issuer) && issued.verify(issuer.publicKey));
  });
  return found === -1 ? undefined : found;
}

/** Resolves to the private key of a file that its owner alone may read. Rejects with a NodeError. */
export async function readPrivateKey(file: PemFile): Promise<KeyObject> {
  const { path, name, code } = file;
  const text = await readText(file);
  const { mode } = await stat(path);
  if ((mode & GROUP_AND_OTHERS) !== 0) {
    throw new NodeError(code, `${name} can be read by others: run "chmod 600 ${path}"`);
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new NodeError(
      code,
      `${name} holds no private key as PEM (${reasonOf(cause)}): it must, and without a passphrase`,
      { cause },
    );
  }
}

async function readText({ path, name, bytesMax, code }: PemFile): Promise<string> {
  const unreadable = (cause: unknown): never => {
    throw new NodeError(code, `cannot read ${name} (${reasonOf(cause)})`, { cause });
  };
  const { size } = await stat(path).catch(unreadable);
  if (size > bytesMax) {
    throw new NodeError(code, `${name} holds ${size} bytes; ${bytesMax} are allowed`);
  }
  return readFile(path, 'utf8').catch(unreadable);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
