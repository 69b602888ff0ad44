/**
 * Cuts batches: validated submissions become a signed batch with its evidence, durable before anyone sees it.
 *
 * A batch is cut when `batch_target` submissions wait or the oldest has waited `batch_wait_ms`; at most
 * `batch_max` items, and no more than fit a block in bytes. One bad submission never holds up the others: what
 * may not be batched is rejected by itself. Batch, sequence and evidence are one durable write, so a sequence is
 * never used twice.
 *
 * Status items go into a batch behind its records, so that a record, its evidence and its receipt have one index;
 * they have neither evidence nor receipt. Where no submission waits they make a batch alone.
 */
import type { Authority } from '../../chain/authority.ts';
import { type Batch, hashBatch, type Item, signBatch, type StatusItem } from '../../chain/batch.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { CAPTURE_AHEAD_S } from '../../chain/certificate/validity.ts';
import { type CertificateParser, hashEvidence, recordOf, saltOf } from '../../chain/evidence.ts';
import { invariant } from '../../chain/invariant.ts';
import type { Params } from '../../chain/params.ts';
import type { Signer } from '../../chain/signature.ts';
import { type PooledBatch, pooledBatch } from '../mempool/batchPool.ts';
import type { Clock, Timer } from '../clock.ts';
import type { CrashPoint } from '../crashPoint.ts';
import type {
  CameraSubmission,
  Receipt,
  StoredVerdict,
  Submission,
  WorkChange,
  WorkStore,
} from '../store/workStore.ts';
import {
  type Candidate,
  countFitting,
  evidenceOf,
  type Judged,
  prepareLegacy,
  type Prepared,
  type Waiting,
} from './candidate.ts';
import type { Duplicates } from './duplicates.ts';
import { advance, reject } from './receipt.ts';
import type { ReceiptDesk } from './receiptDesk.ts';
import type { Sequences } from './sequences.ts';
import { sizeOf, StatusQueue } from './statusQueue.ts';

/** Whose batches are cut. */
export interface BatcherOptions {
  readonly chainId: Uint8Array;
  readonly aggregator: Uint8Array;
  readonly commitmentKey: Uint8Array;
  readonly sign: Signer;
}

/** The world of the batcher. */
export interface BatcherPorts {
  readonly work: WorkStore;
  readonly receipts: ReceiptDesk;
  readonly clock: Clock;
  readonly parse: CertificateParser;
  params(): Params;
  /** Validators of the next height: a batch has no more status items. */
  validatorCount(): number;
  findAuthority(id: string): Authority | undefined;
  readonly duplicates: Duplicates;
  readonly sequences: Sequences;
  /** Whether another batch of this institution may wait for a block. */
  hasRoom(): boolean;
  /** Takes a durable batch for the next block; receipt ids are those of its records. */
  onBatch(batch: PooledBatch, receiptIds: readonly Uint8Array[]): Promise<void>;
  onPoint(point: CrashPoint): void;
  onFault(error: unknown): void;
}

/** What goes into a batch. */
interface BatchChoice {
  readonly candidates: readonly Candidate[];
  readonly statusItems: readonly StatusItem[];
}

