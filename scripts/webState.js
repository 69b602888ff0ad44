/**
 * Says whether the pages' scripts and styles (dist/web) are those of the present sources.
 *
 * Plain JavaScript without packages, as what runs before packages are installed. What was built is listed in
 * dist/web/manifest.json: the files by the names that pages ask for, the sources that went in, and a fingerprint of
 * those. A source that joins them is named by one that changes, so the list of the last build is enough to judge by.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * What dist/web/manifest.json holds.
 *
 * @typedef {object} WebManifest
 * @property {Readonly<Record<string, string>>} files - by plain name, the name with the hash of its content.
 * @property {readonly string[]} inputs - sources of ours, relative to the root, with slashes.
 * @property {string} fingerprint - of the inputs.
 */

/** What the build rests on beside its inputs: the versions of packages, and the build itself. */
const ALWAYS = [
  'package-lock.json',
  'scripts/web/build.ts',
  'scripts/web/entries.ts',
  'scripts/webState.js',
];

/**
 * Returns the folder of what was built.
 *
 * @param {string} root - the repository.
 */
export function webFolder(root) {
  return path.join(root, 'dist', 'web');
}

/**
 * Returns the SHA-256 in hex over the names and bytes of sources. Throws where one cannot be read.
 *
 * @param {string} root - the repository.
 * @param {readonly string[]} inputs - relative to it.
 */
export function fingerprintOf(root, inputs) {
  const hash = createHash('sha256');
  for (const name of [...new Set([...ALWAYS, ...inputs])].sort()) {
    const bytes = readFileSync(path.join(root, name));
    hash.update(`${name}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * Returns whether dist/web was made of the present sources.
 *
 * @param {string} root - the repository.
 */
export function isWebFresh(root) {
  try {
    const file = path.join(webFolder(root), 'manifest.json');
    const { inputs, fingerprint } = /** @type {WebManifest} */ (
      JSON.parse(readFileSync(file, 'utf8'))
    );
    return fingerprint === fingerprintOf(root, inputs);
  } catch {
    // Absent, unreadable, or of a source that is gone: built anew in any case.
    return false;
  }
}
