/** Batches of the validators v0, v1, … with evidence that a camera has really signed, as they are sent. */
import { type Batch, hashBatch } from '../../chain/batch.ts';
import { encode } from '../../chain/codec.ts';
import { type Evidence, hashEvidence, parseSentCertificate } from '../../chain/evidence.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { type PooledBatch, pooledBatch } from '../../node/mempool/batchPool.ts';
import type { SentBatch } from '../../node/wire/batches.ts';
import { sentBatchesSchema } from '../../node/wire/requests.ts';
import { authorityOf, type Camera, createCa, createCamera } from './certificates.ts';
import { batchOf, hashOfText, prove, signedBatchOf, validatorOf } from './chainValues.ts';
import type { Answerer } from './memoryPeers.ts';

/** The manufacturer of the cameras, and its entry in the registry. */
export const CA = createCa();
export const AUTHORITY = authorityOf([CA]);
const CAMERA = createCamera(CA);

/** What batches differ in; what is absent is the usual. */
export interface SentFields {
  /** One photograph each. Default: one, named after aggregator and sequence. */
  readonly names?: readonly string[];
  readonly camera?: Camera;
  /** Unix seconds. */
  readonly capturedAt?: number;
  readonly batch?: Partial<Batch>;
  readonly evidence?: Partial<Evidence>;
  /** Who signs, where that is not the aggregator. */
  readonly signer?: string;
}

/** Returns a batch of an institution. */
export function sentBatchOf(name: string, sequence = 1, fields: SentFields = {}): SentBatch {
  const { names = [`${name}/${sequence}`], camera = CAMERA, capturedAt = 1_795_224_915 } = fields;
  const proven = names.map((each) => {
    const claims = { imageHash: hashOfText(each), capturedAt };
    return prove({ camera, authority: AUTHORITY, claims });
  });
  const items = proven.map(({ item }) => item);
  const { consensusKey: aggregator } = validatorOf(name);
  const content = { aggregator, sequence, evidenceRoot: hashEvidence(items), ...fields.batch };
  const batch = batchOf(
    proven.map(({ record }) => record),
    content,
  );
  return {
    signed: signedBatchOf(batch, fields.signer ?? name),
    evidence: { certificates: [camera.der], items, ...fields.evidence },
  };
}

/** Returns the id of a batch that is sent. */
export function idOf({ signed }: SentBatch): Uint8Array {
  return hashBatch(signed.batch);
}

/** Returns a batch as a pool holds it. */
export function pooledOf(sent: SentBatch): PooledBatch {
  const reference = { parse: parseSentCertificate, params: DEFAULT_PARAMS };
  return pooledBatch({ id: idOf(sent), ...sent }, reference);
}

/** Returns the answer to a request for batches. */
export function answerOf(...sent: readonly SentBatch[]): Uint8Array {
  return encode(sentBatchesSchema, sent);
}

/** Answers requests as a peer does that holds these batches. */
export function holding(...sent: readonly SentBatch[]): Answerer {
  return (request) => {
    if (request.type !== 'batches') throw new Error('only batches are asked for');
    const asked = new Set(request.ids.map((id) => Buffer.from(id).toString('hex')));
    return answerOf(...sent.filter((each) => asked.has(Buffer.from(idOf(each)).toString('hex'))));
  };
}
