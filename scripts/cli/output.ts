/**
 * What a command prints: lines for people, one JSON value for programs.
 *
 * Results go to standard output; progress and errors go to standard error, so that output can be piped.
 */
import { SingleBar } from 'cli-progress';

/** Where a command writes. */
export interface Output {
  /** A result for people. */
  line(text: string): void;
  /** A result for programs. */
  json(value: unknown): void;
  /** Something on the way, for people. */
  note(text: string): void;
  /** A bar on standard error; nothing where that is no terminal. */
  progress(total: number, unit: string): Progress;
}

/** Progress of long work. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** A command that ends without its result: the sentence says what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Exit code of a command that was called wrongly. */
export const EXIT_USAGE = 2;

/** Standard output and standard error of this process. */
export const processOutput: Output = {
  line: (text) => {
    process.stdout.write(`${text}\n`);
  },
  json: (value) => {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  },
  note: (text) => {
    process.stderr.write(`${text}\n`);
  },
  progress(total, unit) {
    if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
    const format = `{bar} {percentage}% {value}/{total} ${unit}, {eta_formatted} left`;
    const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true });
    bar.start(total, 0);
    return {
      update: (done) => {
        bar.update(done);
      },
      stop: () => {
        bar.stop();
      },
    };
  },
};
