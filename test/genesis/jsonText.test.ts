import { expect } from 'chai';

import { parseJsonText } from '../../genesis/jsonText.ts';
import { codeOf } from '../support/chainValues.ts';

describe('the text of a document that is signed', () => {
  const valid = [
    '{}',
    '[]',
    '"text: {"',
    'null',
    ' 12.5e3 ',
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    '{"a":"\\"a\\":1","b":"}","c":"\\\\","d":":"}',
    '{"a":["a","a"],"b":"a"}',
    '{"":1,"a":{"":2}}',
    '{"__proto__":1,"constructor":2}',
  ];
  for (const text of valid) {
    it(`is read as JSON: ${text}`, () => {
      expect(JSON.stringify(parseJsonText(text))).to.equal(JSON.stringify(JSON.parse(text)));
    });
  }

  const twice = [
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '[{"b":{"a":[],"a":{}}}]',
    '{"a":{"b":1},"a":{"b":1}}',
    '{ "a" : 1 , "\\u0061" : 2 }',
    '{"x":[1,{"y":"{"}],"x":2}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\"":1,"a\\u0022":2}',
  ];
  for (const text of twice) {
    it(`is refused where an object has a name twice: ${text}`, () => {
      expect(codeOf(() => parseJsonText(text))).to.equal('ERR_GENESIS');
    });
  }

  it('names the field, shortened', () => {
    const name = 'n'.repeat(100);

    expect(() => parseJsonText(`{"${name}":1,"${name}":2}`)).to.throw(
      `an object has the field "${'n'.repeat(64)}" twice`,
    );
  });

  it('is no JSON where it is none', () => {
    for (const text of ['', '{', '{"a":1,}', '{"a":1,"a"}', "{'a':1}"]) {
      expect(() => parseJsonText(text), text).to.throw(SyntaxError);
    }
  });

  it('may be as deep as JSON may be', () => {
    const depth = 5_000;
    const text = '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

    expect(() => parseJsonText(text)).not.to.throw();
    expect(codeOf(() => parseJsonText(text.replace('1', '{"b":1,"b":2}')))).to.equal('ERR_GENESIS');
  });
});
