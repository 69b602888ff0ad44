/**
 * Final checkpoints that outside witnesses have cosigned, as far as they are of use.
 *
 * A checkpoint with fewer of them than a newer one has is of no use: whatever it covers, the newer one covers too. So
 * there are never more than a few, and a proof is made under the one that covers its entry and has the most.
 */
import { equalBytes } from '../../chain/bytes.ts';
import { formatSignedCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { OUTSIDE_WITNESS_COUNT_MAX } from '../../chain/log/limits.ts';
import { type NoteSignature, placeOf } from '../../chain/log/note.ts';

/** A final checkpoint, and cosignatures of outside witnesses over it, which were checked. */
export interface WitnessedCheckpoint {
  readonly checkpoint: SignedCheckpoint;
  /** One of each witness, at least one. */
  readonly lines: readonly NoteSignature[];
}

const NO_LINES: readonly NoteSignature[] = [];

/** Keeps them. */
export class CosignedOutside {
  /** The newest first; none has only witnesses whom a newer one has too. */
  #kept: readonly WitnessedCheckpoint[] = [];

  /** Takes a cosignature. */
  add(checkpoint: SignedCheckpoint, line: NoteSignature): void {
    const same = this.#kept.find((each) => isSame(each.checkpoint, checkpoint));
    const before = same?.lines.filter((each) => placeOf(each) !== placeOf(line)) ?? [];
    const added = { checkpoint, lines: [...before, line] };
    const all = [added, ...this.#kept.filter((each) => each !== same)].sort(
      (a, b) => b.checkpoint.treeSize - a.checkpoint.treeSize,
    );
    this.#kept = all
      .filter((each, i) => !all.slice(0, i).some((newer) => hasAllOf(newer, each)))
      .slice(0, OUTSIDE_WITNESS_COUNT_MAX);
  }

  /** Returns the cosignatures of a checkpoint: the same array as long as there is none more. */
  over(checkpoint: SignedCheckpoint): readonly NoteSignature[] {
    return this.#kept.find((each) => isSame(each.checkpoint, checkpoint))?.lines ?? NO_LINES;
  }

  /** Returns the checkpoint above an index that has the most, and the newest of several; undefined: there is none. */
  best(index: number): WitnessedCheckpoint | undefined {
    return this.#kept
      .filter(({ checkpoint }) => checkpoint.treeSize > index)
      .reduce<WitnessedCheckpoint | undefined>(
        (best, each) => (each.lines.length > (best?.lines.length ?? 0) ? each : best),
        undefined,
      );
  }

  /** Returns all as notes, to be stored. */
  format(): readonly Uint8Array[] {
    return this.#kept.map(({ checkpoint, lines }) => {
      const { note } = checkpoint;
      const signatures = [...note.signatures, ...lines];
      return formatSignedCheckpoint({ ...checkpoint, note: { ...note, signatures } });
    });
  }
}

function isSame(a: SignedCheckpoint, b: SignedCheckpoint): boolean {
  return a.treeSize === b.treeSize && equalBytes(a.root, b.root);
}

function hasAllOf(newer: WitnessedCheckpoint, { lines }: WitnessedCheckpoint): boolean {
  const places = new Set(newer.lines.map(placeOf));
  return lines.every((each) => places.has(placeOf(each)));
}
