/** Signatures over digests, judged by node:crypto, which hashes the message itself. */
import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

import { sha256 } from '#crypto';
import { expect } from 'chai';
import fc from 'fast-check';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { signDigest, verifyDigest } from '../../../chain/sigstore/digestSignature.ts';

interface Pair {
  readonly secret: Uint8Array;
  readonly point: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function pair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  const secret = new Uint8Array(Buffer.from(d, 'base64url'));
  return { secret, point: new Uint8Array(point), privateKey, publicKey };
}

describe('a signature over a digest', () => {
  const { secret, point, privateKey, publicKey } = pair();
  const message = formatUtf8('a photograph');
  const digest = sha256(message);

  it('is one over the file, in DER', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (file) => {
        expect(verify('sha256', file, publicKey, signDigest(secret, sha256(file)))).to.equal(true);
      }),
      { numRuns: 20 },
    );
  });

  it('is always the same', () => {
    expect(signDigest(secret, digest)).to.deep.equal(signDigest(secret, digest));
  });

  it('verifies as those of other programs do, with either value of s', () => {
    for (let i = 0; i < 8; i++) {
      const signature = new Uint8Array(sign('sha256', message, privateKey));
      expect(verifyDigest(point, digest, signature)).to.equal(true);
    }
  });

  it('does not verify with a flipped bit, over another digest, or by another key', () => {
    const signature = signDigest(secret, digest);
    const flipped = signature.slice();
    flipped[signature.length - 1] = (flipped.at(-1) ?? 0) ^ 1;

    expect(verifyDigest(point, digest, signature)).to.equal(true);
    expect(verifyDigest(point, digest, flipped)).to.equal(false);
    expect(verifyDigest(point, sha256(digest), signature)).to.equal(false);
    expect(verifyDigest(pair().point, digest, signature)).to.equal(false);
  });

  it('does not verify in another encoding', () => {
    const signature = signDigest(secret, digest);

    for (const other of [
      new Uint8Array(),
      signature.subarray(1),
      Uint8Array.of(...signature, 0),
      new Uint8Array(64),
      Uint8Array.of(0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00),
    ]) {
      expect(verifyDigest(point, digest, other)).to.equal(false);
    }
  });
});
