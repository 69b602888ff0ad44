/**
 * What the node counts, for Prometheus. Names begin with `birthmark_`; units stand last.
 *
 * The table of names in docs/metrics.md is compared with this file by a test.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Measures } from '../api/measures.ts';
import { ITEM_KIND } from '../chain/batch.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';

const LATENCY_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Values that are read when they are asked for. */
export interface MetricSources {
  height(): number;
  view(): number;
  /** Index of the validator whose turn it is. */
  proposer(): number;
  quorum(): number;
  validators(): number;
  peersConnected(): number;
  /** Blocks that others say they have and that are not here. */
  blocksBehind(): number;
  records(): number;
  /** Entries that the newest final checkpoint covers. */
  finalSize(): number;
  /** Entries of the last tree that this validator cosigned; 0 for an observer. */
  cosignedSize(): number;
  /** Entries that the check of the stored log has behind it, in its last round. */
  logCheckPosition(): number;
  /** Entries of the last tree that each outside witness has cosigned, by its name. */
  witnessSizes(): ReadonlyMap<string, number>;
  pendingByState(): ReadonlyMap<string, number>;
  mempool(): { readonly count: number; readonly bytes: number };
  storeBytes(): Promise<{ readonly chain: number; readonly work: number }>;
  /** Bytes that each store holds in memory, beside the heap. */
  storeMemoryBytes(): { readonly chain: number; readonly work: number };
  /** Bytes that may still be written on the disk of the data folder. */
  diskFreeBytes(): Promise<number>;
}

