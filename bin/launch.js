/**
 * Hands over to a script, with a Node that can run it: this one, or else the one that the clone
 * pins under node_modules. Plain JavaScript that any Node since 18 can read.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const NODE_MAJOR_MIN = 24;

/** @type {readonly NodeJS.Signals[]} */
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * How Node runs a validator. docs/decisions/0006-how-node-runs.md says why, with figures.
 *
 * @type {readonly string[]}
 */
export const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=1024'];

/**
 * How Node runs what goes through a whole log: each entry makes small things that are dropped at once. With the
 * default they pile up to 65 MB more before they are collected (150,000 entries: 261 MB resident in place of 195).
 *
 * @type {readonly string[]}
 */
export const LOG_FLAGS = ['--max-semi-space-size=4'];

/**
 * Runs a script to its end and passes its exit code on.
 *
 * In this process if its version allows, so that no second process stands between a signal and
 * the node; the script runs by being imported, and finds its arguments in `process.argv`.
 *
 * @param {string} root - the folder whose node_modules may hold a Node.
 * @param {string} script - absolute path.
 * @param {{ args: readonly string[], flags?: readonly string[] }} options - the script's arguments, and flags
 *   of Node's own, where it can be given them.
 */
export async function launch(root, script, { args, flags = [] }) {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
    if (!flags.every((flag) => process.execArgv.includes(flag))) replaceWith(flags);
    module.enableCompileCache();
    process.argv = [process.execPath, script, ...args];
    await import(pathToFileURL(script).href);
    return;
  }
  const pinned = path.join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(pinned)) {
    console.error(
      `birthmark needs Node ${NODE_MAJOR_MIN} or later and this is ${process.version}. ` +
        'Install a later one; in a clone, `npm ci` brings it.',
    );
    process.exitCode = 1;
    return;
  }
  relay(pinned, [...flags, script, ...args]);
}

/**
 * Begins this process anew with more flags of Node, under the same id. Returns where that cannot be: on a system
 * without it, or where a parent's channel would be lost.
 *
 * @param {readonly string[]} flags - Node's own.
 */
function replaceWith(flags) {
  if (process.platform === 'win32' || process.channel !== undefined) return;
  const args = [process.execPath, ...process.execArgv, ...flags, ...process.argv.slice(1)];
  process.execve?.(process.execPath, args, process.env);
}

/**
 * Runs a program in this one's place: same streams, signals passed on, same ending.
 *
 * @param {string} program - absolute path.
 * @param {readonly string[]} args - its arguments.
 */
function relay(program, args) {
  const child = spawn(program, args, { stdio: 'inherit' });
  const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(`cannot run ${program}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const name of FORWARDED_SIGNALS) process.off(name, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}
