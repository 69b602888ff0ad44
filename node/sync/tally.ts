import type { Judgement } from '../peers.ts';
import type { Refusal, SyncCounts } from './ports.ts';
import type { Failure } from './sources.ts';

/** What a refusal means for the peer: how its word counts from then on, and what is reported to the network. */
export const CONSEQUENCES: Readonly<
  Record<Refusal, { readonly failure: Failure; readonly judgement: Judgement | undefined }>
> = {
  failed: { failure: 'down', judgement: undefined },
  slow: { failure: 'slow', judgement: 'ignore' },
  short: { failure: 'slow', judgement: 'ignore' },
  empty: { failure: 'lied', judgement: 'ignore' },
  malformed: { failure: 'lied', judgement: 'reject' },
  certificate: { failure: 'lied', judgement: 'reject' },
  batches: { failure: 'lied', judgement: 'reject' },
};

/** Counts what sync has done. */
export class Tally {
  #blocks = 0;
  #bytes = 0;
  readonly #refusals: Record<Refusal, number> = {
    failed: 0,
    slow: 0,
    short: 0,
    empty: 0,
    malformed: 0,
    certificate: 0,
    batches: 0,
  };

  addBlock(): void {
    this.#blocks += 1;
  }

  addAnswer(bytes: number): void {
    this.#bytes += bytes;
  }

  addRefusal(refusal: Refusal): void {
    this.#refusals[refusal] += 1;
  }

  toCounts(): Omit<SyncCounts, 'heldBytes'> {
    return { blocks: this.#blocks, bytes: this.#bytes, refusals: { ...this.#refusals } };
  }
}
