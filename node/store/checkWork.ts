/**
 * The check of a work store beside its chain, behind `birthmark db check`.
 *
 * Work in progress has no root hash to compare with: what is checked is that everything decodes and that
 * whatever one row names is there. A batch that has been committed but still waits is no problem: the node
 * settles it when it starts.
 */
import { hashBatch, recordsOf } from '../../chain/batch.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { contextAt } from '../../chain/consensus/statement.ts';
import { entrySchema } from '../../chain/entry.ts';
import { hashEvidence } from '../../chain/evidence.ts';
import { offenderSubject } from '../../chain/offender.ts';
import { checkOffender } from '../../chain/statusChange.ts';
import type { ChainStore, StoredBatch } from './chainStore.ts';
import { DamageError, decodeRow } from './damage.ts';
import { type Problem, ProblemList } from './problem.ts';
import type {
  Receipt,
  StoredEquivocation,
  StoredEvidence,
  WaitingBatch,
  WorkStore,
} from './workStore.ts';

/** What a check of the work found. */
export interface WorkReport {
  readonly submissionCount: number;
  readonly receiptCount: number;
  readonly batchCount: number;
  /** Batches whose evidence is kept. */
  readonly evidenceCount: number;
  /** Proofs against validators that are not on the chain. */
  readonly equivocationCount: number;
  /** In the order found, at most `PROBLEM_COUNT_MAX`; none: the store is whole. */
  readonly problems: readonly Problem[];
}

/** The two stores of one node. */
export interface CheckedStores {
  readonly work: WorkStore;
  readonly chain: ChainStore;
}

/** Checks everything that a work store holds. */
export async function checkWork(stores: CheckedStores): Promise<WorkReport> {
  const check = new WorkCheck(stores);
  const { work } = stores;
  const submissionCount = await check.each(work.submissionIds(), (id) => check.checkSubmission(id));
  const receiptCount = await check.each(work.receiptIds(), (id) => check.checkReceipt(id));
  const batchCount = await check.each(work.batches(), (batch) => check.checkBatch(batch));
  const evidenceCount = await check.each(work.evidenceIds(), (id) => check.checkEvidence(id));
  const equivocationCount = await check.each(work.equivocations(), (stored) => {
    check.checkEquivocation(stored);
  });
  const problems = check.problems.toArray();
  const counts = { submissionCount, receiptCount, batchCount, evidenceCount, equivocationCount };
  return { ...counts, problems };
}

class WorkCheck {
  readonly problems = new ProblemList();
  readonly #work: WorkStore;
  readonly #chain: ChainStore;

  constructor({ work, chain }: CheckedStores) {
    this.#work = work;
    this.#chain = chain;
  }

  /** Goes through what a table holds; resolves to how many there were. */
  async each<T>(found: AsyncIterable<T>, check: (each: T) => void): Promise<number> {
    let count = 0;
    await this.problems.attemptAsync(async () => {
      for await (const each of found) {
        if (this.problems.isFull) return;
        count += 1;
        this.problems.attempt(undefined, () => check(each));
      }
    });
    return count;
  }

  checkSubmission(receiptId: Uint8Array): void {
    const name = `submission ${formatHex(receiptId)}`;
    const submission = this.#work.readSubmission(receiptId);
    const receipt = this.#work.readReceipt(receiptId);
    if (submission === undefined || !equalBytes(submission.receiptId, receiptId)) {
      throw new DamageError(`${name} is stored under another id`);
    }
    if (receipt === undefined) throw new DamageError(`${name} has no receipt`);
    if (!equalBytes(receipt.imageHash, submission.imageHash)) {
      throw new DamageError(`${name} and its receipt are about different pictures`);
    }
    if (
      submission.kind === 1 &&
      this.#work.readCertificate(submission.certificateId) === undefined
    ) {
      throw new DamageError(`the certificate of ${name} is missing`);
    }
  }

  checkReceipt(id: Uint8Array): void {
    const name = `receipt ${formatHex(id)}`;
    const receipt = this.#work.readReceipt(id);
    if (receipt === undefined || !equalBytes(receipt.id, id)) {
      throw new DamageError(`${name} is stored under another id`);
    }
    const state = receipt.steps.at(-1)?.state;
    if (state === 'committed') this.#checkCommitted(receipt, name);
    else if (state !== 'rejected' && this.#work.readSubmission(id) === undefined) {
      throw new DamageError(`${name} is ${state}, but its submission is missing`);
    }
  }

