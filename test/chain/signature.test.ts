import { ed25519PublicKey } from '#crypto';
import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { expect } from 'chai';

import { concatBytes, formatHex, parseHex } from '../../chain/bytes.ts';
import {
  createSigner,
  isAdmissibleEd25519Key,
  parseDerSignature,
  parseP256Signature,
  verifySigned,
} from '../../chain/signature.ts';
import { bytesOf, codeOf, hashOfText } from '../support/chainValues.ts';

const P = 2n ** 255n - 19n;

/** Little-endian encoding of y, with the sign of x in the last bit. */
function pointBytes(y: bigint, sign: 0 | 1 = 0): Uint8Array {
  const value = y + (BigInt(sign) << 255n);
  return parseHex(value.toString(16).padStart(64, '0')).reverse();
}

describe('an Ed25519 key that a genesis or registry may name', () => {
  it('is the key of any seed', () => {
    for (let i = 0; i < 20; i++) {
      const key = ed25519PublicKey(hashOfText(`seed ${i}`));
      expect(isAdmissibleEd25519Key(key), `${i}`).to.equal(true);
    }
  });

  it('has 32 bytes', () => {
    const key = ed25519PublicKey(hashOfText('seed'));

    for (const size of [0, 31]) {
      expect(isAdmissibleEd25519Key(key.subarray(0, size)), `${size}`).to.equal(false);
    }
    expect(isAdmissibleEd25519Key(concatBytes(key, Uint8Array.of(0)))).to.equal(false);
  });

  it('is none of the eight points of small order, nor another form of one', () => {
    for (const point of ED25519_TORSION_SUBGROUP) {
      const bytes = parseHex(point);
      expect(isAdmissibleEd25519Key(bytes), point).to.equal(false);
      bytes[31] = (bytes[31] ?? 0) ^ 0x80;
      expect(isAdmissibleEd25519Key(bytes), `${point} with the other sign`).to.equal(false);
    }
  });

  it('has no torsion component', () => {
    const key = ed25519.Point.fromBytes(ed25519PublicKey(hashOfText('seed')));
    for (const hex of ED25519_TORSION_SUBGROUP) {
      const torsion = ed25519.Point.fromHex(hex);
      const mixed = key.add(torsion).toBytes();
      expect(isAdmissibleEd25519Key(mixed), hex).to.equal(torsion.is0());
    }
  });

  it('is canonical: y is below p', () => {
    for (let k = 0n; k < 19n; k++) {
      for (const sign of [0, 1] as const) {
        expect(isAdmissibleEd25519Key(pointBytes(P + k, sign)), `p + ${k}, ${sign}`).to.equal(
          false,
        );
      }
    }
  });

  it('is on the curve', () => {
    // Half of all y have no x; 2 is the smallest.
    expect(isAdmissibleEd25519Key(pointBytes(2n))).to.equal(false);
  });
});

describe('a signature under a domain', () => {
  const seed = hashOfText('seed');
  const publicKey = ed25519PublicKey(seed);
  const bytes = Uint8Array.of(1, 2, 3);
  const signature = createSigner(seed)('vote', bytes);
  const signed = { publicKey, domain: 'vote', bytes, signature } as const;

  it('verifies', () => {
    expect(signature).to.have.length(64);
    expect(verifySigned(signed)).to.equal(true);
  });

  it('does not verify under another domain, key or content', () => {
    const other = ed25519PublicKey(hashOfText('other seed'));

    expect(verifySigned({ ...signed, domain: 'batchSignature' })).to.equal(false);
    expect(verifySigned({ ...signed, publicKey: other })).to.equal(false);
    expect(verifySigned({ ...signed, bytes: Uint8Array.of(1, 2) })).to.equal(false);
  });

  it('does not verify after any flipped bit', () => {
    for (let bit = 0; bit < 512; bit++) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifySigned({ ...signed, signature: flipped }), `bit ${bit}`).to.equal(false);
    }
  });

  it('does not verify at another length', () => {
    for (const size of [0, 63]) {
      expect(verifySigned({ ...signed, signature: signature.subarray(0, size) })).to.equal(false);
    }
    const longer = concatBytes(signature, Uint8Array.of(0));
    expect(verifySigned({ ...signed, signature: longer })).to.equal(false);
  });
});

/** A DER INTEGER with this content. */
function integer(content: string): string {
  return `02${(content.length / 2).toString(16).padStart(2, '0')}${content}`;
}

