/** Checks what a node that does not run has left: its stores with `birthmark db check`, and its log. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { fieldsOf } from '../../genesis/json.ts';
import { logPathOf } from './nodeProcess.ts';
import type { Violations } from './violations.ts';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/**
 * Runs `birthmark db check` as a process of its own.
 *
 * @param against - URL of another node, whose chain is compared too.
 */
export async function checkStores(
  validatorDir: string,
  violations: Violations,
  against?: string,
): Promise<void> {
  const other = against === undefined ? [] : ['--against', against];
  const args = [MAIN, 'db', 'check', '--dir', validatorDir, '--json', ...other];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const problems = problemsOf(output);
  violations.expect(
    code === 0 && problems?.length === 0,
    `birthmark db check ended with ${String(code)}: ${JSON.stringify(problems)} ${errors}`,
  );
}

/** The problems that a report lists; undefined if it is none. */
function problemsOf(output: string): readonly unknown[] | undefined {
  try {
    const { problems } = fieldsOf(JSON.parse(output));
    return Array.isArray(problems) ? problems : undefined;
  } catch {
    return undefined;
  }
}

/** Finds errors in a node's log: a kill may end it anywhere, but no node stops by itself. */
export async function checkLog(validatorDir: string, violations: Violations): Promise<void> {
  const lines = (await readFile(logPathOf(validatorDir), 'utf8')).split('\n');
  for (const line of lines) {
    // What is no JSON was written by no log: a stack trace, or a warning of the runtime.
    const isFault = line.startsWith('{') ? line.includes('"level":"error"') : line.trim() !== '';
    violations.expect(!isFault, `the node's log says: ${line}`);
  }
}
