/** Blocks that have come and wait for their turn, as bytes: they are decoded one at a time. */
import { invariant } from '../../chain/invariant.ts';

/** A run of heights, both inclusive. */
export interface HeightRange {
  readonly first: number;
  readonly last: number;
}

/** The blocks of one answer. */
export interface HeldAnswer {
  readonly peerId: string;
  /** Height of the first block. */
  readonly first: number;
  /** At least one. */
  readonly blocks: readonly Uint8Array[];
  /** Of the whole answer, which is held as long as one of its blocks is. */
  readonly sizeBytes: number;
}

/** A block whose turn has come. */
export interface HeldBlock {
  readonly peerId: string;
  readonly height: number;
  readonly bytes: Uint8Array;
  /** Whether it is the last of its answer. */
  readonly isLast: boolean;
}

/** Answers whose blocks wait, none of a height twice. */
export class BlockBuffer {
  readonly #answers = new Set<HeldAnswer>();
  #sizeBytes = 0;

  /** Bytes of the answers that are held. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Heights that are held. */
  ranges(): readonly HeightRange[] {
    return [...this.#answers].map(rangeOf);
  }

  add(answer: HeldAnswer): void {
    invariant(answer.blocks.length > 0, 'an answer that is held has a block');
    this.#answers.add(answer);
    this.#sizeBytes += answer.sizeBytes;
  }

  /** Returns the block of a height, which stays held. */
  find(height: number): HeldBlock | undefined {
    for (const { peerId, first, blocks } of this.#answers) {
      const bytes = blocks[height - first];
      if (bytes === undefined) continue;
      return { peerId, height, bytes, isLast: height === first + blocks.length - 1 };
    }
    return undefined;
  }

  /** Drops the answers that hold nothing above a height. */
  dropUpTo(height: number): void {
    this.#dropWhere((answer) => rangeOf(answer).last <= height);
  }

  /** Drops what came from a peer. */
  dropOf(peerId: string): void {
    this.#dropWhere((answer) => answer.peerId === peerId);
  }

  #dropWhere(isDropped: (answer: HeldAnswer) => boolean): void {
    for (const answer of this.#answers) {
      if (!isDropped(answer)) continue;
      this.#answers.delete(answer);
      this.#sizeBytes -= answer.sizeBytes;
    }
  }
}

function rangeOf({ first, blocks }: HeldAnswer): HeightRange {
  return { first, last: first + blocks.length - 1 };
}

/** Returns the first run of heights from `from` on, up to `to`, that none of `covered` holds. */
export function firstGap(
  covered: readonly HeightRange[],
  { first: from, last: to }: HeightRange,
): HeightRange | undefined {
  let first = from;
  for (const range of [...covered].sort((a, b) => a.first - b.first)) {
    if (range.first > first) return { first, last: Math.min(range.first - 1, to) };
    first = Math.max(first, range.last + 1);
    if (first > to) return undefined;
  }
  return first > to ? undefined : { first, last: to };
}
