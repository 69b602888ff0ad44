/** The two versions of `#crypto`, side by side: what one accepts, the other accepts. */
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { expect } from 'chai';

import { concatBytes, formatHex, formatUtf8, parseHex } from '../../../chain/bytes.ts';
import * as browser from '../../../chain/crypto/browser.ts';
import * as node from '../../../chain/crypto/node.ts';
import { bytesOf, hashOfText } from '../../support/chainValues.ts';
import { type Curve, keyPairOf, signEcdsa } from '../../support/certificates.ts';

const TWINS = { node, browser };
const MESSAGE = formatUtf8('message');
const L = ed25519.Point.Fn.ORDER;
const P = 2n ** 255n - 19n;

function littleEndian(value: bigint): Uint8Array {
  return parseHex(value.toString(16).padStart(64, '0')).reverse();
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${formatHex(Uint8Array.from(bytes).reverse())}`);
}

/** Expects both twins to give this verdict, at once and off the main thread. */
async function expectVerdict(
  verified: boolean,
  [publicKey, message, signature]: readonly [Uint8Array, Uint8Array, Uint8Array],
  name: string,
): Promise<void> {
  for (const [twin, { verifyEd25519, verifyEd25519OffThread }] of Object.entries(TWINS)) {
    expect(verifyEd25519(publicKey, message, signature), `${name}, ${twin}`).to.equal(verified);
    const later = await verifyEd25519OffThread(publicKey, message, signature);
    expect(later, `${name}, ${twin}, off the main thread`).to.equal(verified);
  }
}

describe('text, hashes and HMAC of both twins', () => {
  it('are the same for every length up to two blocks of SHA-256', () => {
    for (let size = 0; size <= 130; size++) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff);
      const hex = browser.toHex(bytes);
      const base64 = browser.toBase64(bytes);
      expect(node.toHex(bytes), `hex of ${size}`).to.equal(hex);
      expect(node.toBase64(bytes), `base64 of ${size}`).to.equal(base64);
      expect(node.fromHex(hex), `from hex, ${size}`).to.deep.equal(browser.fromHex(hex));
      expect(node.fromBase64(base64), `from base64, ${size}`).to.deep.equal(
        browser.fromBase64(base64),
      );
      expect(node.sha256(bytes), `sha256 of ${size}`).to.deep.equal(browser.sha256(bytes));
      const keys = [node.hmacSha256(bytes, MESSAGE), browser.hmacSha256(bytes, MESSAGE)];
      expect(keys[0], `hmac under ${size}`).to.deep.equal(keys[1]);
    }
  });

  it('see a secret that is written over as another secret', () => {
    const secret = bytesOf(32, 1);
    const before = node.hmacSha256(secret, MESSAGE);
    secret.fill(2);
    const after = node.hmacSha256(secret, MESSAGE);

    expect(formatHex(after)).not.to.equal(formatHex(before));
    expect(after).to.deep.equal(browser.hmacSha256(secret, MESSAGE));
  });

  it('are plain arrays on Node', () => {
    const results = [
      node.fromHex('00'),
      node.fromBase64('AA=='),
      node.sha256(MESSAGE),
      node.hmacSha256(MESSAGE, MESSAGE),
      node.ed25519PublicKey(bytesOf(32, 1)),
      node.createEd25519Signer(bytesOf(32, 1))(MESSAGE),
    ];
    for (const bytes of results) expect(bytes?.constructor).to.equal(Uint8Array);
  });
});

/** RFC 8032, section 7.1: seed, public key, message, signature. */
const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
] as const;

describe('the vectors of RFC 8032', () => {
  for (const [seed, publicKey, message, signature] of RFC_8032) {
    it(`hold for a message of ${message.length / 2} bytes`, async () => {
      for (const twin of [node, browser]) {
        expect(formatHex(twin.ed25519PublicKey(parseHex(seed)))).to.equal(publicKey);
        const sign = twin.createEd25519Signer(parseHex(seed));
        expect(formatHex(sign(parseHex(message)))).to.equal(signature);
      }
      const parts = [publicKey, message, signature].map(parseHex);
      await expectVerdict(true, parts as [Uint8Array, Uint8Array, Uint8Array], 'the vector');
    });
  }
});

/** A signature by scalars and points of our choice: R = r·B + torsionR, A = a·B + torsionA. */
function craft(torsionR: string, torsionA: string): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const [a, r] = [integerOf(hashOfText('a')) % L, integerOf(hashOfText('r')) % L];
  const { BASE } = ed25519.Point;
  const publicKey = BASE.multiply(a).add(ed25519.Point.fromHex(torsionA)).toBytes();
  const commitment = BASE.multiply(r).add(ed25519.Point.fromHex(torsionR)).toBytes();
  const k = integerOf(sha512(concatBytes(commitment, publicKey, MESSAGE))) % L;
  const s = (r + k * a) % L;
  return [publicKey, MESSAGE, concatBytes(commitment, littleEndian(s))];
}

describe('Ed25519 verification at its edges', () => {
  const seed = hashOfText('seed');
  const publicKey = node.ed25519PublicKey(seed);
  const signature = node.createEd25519Signer(seed)(MESSAGE);
  const commitment = signature.subarray(0, 32);
  const s = integerOf(signature.subarray(32));
  const [neutral = ''] = ED25519_TORSION_SUBGROUP;

  it('accepts what either twin signed', async () => {
    await expectVerdict(true, [publicKey, MESSAGE, signature], 'node');
    await expectVerdict(
      true,
      [publicKey, MESSAGE, browser.createEd25519Signer(seed)(MESSAGE)],
      'noble',
    );
    await expectVerdict(true, craft(neutral, neutral), 'crafted without torsion');
  });

  it('refuses S from the group order on', async () => {
    for (const other of [s + L, L, L + 1n, 2n ** 255n - 1n, 2n ** 256n - 1n]) {
      if (other >= 2n ** 256n) continue;
      const malleable = concatBytes(commitment, littleEndian(other));
      await expectVerdict(false, [publicKey, MESSAGE, malleable], `S = ${other}`);
    }
  });

  it('refuses R with a torsion component, which verification with the cofactor accepts', async () => {
    for (const torsion of ED25519_TORSION_SUBGROUP.slice(1)) {
      const crafted = craft(torsion, neutral);
      await expectVerdict(false, crafted, torsion);
      const [key, message, mixed] = crafted;
      expect(ed25519.verify(mixed, message, key, { zip215: true }), torsion).to.equal(true);
    }
  });

  it('agrees on keys with a torsion component, which are never admitted', () => {
    for (const torsionA of ED25519_TORSION_SUBGROUP) {
      for (const torsionR of ED25519_TORSION_SUBGROUP) {
        const [key, message, mixed] = craft(torsionR, torsionA);
        expect(browser.verifyEd25519(key, message, mixed), `${torsionA} ${torsionR}`).to.equal(
          node.verifyEd25519(key, message, mixed),
        );
      }
    }
  });

  it('refuses R of small order, which some versions of OpenSSL accept', async () => {
    // R = 0 is what the key's owner can make: S = k·a.
    const a = integerOf(hashOfText('a')) % L;
    const key = ed25519.Point.BASE.multiply(a).toBytes();
    const zero = parseHex(neutral);
    const k = integerOf(sha512(concatBytes(zero, key, MESSAGE))) % L;
    const forged = concatBytes(zero, littleEndian((k * a) % L));

    await expectVerdict(false, [key, MESSAGE, forged], 'R = 0');
    expect(ed25519.verify(forged, MESSAGE, key, { zip215: true })).to.equal(true);
  });

  it('refuses keys of small order, canonical or not, with every R', async () => {
    const encodings = ED25519_TORSION_SUBGROUP.map((hex) => parseHex(hex));
    for (let k = 0n; k < 19n; k++) {
      encodings.push(littleEndian(P + k), littleEndian(P + k + 2n ** 255n));
    }
    encodings.push(littleEndian(1n + 2n ** 255n), littleEndian(P - 1n + 2n ** 255n));
    for (const key of encodings) {
      for (const r of encodings.slice(0, 12)) {
        const forged = concatBytes(r, littleEndian(0n));
        await expectVerdict(false, [key, MESSAGE, forged], `${formatHex(key)} ${formatHex(r)}`);
      }
      // S = 1, R = B: verifies for a key whose k·A is zero.
      const forged = concatBytes(ed25519.Point.BASE.toBytes(), littleEndian(1n));
      await expectVerdict(false, [key, MESSAGE, forged], `${formatHex(key)}, R = B`);
    }
  });

  it('sees a key that is written over as another key', async () => {
    const key = Uint8Array.from(publicKey);
    await expectVerdict(true, [key, MESSAGE, signature], 'the key');
    key.set(node.ed25519PublicKey(hashOfText('another seed')));

    await expectVerdict(false, [key, MESSAGE, signature], 'another key in its place');
  });

  it('refuses other sizes', async () => {
    await expectVerdict(false, [publicKey.subarray(1), MESSAGE, signature], 'a short key');
    await expectVerdict(false, [publicKey, MESSAGE, signature.subarray(1)], 'a short signature');
    await expectVerdict(
      false,
      [publicKey, MESSAGE, concatBytes(signature, signature)],
      'a long one',
    );
  });
});

/** Resolves to the verdicts of both twins on a raw signature. */
async function ecdsaVerdicts(
  curve: Curve,
  point: Uint8Array,
  raw: Uint8Array,
): Promise<readonly (boolean | undefined)[]> {
  return Promise.all(
    [node, browser].map(async (twin) => {
      const key = twin.importEcdsaKey(curve, point);
      return key === undefined ? undefined : twin.verifyEcdsa(key, MESSAGE, raw);
    }),
  );
}

describe('ECDSA verification', () => {
  const N = p256.Point.Fn.ORDER;
  const { point } = keyPairOf('camera');
  const raw = signEcdsa(keyPairOf('camera'), MESSAGE, 'compact');
  const half = (value: bigint): Uint8Array => parseHex(value.toString(16).padStart(64, '0'));
  const [r, s] = [raw.subarray(0, 32), BigInt(`0x${formatHex(raw.subarray(32))}`)];

  it('accepts a signature on P-256 and on P-384', async () => {
    for (const curve of ['P-256', 'P-384'] as const) {
      const pair = keyPairOf('key', curve);
      const signature = signEcdsa(pair, MESSAGE, 'compact');
      expect(await ecdsaVerdicts(curve, pair.point, signature), curve).to.deep.equal([true, true]);
    }
  });

  it('accepts s and n - s alike', async () => {
    const other = concatBytes(r, half(N - s));

    expect(await ecdsaVerdicts('P-256', point, other)).to.deep.equal([true, true]);
  });

  it('refuses r or s that is 0, n or above, and other sizes', async () => {
    const cases = {
      'r = 0': concatBytes(half(0n), half(s)),
      's = 0': concatBytes(r, half(0n)),
      'r = s = 0': bytesOf(64, 0),
      'r = n': concatBytes(half(N), half(s)),
      's = n': concatBytes(r, half(N)),
      's above n': concatBytes(r, bytesOf(32, 0xff)),
      'one byte short': raw.subarray(0, 63),
      'one byte long': concatBytes(raw, Uint8Array.of(0)),
      'with s in 33 bytes': concatBytes(r, Uint8Array.of(0), half(s)),
      'with r and s in 33 bytes': concatBytes(Uint8Array.of(0), r, Uint8Array.of(0), half(s)),
      'of no bytes': new Uint8Array(),
    };
    for (const [name, signature] of Object.entries(cases)) {
      expect(await ecdsaVerdicts('P-256', point, signature), name).to.deep.equal([false, false]);
    }
  });

  it('takes no key that is not an uncompressed point on its curve', async () => {
    const moved = Uint8Array.from(point);
    moved[64] = (moved[64] ?? 0) ^ 1;
    const cases: Readonly<Record<string, Uint8Array>> = {
      'off the curve': moved,
      'the point of zeros': concatBytes(Uint8Array.of(4), bytesOf(64, 0)),
      infinity: Uint8Array.of(0),
      compressed: p256.Point.fromBytes(point).toBytes(true),
      hybrid: concatBytes(Uint8Array.of(6 + ((point[64] ?? 0) & 1)), point.subarray(1)),
      'of no bytes': new Uint8Array(),
      'one byte short': point.subarray(0, 64),
      'one byte long': concatBytes(point, Uint8Array.of(0)),
      'of P-384': keyPairOf('key', 'P-384').point,
    };
    for (const [name, key] of Object.entries(cases)) {
      expect(await ecdsaVerdicts('P-256', key, raw), name).to.deep.equal([undefined, undefined]);
    }
  });

  it('takes no coordinate from the field prime on', async () => {
    // x = 5 is on the curve; x + p is the same number and fits 32 bytes too.
    const prime = p256.Point.Fp.ORDER;
    const y = p256.Point.Fp.sqrt(p256.Point.Fp.create(125n - 15n + p256.Point.CURVE().b));
    const small = concatBytes(Uint8Array.of(4), half(5n), half(y));
    const wrapped = concatBytes(Uint8Array.of(4), half(5n + prime), half(y));

    expect(await ecdsaVerdicts('P-256', small, raw)).to.deep.equal([false, false]);
    expect(await ecdsaVerdicts('P-256', wrapped, raw)).to.deep.equal([undefined, undefined]);
  });

  it('keeps the key as it was imported', async () => {
    for (const twin of [node, browser]) {
      const given = Uint8Array.from(point);
      const key = twin.importEcdsaKey('P-256', given);
      given.fill(0);
      expect(key !== undefined && (await twin.verifyEcdsa(key, MESSAGE, raw))).to.equal(true);
    }
  });
});
