/** Proofs that were made by every released version verify, on every platform. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { expect } from 'chai';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { verify } from '../../../chain/log/verify.ts';
import type { PlatformReport } from '../../support/verifyProcess.ts';
import { readProofVectors, versions } from '../../vectors/proofs/files.ts';
import { makeProofVectors, type ProofVector } from '../../vectors/proofs/proofs.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const CURRENT = '0.1.0';

describe('the corpus of proofs', () => {
  it('has the proofs that are made today', () => {
    expect(makeProofVectors()).to.deep.equal(readProofVectors(CURRENT));
  });

  for (const version of versions()) {
    for (const each of readProofVectors(version)) {
      it(`verifies: ${each.name} of ${version}`, () => {
        const verdict = verify({
          file: { bytes: formatUtf8(each.photograph) },
          proof: formatUtf8(each.proof),
          policy: formatUtf8(each.policy),
        });

        expect(verdict.verdict).to.equal(each.verdict);
        if (verdict.verdict === 'not_verified') return;
        const { match, index, treeSize, cosigners, quorumTimeS } = verdict.registration;
        expect({ match, index, treeSize, quorum: cosigners.length, quorumTimeS }).to.deep.equal({
          match: each.match,
          index: each.index,
          treeSize: each.treeSize,
          quorum: each.quorum,
          quorumTimeS: each.quorumTimeS,
        });
      });
    }
  }

  it('verifies for its own photographs, and under its own policies, alone', () => {
    const vectors = versions().flatMap(readProofVectors);
    const codeOf = (
      photograph: ProofVector,
      { proof }: ProofVector,
      { policy }: ProofVector,
    ): string => {
      const file = { bytes: formatUtf8(photograph.photograph) };
      const verdict = verify({ file, proof: formatUtf8(proof), policy: formatUtf8(policy) });
      return verdict.verdict === 'not_verified' ? verdict.code : verdict.verdict;
    };
    for (const one of vectors) {
      for (const other of vectors.filter((each) => each !== one)) {
        const name = `${one.name}, ${other.name}`;
        expect(codeOf(other, one, one), name).to.equal('ERR_IMAGE_HASH');
        // All are of one network: the smaller of two sets is a part of the larger.
        expect(codeOf(one, one, other), name).to.equal(
          other.quorum > one.quorum ? 'ERR_QUORUM' : one.verdict,
        );
      }
    }
  });
});

describe('the verifier', () => {
  const run = (...options: readonly string[]): PlatformReport =>
    JSON.parse(
      execFileSync(process.execPath, [...options, 'test/support/verifyProcess.ts'], {
        cwd: ROOT,
        encoding: 'utf8',
      }),
    ) as PlatformReport;
  let node: PlatformReport;
  let browser: PlatformReport;

  before('run on both platforms', function () {
    this.timeout(120_000);
    node = run();
    browser = run('--conditions=browser');
  });

  it('runs on the cryptography of Node, and on that of a browser', () => {
    expect(node.crypto).to.match(/\/chain\/crypto\/node\.ts$/);
    expect(browser.crypto).to.match(/\/chain\/crypto\/browser\.ts$/);
  });

  it('comes to the same verdicts on both', () => {
    expect(browser.verdicts.length).to.be.above(100);
    expect(browser.verdicts).to.deep.equal(node.verdicts);
  });

  it('needs nothing of Node in a browser', () => {
    expect(browser.modules.length).to.be.above(20);
    for (const url of browser.modules) {
      expect(url).to.match(/^file:.*\/(chain\/[^.]+\.ts|node_modules\/@noble\/[^.]+\.js)$/);
      expect(url).not.to.include('/crypto/node.ts');
    }
    expect(node.modules.filter((url) => url.startsWith('node:'))).to.deep.equal(['node:crypto']);
  });
});
