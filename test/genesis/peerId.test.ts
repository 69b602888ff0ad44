import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { networkKeyOf } from '../../genesis/peerId.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { hashOfText } from '../support/chainValues.ts';

describe('a peer id', () => {
  it('names the key of which libp2p makes it', () => {
    for (let i = 0; i < 50; i++) {
      const key = ed25519PublicKey(hashOfText(`network ${i}`));

      expect(networkKeyOf(peerIdOf(key)), `key ${i}`).to.deep.equal(key);
    }
  });

  const good = peerIdOf(ed25519PublicKey(hashOfText('network')));
  const refused: readonly (readonly [string, string])[] = [
    ['that is empty', ''],
    ['that is one character short', good.slice(0, -1)],
    ['that is one character long', `${good}1`],
    ['with a character that base58 has not', good.replace(/.$/, '0')],
    ['with a space behind it', `${good} `],
    ['of an RSA key', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'],
    ['of a secp256k1 key', '16Uiu2HAm8x1QGbRqH5Z7kcf5vTs7y1Vv6HHsBxpQ5Yv1CbcFbYpG'],
    ['below all keys', `12D3KooW${'1'.repeat(44)}`],
    ['above all keys', `12D3KooW${'z'.repeat(44)}`],
    ['with the prefix before', '12D3KooVxMtVyASMxRBpi8TYZB1b1uWC4ZfKNBj6ZetNubW4kGN5'],
    ['of a good key behind another prefix', '12D3KooWYpXExjwZYWfMrJ2P1XNBQM7EZYwxrbsHXko2dSMbnArd'],
    ['of a key of small order', peerIdOf(new Uint8Array(32))],
    ['of a key that is not canonical', peerIdOf(new Uint8Array(32).fill(0xff))],
  ];
  for (const [what, text] of refused) {
    it(`names none ${what}`, () => {
      expect(networkKeyOf(text)).to.equal(undefined);
    });
  }
});
