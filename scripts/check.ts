/**
 * Runs every check that is not a test, one after another, and reports each:
 *
 *     npm run check [-- NAME…]
 *
 * Prints the output of those that fail. Exits 1 if any does.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = path.dirname(import.meta.dirname);

/** The checks by name; each is a command of node_modules/.bin with its arguments. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc', '-p', 'tsconfig.json'],
  'types of pages': ['tsc', '-p', 'api/web/tsconfig.json'],
  lint: ['eslint', '--max-warnings=0', '.'],
  architecture: ['depcruise', '--config', '.dependency-cruiser.js', '--output-type', 'err', '.'],
  'dead code': ['knip'],
  format: ['prettier', '--check', '--log-level=warn', '.'],
};

async function passes(name: string, [command = '', ...args]: readonly string[]): Promise<boolean> {
  const startMs = performance.now();
  const program = path.join(ROOT, 'node_modules', '.bin', command);
  const child = spawn(process.execPath, [program, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exited,
  ]);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)`);
  if (code !== 0) console.log(`${output}${errors}`.replaceAll(/^/gm, '    ').trimEnd());
  return code === 0;
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
  throw new Error(
    `no check named ${unknown.join(', ')}; there are ${Object.keys(CHECKS).join(', ')}`,
  );
}

const failed: string[] = [];
for (const [name, command] of Object.entries(CHECKS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  if (!(await passes(name, command))) failed.push(name);
}
console.log(failed.length === 0 ? 'All checks pass.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
