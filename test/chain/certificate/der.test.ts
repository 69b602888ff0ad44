import { expect } from 'chai';

import { parseHex } from '../../../chain/bytes.ts';
import {
  checkDer,
  parseObjectIdentifier,
  readChildren,
  readDer,
  readFields,
} from '../../../chain/certificate/der.ts';
import { codeOf } from '../../support/chainValues.ts';

function codeOfDer(hex: string): string {
  return codeOf(() => checkDer(parseHex(hex)));
}

/** A SEQUENCE around content of up to 65,535 bytes. */
function wrap(content: string): string {
  const size = content.length / 2;
  const length = size.toString(16).padStart(size > 0xff ? 4 : 2, '0');
  const head = size > 0xff ? '82' : size > 0x7f ? '81' : '';
  return `30${head}${length}${content}`;
}

describe('DER', () => {
  it('is one value with a length in its shortest form', () => {
    const values = [
      '0500',
      '3000',
      '020101',
      '30060201010201ff',
      `047f${'00'.repeat(0x7f)}`,
      `048180${'00'.repeat(0x80)}`,
      `0481ff${'00'.repeat(0xff)}`,
      `04820100${'00'.repeat(0x100)}`,
      `0482ffff${'00'.repeat(0xffff)}`,
      `0483010000${'00'.repeat(0x10000)}`,
    ];
    for (const hex of values) expect(codeOfDer(hex), hex.slice(0, 10)).to.equal('accepted');
  });

  it('is refused in any other form', () => {
    const values = {
      'of no bytes': '',
      'of a tag alone': '30',
      'cut off in its content': '040200',
      'cut off in its length': '048201',
      'with a byte behind': '050000',
      'with a value behind': '05000500',
      'of indefinite length': '30800000',
      'of indefinite length within': wrap('30800000'),
      'with a length of 0x7f in two bytes': `04817f${'00'.repeat(0x7f)}`,
      'with a length of 0xff in three bytes': `048200ff${'00'.repeat(0xff)}`,
      'with a length of 0xffff in four bytes': `048300ffff${'00'.repeat(0xffff)}`,
      'with a length in four bytes of length': `048400010000${'00'.repeat(0x10000)}`,
      'with the reserved length': `04ff${'00'.repeat(0xff)}`,
      'with a tag of several bytes': '1f8101',
      'with a child longer than itself': '3003040300',
      'with a child cut off': '300104',
      'with a child whose length is cut off': '30020482',
      'that announces 16 MB': '0483ffffff00',
    };
    for (const [name, hex] of Object.entries(values)) {
      expect(codeOfDer(hex), name).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
  });

  it('is not looked into where it is primitive', () => {
    expect(codeOfDer('0402ffff')).to.equal('accepted');
    expect(codeOfDer('2402ffff')).to.equal('ERR_CERTIFICATE_MALFORMED');
  });

  it('is nested to a limit', () => {
    const nested = (depth: number): string => (depth === 0 ? '0500' : wrap(nested(depth - 1)));

    expect(codeOfDer(nested(25))).to.equal('accepted');
    expect(codeOfDer(nested(26))).to.equal('ERR_CERTIFICATE_MALFORMED');
    expect(codeOfDer(nested(2_000))).to.equal('ERR_CERTIFICATE_MALFORMED');
  });

  it('has a limited number of values', () => {
    expect(codeOfDer(wrap('0500'.repeat(999)))).to.equal('accepted');
    expect(codeOfDer(wrap('0500'.repeat(1_000)))).to.equal('ERR_CERTIFICATE_MALFORMED');
  });
});

describe('the fields of a value', () => {
  const bytes = parseHex('3006020101040100');
  const outer = readDer(bytes, 0, bytes.length);

  it('are read in order', () => {
    const [number, text] = readFields(bytes, outer, [0x02, 0x04]);

    expect([number.start, text.content, text.end]).to.deep.equal([2, 7, 8]);
    expect(readChildren(bytes, outer)).to.have.length(2);
  });

  it('are refused if others, more or fewer than the type has', () => {
    for (const tags of [[0x02], [0x02, 0x05], [0x04, 0x02], [0x02, 0x04, 0x05], []]) {
      expect(
        codeOf(() => readFields(bytes, outer, tags)),
        tags.join(),
      ).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
  });
});

describe('an object identifier', () => {
  it('is read as dotted decimals', () => {
    const table = {
      '2a8648ce3d0301': '1.2.840.10045.3.1',
      '2b0601040183d4600101': '1.3.6.1.4.1.60000.1.1',
      '551d0f': '2.5.29.15',
      '00': '0.0',
      '27': '0.39',
      '28': '1.0',
      '4f': '1.39',
      '50': '2.0',
      '8837': '2.999',
    };
    for (const [hex, dotted] of Object.entries(table)) {
      expect(parseObjectIdentifier(parseHex(hex)), hex).to.equal(dotted);
    }
  });

  it('keeps arcs beyond 2^53 apart', () => {
    const [a, b] = ['69ffffffffffffffff7e', '69ffffffffffffffff7f'].map((hex) =>
      parseObjectIdentifier(parseHex(hex)),
    );

    expect(a).to.equal('2.25.9223372036854775806');
    expect(b).to.equal('2.25.9223372036854775807');
  });

  it('is refused when empty, cut off, padded or huge', () => {
    for (const hex of ['', '80', '2a80', '2a8001', '8001', `2a${'ff'.repeat(63)}7f`]) {
      expect(
        codeOf(() => parseObjectIdentifier(parseHex(hex))),
        hex,
      ).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
  });
});
