/**
 * A process that verifies the corpus of proofs, whole and damaged, and prints what came of it as JSON: so that
 * platforms can be compared. With `--conditions=browser` it has the cryptography of a browser.
 */
import { registerHooks } from 'node:module';

import { readProofVectors, versions } from '../vectors/proofs/files.ts';
import { Chance, damage } from './mutations.ts';

/** What a platform makes of the corpus. */
export interface PlatformReport {
  /** The module behind `#crypto`. */
  readonly crypto: string;
  /** URLs of all modules that the verifier needs. */
  readonly modules: readonly string[];
  readonly verdicts: readonly unknown[];
}

const DAMAGES_PER_PROOF = 30;

const modules: string[] = [];
const hooks = registerHooks({
  load(url, context, nextLoad) {
    modules.push(url);
    return nextLoad(url, context);
  },
});
const { verify } = await import('../../chain/log/verify.ts');
hooks.deregister();

const utf8 = new TextEncoder();
const chance = new Chance(5);
const verdicts = versions()
  .flatMap(readProofVectors)
  .flatMap((each) => {
    const [bytes, proof, policy] = [each.photograph, each.proof, each.policy].map((text) =>
      utf8.encode(text),
    ) as [Uint8Array, Uint8Array, Uint8Array];
    const damaged = Array.from({ length: DAMAGES_PER_PROOF }, () =>
      verify({ file: { bytes }, proof: damage(proof, chance), policy }),
    );
    return [verify({ file: { bytes }, proof, policy }), ...damaged];
  });

const report: PlatformReport = { crypto: import.meta.resolve('#crypto'), modules, verdicts };
console.log(
  JSON.stringify(report, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  ),
);
