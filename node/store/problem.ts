import { ChainError } from '../../chain/errors.ts';
import { DamageError } from './damage.ts';

/** Problems that a check lists at most; it ends there. */
export const PROBLEM_COUNT_MAX = 100;

/** Something that is not as it should be. */
export interface Problem {
  /** The block it was found at; undefined where it belongs to none. */
  readonly height: number | undefined;
  readonly what: string;
}

/** Problems in the order in which they are found, up to a limit. */
export class ProblemList {
  readonly #problems: Problem[] = [];

  get isFull(): boolean {
    return this.#problems.length >= PROBLEM_COUNT_MAX;
  }

  add(height: number | undefined, what: string): void {
    if (!this.isFull) this.#problems.push({ height, what });
  }

  /** Adds a problem unless the fact holds. */
  expect(fact: boolean, height: number | undefined, what: string): void {
    if (!fact) this.add(height, what);
  }

  /** Returns what `read` returns, or undefined after adding why it refused what is stored. */
  attempt<T>(height: number | undefined, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#addRefusal(height, error);
      return undefined;
    }
  }

  /** As `attempt`, for what takes time. */
  async attemptAsync<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#addRefusal(undefined, error);
      return undefined;
    }
  }

  #addRefusal(height: number | undefined, error: unknown): void {
    if (error instanceof ChainError) this.add(height, `${error.code}: ${error.message}`);
    else if (error instanceof DamageError) this.add(height, error.message);
    else throw error;
  }

  toArray(): readonly Problem[] {
    return [...this.#problems];
  }
}