/** Cuts the batches of one institution. */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #ports: BatcherPorts;
  readonly #waiting: Waiting[] = [];
  readonly #status = new StatusQueue();
  /** Pictures in batches that are not committed, by hash, with their receipts. */
  readonly #batched = new Map<string, Uint8Array>();
  #timer: Timer | undefined;
  readonly #delays = new Set<Timer>();
  /** Whether a cut is due in the next turn, or when the oldest has waited long enough. */
  #due: 'now' | 'later' | undefined;
  #cutting: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: BatcherOptions, ports: BatcherPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /**
   * Takes a validated submission, which is stored.
   *
   * @param verdict - what the authority answered; the default is what is stored with it.
   */
  push(receiptId: Uint8Array, verdict?: StoredVerdict): void {
    this.#waiting.push({ receiptId, verdict, sinceMs: this.#ports.clock.nowMs() });
    this.#arm();
  }

  /**
   * Takes a validated submission after a delay; a stop forgets the delay, not the submission.
   *
   * @param verdict - as `push` takes it.
   */
  pushLater(receiptId: Uint8Array, delayMs: number, verdict?: StoredVerdict): void {
    const delay = this.#ports.clock.setTimer(delayMs, () => {
      this.#delays.delete(delay);
      this.push(receiptId, verdict);
    });
    this.#delays.add(delay);
  }

  /** Goes on, since there may be room again for a batch that waits for a block. */
  resume(): void {
    this.#arm();
  }

  /**
   * Takes a status item, which is stored elsewhere until the chain has it. One that was taken before is not taken
   * again while it waits or its batch does: whoever is not sure may push it once more.
   */
  pushStatus(item: StatusItem): void {
    if (this.#status.push(item, this.#ports.clock.nowMs())) this.#arm();
  }

  /** Remembers the pictures and status items of a batch that was found at start. */
  restore(batch: Batch, receiptIds: readonly Uint8Array[]): void {
    this.#status.restore(batch);
    for (const [i, key] of keysOf(batch).entries()) {
      this.#batched.set(key, receiptIds[i] ?? new Uint8Array());
    }
  }

  /** Forgets the pictures and status items of a batch that is committed or cut anew. */
  release(batch: Batch): void {
    this.#status.release(batch);
    for (const key of keysOf(batch)) this.#batched.delete(key);
  }

  /** Number of submissions that wait to be cut. */
  waitingCount(): number {
    return this.#waiting.length;
  }

  /** Resolves when no cut is under way, and the verdicts of what waits are stored; no cut begins after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const delay of this.#delays) delay.cancel();
    await this.#cutting;
    try {
      await this.#storeVerdicts();
    } catch (error) {
      this.#ports.onFault(error); // What else is stopping goes on; a start asks again.
    }
  }

  async #storeVerdicts(): Promise<void> {
    const found = this.#waiting.splice(0).flatMap((each) => this.#read(each) ?? []);
    if (found.length === 0) return;
    const moves = found.map(({ receipt }) => ({ before: receipt, after: receipt }));
    const puts = found.map(({ submission }): WorkChange => ({
      type: 'put-submission',
      submission,
    }));
    await this.#ports.receipts.write(moves, puts, { durable: true });
  }

  #arm(): void {
    const oldestMs = this.#oldestMs(this.#waiting[0]);
    if (oldestMs === undefined || this.#stopped || this.#due === 'now') return;
    // What waits here makes larger batches later: nothing is cut that no block could hold soon.
    if (!this.#ports.hasRoom()) return;
    const { batchTarget, batchWaitMs } = this.#ports.params();
    const full = this.#waiting.length >= batchTarget;
    if (!full && this.#due === 'later') return;
    this.#timer?.cancel();
    this.#due = full ? 'now' : 'later';
    const dueMs = oldestMs + batchWaitMs - this.#ports.clock.nowMs();
    // Where the clock was set back the oldest came in what is the future: it waits once more, and no longer.
    const delayMs = Math.min(Math.max(0, dueMs), batchWaitMs);
    // A full batch is cut in the next turn, so that what arrives in this one still finds room.
    this.#timer = this.#ports.clock.setTimer(full ? 0 : delayMs, () => {
      this.#fire();
    });
  }

  #fire(): void {
    this.#cutting = this.#cutting.then(async () => {
      const isTimeUp = this.#due === 'later';
      this.#due = undefined;
      if (this.#stopped) return;
      try {
        await this.#cut(this.#waiting.splice(0, this.#ports.params().batchMax), isTimeUp);
      } catch (error) {
        this.#stopped = true;
        this.#waiting.length = 0; // The store may be what failed: a start finds them again.
        this.#ports.onFault(error);
      }
      this.#arm();
    });
  }

  /** Since when the oldest waits: the first of the submissions, or the first status item. */
  #oldestMs(first: Waiting | undefined): number | undefined {
    const times = [first?.sinceMs, this.#status.oldestMs()].filter((each) => each !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async #cut(waiting: readonly Waiting[], isTimeUp: boolean): Promise<void> {
    const sorted = await this.#sort(waiting);
    const { candidates, statusItems } = this.#choose(sorted, isTimeUp);
    // What does not fit is the oldest of the next batch.
    this.#waiting.unshift(...sorted.slice(candidates.length).map((each) => each.waiting));
    if (candidates.length + statusItems.length === 0) return;
    this.#ports.onPoint('before-batch-cut');
    const batch = await this.#seal(candidates, statusItems);
    this.#ports.onPoint('after-batch-cut');
    await this.#ports.onBatch(
      batch,
      candidates.map(({ receipt }) => receipt.id),
    );
  }

  /** What to take now: nothing where duplicates alone had made a batch of the rest. */
  #choose(sorted: readonly Candidate[], isTimeUp: boolean): BatchChoice {
    const { batchTarget, batchWaitMs, batchMax, blockBytesMax } = this.#ports.params();
    const oldestMs = this.#oldestMs(sorted[0]?.waiting) ?? Infinity;
    const isDue = isTimeUp || this.#ports.clock.nowMs() >= oldestMs + batchWaitMs;
    if (sorted.length < batchTarget && !isDue) return { candidates: [], statusItems: [] };
    // Few and small, so they go first: submissions may be many for a long time.
    const statusItems = this.#status.take(Math.min(batchMax, this.#ports.validatorCount()));
    const room = sorted.slice(0, batchMax - statusItems.length);
    const count = countFitting(room, blockBytesMax - sizeOf(statusItems));
    return { candidates: room.slice(0, count), statusItems };
  }

  /** Rejects duplicates, each by itself; returns the others. */
  async #sort(waiting: readonly Waiting[]): Promise<readonly Candidate[]> {
    const { clock, receipts, duplicates } = this.#ports;
    const params = this.#ports.params();
    const seen = new Map<string, Uint8Array>();
    const candidates: Candidate[] = [];
    const rejected: { readonly before: Receipt; readonly after: Receipt }[] = [];
    for (const each of waiting) {
      const { receiptId } = each;
      const found = this.#read(each);
      // It was rejected as overdue in the moment in which its verdict came.
      if (found === undefined) continue;
      const { submission, receipt } = found;
      const { imageHash, capturedAt } = submission;
      if (capturedAt > clock.nowMs() / 1_000 + CAPTURE_AHEAD_S) {
        // This node's clock was set back: no block could hold it before its time.
        this.pushLater(receiptId, AHEAD_DELAY_MS, each.verdict);
        continue;
      }
      const key = formatHex(imageHash);
      const winner = seen.get(key) ?? this.#batched.get(key);
      if (winner !== undefined || duplicates.isRegistered(imageHash)) {
        const rejection = duplicates.rejectionOf(imageHash, receiptId, winner);
        rejected.push({ before: receipt, after: reject(receipt, rejection, clock.nowMs()) });
        continue;
      }
      seen.set(key, receiptId);
      candidates.push({ waiting: each, ...this.#prepare(submission, receipt, params) });
    }
    if (rejected.length > 0) {
      const deletions = rejected.map(({ after }): WorkChange => {
        return { type: 'delete-submission', receiptId: after.id };
      });
      await receipts.write(rejected, deletions, { durable: false });
    }
    return candidates;
  }

  #read({
    receiptId,
    verdict,
  }: Waiting): { readonly submission: Submission; readonly receipt: Receipt } | undefined {
    const stored = this.#ports.work.readSubmission(receiptId);
    const receipt = this.#ports.receipts.find(receiptId);
    if (stored === undefined || receipt === undefined) return undefined;
    const submission = { ...stored, verdict: verdict ?? stored.verdict };
    invariant(submission.verdict !== undefined, 'a validated submission has its verdict');
    return { submission, receipt };
  }

  #prepare(submission: Submission, receipt: Receipt, params: Params): Prepared {
    const authority = this.#ports.findAuthority(submission.authorityId);
    invariant(authority !== undefined, 'a validated submission names an authority of the registry');
    return submission.kind === 1
      ? this.#prepareCamera(submission, receipt, { authority, params })
      : prepareLegacy(submission, receipt, { authority, params });
  }

  #prepareCamera(
    submission: CameraSubmission,
    receipt: Receipt,
    { authority, params }: Judged,
  ): Prepared {
    const sent = this.#ports.work.readCertificate(submission.certificateId);
    invariant(sent !== undefined, 'the certificate of a pending submission is stored');
    const { fingerprint } = this.#ports.parse(sent);
    const { form, gpsHash, signature, certificateId, imageHash } = submission;
    const salt = saltOf(this.#options.commitmentKey, fingerprint, imageHash);
    return {
      submission,
      receipt,
      sent,
      record: recordOf({ claims: submission, form, fingerprint, salt, authority }, params),
      evidence: {
        kind: 1,
        certificateId,
        signature,
        form,
        gpsHash,
        salt,
        verdict: submission.verdict?.proof,
      },
    };
  }

  async #seal(
    candidates: readonly Candidate[],
    statusItems: readonly StatusItem[],
  ): Promise<PooledBatch> {
    const { clock, receipts, sequences } = this.#ports;
    const { chainId, aggregator, sign } = this.#options;
    const sequence = sequences.take();
    const createdAtMs = clock.nowMs();
    const evidence = evidenceOf(candidates);
    const batch: Batch = {
      version: 1,
      chainId,
      aggregator,
      sequence,
      createdAtMs,
      items: [...candidates.map(({ record }): Item => ({ kind: 1, record })), ...statusItems],
      evidenceRoot: hashEvidence(evidence.items),
    };
    const batchId = hashBatch(batch);
    const signed = signBatch(batch, sign);
    const moves = candidates.map(({ receipt }) => ({
      before: receipt,
      after: { ...advance(receipt, 'batched', createdAtMs), batchId },
    }));
    const receiptIds = candidates.map(({ receipt }) => receipt.id);
    const changes: WorkChange[] = [
      { type: 'put-sequence', sequence },
      { type: 'put-batch', batch: { batchId, signed, receiptIds } },
      { type: 'put-evidence', evidence: { batchId, items: evidence.items } },
      ...this.#firstReceipts(candidates),
      ...evidence.certificates.map((sent): WorkChange => ({
        type: 'put-certificate',
        sent,
        usedAtMs: createdAtMs,
      })),
    ];
    await receipts.write(moves, changes, { durable: true });
    this.restore(batch, receiptIds);
    const { parse } = this.#ports;
    return pooledBatch({ id: batchId, signed, evidence }, { parse, params: this.#ports.params() });
  }

  /** Now it is sure which of several submissions stands for a picture. */
  #firstReceipts(candidates: readonly Candidate[]): readonly WorkChange[] {
    return candidates.flatMap(({ receipt: { imageHash, id: receiptId } }): WorkChange[] => {
      const first = this.#ports.work.readFirstReceipt(imageHash);
      if (first !== undefined && equalBytes(first, receiptId)) return [];
      return [{ type: 'put-first-receipt', imageHash, receiptId }];
    });
  }
}

/** Time after which a record that lies ahead of this node's clock is tried again. */
const AHEAD_DELAY_MS = 30_000;

function keysOf(batch: Batch): readonly string[] {
  return batch.items.flatMap((item) => (item.kind === 1 ? [formatHex(item.record.imageHash)] : []));
}
