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
  codeOfRejection,
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
  it('verifies with the authority key', async () => {
    expect(await verifyVerdict(VERDICT, SIGNATURE, VERDICT_KEY)).to.equal(true);
  });

  it('verifies for no other chain, certificate, photograph, answer or time', async () => {
    const others: readonly Partial<Verdict>[] = [
      { chainId: bytesOf(32, 0) },
      { subject: bytesOf(32, 0) },
      { imageHash: bytesOf(32, 0) },
      { valid: false },
      { issuedAt: VERDICT.issuedAt + 1 },
    ];
    for (const other of others) {
      const verified = await verifyVerdict({ ...VERDICT, ...other }, SIGNATURE, VERDICT_KEY);
      expect(verified, Object.keys(other).join()).to.equal(false);
    }
  });

  it('verifies with no other key, and at no other size', async () => {
    expect(await verifyVerdict(VERDICT, SIGNATURE, bytesOf(32, 1))).to.equal(false);
    expect(await verifyVerdict(VERDICT, SIGNATURE.subarray(1), VERDICT_KEY)).to.equal(false);
    expect(await verifyVerdict(VERDICT, SIGNATURE, VERDICT_KEY.subarray(1))).to.equal(false);
  });
});

describe('the verdict of an authority', () => {
  const proof: VerdictProof = { issuedAt: VERDICT.issuedAt, signature: SIGNATURE };
  const signing = authorityOf([], { verdictKey: VERDICT_KEY });
  const silent = authorityOf([]);

  it('is signed where the registry has a key, and only there', async () => {
    expect(await codeOfRejection(checkVerdict(proof, signing, VERDICT))).to.equal('accepted');
    expect(await codeOfRejection(checkVerdict(undefined, silent, VERDICT))).to.equal('accepted');
    expect(await codeOfRejection(checkVerdict(undefined, signing, VERDICT))).to.equal(
      'ERR_VERDICT_SIGNATURE',
    );
    expect(await codeOfRejection(checkVerdict(proof, silent, VERDICT))).to.equal(
      'ERR_VERDICT_SIGNATURE',
    );
  });

  it('says yes: a signed no is refused', async () => {
    const no = signVerdict({ ...VERDICT, valid: false }, SIGN);
    const check = checkVerdict({ ...proof, signature: no }, signing, VERDICT);

    expect(await codeOfRejection(check)).to.equal('ERR_VERDICT_SIGNATURE');
  });

  it('is bound to its time of issue', async () => {
    const check = checkVerdict({ ...proof, issuedAt: 0 }, signing, VERDICT);

    expect(await codeOfRejection(check)).to.equal('ERR_VERDICT_SIGNATURE');
  });
});
