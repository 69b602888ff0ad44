/**
 * Settlement: what becomes of submissions once their batch has a fate.
 *
 * A committed batch ends its receipts; a batch that can no longer be committed is taken apart, and what is
 * still good in it is cut anew under a new sequence.
 */
import { recordsOf, type SignedBatch } from '../../chain/batch.ts';
import { formatHex } from '../../chain/bytes.ts';
import { CAPTURE_AHEAD_S } from '../../chain/certificate/validity.ts';
import type { CertificateParser } from '../../chain/evidence.ts';
import { findUntimely } from '../../chain/evidenceTime.ts';
import { invariant } from '../../chain/invariant.ts';
import type { Params } from '../../chain/params.ts';
import { statusItemsOf } from '../../chain/statusChange.ts';
import type { Applied } from '../../chain/state.ts';
import type { PooledBatch } from '../mempool/batchPool.ts';
import type { Clock } from '../clock.ts';
import type { Receipt, WaitingBatch, WorkChange, WorkStore } from '../store/workStore.ts';
import type { Batcher } from './batcher.ts';
import type { Duplicates } from './duplicates.ts';
import { advance, reject, stateOf } from './receipt.ts';
import type { ReceiptDesk } from './receiptDesk.ts';

/** The world of settlement. */
export interface SettlementPorts {
  readonly work: WorkStore;
  readonly receipts: ReceiptDesk;
  readonly batcher: Batcher;
  readonly duplicates: Duplicates;
  readonly clock: Clock;
  readonly parse: CertificateParser;
  params(): Params;
}

interface Move {
  readonly before: Receipt;
  readonly after: Receipt;
}

/** What became of a batch. */
export interface BatchFate {
  /** Positions of items that made no entry; up to the last record they are indexes of receipts too. */
  readonly skipped: ReadonlySet<number>;
  /** Time of its block. */
  readonly timestampMs: number;
}

/** Settles the batches of this node. */
export class Settlement {
  readonly #ports: SettlementPorts;
  /** Receipt ids of batches that wait for a block, by batch id. */
  readonly #receiptIds = new Map<string, readonly Uint8Array[]>();

  constructor(ports: SettlementPorts) {
    this.#ports = ports;
  }

  /** Remembers whose submissions a batch holds. */
  expect(batchId: Uint8Array, receiptIds: readonly Uint8Array[]): void {
    this.#receiptIds.set(formatHex(batchId), receiptIds);
  }

  /** Ends the receipts of an applied block's batches that are this node's. */
  async settleBlock(batches: readonly SignedBatch[], applied: Applied): Promise<void> {
    const { batchIds } = applied.edge.header;
    for (const [i, signed] of batches.entries()) {
      const batchId = batchIds[i];
      invariant(batchId !== undefined, 'a header names each of its batches');
      const receiptIds = this.#receiptIds.get(formatHex(batchId));
      if (receiptIds === undefined) continue;
      const skipped = new Set(applied.skipped[i]);
      const timestampMs = applied.edge.header.timestampMs;
      await this.settleBatch({ batchId, signed, receiptIds }, { skipped, timestampMs });
      this.#receiptIds.delete(formatHex(batchId));
    }
  }

  /** Ends the receipts of a committed batch; also at start, for one that was committed just before the end. */
  async settleBatch({ batchId, signed, receiptIds }: WaitingBatch, fate: BatchFate): Promise<void> {
    const { receipts, batcher, clock, duplicates } = this.#ports;
    const moves = receiptIds.flatMap((id, i): Move[] => {
      const before = receipts.find(id);
      if (before === undefined || stateOf(before) !== 'batched') return [];
      if (!fate.skipped.has(i))
        return [{ before, after: advance(before, 'committed', clock.nowMs()) }];
      const rejection = duplicates.rejectionOf(before.imageHash, id);
      return [{ before, after: reject(before, rejection, clock.nowMs()) }];
    });
    const untilMs = fate.timestampMs + this.#ports.params().evidenceRetentionS * 1_000;
    const changes: WorkChange[] = [
      ...receiptIds.map((receiptId): WorkChange => ({ type: 'delete-submission', receiptId })),
      { type: 'delete-batch', batchId },
      { type: 'expire-evidence', batchId, untilMs },
    ];
    await receipts.write(moves, changes, { durable: false });
    batcher.release(signed.batch);
  }

  /**
   * Takes apart a batch that can no longer be committed, after a block of this time.
   *
   * What came too late for its certificate is rejected. The others are cut anew at once, status items with them.
   */
  async takeApart(batch: PooledBatch, timestampMs: number): Promise<void> {
    const { id: batchId, signed, evidence } = batch;
    const { receipts, batcher, clock, work } = this.#ports;
    const nowMs = clock.nowMs();
    const receiptIds = this.#receiptIds.get(formatHex(batchId)) ?? [];
    const isLate = this.#lateness(batch, timestampMs);
    const parts = receiptIds.flatMap((id, i) => {
      const before = receipts.find(id);
      if (before === undefined) return [];
      const after = isLate(i) ? rejectLate(before, nowMs) : reopen(before, nowMs);
      return [{ before, after }];
    });
    const fates = receiptIds.flatMap((receiptId, i): WorkChange[] => {
      if (isLate(i)) return [{ type: 'delete-submission', receiptId }];
      const submission = work.readSubmission(receiptId);
      const verdict = { proof: evidence.items[i]?.verdict };
      // The verdict goes with the batch's evidence: from now on the submission has it.
      return submission === undefined
        ? []
        : [{ type: 'put-submission', submission: { ...submission, verdict } }];
    });
    const drop: WorkChange[] = [
      { type: 'delete-batch', batchId },
      { type: 'expire-evidence', batchId, untilMs: 0 },
    ];
    await receipts.write(parts, [...fates, ...drop], { durable: true });
    batcher.release(signed.batch);
    this.#receiptIds.delete(formatHex(batchId));
    for (const item of statusItemsOf(signed.batch.items)) batcher.pushStatus(item);
    for (const { after } of parts) {
      if (stateOf(after) === 'validated') batcher.push(after.id);
    }
  }

  /** Returns whether the record at a position suits no later block either. */
  #lateness({ signed, evidence }: PooledBatch, timestampMs: number): (position: number) => boolean {
    const { parse } = this.#ports;
    const { lateGraceS } = this.#ports.params();
    const reference = { timestampMs, lateGraceS, parse };
    const untimely = new Set(findUntimely(signed.batch, evidence, reference));
    const records = recordsOf(signed.batch);
    const latestS = Math.floor(timestampMs / 1_000) + CAPTURE_AHEAD_S;
    return (i) => untimely.has(i) && (records[i]?.capturedAt ?? 0) <= latestS;
  }
}

function rejectLate(receipt: Receipt, nowMs: number): Receipt {
  const message = 'the certificate ended before a block could hold the photograph';
  return reject(receipt, { code: 'ERR_CERTIFICATE_EXPIRED', message }, nowMs);
}

function reopen(receipt: Receipt, nowMs: number): Receipt {
  // The steps of a batch that is gone go with it: a clock that is wrong for days would make thousands.
  const steps = receipt.steps.filter(({ state }) => state !== 'validated' && state !== 'batched');
  return { ...advance({ ...receipt, steps }, 'validated', nowMs), batchId: undefined };
}
