/**
 * Cameras of a run: photographs with a signature that costs nothing, and the check of evidence that knows them.
 *
 * There is one real certificate. A signature is a hash that only a camera makes; whoever names a photograph that
 * no camera has signed is found out by computing it again.
 */
import { sha256 } from '#crypto';

import { concatBytes, equalBytes, formatUtf8 } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  type CertificateParser,
  checkEvidenceForm,
  type EvidenceItem,
  parseSentCertificate,
  recordOf,
} from '../../chain/evidence.ts';
import { type ImageRecord, imageRecordSchema, SIGNED_FORM } from '../../chain/record.ts';
import { type State, valueAt } from '../../chain/state.ts';
import { recordsOf } from '../../chain/batch.ts';
import type { SentBatch } from '../../node/wire/batches.ts';
import { authorityOf, createCa, createCamera } from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';

const CA = createCa();

/** The manufacturer of every camera. */
export const AUTHORITY = authorityOf([CA]);

/** The certificate of every camera, as it is sent. */
export const CERTIFICATE = createCamera(CA).der;

/** Its id. */
export const CERTIFICATE_ID = sha256(CERTIFICATE);

const PARSED = parseSentCertificate(CERTIFICATE);

/** Parses the certificate, once for all nodes. */
export const parseCertificate: CertificateParser = (sent) =>
  equalBytes(sent, CERTIFICATE) ? PARSED : parseSentCertificate(sent);

/** What a camera submits. */
export interface Photograph {
  readonly imageHash: Uint8Array;
  /** Unix seconds. */
  readonly capturedAt: number;
  readonly signature: Uint8Array;
}

/** Returns a photograph. */
export function photographOf(number: number, capturedAt: number): Photograph {
  const imageHash = hashOfText(`photograph ${number}`);
  return { imageHash, capturedAt, signature: signatureOf({ imageHash, capturedAt }) };
}

const SECRET = formatUtf8('what only cameras know');

function signatureOf({ imageHash, capturedAt }: Pick<ImageRecord, 'imageHash' | 'capturedAt'>) {
  const half = sha256(concatBytes(SECRET, imageHash, formatUtf8(`${capturedAt}`)));
  return concatBytes(half, half);
}

/** Returns whether a camera signed what a record says. */
function isGenuine(record: ImageRecord, signature: Uint8Array): boolean {
  return equalBytes(signature, signatureOf(record));
}

/** Checks the evidence of a batch as a node does, with the cameras' own signatures. Throws a ChainError. */
export function checkSentEvidence({ signed: { batch }, evidence }: SentBatch, state: State): void {
  checkEvidenceForm(batch, evidence);
  const params = valueAt(state.params, state.height + 1);
  const records = recordsOf(batch);
  evidence.items.forEach((item, i) => {
    const record = records[i]!;
    const expected = recordOf({ ...factsOf(item, record), authority: AUTHORITY }, params);
    if (!equalBytes(encode(imageRecordSchema, record), encode(imageRecordSchema, expected))) {
      throw new ChainError('ERR_RECORD', 'the record is not the one that its evidence yields');
    }
    if (!isGenuine(record, item.signature!)) {
      throw new ChainError('ERR_CAMERA_SIGNATURE', 'no camera has signed this photograph');
    }
  });
}

function factsOf(item: EvidenceItem, record: ImageRecord) {
  if (item.kind === 2) throw new ChainError('ERR_LEGACY_OFF', 'legacy records are off');
  if (!equalBytes(item.certificateId, CERTIFICATE_ID)) {
    throw new ChainError('ERR_ISSUER_NOT_PINNED', 'the certificate is not the cameras’');
  }
  const { form, salt, gpsHash } = item;
  return { claims: { ...record, gpsHash }, form, fingerprint: PARSED.fingerprint, salt };
}

/** The form in which these cameras sign. */
export const FORM = SIGNED_FORM.v2;
