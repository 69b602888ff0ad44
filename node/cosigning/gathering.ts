/** A gathering: the claims for the checkpoint after one block, until a quorum has made it final, and after. */
import { equalBytes } from '../../chain/bytes.ts';
import { maxFaulty, quorumSize } from '../../chain/consensus/quorum.ts';
import type { NoteSignature } from '../../chain/log/note.ts';
import type { Claim } from './claim.ts';
import type { TreeHead } from './treeHead.ts';

/** Gathers claims, which are checked, for one head. */
export class Gathering {
  readonly head: TreeHead;
  readonly #lines = new Map<number, NoteSignature>();
  readonly #differing = new Set<number>();

  constructor(head: TreeHead) {
    this.head = head;
  }

  /** Whether a quorum has cosigned. */
  get isFinal(): boolean {
    return this.#lines.size >= quorumSize(this.head.validators.length);
  }

  /** Whether so many have cosigned another root that one of them is honest. */
  get isContradicted(): boolean {
    return this.#differing.size > maxFaulty(this.head.validators.length);
  }

  /** Whether a validator's claim has been taken, whatever it said. */
  has(index: number): boolean {
    return this.#lines.has(index) || this.#differing.has(index);
  }

  /** Counts a validator's first claim of this size; returns whether its root is ours. */
  add(index: number, { root }: Claim, line: NoteSignature): boolean {
    const isOurs = equalBytes(root, this.head.root);
    if (isOurs) this.#lines.set(index, line);
    else this.#differing.add(index);
    return isOurs;
  }

  /** Signature lines in the order of the validator set. */
  lines(): readonly NoteSignature[] {
    return [...this.#lines].sort(([a], [b]) => a - b).map(([, line]) => line);
  }
}
