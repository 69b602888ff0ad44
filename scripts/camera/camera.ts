/**
 * The simulated camera: photographs are hashed, signed, queued on disk, and sent until they are settled.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { sha256 } from '#crypto';

import { formatHex, parseHex } from '../../chain/bytes.ts';
import { PARENT_COUNT_MAX } from '../../chain/limits.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import type { Claims } from '../../chain/submission.ts';
import { CameraError } from './errors.ts';
import { createNodeClient, type NodeClient } from './nodeClient.ts';
import { createPhoto, hashPhoto } from './photo.ts';
import { type Provisioning, readProvisioning } from './provisioning.ts';
import { openQueue, type Queue, type QueueEntry } from './queue.ts';
import { type CameraForm, hashPosition, signV1, signV2 } from './sign.ts';
import type { CameraWorld } from './world.ts';

/** Where a camera keeps its queue, and where it sends. */
export interface DrainOptions {
  /** Folder of the camera; made where absent. */
  readonly dir: string;
  /** Base URL of the node. */
  readonly node: string;
  /** Whether to wait until each submission is committed or rejected. */
  readonly wait: boolean;
  /** Ends everything; what is queued stays queued. */
  readonly signal: AbortSignal;
}

/** What is photographed, and how it is signed. */
export interface CaptureOptions extends DrainOptions {
  /** File with the authority's provision answer. */
  readonly provisioning: string;
  /** An existing file; without one, pictures are made up and kept in photos/. */
  readonly photo?: string | undefined;
  /** Number of made-up pictures; 1 by default. */
  readonly count?: number | undefined;
  /** v2 by default. */
  readonly form?: CameraForm | undefined;
  /** Image hashes, in hex, of what the photograph was made from; v2 only. */
  readonly parents?: readonly string[] | undefined;
  /** Position as text; only its salted hash is sent; v2 only. */
  readonly gps?: string | undefined;
}

/** What became of a submission. `accepted`: the node has it for good, and it is not decided yet. */
export type CaptureState = 'accepted' | 'committed' | 'rejected' | 'refused';

/** A submission's end, as far as it was waited for. */
export interface CaptureResult {
  /** Hex. */
  readonly imageHash: string;
  readonly state: CaptureState;
  readonly receiptId?: string | undefined;
  /** Where anyone may look it up. */
  readonly verifyUrl: string;
  /** What the node said last: the receipt, or the problem object. */
  readonly answer: unknown;
}

const COUNT_MAX = 1_000;
const SALT_BYTES = 32;
const SEED_BYTES = 4;

/**
 * Photographs, then sends the whole queue; resolves to the results of everything that was in it.
 *
 * Rejects with a CameraError; what was queued until then stays queued and is sent by the next call.
 */
export async function capture(
  options: CaptureOptions,
  world: CameraWorld,
): Promise<readonly CaptureResult[]> {
  checkOptions(options);
  const camera = await readProvisioning(options.provisioning);
  const queue = await openQueue(options.dir);
  const client = createNodeClient({ url: options.node, signal: options.signal }, world);
  // A v2 signature names the chain, so that it cannot be used on another.
  const chainId = options.form === 'v1' ? undefined : await client.fetchChainId();
  const photos =
    options.photo === undefined
      ? await makePhotos(options, world)
      : [await hashPhoto(options.photo, options.signal)];
  for (const imageHash of photos) {
    const entry = expose({ imageHash, camera, chainId }, options, world);
    await queue.put(entry);
    world.out(`photograph ${entry.body.image_hash} signed and queued`);
  }
  return settleAll({ queue, client }, options, world);
}

/** Sends what is queued; resolves to the results. Rejects as `capture` does. */
export async function drainQueue(
  options: DrainOptions,
  world: CameraWorld,
): Promise<readonly CaptureResult[]> {
  const queue = await openQueue(options.dir);
  const client = createNodeClient({ url: options.node, signal: options.signal }, world);
  return settleAll({ queue, client }, options, world);
}

function checkOptions({ photo, count = 1, form, parents = [], gps }: CaptureOptions): void {
  const countMax = photo === undefined ? COUNT_MAX : 1;
  if (!Number.isInteger(count) || count < 1 || count > countMax) {
    throw new CameraError('ERR_OPTION', `count: must be 1 to ${COUNT_MAX}, and 1 for a file`);
  }
  const plain = parents.length === 0 && gps === undefined;
  if (form === 'v1' && !plain) {
    throw new CameraError('ERR_OPTION', 'form: v1 signs neither parents nor a position; use v2');
  }
  checkParents(parents);
}

function checkParents(parents: readonly string[]): void {
  const isHash = (text: string): boolean =>
    /^[0-9a-f]+$/.test(text) && text.length === 2 * HASH_BYTES;
  if (parents.length > PARENT_COUNT_MAX || !parents.every(isHash)) {
    const rule = `at most ${PARENT_COUNT_MAX} image hashes of 64 lower-case hex digits`;
    throw new CameraError('ERR_OPTION', `parents: ${rule}`);
  }
}

