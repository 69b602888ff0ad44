/**
 * Values of the chain for tests: fixed, readable, valid in every respect where a test says nothing else.
 */
import { ed25519PublicKey, sha256 } from '#crypto';

import type { Authority } from '../../chain/authority.ts';
import { type Batch, type SignedBatch, signBatch } from '../../chain/batch.ts';
import { formatUtf8 } from '../../chain/bytes.ts';
import { parseCameraCertificate } from '../../chain/certificate/certificate.ts';
import { createRegistry } from '../../chain/certificate/registry.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  blindHash,
  type CameraEvidence,
  checkEvidence,
  type Evidence,
  type EvidenceContext,
  hashEvidence,
  parseSentCertificate,
  recordOf,
} from '../../chain/evidence.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import type { ImageRecord } from '../../chain/record.ts';
import { createSigner, type Signer } from '../../chain/signature.ts';
import { type Claims, formatSignedMessage } from '../../chain/submission.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import { signVerdict } from '../../chain/verdict.ts';
import { type Camera, signEcdsa } from './certificates.ts';

/** Returns 32 bytes that depend on the text only. */
export function hashOfText(text: string): Uint8Array {
  return sha256(formatUtf8(text));
}

/** Returns `size` bytes of one value. */
export function bytesOf(size: number, value: number): Uint8Array {
  return new Uint8Array(size).fill(value);
}

/** The chain that everything here belongs to. */
export const CHAIN_ID = hashOfText('a chain');

/** Returns the code with which `act` is refused, or 'accepted'. Anything but a ChainError passes on. */
export function codeOf(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (error) {
    return codeOfError(error);
  }
}

/** Resolves to the code with which a promise is refused, or 'accepted'. */
export async function codeOfRejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'accepted';
  } catch (error) {
    return codeOfError(error);
  }
}

function codeOfError(error: unknown): string {
  if (error instanceof ChainError) return error.code;
  throw error;
}

/** Returns the signer of an institution, by name. */
export function signerOf(name: string): Signer {
  return createSigner(hashOfText(`consensus key of ${name}`));
}

/** Returns an institution's validator, by name. */
export function validatorOf(name: string): Validator {
  return {
    name,
    consensusKey: ed25519PublicKey(hashOfText(`consensus key of ${name}`)),
    cosignerKey: ed25519PublicKey(hashOfText(`cosigner key of ${name}`)),
    peerId: `peer-of-${name}`,
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
  };
}

/** Returns validators v0, v1, … */
export function validatorsOf(count: number): readonly Validator[] {
  return Array.from({ length: count }, (_, i) => validatorOf(`v${i}`));
}

/** A record as a v2 camera yields it. */
export const RECORD: ImageRecord = {
  imageHash: hashOfText('image'),
  capturedAt: 1_795_224_915,
  kind: 1,
  signedForm: 3,
  authorityCheck: 2,
  authorityId: 'acme_imaging',
  deviceCommitment: hashOfText('device'),
  gpsHash: undefined,
  parents: [],
  digests: [],
};

/** Returns a batch of v0 with these records. */
export function batchOf(
  records: readonly ImageRecord[] = [RECORD],
  fields: Partial<Batch> = {},
): Batch {
  return {
    version: 1,
    chainId: CHAIN_ID,
    aggregator: validatorOf('v0').consensusKey,
    sequence: 0,
    createdAtMs: 1_795_224_916_000,
    items: records.map((record) => ({ kind: 1, record })),
    evidenceRoot: hashOfText('evidence'),
    ...fields,
  };
}

/** Returns a batch with its aggregator's signature. */
export function signedBatchOf(batch: Batch, name = 'v0'): SignedBatch {
  return signBatch(batch, signerOf(name));
}

/** The seed of the authority's verdict key, and the key. */
export const VERDICT_SEED = hashOfText('verdict key');
export const VERDICT_KEY = ed25519PublicKey(VERDICT_SEED);

