/** Programs of others that judge what we make. Where one is missing, tests are pending, with its name. */
import { spawnSync } from 'node:child_process';

/** What a program said. */
export interface ProgramRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function runProgramOf(program: string, ...args: readonly string[]): ProgramRun {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}
