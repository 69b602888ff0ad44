import { expect } from 'chai';

import { createSigner } from '../../chain/signature.ts';
import {
  checkVerdict,
  signVerdict,
  type Verdict,
  type VerdictProof,
  verifyVerdict,
} from '../../chain/verdict.ts';
import {
  bytesOf,
  CHAIN_ID,
  codeOf,
  hashOfText,
  VERDICT_KEY,
  VERDICT_SEED,
} from '../support/chainValues.ts';
import { authorityOf } from '../support/certificates.ts';

const SIGN = createSigner(VERDICT_SEED);
const VERDICT: Verdict = {
  chainId: CHAIN_ID,
  subject: hashOfText('certificate'),
  imageHash: hashOfText('image'),
  valid: true,
  issuedAt: 1_795_224_916,
};
const SIGNATURE = signVerdict(VERDICT, SIGN);

describe('a signed verdict', () => {
  it('verifies with the authority key', () => {
    expect(verifyVerdict(VERDICT, SIGNATURE, VERDICT_KEY)).to.equal(true);
  });

  it('verifies for no other chain, certificate, photograph, answer or time', () => {
    const others: readonly Partial<Verdict>[] = [
      { chainId: bytesOf(32, 0) },
      { subject: bytesOf(32, 0) },
      { imageHash: bytesOf(32, 0) },
      { valid: false },
      { issuedAt: VERDICT.issuedAt + 1 },
    ];
    for (const other of others) {
      const verified = verifyVerdict({ ...VERDICT, ...other }, SIGNATURE, VERDICT_KEY);
      expect(verified, Object.keys(other).join()).to.equal(false);
    }
  });

  it('verifies with no other key, and at no other size', () => {
    expect(verifyVerdict(VERDICT, SIGNATURE, bytesOf(32, 1))).to.equal(false);
    expect(verifyVerdict(VERDICT, SIGNATURE.subarray(1), VERDICT_KEY)).to.equal(false);
    expect(verifyVerdict(VERDICT, SIGNATURE, VERDICT_KEY.subarray(1))).to.equal(false);
  });
});

describe('the verdict of an authority', () => {
  const proof: VerdictProof = { issuedAt: VERDICT.issuedAt, signature: SIGNATURE };
  const signing = authorityOf([], { verdictKey: VERDICT_KEY });
  const silent = authorityOf([]);

  it('is signed where the registry has a key, and only there', () => {
    expect(codeOf(() => checkVerdict(proof, signing, VERDICT))).to.equal('accepted');
    expect(codeOf(() => checkVerdict(undefined, silent, VERDICT))).to.equal('accepted');
    expect(codeOf(() => checkVerdict(undefined, signing, VERDICT))).to.equal(
      'ERR_VERDICT_SIGNATURE',
    );
    expect(codeOf(() => checkVerdict(proof, silent, VERDICT))).to.equal('ERR_VERDICT_SIGNATURE');
  });

  it('says yes: a signed no is refused', () => {
    const no = signVerdict({ ...VERDICT, valid: false }, SIGN);
    const check = (): void => checkVerdict({ ...proof, signature: no }, signing, VERDICT);

    expect(codeOf(check)).to.equal('ERR_VERDICT_SIGNATURE');
  });

  it('is bound to its time of issue', () => {
    const check = (): void => checkVerdict({ ...proof, issuedAt: 0 }, signing, VERDICT);

    expect(codeOf(check)).to.equal('ERR_VERDICT_SIGNATURE');
  });
});
