import { expect } from 'chai';

import { sha256 } from '#crypto';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { createVerifierKey, fullKeyIdOf, KEY_TYPE } from '../../../chain/log/verifierKey.ts';
import { baseUrlOf, sigstoreOriginOf } from '../../../chain/sigstore/logName.ts';

const NAME = { institution: 'museum_1', network: 'photos.example', chainId: new Uint8Array(32) };

describe('the name of a Sigstore log', () => {
  it('is institution, chain and network, as a host', () => {
    expect(sigstoreOriginOf(NAME)).to.equal('museum_1.0000000000000000.photos.example');
  });

  it('is the host of the URL that stands for it', () => {
    const origin = sigstoreOriginOf(NAME);

    expect(new URL(baseUrlOf(origin)).hostname).to.equal(origin);
  });

  it('makes the id of the log: the whole hash that its key id begins', () => {
    const key = createVerifierKey(KEY_TYPE.ed25519, 'log.example', new Uint8Array(32).fill(7));
    const preimage = Uint8Array.of(...formatUtf8('log.example'), 0x0a, 0x01, ...key.publicKey);

    expect(fullKeyIdOf(key)).to.deep.equal(sha256(preimage));
    expect(new DataView(fullKeyIdOf(key).buffer).getUint32(0)).to.equal(key.keyId);
  });
});
