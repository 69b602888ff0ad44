/**
 * Writes the proofs that this version makes, when it is released:
 *
 *     node test/vectors/proofs/main.ts VERSION
 *
 * A folder that is there is left alone.
 */
import { writeProofVectors } from './files.ts';
import { makeProofVectors } from './proofs.ts';

const [version] = process.argv.slice(2);
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  throw new Error('name the version, such as 0.1.0');
}
writeProofVectors(version, makeProofVectors());