/** The node's metrics. */
export class Metrics {
  readonly registry = new Registry();
  readonly submissions = this.#counter('submissions_total', 'Submissions accepted with a receipt.');
  readonly blocks = this.#counter('blocks_total', 'Blocks applied since start.');
  readonly committed = this.#counter('records_committed_total', 'Records committed since start.');
  readonly responses = this.#histogram('http_response_seconds', 'Time to answer.', [
    'route',
    'status',
  ]);
  readonly questions = this.#histogram('authority_question_seconds', 'Time to a verdict or none.', [
    'authority',
    'outcome',
  ]);
  readonly blockBuild = this.#histogram(
    'block_build_seconds',
    'Time to build and execute a block.',
  );
  readonly blockApply = this.#histogram(
    'block_apply_seconds',
    'Time to apply a block and make it durable.',
  );

  readonly messages = this.#counter('consensus_messages_total', 'Consensus messages, by kind.', [
    'kind',
    'direction',
  ]);
  readonly viewSeconds = this.#histogram(
    'view_seconds',
    'Time from the begin of a view, or of work in it, to its block or the next view.',
  );
  readonly persistSeconds = this.#histogram(
    'persist_seconds',
    'Time to make durable what is about to be said.',
  );
  readonly fsyncSeconds = this.#histogram('fsync_seconds', 'Time of a synced write, by file.', [
    'file',
  ]);
  readonly refusals = this.#counter('proposals_refused_total', 'Proposals not voted for.', [
    'code',
  ]);
  readonly equivocations = this.#counter(
    'equivocations_total',
    'Proofs of equivocation that were new here.',
  );
  readonly badBatches = this.#counter(
    'bad_batches_total',
    'Batches that their aggregator should not have signed.',
    ['aggregator'],
  );
  readonly verifications = this.#counter('verifications_total', 'Signatures verified, by kind.', [
    'kind',
  ]);

  readonly logCheckRounds = this.#counter(
    'log_check_rounds_total',
    'Rounds through the stored log that found nothing wrong.',
  );
  readonly logCheckDifferences = this.#counter(
    'log_check_differences_total',
    'Rounds through the stored log that found a difference.',
  );

  readonly timestamps = this.#counter('timestamps_total', 'Time stamps, by outcome.', ['outcome']);
  readonly checkpointsWitnessed = this.#counter(
    'checkpoints_witnessed_total',
    'Checkpoints of other logs that this node was asked to cosign, by outcome.',
    ['outcome'],
  );
  readonly witnessQuestions = this.#counter(
    'witness_questions_total',
    'Questions to outside witnesses, by outcome.',
    ['witness', 'outcome'],
  );

  readonly #sources: MetricSources;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    collectDefaultMetrics({ register: this.registry, prefix: 'birthmark_' });
    this.#gauge('height', 'Height of the last block.', () => sources.height());
    this.#gauge('view', 'View of the height that is being decided.', () => sources.view());
    this.#gauge('proposer', 'Place in the set of who is to propose.', () => sources.proposer());
    this.#gauge('quorum', 'Votes that decide a block.', () => sources.quorum());
    this.#gauge('validators', 'Validators of the next block.', () => sources.validators());
    this.#gauge('peers_connected', 'Other validators and observers that are connected.', () =>
      sources.peersConnected(),
    );
    this.#gauge('blocks_behind', 'Blocks that others have and that are not here.', () =>
      sources.blocksBehind(),
    );
    this.#gauge('records', 'Photographs on the chain.', () => sources.records());
    this.#gauge('final_size', 'Log entries that the newest final checkpoint covers.', () =>
      sources.finalSize(),
    );
    this.#gauge('cosigned_size', 'Log entries of the last tree that this validator cosigned.', () =>
      sources.cosignedSize(),
    );
    this.#gauge('log_check_entries', 'Log entries that the last round has checked.', () =>
      sources.logCheckPosition(),
    );
    this.#gauge('mempool_batches', 'Batches that wait for a block.', () => sources.mempool().count);
    this.#gauge('mempool_bytes', 'Bytes of those, with evidence.', () => sources.mempool().bytes);
    this.#witnessGauge(sources);
    this.#pendingGauge(sources);
    this.#storeGauge(sources);
    this.#gauge('disk_free_bytes', 'Bytes left on the disk of the data folder.', () =>
      sources.diskFreeBytes(),
    );
  }

  /** Resolves to the text for Prometheus. */
  async expose(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  /** Resolves to what is shown while it happens: the same sources, without the text. */
  async measure(): Promise<Measures> {
    const sources = this.#sources;
    const [submissions, records, signatures, diskFreeBytes] = await Promise.all([
      sumOf(this.submissions),
      sumOf(this.committed),
      sumOf(this.verifications),
      sources.diskFreeBytes(),
    ]);
    return {
      submissions,
      records,
      signatures,
      diskFreeBytes,
      pendingByState: sources.pendingByState(),
      peersConnected: sources.peersConnected(),
      blocksBehind: sources.blocksBehind(),
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  /** Counts a block that was applied; returns how many photographs it has registered. */
  noteBlock({ applied, seconds }: AppliedBlock): number {
    const records = applied.entries.filter(({ entry }) => entry.kind === ITEM_KIND.image).length;
    this.blocks.inc();
    this.committed.inc(records);
    this.blockApply.observe(seconds);
    return records;
  }

  #counter<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
  ): Counter<L> {
    const registers = [this.registry];
    return new Counter({ name: `birthmark_${name}`, help, labelNames: [...labelNames], registers });
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    labels: readonly L[] = [],
  ): Histogram<L> {
    const registers = [this.registry];
    const buckets = LATENCY_S;
    return new Histogram({
      name: `birthmark_${name}`,
      help,
      labelNames: [...labels],
      buckets,
      registers,
    });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const registers = [this.registry];
    const gauge = new Gauge({
      name: `birthmark_${name}`,
      help,
      registers,
      collect: async () => {
        gauge.set(await read());
      },
    });
  }

  #witnessGauge(sources: MetricSources): void {
    const gauge = new Gauge({
      name: 'birthmark_witness_size',
      help: 'Log entries of the last tree that an outside witness has cosigned.',
      labelNames: ['witness'],
      registers: [this.registry],
      collect: () => {
        for (const [witness, size] of sources.witnessSizes()) gauge.set({ witness }, size);
      },
    });
  }

  #pendingGauge(sources: MetricSources): void {
    const gauge = new Gauge({
      name: 'birthmark_pending_submissions',
      help: 'Submissions that are not decided, by state.',
      labelNames: ['state'],
      registers: [this.registry],
      collect: () => {
        for (const [state, count] of sources.pendingByState()) gauge.set({ state }, count);
      },
    });
  }

  #storeGauge(sources: MetricSources): void {
    const gauge = new Gauge({
      name: 'birthmark_store_bytes',
      help: 'Bytes on disk, by store.',
      labelNames: ['store'],
      registers: [this.registry],
      collect: async () => {
        const { chain, work } = await sources.storeBytes();
        gauge.set({ store: 'chain' }, chain);
        gauge.set({ store: 'work' }, work);
      },
    });
    const memory = new Gauge({
      name: 'birthmark_store_memory_bytes',
      help: 'Bytes that a store holds in memory, by store.',
      labelNames: ['store'],
      registers: [this.registry],
      collect: () => {
        const { chain, work } = sources.storeMemoryBytes();
        memory.set({ store: 'chain' }, chain);
        memory.set({ store: 'work' }, work);
      },
    });
  }
}

/** Returns what a counter has counted, all its labels together. */
async function sumOf(counter: Pick<Counter, 'get'>): Promise<number> {
  const { values } = await counter.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}
