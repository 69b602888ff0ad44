/** The work store over rows: writes go through group commit, reads straight to the rows. */
import type { Schema } from '../../chain/codec.ts';
import { equivocationSchema } from '../../chain/consensus/equivocation.ts';
import type { OnPoint } from '../crashPoint.ts';
import { decodeFound, decodeRow } from './damage.ts';
import { GroupCommit } from './groupCommit.ts';
import { RecentWork } from './recentWork.ts';
import { RowDraft } from './rowDraft.ts';
import type { Durability, RowReader, Rows } from './rows.ts';
import {
  cosignedKey,
  type Due,
  duePrefix,
  idKey,
  outsideKey,
  parseDueKey,
  parseIdKey,
  sequenceKey,
  type Subject,
  tablePrefix,
  witnessedKey,
} from './workKey.ts';
import {
  cosignedSchema,
  numberSchema,
  outsideSchema,
  receiptSchema,
  storedEvidenceSchema,
  submissionSchema,
  waitingBatchSchema,
  witnessedSchema,
} from './workRow.ts';
import { dropStep, type WorkStep, workStep } from './workStep.ts';
import type {
  Cosigned,
  Receipt,
  StoredEquivocation,
  StoredEvidence,
  Submission,
  SweepLimits,
  WaitingBatch,
  WitnessedLog,
  WorkChange,
  WorkStore,
} from './workStore.ts';

/** A work store over rows that are open and belong to it alone. */
export class RowWorkStore implements WorkStore {
  readonly #rows: Rows;
  readonly #read: RowReader;
  readonly #onPoint: OnPoint;
  readonly #commit: GroupCommit<WorkStep>;
  readonly #recent = new RecentWork();

  constructor(rows: Rows, onPoint: OnPoint = () => undefined) {
    this.#rows = rows;
    this.#read = rows.get.bind(rows);
    this.#onPoint = onPoint;
    this.#commit = new GroupCommit((steps, options) => this.#write(steps, options));
  }

  async write(changes: readonly WorkChange[], options: Durability): Promise<void> {
    await this.#commit.submit(changes.map(workStep), options);
    for (const change of changes) this.#recent.note(change);
  }

  async #write(steps: readonly WorkStep[], options: Durability): Promise<void> {
    const draft = new RowDraft(this.#read);
    for (const step of steps) step(draft);
    this.#onPoint('before-append');
    if (options.durable) this.#onPoint('before-sync');
    const written = this.#rows.write(draft.changes(), options);
    this.#onPoint('after-append');
    await written;
    if (options.durable) this.#onPoint('after-sync');
  }

  readReceipt(id: Uint8Array): Receipt | undefined {
    const recent = this.#recent.receipt(id);
    return recent ?? this.#find(receiptSchema, idKey('receipt', id), 'a receipt');
  }

  readSubmission(receiptId: Uint8Array): Submission | undefined {
    const recent = this.#recent.submission(receiptId);
    return recent ?? this.#find(submissionSchema, idKey('submission', receiptId), 'a submission');
  }

  readFirstReceipt(imageHash: Uint8Array): Uint8Array | undefined {
    return this.#recent.firstReceipt(imageHash) ?? this.#read(idKey('firstReceipt', imageHash));
  }

  readCertificate(certificateId: Uint8Array): Uint8Array | undefined {
    return (
      this.#recent.certificate(certificateId) ?? this.#read(idKey('certificate', certificateId))
    );
  }

  readEvidence(batchId: Uint8Array): StoredEvidence | undefined {
    return this.#find(storedEvidenceSchema, idKey('evidence', batchId), 'evidence');
  }

  submissionIds(): AsyncIterable<Uint8Array> {
    return this.#ids('submission');
  }

  receiptIds(): AsyncIterable<Uint8Array> {
    return this.#ids('receipt');
  }

  evidenceIds(): AsyncIterable<Uint8Array> {
    return this.#ids('evidence');
  }

  async *batches(): AsyncIterable<WaitingBatch> {
    for await (const { value } of this.#rows.scan(tablePrefix('batch'))) {
      yield decodeRow(waitingBatchSchema, value, 'a waiting batch');
    }
  }

  async *equivocations(): AsyncIterable<StoredEquivocation> {
    for await (const { key, value } of this.#rows.scan(tablePrefix('equivocation'))) {
      const equivocation = decodeRow(equivocationSchema, value, 'an equivocation');
      yield { subject: parseIdKey(key), equivocation };
    }
  }

  readSequence(): number | undefined {
    return this.#find(numberSchema, sequenceKey(), 'the highest sequence');
  }

  readCosigned(): Cosigned | undefined {
    return this.#find(cosignedSchema, cosignedKey(), 'the last cosigned checkpoint');
  }

  readWitnessed(origin: string): WitnessedLog | undefined {
    return this.#find(witnessedSchema, witnessedKey(origin), 'a witnessed checkpoint');
  }

  readOutside(): readonly Uint8Array[] {
    return this.#find(outsideSchema, outsideKey(), 'checkpoints with outside cosignatures') ?? [];
  }

  async sweep(limits: SweepLimits): Promise<number> {
    const { nowMs, blockTimeMs, certificateRetentionMs, countMax } = limits;
    const due: Due[] = [];
    await this.#addDue('receipt', nowMs, { due, countMax });
    await this.#addDue('evidence', blockTimeMs, { due, countMax });
    await this.#addDue('certificate', blockTimeMs - certificateRetentionMs, { due, countMax });
    let count = 0;
    const steps = due.map((each) => dropStep(each, () => (count += 1)));
    if (steps.length > 0) await this.#commit.submit(steps, { durable: false });
    if (count > 0) this.#recent.clear();
    return count;
  }

  /** Adds subjects whose time is before `beforeMs`, the earliest first. */
  async #addDue(
    subject: Subject,
    beforeMs: number,
    { due, countMax }: { readonly due: Due[]; readonly countMax: number },
  ): Promise<void> {
    for await (const { key } of this.#rows.scan(duePrefix(subject))) {
      const each = parseDueKey(subject, key);
      if (due.length >= countMax || each.timeMs >= beforeMs) return;
      due.push(each);
    }
  }

  async *#ids(table: 'submission' | 'receipt' | 'evidence'): AsyncIterable<Uint8Array> {
    for await (const { key } of this.#rows.scan(tablePrefix(table))) yield parseIdKey(key);
  }

  sizeBytes(): Promise<number> {
    return this.#rows.sizeBytes();
  }

  memoryBytes(): number {
    return this.#rows.memoryBytes();
  }

  async close(): Promise<void> {
    await this.#commit.close();
    this.#recent.clear();
    await this.#rows.close();
  }

  #find<T>(schema: Schema<T>, key: Uint8Array, what: string): T | undefined {
    return decodeFound(schema, this.#read(key), what);
  }
}
