/** Verdicts of the Wycheproof project on signatures at the edges, against both twins of `#crypto`. */
import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { parseHex } from '../../../chain/bytes.ts';
import * as browser from '../../../chain/crypto/browser.ts';
import * as node from '../../../chain/crypto/node.ts';
import { isAdmissibleEd25519Key, parseDerSignature } from '../../../chain/signature.ts';
import { describeConformance } from '../../support/conformance.ts';

const TWINS = { node, browser };

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface Vectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    /** A point of ECDSA, or the bytes of an Ed25519 key. */
    readonly publicKey: { readonly uncompressed?: string; readonly pk?: string };
    readonly tests: readonly Case[];
  }[];
}

/** Runs `check` on every case with its key; returns how many there were. */
async function forEachCase(
  path: string,
  check: (publicKey: Uint8Array, each: Case) => void | Promise<void>,
): Promise<number> {
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
  let count = 0;
  for (const { publicKey: named, tests } of vectors.testGroups) {
    const publicKey = parseHex(named.uncompressed ?? named.pk ?? 'no key');
    for (const each of tests) {
      await check(publicKey, each);
      count += 1;
    }
  }
  expect(count).to.equal(vectors.numberOfTests);
  return count;
}

describeConformance('Wycheproof', (vector) => {
  const ecdsa = vector('wycheproof', 'ecdsa_secp256r1_sha256_test.json');
  const ed25519 = vector('wycheproof', 'ed25519_test.json');

  for (const [name, twin] of Object.entries(TWINS)) {
    it(`agrees on every ECDSA P-256 signature in DER, ${name}`, async () => {
      const count = await forEachCase(ecdsa, async (publicKey, each) => {
        const key = twin.importEcdsaKey('P-256', publicKey);
        const raw = parseDerSignature(parseHex(each.sig));
        const verified =
          key !== undefined &&
          raw !== undefined &&
          (await twin.verifyEcdsa(key, parseHex(each.msg), raw));
        expect(verified, `${each.tcId}: ${each.comment}`).to.equal(each.result === 'valid');
      });
      expect(count).to.be.above(400);
    });

    it(`agrees on every Ed25519 signature, ${name}`, async () => {
      const count = await forEachCase(ed25519, (publicKey, each) => {
        const [message, signature] = [parseHex(each.msg), parseHex(each.sig)];
        const verified = twin.verifyEd25519(publicKey, message, signature);
        expect(verified, `${each.tcId}: ${each.comment}`).to.equal(each.result === 'valid');
      });
      expect(count).to.be.above(100);
    });
  }

  it('has no valid Ed25519 signature by a key that is not admissible', async () => {
    await forEachCase(ed25519, (publicKey, each) => {
      if (each.result !== 'valid') return;
      expect(isAdmissibleEd25519Key(publicKey), `${each.tcId}: ${each.comment}`).to.equal(true);
    });
  });
});
