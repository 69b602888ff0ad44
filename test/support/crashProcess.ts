/** `birthmark` as a process of its own, for tests that end it. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const BIRTHMARK = path.resolve(import.meta.dirname, '../../bin/birthmark.js');
const POLL_MS = 20;

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process under control; killed when its group of tests ends. */
export interface Birthmark {
  readonly process: ChildProcess;
  readonly ended: Promise<End>;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when its standard output or error holds what is looked for; rejects if it ends before. */
  says(what: RegExp): Promise<RegExpExecArray>;
}

/** Starts `birthmark` as the leader of its own process group, as a shell does. */
export function startBirthmark(args: readonly string[]): Birthmark {
  return startProgram(BIRTHMARK, args);
}

/** Starts a script as the leader of its own process group. */
export function startProgram(script: string, args: readonly string[]): Birthmark {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const written = { stdout: '', stderr: '' };
  const changed = new EventTarget();
  const tell = (): void => {
    changed.dispatchEvent(new Event('change'));
  };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      tell();
    });
  }
  const ended = new Promise<End>((resolve, reject) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
    child.once('error', reject);
  });
  const says = (what: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = what.exec(written.stdout) ?? what.exec(written.stderr);
        if (match !== null) resolve(match);
      };
      changed.addEventListener('change', look);
      look();
      void ended.then(({ code }) => {
        reject(
          new Error(
            `it ended with ${String(code)} before it said ${String(what)}: ${written.stderr}`,
          ),
        );
      });
    });
  return {
    process: child,
    ended,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    says,
  };
}

/** Kills a process group that may be gone already. */
export function killGroup({ process: { pid } }: Birthmark): void {
  if (pid !== undefined) signalIfThere(-pid, 'SIGKILL');
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  return signalIfThere(pid, 0);
}

/** Resolves when a process that is no child of this one has gone; rejects if the time is up before. */
export async function waitUntilGone(pid: number, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (isAlive(pid)) {
    if (performance.now() > endMs) throw new Error(`process ${pid} is still there`);
    await delay(POLL_MS);
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
