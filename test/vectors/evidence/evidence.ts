/** Packages of evidence as released versions made them, from fixed values: a folder for each, which is written once. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { createEvidence } from '../../../scripts/evidence/evidenceFiles.ts';
import { evidenceOf } from '../../support/evidenceRig.ts';

const FOLDER = import.meta.dirname;

/** Returns the folders by the versions that made them. */
export function evidenceFolders(): ReadonlyMap<string, string> {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((each) => each.isDirectory());
  return new Map(folders.map(({ name }) => [name, path.join(FOLDER, name)]));
}

/** Returns the files of a folder as text that tells bytes apart. */
export function readEvidence(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]),
  );
}

/** Returns what this version makes, in the same form. */
export function makeEvidence(): Readonly<Record<string, string>> {
  const files = [...createEvidence(evidenceOf())].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    files.map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')]),
  );
}

/** Writes the package of a version. Throws where its folder is there. */
export function writeEvidence(version: string): void {
  const folder = path.join(FOLDER, version);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(makeEvidence())) {
    writeFileSync(path.join(folder, name), text, 'latin1');
  }
}
