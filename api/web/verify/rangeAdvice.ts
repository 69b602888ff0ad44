/** How many digits the node recommends to send: asked once, and again after an error. */
import type { RangeAdvice } from './range.ts';

/** Keeps what the node recommends. */
export class RangeAdviser {
  readonly #fetchAdvice: () => Promise<RangeAdvice>;
  #reading: Promise<RangeAdvice> | undefined;
  #known: RangeAdvice | undefined;

  constructor(fetchAdvice: () => Promise<RangeAdvice>) {
    this.#fetchAdvice = fetchAdvice;
  }

  /** What is known so far. */
  get known(): RangeAdvice | undefined {
    return this.#known;
  }

  /** Resolves to what the node recommends. Rejects where it gives no answer, and asks once more when next read. */
  read(): Promise<RangeAdvice> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  /** Asks once more when next read, as where the node has refused so many digits. */
  forget(): void {
    this.#reading = undefined;
  }

  async #read(): Promise<RangeAdvice> {
    try {
      this.#known = await this.#fetchAdvice();
      return this.#known;
    } catch (error) {
      this.forget();
      throw error;
    }
  }
}
