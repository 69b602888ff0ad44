import { expect } from 'chai';

import {
  compareBytes,
  concatBytes,
  equalBytes,
  formatBase64,
  formatHex,
  formatUtf8,
  parseBase64,
  parseHex,
  parseUtf8,
} from '../../chain/bytes.ts';
import { codeOf } from '../support/chainValues.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);

describe('hex', () => {
  it('is lower case', () => {
    expect(formatHex(Uint8Array.of(0x00, 0xab, 0xff))).to.equal('00abff');
  });

  it('parses back to plain bytes', () => {
    const parsed = parseHex(formatHex(ALL_BYTES));

    expect(parsed).to.deep.equal(ALL_BYTES);
    expect(parsed.constructor).to.equal(Uint8Array);
  });

  it('is refused in any other form', () => {
    for (const text of ['0', 'A0', 'aB', '0g', ' 00', '00\n', '0x00', '٠٠']) {
      expect(
        codeOf(() => parseHex(text)),
        JSON.stringify(text),
      ).to.equal('ERR_MALFORMED');
    }
  });
});

describe('base64', () => {
  it('has the padding of RFC 4648, section 10', () => {
    const table = { '': '', f: 'Zg==', fo: 'Zm8=', foo: 'Zm9v', foob: 'Zm9vYg==' };
    for (const [text, base64] of Object.entries(table)) {
      expect(formatBase64(formatUtf8(text)), text).to.equal(base64);
      expect(parseBase64(base64), text).to.deep.equal(formatUtf8(text));
    }
  });

  it('parses every length back', () => {
    for (let size = 0; size <= 256; size++) {
      const bytes = ALL_BYTES.subarray(0, size);
      expect(parseBase64(formatBase64(bytes)), `${size}`).to.deep.equal(bytes);
    }
  });

  it('is refused without its padding, with other letters, and with bits behind its last byte', () => {
    const texts = ['Zg', 'Zg=', 'Zg===', '=', '====', 'Z===', 'Zg==Zg==', 'Zm9v\n', 'Zm-_', 'Zh=='];
    for (const text of texts) {
      expect(
        codeOf(() => parseBase64(text)),
        JSON.stringify(text),
      ).to.equal('ERR_MALFORMED');
    }
  });

  it('is judged whatever its size', () => {
    const large = 'A'.repeat(40_000_000);

    expect(codeOf(() => parseBase64(`${large}!AAA`))).to.equal('ERR_MALFORMED');
    expect(parseBase64(large).length).to.equal(30_000_000);
  });
});

describe('UTF-8', () => {
  it('keeps a byte order mark', () => {
    const text = '\u{feff}text';

    expect(parseUtf8(formatUtf8(text))).to.equal(text);
  });

  it('is refused where it is not well formed', () => {
    const cases = {
      'a lone continuation': [0x80],
      'a cut-off letter': [0xc3],
      'an overlong slash': [0xc0, 0xaf],
      'an overlong slash of three': [0xe0, 0x80, 0xaf],
      'a surrogate': [0xed, 0xa0, 0x80],
      'beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
      'a byte that never occurs': [0xff],
    };
    for (const [name, bytes] of Object.entries(cases)) {
      expect(
        codeOf(() => parseUtf8(Uint8Array.from(bytes))),
        name,
      ).to.equal('ERR_MALFORMED');
      expect(parseUtf8(formatUtf8('still reads')), name).to.equal('still reads');
    }
  });
});

describe('comparison of bytes', () => {
  it('sorts as unsigned bytes, a prefix first', () => {
    const sorted = [[], [0], [0, 0], [0, 1], [1], [0x7f], [0x80], [0xff]].map((bytes) =>
      Uint8Array.from(bytes),
    );
    sorted.forEach((a, i) => {
      sorted.forEach((b, j) => {
        expect(compareBytes(a, b), `${i} and ${j}`).to.equal(Math.sign(i - j));
        expect(equalBytes(a, b), `${i} and ${j}`).to.equal(i === j);
      });
    });
  });
});

describe('concatenation', () => {
  it('copies its parts', () => {
    const part = Uint8Array.of(1, 2);

    const joined = concatBytes(part, new Uint8Array(), Uint8Array.of(3));
    part[0] = 9;

    expect(joined).to.deep.equal(Uint8Array.of(1, 2, 3));
  });
});
