/** What a command prints, kept for a test. */
import type { Output } from '../../scripts/cli/output.ts';
import { runProgram } from '../../scripts/cli/program.ts';

/** What a command line came to. */
export interface Outcome {
  readonly code: number;
  /** Results for people. */
  readonly lines: readonly string[];
  /** Results for programs. */
  readonly values: readonly unknown[];
  /** What was said on the way, and errors. */
  readonly notes: readonly string[];
}

/** Runs a command line in this process. */
export async function runCommand(...argv: readonly string[]): Promise<Outcome> {
  const lines: string[] = [];
  const values: unknown[] = [];
  const notes: string[] = [];
  const output: Output = {
    line: (text) => void lines.push(text),
    json: (value) => void values.push(value),
    note: (text) => void notes.push(text),
    progress: () => ({ update: () => undefined, stop: () => undefined }),
  };
  const code = await runProgram(argv, output);
  return { code, lines, values, notes };
}
