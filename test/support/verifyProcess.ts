/**
 * A process that verifies the corpus of proofs, whole and damaged, and prints what came of it as JSON: so that
 * platforms can be compared. With `--conditions=browser` it has the cryptography of a browser.
 */
import { registerHooks } from 'node:module';

import { corpusClaims, hexOfBytes } from './corpusClaims.ts';

/** What a platform makes of the corpus. */
export interface PlatformReport {
  /** The module behind `#crypto`. */
  readonly crypto: string;
  /** URLs of all modules that the verifier needs. */
  readonly modules: readonly string[];
  readonly verdicts: readonly unknown[];
}

const modules: string[] = [];
const hooks = registerHooks({
  load(url, context, nextLoad) {
    modules.push(url);
    return nextLoad(url, context);
  },
});
const { verify } = await import('../../chain/log/verify.ts');
hooks.deregister();

const verdicts = corpusClaims().map(({ photograph, proof, policy }) =>
  verify({ file: { bytes: photograph }, proof, policy }),
);

const report: PlatformReport = { crypto: import.meta.resolve('#crypto'), modules, verdicts };
console.log(JSON.stringify(report, hexOfBytes));
