/**
 * Runs a script of this repository, on a fresh clone too:
 *
 *     node scripts/bootstrap.js [SCRIPT [ARGUMENT]…]
 *
 * Installs the packages of package-lock.json where they are missing or differ, makes the scripts of the
 * pages (dist/web) where they are absent or stale, then runs SCRIPT with the Node that the lock file pins.
 * Without SCRIPT that is all. Plain JavaScript, without packages, that any Node since 18 can read.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from '../bin/launch.js';
import { isWebFresh } from './webState.js';

/**
 * What both lock files say of a package.
 *
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean }} Entry
 */

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');

/**
 * Returns the packages that a lock file lists, by folder.
 *
 * @param {string} file - absolute path.
 * @returns {Readonly<Record<string, Entry>>} empty if the file is absent or unreadable.
 */
function readLock(file) {
  try {
    const lock = /** @type {{ packages?: Record<string, Entry> }} */ (
      JSON.parse(readFileSync(file, 'utf8'))
    );
    return lock.packages ?? {};
  } catch {
    return {};
  }
}

/** Tells whether node_modules holds what package-lock.json asks for; npm keeps a list of it there. */
function isInstalled() {
  if (!existsSync(path.join(modules, '.bin', 'node'))) return false;
  const installed = readLock(path.join(modules, '.package-lock.json'));
  return Object.entries(readLock(path.join(root, 'package-lock.json'))).every(
    ([folder, wanted]) => {
      const found = installed[folder];
      if (found) return found.version === wanted.version;
      // The root itself is not listed; optional packages may be for another platform.
      return folder === '' || wanted.optional === true || wanted.devOptional === true;
    },
  );
}

/** Installs with the npm of the machine: the pinned Node is among what it replaces. */
function install() {
  console.error('Installing packages (once, about half a minute) …');
  const outside = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.endsWith(path.join('node_modules', '.bin')));
  const { status, error } = spawnSync(
    'npm',
    ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'],
    {
      cwd: root,
      env: { ...process.env, PATH: outside.join(path.delimiter) },
      stdio: ['ignore', 2, 2],
    },
  );
  if (status === 0 && isInstalled()) return true;
  console.error(`npm ci did not install the packages: ${error?.message ?? 'see above'}`);
  return false;
}

/** Makes the scripts of the pages, with the Node that the lock file pins. */
function buildWeb() {
  const node = path.join(modules, '.bin', 'node');
  const { status, error } = spawnSync(node, [path.join(root, 'scripts', 'web', 'main.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return true;
  console.error(`the scripts of the pages were not made: ${error?.message ?? 'see above'}`);
  return false;
}

const [script, ...args] = process.argv.slice(2);
if (!isInstalled() && !install()) process.exitCode = 1;
else if (!isWebFresh(root) && !buildWeb()) process.exitCode = 1;
else if (script !== undefined) await launch(root, path.resolve(root, script), { args });
