import { expect } from 'chai';
import fc from 'fast-check';

import { concatBytes, formatBase64, formatHex } from '../../../chain/bytes.ts';
import {
  createVerifierKey,
  formatVerifierKey,
  KEY_TYPE,
  type KeyType,
  parseVerifierKey,
} from '../../../chain/log/verifierKey.ts';
import { codeOf, validatorOf } from '../../support/chainValues.ts';

/** The example of C2SP signed-note, and that of golang.org/x/mod/sumdb/note. */
const KNOWN = [
  [
    'example.com/foo',
    0x530d903a,
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  ],
  [
    'PeterNeumann',
    0xc74f20a3,
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  ],
] as const;

const KEY = validatorOf('v0').cosignerKey;

/** A verifier key's text of any parts. */
function textOf(name: string, id: string, bytes: Uint8Array): string {
  return `${name}+${id}+${formatBase64(bytes)}`;
}

describe('a verifier key', () => {
  for (const [name, keyId, text] of KNOWN) {
    it(`is read and written as others do: ${name}`, () => {
      const key = parseVerifierKey(text);

      expect({ ...key, publicKey: key.publicKey.length }).to.deep.equal({
        name,
        keyId,
        type: KEY_TYPE.ed25519,
        publicKey: 32,
      });
      expect(formatVerifierKey(key)).to.equal(text);
    });
  }

  it('reads back, of either type and whatever its name', () => {
    for (const type of Object.values(KEY_TYPE)) {
      for (const name of ['a', 'birthmark.test/v0', 'Ünïcode', '\u{1f4f7}', 'n'.repeat(255)]) {
        const key = createVerifierKey(type, name, KEY);
        expect(parseVerifierKey(formatVerifierKey(key)), name).to.deep.equal(key);
      }
    }
  });

  it('has another id under another type or name', () => {
    const ids = [
      createVerifierKey(KEY_TYPE.ed25519, 'a', KEY),
      createVerifierKey(KEY_TYPE.cosignature, 'a', KEY),
      createVerifierKey(KEY_TYPE.ed25519, 'b', KEY),
    ].map(({ keyId }) => keyId);

    expect(new Set(ids).size).to.equal(3);
  });

  it('is refused under a name that no key may have', () => {
    const names = [
      '',
      ' ',
      'a b',
      'a+b',
      'a\u0085b',
      'a\u00a0b',
      'a\u2003b',
      'a\u3000',
      '\ta',
      'a\n',
    ];
    for (const name of names) {
      const code = codeOf(() => createVerifierKey(KEY_TYPE.ed25519, name, KEY));
      expect(code, JSON.stringify(name)).to.equal('ERR_MALFORMED');
    }
  });

  it('is refused under a name of more than 255 bytes', () => {
    const create = (name: string): string =>
      codeOf(() => createVerifierKey(KEY_TYPE.ed25519, name, KEY));

    expect(create('é'.repeat(127))).to.equal('accepted');
    expect(create('é'.repeat(128))).to.equal('ERR_LIMIT');
  });

  it('is refused where any part of its text is another', () => {
    const { keyId } = createVerifierKey(KEY_TYPE.ed25519, 'a', KEY);
    const id = keyId.toString(16).padStart(8, '0');
    const typed = (type: number, key = KEY): Uint8Array => concatBytes(Uint8Array.of(type), key);
    const good = textOf('a', id, typed(1));
    const short = KEY.subarray(1);
    const cases = {
      'no text': '',
      'no plus': 'a',
      'one plus': `a+${id}`,
      'another name': textOf('b', id, typed(1)),
      'no name': textOf('', id, typed(1)),
      'another id': textOf('a', '00000000', typed(1)),
      'an id in upper case': textOf('a', 'ABCDEF01', typed(1)),
      'an id of seven digits': textOf('a', id.slice(1), typed(1)),
      'an id of nine digits': textOf('a', `0${id}`, typed(1)),
      'no key': `a+${id}+`,
      'a key of 31 bytes': textOf('a', id, typed(1, short)),
      'a key of 33 bytes': textOf('a', id, typed(1, concatBytes(KEY, short.subarray(30)))),
      'type 4 under the id of type 1': textOf('a', id, typed(4)),
      'base64 without padding': good.replace(/=*$/, '').slice(0, -1),
      'base64 with a space': `${good} `,
      'base64 with a line feed': `${good}\n`,
      'base64 of the other alphabet': `a+${id}+${'-'.repeat(44)}`,
    };
    expect(codeOf(() => parseVerifierKey(good))).to.equal('accepted');
    for (const [name, text] of Object.entries(cases)) {
      expect(
        codeOf(() => parseVerifierKey(text)),
        name,
      ).to.equal('ERR_MALFORMED');
    }
  });

  it('is refused where its type is neither of a note nor of a cosignature', () => {
    for (let type = 0; type < 256; type++) {
      const text = formatVerifierKey(createVerifierKey(type as KeyType, 'a', KEY));
      const known = type === 1 || type === 4;
      expect(
        codeOf(() => parseVerifierKey(text)),
        `${type}`,
      ).to.equal(known ? 'accepted' : 'ERR_MALFORMED');
    }
  });

  it('is refused where its point has small order or is not canonical', () => {
    const points = [
      '0100000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    ];
    for (const point of points) {
      const key = createVerifierKey(
        KEY_TYPE.ed25519,
        'a',
        Uint8Array.from(Buffer.from(point, 'hex')),
      );
      expect(
        codeOf(() => parseVerifierKey(formatVerifierKey(key))),
        point,
      ).to.equal('ERR_MALFORMED');
    }
  });

  it('is refused where its text is longer than any', () => {
    expect(codeOf(() => parseVerifierKey('a'.repeat(320)))).to.equal('ERR_LIMIT');
    expect(codeOf(() => parseVerifierKey('a'.repeat(319)))).to.equal('ERR_MALFORMED');
  });

  it('is what its text says, or is refused, whatever the text', () => {
    const parts = fc.array(
      fc.constantFrom('+', 'a', '530d903a', ...KNOWN.map(([, , text]) => text), '='),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          parts.map((some) => some.join('')),
        ),
        (text) => {
          const code = codeOf(() =>
            expect(formatVerifierKey(parseVerifierKey(text))).to.equal(text),
          );
          expect(code).to.be.oneOf(['accepted', 'ERR_MALFORMED', 'ERR_LIMIT']);
        },
      ),
    );
  });
});

describe('the id of a verifier key', () => {
  it('is written in eight digits, those before its first bit too', () => {
    let leading = 0;
    for (let i = 0; leading < 3; i++) {
      const key = createVerifierKey(KEY_TYPE.cosignature, `name${i}`, KEY);
      if (key.keyId >= 0x10000000) continue;
      leading += 1;
      const [, id] = formatVerifierKey(key).split('+');
      expect(id).to.match(/^0[0-9a-f]{7}$/);
      expect(formatHex(Uint8Array.of(key.keyId & 0xff))).to.equal(id?.slice(6));
    }
  });
});
