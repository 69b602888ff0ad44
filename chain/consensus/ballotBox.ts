/**
 * The ballot box of a height: what each validator has signed, counted once.
 *
 * For each validator and phase it holds the first statement of a view, for the newest views only: memory
 * is bounded by the size of the set, whatever is repeated, contradicted or claimed. A validator that is
 * correct has left its older views, so that none of its votes is missed.
 */
import type { IndexedSignature, Phase } from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { type Equivocation, equivocationOf } from './equivocation.ts';
import type { Statement } from './statement.ts';

/** Views for which a validator's statements of one phase are held. */
export const VIEWS_HELD_MAX = 4;

interface Held {
  readonly statement: Statement;
  /** Whether a contradiction has been reported. */
  isReported: boolean;
}

/** What the validators of a height have signed. */
export class BallotBox {
  /** By phase, then by validator; newest view first. */
  readonly #held = new Map<Phase, Map<number, Held[]>>();

  /** Takes a statement; returns the proof if it is the first to contradict its signer in this slot. */
  add(statement: Statement): Equivocation | undefined {
    const held = this.#of(statement.phase, statement.index);
    const same = held.find((each) => each.statement.view === statement.view);
    if (same === undefined) {
      held.push({ statement, isReported: false });
      held.sort((a, b) => b.statement.view - a.statement.view);
      // R18: a validator that names many views pushes out its own.
      held.splice(VIEWS_HELD_MAX);
      return undefined;
    }
    // R4: the first statement of a slot counts, whatever is repeated or contradicted.
    if (equalBytes(same.statement.valueHash, statement.valueHash)) return undefined;
    // R17: each slot of an offender is reported once.
    if (same.isReported) return undefined;
    same.isReported = true;
    return equivocationOf(same.statement, statement);
  }

  /** Returns the signatures for a value in a view, by signer's index, ascending. */
  signatures(phase: Phase, view: number, valueHash: Uint8Array): readonly IndexedSignature[] {
    return this.#all(phase)
      .filter((each) => each.view === view && equalBytes(each.valueHash, valueHash))
      .map(({ index, signature }) => ({ index, signature }))
      .sort((a, b) => a.index - b.index);
  }

  /** Returns the views in which somebody has signed a value in a phase, descending. */
  viewsOf(phase: Phase, valueHash: Uint8Array): readonly number[] {
    const views = this.#all(phase)
      .filter((each) => equalBytes(each.valueHash, valueHash))
      .map(({ view }) => view);
    return [...new Set(views)].sort((a, b) => b - a);
  }

  /** Number of statements held. */
  size(): number {
    return [...this.#held.keys()].reduce((sum, phase) => sum + this.#all(phase).length, 0);
  }

  #all(phase: Phase): readonly Statement[] {
    const byValidator = this.#held.get(phase);
    if (byValidator === undefined) return [];
    return [...byValidator.values()].flatMap((held) => held.map(({ statement }) => statement));
  }

  #of(phase: Phase, index: number): Held[] {
    const byValidator = this.#held.get(phase) ?? new Map<number, Held[]>();
    this.#held.set(phase, byValidator);
    const held = byValidator.get(index) ?? [];
    byValidator.set(index, held);
    return held;
  }
}
