import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { parseHex } from '../../chain/bytes.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { hashOfText } from '../support/chainValues.ts';

describe('a peer id', () => {
  it('is base58 of the identity multihash of the protobuf of the key', () => {
    // 00 24: identity, 36 bytes; 08 01: Ed25519; 12 20: 32 bytes of key. Worked out by hand.
    const key = parseHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');

    expect(peerIdOf(key)).to.equal('12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV');
  });

  it('is another for another key', () => {
    const ids = ['a', 'b'].map((seed) => peerIdOf(ed25519PublicKey(hashOfText(seed))));

    expect(new Set(ids).size).to.equal(2);
    expect(ids.every((id) => /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/.test(id))).to.be.true;
  });
});
