/** The files of the corpus of proofs: a folder for each version, which is written once. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { ProofCase, ProofVector } from './proofs.ts';

const FOLDER = import.meta.dirname;
const CASES = 'cases.json';

/** Returns the versions that have a folder. */
export function versions(): readonly string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => name);
}

/** Reads the proofs of a version. */
export function readProofVectors(version: string): readonly ProofVector[] {
  const read = (name: string): string => readFileSync(path.join(FOLDER, version, name), 'utf8');
  const cases = JSON.parse(read(CASES)) as readonly ProofCase[];
  return cases.map((each) => ({
    ...each,
    proof: read(`${each.name}.tlog-proof`),
    policy: read(`${each.name}.policy.txt`),
  }));
}

/** Writes the proofs of a version. Throws where its folder is there. */
export function writeProofVectors(version: string, vectors: readonly ProofVector[]): void {
  const folder = path.join(FOLDER, version);
  mkdirSync(folder);
  const cases = vectors.map(({ proof, policy, ...facts }) => {
    writeFileSync(path.join(folder, `${facts.name}.tlog-proof`), proof);
    writeFileSync(path.join(folder, `${facts.name}.policy.txt`), policy);
    return facts;
  });
  writeFileSync(path.join(folder, CASES), `${JSON.stringify(cases, undefined, 2)}\n`);
}
