import { expect } from 'chai';

import type { Verifier } from '../../../chain/consensus/statement.ts';
import { type SignedBytes, verifySigned } from '../../../chain/signature.ts';
import { rememberSignatures } from '../../../node/consensus/knownSignatures.ts';
import { hashOfText, signerOf, validatorOf } from '../../support/chainValues.ts';

const BYTES = hashOfText('what is signed');
const SIGNED: SignedBytes = {
  publicKey: validatorOf('v0').consensusKey,
  domain: 'vote',
  bytes: BYTES,
  signature: signerOf('v0')('vote', BYTES),
};

function counted(verify: Verifier = verifySigned): { readonly verify: Verifier; count: number } {
  const rig = {
    count: 0,
    verify: rememberSignatures((signed) => {
      rig.count += 1;
      return verify(signed);
    }),
  };
  return rig;
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
}

describe('a verifier that remembers', () => {
  it('verifies what is right once', () => {
    const rig = counted();
    const found = [1, 2, 3].map(() => rig.verify(SIGNED));

    expect([found, rig.count]).to.deep.equal([[true, true, true], 1]);
  });

  it('remembers nothing of what is wrong', () => {
    const rig = counted();
    const wrong = { ...SIGNED, signature: flipped(SIGNED.signature) };
    const found = [1, 2].map(() => rig.verify(wrong));

    expect([found, rig.count]).to.deep.equal([[false, false], 2]);
  });

  const others: readonly (readonly [string, Partial<SignedBytes>])[] = [
    ['key', { publicKey: validatorOf('v1').consensusKey }],
    ['domain', { domain: 'batch' }],
    ['text', { bytes: flipped(BYTES) }],
    ['signature', { signature: flipped(SIGNED.signature) }],
    ['length of the signature', { signature: SIGNED.signature.subarray(1) }],
  ];
  for (const [what, part] of others) {
    it(`takes nothing for known with another ${what}`, () => {
      const rig = counted();
      rig.verify(SIGNED);

      expect([rig.verify({ ...SIGNED, ...part }), rig.count]).to.deep.equal([false, 2]);
    });
  }

  it('is not misled by a key and a signature that run together otherwise', () => {
    const rig = counted();
    rig.verify(SIGNED);
    const { publicKey, signature } = SIGNED;
    const split = {
      ...SIGNED,
      publicKey: publicKey.subarray(0, 31),
      signature: Uint8Array.of(publicKey[31]!, ...signature),
    };

    expect([rig.verify(split), rig.count]).to.deep.equal([false, 2]);
  });

  it('verifies again what lies longer back than four thousand others', () => {
    const rig = counted(() => true);
    const numbered = (i: number): SignedBytes => {
      return {
        ...SIGNED,
        signature: Uint8Array.from({ length: 64 }, (_, at) => i >> (8 * (at % 4))),
      };
    };
    for (let i = 0; i <= 4_096; i++) rig.verify(numbered(i));
    rig.verify(numbered(4_096));
    const before = rig.count;
    rig.verify(numbered(0));

    expect([before, rig.count]).to.deep.equal([4_097, 4_098]);
  });
});