  #checkCommitted(receipt: Receipt, name: string): void {
    const { batchId, imageHash } = receipt;
    const batch = batchId === undefined ? undefined : this.#chain.readBatch(batchId);
    if (batch === undefined) {
      if (this.#isCommittedBeforeBase(receipt)) return;
      throw new DamageError(`${name} is committed in no batch of the chain`);
    }
    const end = batch.firstIndex + batch.entryCount;
    const indexes = this.#chain.findEntries(imageHash);
    if (!indexes.some((index) => index >= batch.firstIndex && index < end)) {
      throw new DamageError(`${name} is committed in a batch that does not hold its picture`);
    }
  }

  /** Whether an entry names the batch, which is not held itself where the chain begins after it. */
  #isCommittedBeforeBase({ batchId, imageHash }: Receipt): boolean {
    return this.#chain.findEntries(imageHash).some((index) => {
      const bytes = this.#chain.readEntry(index);
      const entry = bytes && decodeRow(entrySchema, bytes, `entry ${index}`);
      if (batchId === undefined || entry?.kind !== 1) return false;
      return entry.height <= this.#chain.baseHeight() && equalBytes(entry.batchId, batchId);
    });
  }

  checkBatch(waiting: WaitingBatch): void {
    const { batchId, signed, receiptIds } = waiting;
    const name = `waiting batch ${formatHex(batchId)}`;
    const { batch } = signed;
    if (!equalBytes(hashBatch(batch), batchId)) throw new DamageError(`${name} is another batch`);
    // Nobody waits here for batches of other institutions.
    if (receiptIds.length > 0) this.#checkAwaited(waiting, name);
    const evidence = this.#work.readEvidence(batchId);
    if (evidence === undefined) throw new DamageError(`the evidence of ${name} is missing`);
    checkRoot(evidence, batch, name);
  }

  #checkAwaited({ signed: { batch }, receiptIds }: WaitingBatch, name: string): void {
    const records = recordsOf(batch);
    if (receiptIds.length !== records.length) {
      throw new DamageError(`${name} has ${records.length} records, ${receiptIds.length} receipts`);
    }
    if ((this.#work.readSequence() ?? -1) < batch.sequence) {
      throw new DamageError(`${name} uses sequence ${batch.sequence}, which is not noted as used`);
    }
    records.forEach(({ imageHash }, i) => {
      const receipt = this.#work.readReceipt(receiptIds[i] ?? new Uint8Array());
      if (receipt === undefined || !equalBytes(receipt.imageHash, imageHash)) {
        throw new DamageError(`record ${i} of ${name} has no receipt`);
      }
    });
  }

  checkEvidence(batchId: Uint8Array): void {
    const name = `evidence of batch ${formatHex(batchId)}`;
    const evidence = this.#work.readEvidence(batchId);
    if (evidence === undefined || !equalBytes(evidence.batchId, batchId)) {
      throw new DamageError(`${name} is stored under another id`);
    }
    for (const item of evidence.items) {
      if (item.kind === 1 && this.#work.readCertificate(item.certificateId) === undefined) {
        throw new DamageError(`certificate ${formatHex(item.certificateId)} of ${name} is missing`);
      }
    }
    const stored = this.#chain.readBatch(batchId);
    if (stored !== undefined) checkRoot(evidence, stored, name);
  }

  checkEquivocation({ subject, equivocation }: StoredEquivocation): void {
    const state = this.#chain.edge()?.state;
    // One of a height whose set is not known cannot be judged; a start of the node deals with it.
    if (state === undefined || contextAt(state, equivocation.height) === undefined) return;
    const { consensusKey } = checkOffender(equivocation, state);
    if (!equalBytes(offenderSubject(consensusKey), subject)) {
      throw new DamageError(`equivocation ${formatHex(subject)} is stored for another offender`);
    }
  }
}

function checkRoot(
  { items }: StoredEvidence,
  { evidenceRoot }: Pick<StoredBatch, 'evidenceRoot'>,
  name: string,
): void {
  if (!equalBytes(hashEvidence(items), evidenceRoot)) {
    throw new DamageError(`${name} is not what the batch commits to`);
  }
}