/** What a camera is asked to sign; what is absent is the usual. */
export interface Shot {
  readonly camera: Camera;
  readonly authority: Authority;
  readonly claims?: Partial<Claims>;
  readonly form?: 1 | 2 | 3;
  readonly encoding?: 'der' | 'compact';
  /** The certificate as it is sent. Default: its DER. */
  readonly sent?: Uint8Array;
  readonly params?: Params;
}

/** A record with the evidence from which it follows. */
export interface ProvenRecord {
  readonly record: ImageRecord;
  readonly item: CameraEvidence;
  readonly sent: Uint8Array;
}

/** Returns the record of one photograph and its evidence. */
export function prove(shot: Shot): ProvenRecord {
  const { camera, authority, form = 3, encoding = 'der', params = DEFAULT_PARAMS } = shot;
  const claims: Claims = {
    imageHash: hashOfText('photograph'),
    capturedAt: 1_795_224_915,
    gpsHash: undefined,
    parents: [],
    digests: [],
    ...shot.claims,
  };
  const { fingerprint } = parseCameraCertificate(camera.der);
  const sent = shot.sent ?? camera.der;
  const signedClaims = { ...claims, certificateBytes: sent, fingerprint, signature: sent };
  const signature = signEcdsa(
    camera.key,
    formatSignedMessage(form, signedClaims, CHAIN_ID),
    encoding,
  );
  const salt = hashOfText('salt').slice(0, 16);
  const record = recordOf({ claims, form, fingerprint, salt, authority }, params);
  const imageHash = authority.blind ? blindHash(record.imageHash, salt) : record.imageHash;
  const verdict = { chainId: CHAIN_ID, subject: fingerprint, imageHash, valid: true, issuedAt: 9 };
  const proof = { issuedAt: 9, signature: signVerdict(verdict, createSigner(VERDICT_SEED)) };
  const item: CameraEvidence = {
    kind: 1,
    certificateId: sha256(sent),
    signature,
    form,
    gpsHash: claims.gpsHash,
    salt,
    verdict: authority.verdictKey === undefined ? undefined : proof,
  };
  return { record, item, sent };
}

/** A batch with its evidence. */
export interface ProvenBatch {
  readonly batch: Batch;
  readonly evidence: Evidence;
}

/** Returns the batch of proven records, each certificate once. */
export function proveBatch(proven: readonly ProvenRecord[]): ProvenBatch {
  const certificates = [
    ...new Map(
      proven.map(({ item, sent }) => [Buffer.from(item.certificateId).toString('hex'), sent]),
    ).values(),
  ];
  const evidence = { certificates, items: proven.map(({ item }) => item) };
  return sealBatch(
    proven.map(({ record }) => record),
    evidence,
  );
}

/** Returns a batch of records that commits to this evidence, whether it fits or not. */
export function sealBatch(records: readonly ImageRecord[], evidence: Evidence): ProvenBatch {
  return { batch: batchOf(records, { evidenceRoot: hashEvidence(evidence.items) }), evidence };
}

/** Returns a batch of one record after a change of it or its evidence; the batch commits to the change. */
export function sealChanged(
  { record, item, sent }: ProvenRecord,
  change: { readonly record?: Partial<ImageRecord>; readonly item?: Partial<CameraEvidence> },
): ProvenBatch {
  const evidence = { certificates: [sent], items: [{ ...item, ...change.item }] };
  return sealBatch([{ ...record, ...change.record }], evidence);
}

/** Resolves to the code with which evidence is refused, or 'accepted'. */
export function codeOfEvidence(proven: ProvenBatch, context: EvidenceContext): Promise<string> {
  return codeOfRejection(checkEvidence(proven.batch, proven.evidence, context));
}

/** Returns what evidence is judged by, on a chain of four validators. */
export function contextOf(
  authorities: readonly Authority[],
  fields: Partial<EvidenceContext> = {},
): EvidenceContext {
  return {
    parse: parseSentCertificate,
    chainId: CHAIN_ID,
    registry: createRegistry(authorities),
    params: DEFAULT_PARAMS,
    validatorCount: 4,
    ...fields,
  };
}
