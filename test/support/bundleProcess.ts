/**
 * A process that runs a file of `birthmark-node/browser` where nothing but the language and five things of the web are
 * there, on the corpus of proofs, and prints the verdicts as JSON:
 *
 *     node --experimental-vm-modules test/support/bundleProcess.ts FILE
 */
import { readFileSync } from 'node:fs';
import { createContext, SourceTextModule } from 'node:vm';

import { corpusClaims } from './corpusClaims.ts';

/** What a page sees of it. */
interface Runner {
  run(claims: string): Promise<string>;
}

const RUNNER = `
  import { verify } from 'bundle';
  const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (each) => parseInt(each, 16));
  const hexOf = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('');
  const shown = (_, value) => (ArrayBuffer.isView(value) ? hexOf(value) : value);
  export async function run(claims) {
    const verdicts = [];
    for (const { photograph, proof, policy } of JSON.parse(claims)) {
      const file = new Blob([bytesOf(photograph)]);
      verdicts.push(await verify({ file, proof: bytesOf(proof), policy: bytesOf(policy) }));
    }
    return JSON.stringify(verdicts, shown);
  }
`;

const context = createContext({ TextEncoder, TextDecoder, atob, btoa, Blob });
const code = readFileSync(process.argv[2] ?? '', 'utf8');
const bundle = new SourceTextModule(code, { context, identifier: 'bundle' });
await bundle.link((specifier) => {
  throw new Error(`the bundle imports ${specifier}`);
});
const runner = new SourceTextModule(RUNNER, { context, identifier: 'runner' });
await runner.link(() => bundle);
await runner.evaluate();
const claims = corpusClaims().map((claim) =>
  Object.fromEntries(
    Object.entries(claim).map(([name, bytes]) => [
      name,
      Buffer.from(bytes as Uint8Array).toString('hex'),
    ]),
  ),
);
console.log(await (runner.namespace as unknown as Runner).run(JSON.stringify(claims)));
