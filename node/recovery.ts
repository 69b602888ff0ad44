/**
 * What a start finds from before: batches that wait, submissions that are not decided.
 *
 * A process may end between any two writes. A batch may be on the chain while its receipts still say
 * `batched`; whatever was not written is done again, and doing it again changes nothing.
 */
import { equalBytes, formatHex } from '../chain/bytes.ts';
import type { CertificateParser, Evidence } from '../chain/evidence.ts';
import { invariant } from '../chain/invariant.ts';
import type { Params } from '../chain/params.ts';
import { type BatchPool, isDead, type PooledBatch, pooledBatch } from './mempool/batchPool.ts';
import type { Batcher } from './intake/batcher.ts';
import type { ReceiptDesk } from './intake/receiptDesk.ts';
import type { Settlement } from './intake/settlement.ts';
import { stateOf } from './intake/receipt.ts';
import type { Ledger } from './ledger.ts';
import type { WaitingBatch, WorkStore } from './store/workStore.ts';

/** The world of recovery. */
export interface RecoveryPorts {
  readonly work: WorkStore;
  readonly ledger: Ledger;
  readonly pool: BatchPool;
  /** This institution's consensus key. */
  readonly aggregator: Uint8Array;
  readonly parse: CertificateParser;
  params(): Params;
  /** Takes a batch of another institution. */
  restoreForeign(batch: PooledBatch): Promise<void>;
  readonly batcher: Batcher;
  readonly settlement: Settlement;
  readonly receipts: ReceiptDesk;
  /** Puts a submission before its authority when it is due. */
  ask(question: DueQuestion): void;
}

/** A submission that waits for its verdict. */
export interface DueQuestion {
  readonly authorityId: string;
  readonly receiptId: Uint8Array;
  /** Unix ms; undefined: at once. */
  readonly nextAttemptMs: number | undefined;
}

/** What was found. */
export interface Recovered {
  readonly batchCount: number;
  readonly submissionCount: number;
}

/** Puts everything back where it was. */
export async function recover(ports: RecoveryPorts): Promise<Recovered> {
  let submissionCount = 0;
  const undecided: (() => void)[] = [];
  for await (const id of ports.work.submissionIds()) {
    const resume = restoreSubmission(id, ports);
    if (resume === undefined) continue;
    submissionCount += 1;
    undecided.push(resume);
  }
  let batchCount = 0;
  const dead: PooledBatch[] = [];
  for await (const batch of ports.work.batches()) {
    dead.push(...(await restoreBatch(batch, ports)));
    batchCount += 1;
  }
  for (const batch of dead) {
    await ports.settlement.takeApart(batch, ports.ledger.edge().header.timestampMs);
  }
  // Only now: a batch cut from these must not come before those that wait, whose sequences are lower.
  for (const resume of undecided) resume();
  return { batchCount, submissionCount };
}

/** Counts a submission; returns what sets it going again, or undefined if it is not whole. */
function restoreSubmission(id: Uint8Array, ports: RecoveryPorts): (() => void) | undefined {
  const submission = ports.work.readSubmission(id);
  const receipt = ports.receipts.find(id);
  if (submission === undefined || receipt === undefined) return undefined;
  ports.receipts.countRestored(receipt);
  if (stateOf(receipt) === 'batched') return () => undefined; // Comes back with its batch.
  if (submission.verdict !== undefined) return () => ports.batcher.push(id);
  const { authorityId, receiptId } = submission;
  const { nextAttemptMs } = receipt;
  return () => ports.ask({ authorityId, receiptId, nextAttemptMs });
}

/** Resolves to the batch where it is this institution's and can no longer be committed. */
async function restoreBatch(
  waiting: WaitingBatch,
  ports: RecoveryPorts,
): Promise<readonly PooledBatch[]> {
  const { batchId, signed } = waiting;
  const { settlement, ledger, pool, batcher } = ports;
  if (!equalBytes(signed.batch.aggregator, ports.aggregator)) {
    await ports.restoreForeign(pooledOf(waiting, ports));
    return [];
  }
  const timestampMs = ledger.committedAtMs(batchId, signed.batch);
  if (timestampMs !== undefined) {
    const skipped = new Set(skippedOf(waiting, ledger));
    await settlement.settleBatch(waiting, { skipped, timestampMs });
    return [];
  }
  batcher.restore(signed.batch, waiting.receiptIds);
  settlement.expect(batchId, waiting.receiptIds);
  const batch = pooledOf(waiting, ports);
  const { state, header } = ledger.edge();
  // The block that passed it over is here: the end came before it was taken apart.
  if (isDead(batch, state, header.timestampMs)) return [batch];
  pool.add(batch);
  return [];
}

function pooledOf({ batchId: id, signed }: WaitingBatch, ports: RecoveryPorts): PooledBatch {
  const evidence = evidenceOf(id, ports.work);
  return pooledBatch({ id, signed, evidence }, { parse: ports.parse, params: ports.params() });
}

/** Positions of items that made no entry: another batch of this node had registered the picture. */
function skippedOf({ batchId, signed }: WaitingBatch, ledger: Ledger): readonly number[] {
  return signed.batch.items.flatMap((item, i) => {
    if (item.kind !== 1) return [];
    const made = ledger
      .findRegistrations(item.record.imageHash)
      .some(({ entry }) => equalBytes(entry.batchId, batchId));
    return made ? [] : [i];
  });
}

/** The evidence of a batch that waits, with the certificates that it names. */
function evidenceOf(batchId: Uint8Array, work: WorkStore): Evidence {
  const stored = work.readEvidence(batchId);
  invariant(stored !== undefined, 'the evidence of a waiting batch is stored with it');
  const ids = new Map(
    stored.items.flatMap((item) =>
      item.kind === 1 ? [[formatHex(item.certificateId), item.certificateId] as const] : [],
    ),
  );
  const certificates = [...ids.values()].map((id) => {
    const sent = work.readCertificate(id);
    invariant(sent !== undefined, 'a certificate is kept as long as evidence names it');
    return sent;
  });
  return { certificates, items: stored.items };
}