function sequence(...parts: readonly string[]): string {
  const content = parts.join('');
  return `30${(content.length / 2).toString(16).padStart(2, '0')}${content}`;
}

const R = '11'.repeat(32);
const S = '22'.repeat(32);

describe('a P-256 signature in DER', () => {
  it('becomes r and s of 32 bytes each', () => {
    const cases: readonly [string, string, string, string][] = [
      ['full', R, S, R + S],
      ['with the highest bit', `00ff${'11'.repeat(31)}`, S, `ff${'11'.repeat(31)}${S}`],
      ['short', '01', '7f', `${'00'.repeat(31)}01${'00'.repeat(31)}7f`],
      [
        'of short numbers with the highest bit',
        '0080',
        '00ff',
        `${'00'.repeat(31)}80${'00'.repeat(31)}ff`,
      ],
      ['zero, which then never verifies', '00', '00', '00'.repeat(64)],
    ];
    for (const [name, r, s, raw] of cases) {
      const parsed = parseDerSignature(parseHex(sequence(integer(r), integer(s))));
      expect(parsed === undefined ? undefined : formatHex(parsed), name).to.equal(raw);
    }
  });

  it('is refused in every form beside the strict one', () => {
    const [r, s] = [integer(R), integer(S)];
    const cases = {
      empty: '',
      'without content': '3000',
      'of one number': sequence(r),
      'of three numbers': sequence(r, s, integer('01')),
      'with a null behind s, inside': sequence(r, s, '0500'),
      'with a byte behind it': `${sequence(r, s)}00`,
      'one byte short': sequence(r, s).slice(0, -2),
      'of another tag': `31${sequence(r, s).slice(2)}`,
      'with r of another tag': sequence(`03${r.slice(2)}`, s),
      'with s of another tag': sequence(r, `03${s.slice(2)}`),
      'with a long length': `3081${sequence(r, s).slice(2)}`,
      'of indefinite length': `3080${r}${s}0000`,
      'with r of a long length': sequence(`028120${R}`, s),
      'with r of no bytes': sequence('0200', s),
      'with s of no bytes': sequence(r, '0200'),
      'with negative r': sequence(integer(`ff${'11'.repeat(31)}`), s),
      'with negative s': sequence(r, integer('80')),
      'with r padded': sequence(integer(`00${R}`), s),
      'with s padded': sequence(r, integer('0001')),
      'with zero padded': sequence(r, integer('0000')),
      'with r padded twice': sequence(integer(`0000ff${'11'.repeat(31)}`), s),
      'with r of 33 bytes': sequence(integer(`01${R}`), s),
      'with s of 33 bytes': sequence(r, integer(`00ff${S}`)),
      'with r longer than all': `30440240${R}${R}${s}`,
      'with s longer than the rest': `3044${r}0221${S}`,
    };
    for (const [name, hex] of Object.entries(cases)) {
      expect(parseDerSignature(parseHex(hex)), name).to.equal(undefined);
    }
  });

  it('is refused with any other length byte', () => {
    const good = parseHex(sequence(integer(R), integer(S)));
    for (const at of [1, 3, 37]) {
      for (let length = 0; length < 256; length++) {
        const other = Uint8Array.from(good);
        other[at] = length;
        const parsed = parseDerSignature(other);
        expect(parsed !== undefined, `byte ${at} is ${length}`).to.equal(length === good[at]);
      }
    }
  });

  it('of P-384 has numbers of up to 48 bytes', () => {
    const r = integer(`00ff${'11'.repeat(47)}`);

    expect(parseDerSignature(parseHex(sequence(r, integer('01'))), 48)).to.have.length(96);
    expect(parseDerSignature(parseHex(sequence(r, integer('01'))))).to.equal(undefined);
    const long = sequence(integer('11'.repeat(49)), integer('01'));
    expect(parseDerSignature(parseHex(long), 48)).to.equal(undefined);
  });
});

describe('a camera signature', () => {
  it('is strict DER or 64 raw bytes', () => {
    const raw = parseHex(R + S);

    expect(parseP256Signature(raw)).to.deep.equal(raw);
    expect(parseP256Signature(parseHex(sequence(integer(R), integer(S))))).to.deep.equal(raw);
  });

  it('is refused in any other size', () => {
    for (const size of [0, 1, 63, 65, 72, 73, 1_000]) {
      const code = codeOf(() => parseP256Signature(bytesOf(size, 0x30)));
      expect(code, `${size} bytes`).to.equal('ERR_SIGNATURE_ENCODING');
    }
  });
});
