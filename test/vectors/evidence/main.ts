/**
 * Writes the package of evidence that this version makes, when it is released:
 *
 *     node test/vectors/evidence/main.ts VERSION
 *
 * A folder that is there is left alone.
 */
import { writeEvidence } from './evidence.ts';

const [version] = process.argv.slice(2);
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  throw new Error('name the version, such as 0.1.0');
}
writeEvidence(version);
