/** A camera's identity, from the file in which its authority's provision answer was saved. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { sha256 } from '#crypto';
import { z } from 'zod';

import { CameraError } from './errors.ts';

/** What a camera signs with. */
export interface Provisioning {
  /** DER, which is what the reference cameras send. */
  readonly certificateDer: Uint8Array;
  /** SHA-256 of the DER. */
  readonly fingerprint: Uint8Array;
  readonly privateKey: KeyObject;
}

const answerSchema = z.object({ device_certificate: z.string(), device_private_key: z.string() });
const problemSchema = z.object({ code: z.string(), detail: z.string() });

/** Resolves to the identity in the file. Rejects with ERR_PROVISIONING. */
export async function readProvisioning(file: string): Promise<Provisioning> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw refuse(file, 'cannot be read; save the answer of the provision request there', cause);
  });
  return parseProvisioning(text, file);
}

/** Returns the identity in a provision answer. Throws ERR_PROVISIONING, naming `file`. */
export function parseProvisioning(text: string, file: string): Provisioning {
  const json = parseJson(text, file);
  const problem = problemSchema.safeParse(json);
  if (problem.success) {
    const { code, detail } = problem.data;
    throw refuse(file, `holds a refusal of the authority, not a camera: ${code}, ${detail}`);
  }
  const answer = answerSchema.safeParse(json);
  if (!answer.success) {
    throw refuse(file, 'holds no device_certificate and device_private_key');
  }
  return readKeys(answer.data, file);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse(file, 'is not JSON', cause);
  }
}

function readKeys(answer: z.output<typeof answerSchema>, file: string): Provisioning {
  let certificate: X509Certificate;
  let privateKey: KeyObject;
  try {
    certificate = new X509Certificate(answer.device_certificate);
    privateKey = createPrivateKey(answer.device_private_key);
  } catch (cause) {
    throw refuse(file, 'holds a certificate or key that is not PEM', cause);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw refuse(file, 'holds a private key that is not the certificate’s');
  }
  const certificateDer = new Uint8Array(certificate.raw);
  return { certificateDer, fingerprint: sha256(certificateDer), privateKey };
}

function refuse(file: string, reason: string, cause?: unknown): CameraError {
  return new CameraError('ERR_PROVISIONING', `${file} ${reason}`, { cause });
}
