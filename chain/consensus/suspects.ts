/**
 * R19: batches that were named in a lost view. Each is next proposed alone in its block, so that one that
 * no validator can check holds up no other.
 *
 * This is local knowledge, for this validator's own proposals: nobody judges another's block by it.
 */
import { formatHex } from '../bytes.ts';

/** Suspects that are remembered. */
export const SUSPECT_COUNT_MAX = 5_000;
/** Heights for which they are. */
export const SUSPECT_HEIGHTS = 100;

interface Suspect {
  readonly id: Uint8Array;
  readonly height: number;
}

/** Batches that were named in a lost view. */
export class Suspects {
  readonly #byId = new Map<string, Suspect>();

  /** Takes the batches of a proposal that was lost at `height`. */
  add(ids: readonly Uint8Array[], height: number): void {
    for (const id of ids) {
      const key = formatHex(id);
      this.#byId.delete(key);
      this.#byId.set(key, { id, height });
    }
    // R18: the oldest make room.
    const surplus = this.#byId.size - SUSPECT_COUNT_MAX;
    for (const key of [...this.#byId.keys()].slice(0, Math.max(0, surplus))) this.#byId.delete(key);
  }

  /** Clears batches that are decided. */
  remove(ids: readonly Uint8Array[]): void {
    for (const id of ids) this.#byId.delete(formatHex(id));
  }

  /** The suspects at a height, the oldest first; what is too long ago is forgotten. */
  at(height: number): readonly Uint8Array[] {
    for (const [key, suspect] of this.#byId) {
      if (suspect.height + SUSPECT_HEIGHTS < height) this.#byId.delete(key);
    }
    return [...this.#byId.values()].map(({ id }) => id);
  }
}