/** Makes up pictures, keeps their files so that they can be looked up, and resolves to their hashes. */
async function makePhotos(
  { dir, count = 1, signal }: CaptureOptions,
  world: CameraWorld,
): Promise<readonly Uint8Array[]> {
  const folder = path.join(dir, 'photos');
  await mkdir(folder, { recursive: true });
  const hashes: Uint8Array[] = [];
  while (hashes.length < count) {
    signal.throwIfAborted();
    const seed = Buffer.from(world.randomBytes(SEED_BYTES)).readUInt32BE();
    const bytes = createPhoto(seed);
    const hash = sha256(bytes);
    const file = path.join(folder, `${formatHex(hash).slice(0, 16)}.jpg`);
    await writeFile(file, bytes, { flush: true });
    world.out(`photograph made up: ${file}`);
    hashes.push(hash);
  }
  return hashes;
}

interface Exposure {
  readonly imageHash: Uint8Array;
  readonly camera: Provisioning;
  /** Undefined for v1. */
  readonly chainId: Uint8Array | undefined;
}

function expose(
  { imageHash, camera, chainId }: Exposure,
  { parents = [], gps: position }: CaptureOptions,
  world: CameraWorld,
): QueueEntry {
  const nowMs = world.clock();
  const salt = position === undefined ? undefined : world.randomBytes(SALT_BYTES);
  const located = position !== undefined && salt !== undefined;
  const claims: Claims = {
    imageHash,
    capturedAt: Math.floor(nowMs / 1_000),
    gpsHash: located ? hashPosition(position, salt) : undefined,
    parents: parents.map(parseHex),
    digests: [],
  };
  const body = chainId === undefined ? signV1(claims, camera) : signV2(claims, camera, chainId);
  return {
    id: `${String(nowMs).padStart(15, '0')}-${randomUUID()}`,
    body,
    ...(located ? { gps: { position, salt: formatHex(salt) } } : {}),
  };
}

interface Line {
  readonly queue: Queue;
  readonly client: NodeClient;
}

/** Sends all before it waits for any, so that waiting is for the slowest and not for the sum. */
async function settleAll(
  line: Line,
  options: DrainOptions,
  world: CameraWorld,
): Promise<readonly CaptureResult[]> {
  const entries = await line.queue.list();
  if (entries.length > 0) await line.client.checkHealth();
  const results: CaptureResult[] = [];
  const accepted: QueueEntry[] = [];
  for (const entry of entries) {
    const sent = await send(entry, line, world);
    if ('refused' in sent)
      results.push(resultOf(entry, { state: 'refused', answer: sent.refused }, options));
    else accepted.push(sent.entry);
  }
  for (const entry of accepted) results.push(await settle(entry, line, { options, world }));
  return results;
}

type Sent = { readonly entry: QueueEntry } | { readonly refused: unknown };

/** Sends an entry that has no receipt yet, and keeps the receipt. */
async function send(entry: QueueEntry, { queue, client }: Line, world: CameraWorld): Promise<Sent> {
  if (entry.receipt_id !== undefined) return { entry };
  const outcome = await client.submit(entry.body);
  if (outcome.type === 'refused') {
    await queue.refuse(entry, outcome.problem);
    world.out(
      `photograph ${entry.body.image_hash} refused; the reason is in refused/${entry.id}.json`,
    );
    return { refused: outcome.problem };
  }
  const received = { ...entry, receipt_id: outcome.receiptId };
  await queue.put(received);
  world.out(`photograph ${entry.body.image_hash} accepted, receipt ${outcome.receiptId}`);
  return { entry: received };
}

interface Patience {
  readonly options: DrainOptions;
  readonly world: CameraWorld;
  /** Whether the entry was sent anew already because its receipt was lost. */
  readonly resent?: boolean;
}

async function settle(entry: QueueEntry, line: Line, patience: Patience): Promise<CaptureResult> {
  const { options, world } = patience;
  const { receipt_id: receiptId = '', ...unsent } = entry;
  if (!options.wait) {
    await line.queue.settle(entry, null);
    return resultOf(entry, { state: 'accepted', answer: null }, options);
  }
  const { type, answer } = await line.client.waitForEnd(receiptId, (state) =>
    world.out(`photograph ${entry.body.image_hash} ${state}`),
  );
  if (type === 'lost') return resend(unsent, line, patience);
  await (type === 'committed'
    ? line.queue.settle(entry, answer)
    : line.queue.refuse(entry, answer));
  return resultOf(entry, { state: type, answer }, options);
}

/** For a receipt that the node does not know: another node gave it, or the node was set up anew. */
async function resend(
  entry: QueueEntry,
  line: Line,
  { options, world, resent }: Patience,
): Promise<CaptureResult> {
  if (resent === true) {
    throw new CameraError('ERR_NODE_ANSWER', 'the node gives receipts that it does not know');
  }
  world.out(`photograph ${entry.body.image_hash} sent again: the node does not know its receipt`);
  const sent = await send(entry, line, world);
  if ('entry' in sent) return settle(sent.entry, line, { options, world, resent: true });
  return resultOf(entry, { state: 'refused', answer: sent.refused }, options);
}

function resultOf(
  { body, receipt_id: receiptId }: QueueEntry,
  end: Pick<CaptureResult, 'state' | 'answer'>,
  { node }: DrainOptions,
): CaptureResult {
  const base = node.endsWith('/') ? node : `${node}/`;
  const verifyUrl = new URL(`verify/${body.image_hash}`, base).href;
  return { imageHash: body.image_hash, receiptId, verifyUrl, ...end };
}
