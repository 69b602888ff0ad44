/**
 * The check of a chain's indexes: registrations by image hash, and what was made from a picture, both compared
 * with the entries that are walked through.
 */
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { type ImageEntry, entrySchema } from '../../chain/entry.ts';
import type { ChainStore, Derivative } from './chainStore.ts';
import { DamageError, decodeRow } from './damage.ts';
import type { ProblemList } from './problem.ts';

/** Compares indexes with entries. */
export class IndexCheck {
  readonly #store: ChainStore;
  readonly #problems: ProblemList;
  /** Image entries that were compared. */
  recordCount = 0;
  /** Derivatives that these entries should have left. */
  derivativeCount = 0;

  constructor(store: ChainStore, problems: ProblemList) {
    this.#store = store;
    this.#problems = problems;
  }

  /** The image entries that the index names for a hash, below a log index. Throws a DamageError. */
  entriesBefore(imageHash: Uint8Array, logSize: number): readonly ImageEntry[] {
    return this.#store
      .findEntries(imageHash)
      .filter((index) => index < logSize)
      .map((index) => {
        const bytes = this.#store.readEntry(index) ?? new Uint8Array();
        const entry = decodeRow(entrySchema, bytes, `entry ${index}`);
        if (entry.kind === 1 && equalBytes(entry.record.imageHash, imageHash)) return entry;
        throw new DamageError(
          `image ${formatHex(imageHash)} is not entry ${index}, as the index says`,
        );
      });
  }

  /** Compares the index of an image entry. */
  compareImage(entry: ImageEntry, index: number): void {
    this.recordCount += 1;
    this.#problems.attempt(entry.height, () => {
      const { imageHash, parents } = entry.record;
      if (!this.#store.findEntries(imageHash).includes(index)) {
        throw new DamageError(`image ${formatHex(imageHash)} does not lead to entry ${index}`);
      }
      if (parents.length === 0) return;
      const earlier = this.entriesBefore(imageHash, index);
      const named = new Set(earlier.flatMap((each) => each.record.parents.map(formatHex)));
      this.derivativeCount += new Set(parents.map(formatHex)).difference(named).size;
    });
  }

  /** Checks that each derivative is one; resolves to how many parents have any. */
  async checkDerivatives(logSize: number): Promise<number> {
    let parentCount = 0;
    let last: Derivative | undefined;
    for await (const derivative of this.#store.derivatives()) {
      const isNext = last !== undefined && equalBytes(last.parent, derivative.parent);
      if (!isNext) {
        parentCount += 1;
        this.#compareDerivativeCount(last);
      }
      const name = `derivative ${derivative.ordinal} of ${formatHex(derivative.parent)}`;
      const ordinal = isNext ? (last?.ordinal ?? 0) + 1 : 0;
      this.#problems.expect(derivative.ordinal === ordinal, undefined, `${name} follows none`);
      this.#problems.attempt(undefined, () => {
        this.#checkDerivative(derivative, { name, logSize });
      });
      last = derivative;
    }
    this.#compareDerivativeCount(last);
    return parentCount;
  }

  #checkDerivative(
    { parent, imageHash }: Derivative,
    { name, logSize }: { readonly name: string; readonly logSize: number },
  ): void {
    const entries = this.entriesBefore(imageHash, logSize);
    const parents = entries.flatMap(({ record }) => record.parents);
    if (!parents.some((each) => equalBytes(each, parent))) {
      throw new DamageError(`${name} does not name this parent`);
    }
  }

  /** Compares the number that is stored with the last derivative of a parent. */
  #compareDerivativeCount(last: Derivative | undefined): void {
    if (last === undefined) return;
    const { parent, ordinal } = last;
    const count = this.#problems.attempt(undefined, () => this.#store.countDerivatives(parent));
    const what = `${formatHex(parent)} has ${ordinal + 1} derivatives, not ${count}`;
    this.#problems.expect(count === ordinal + 1, undefined, what);
  }
}
