/**
 * The sequences under which an institution signs its batches: each once, above all that the chain has of it.
 */

/** Sequences left free by an institution that has lost count: it may have used some that did not commit. */
const SEQUENCE_GAP = 1_000;

/** What sequences rest on. */
export interface SequenceSource {
  /** The first that this node may use, as far as it knows: one above the last that it wrote down. */
  readonly first: number;
  /** The highest that the chain has from this institution; undefined where it has none. */
  committed(): number | undefined;
}

/** Hands out sequences. */
export class Sequences {
  readonly #source: SequenceSource;
  #next: number;

  constructor(source: SequenceSource) {
    this.#source = source;
    this.#next = source.first;
  }

  /**
   * Returns the next sequence, which nobody is given again.
   *
   * Where the chain has it or a higher one, the own count was lost, as by a folder that was restored from a
   * backup: the next then lies well above the chain's.
   */
  take(): number {
    const committed = this.#source.committed();
    const isLost = committed !== undefined && committed >= this.#next;
    const sequence = isLost ? committed + SEQUENCE_GAP + 1 : this.#next;
    this.#next = sequence + 1;
    return sequence;
  }
}
