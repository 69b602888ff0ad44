/** Turns: what is done under one name is done one after another. */
import { ApiError } from '../api/errors.ts';

/** Who may wait. */
export interface TurnsOptions {
  /** Tasks of one name that wait or are done at a time. */
  readonly waitingCountMax: number;
  /** What is said to whoever comes then. */
  readonly busy: string;
}

interface Line {
  /** Resolves when nobody is at it any more. */
  free: Promise<unknown>;
  waiting: number;
}

/** Lines of tasks, one for each name. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #lines = new Map<string, Line>();

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Runs a task after those before it. Rejects as it does, or with ERR_NOT_READY where too many wait. */
  async take<T>(name: string, task: () => Promise<T>): Promise<T> {
    const { waitingCountMax, busy } = this.#options;
    const line = this.#lines.get(name) ?? { free: Promise.resolve(), waiting: 0 };
    if (line.waiting >= waitingCountMax) {
      throw new ApiError('ERR_NOT_READY', busy, { retryAfterS: 1 });
    }
    this.#lines.set(name, line);
    line.waiting += 1;
    const turn = line.free.then(task);
    line.free = turn.catch(() => undefined); // Whoever asked sees the rejection.
    try {
      return await turn;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.#lines.delete(name);
    }
  }

  /** Resolves when nothing is done that was asked for until now. */
  async settled(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ free }) => free));
  }
}
