import { expect } from 'chai';
import fc from 'fast-check';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import { createVerifierKey, formatVerifierKey, KEY_TYPE } from '../../../chain/log/verifierKey.ts';
import { parseLogList, parseWitnessList } from '../../../chain/log/witnessLists.ts';
import { codeOf } from '../../support/chainValues.ts';
import { logSigner, witnessSigner } from '../../support/witnessRig.ts';

const LOG = logSigner('log.example/1').key;
const NEXT = logSigner('log.example/1', 'the next key').key;
const OTHER = logSigner('other.example/1').key;
const [LOG_KEY, NEXT_KEY, OTHER_KEY] = [LOG, NEXT, OTHER].map(formatVerifierKey);
const WITNESS = witnessSigner('witness.example/w').key;
const WITNESS_KEY = formatVerifierKey(WITNESS);
const SECOND_KEY = formatVerifierKey(witnessSigner('second.example/w').key);
const URL = 'https://witness.example/prefix';

const logs = (text: string): unknown => parseLogList(formatUtf8(text));
const witnesses = (text: string): unknown => parseWitnessList(formatUtf8(text));

describe('a list of logs', () => {
  it('has the keys of each origin', () => {
    const text = `# ours\n\nlog ${LOG_KEY}\n\tlog  ${OTHER_KEY} https://x\n log ${NEXT_KEY}\n`;

    expect(logs(text)).to.deep.equal(
      new Map([
        ['log.example/1', [LOG, NEXT]],
        ['other.example/1', [OTHER]],
      ]),
    );
  });

  it('may be empty', () => {
    for (const text of ['', '\n', '# nothing\n']) expect(logs(text)).to.deep.equal(new Map());
  });

  for (const [what, text] of [
    ['no line feed', `log ${LOG_KEY}`],
    ['no key', 'log\n'],
    ['too many words', `log ${LOG_KEY} https://x y\n`],
    ['another first word', `Log ${LOG_KEY}\n`],
    ['a witness', `witness w ${WITNESS_KEY}\n`],
    ['a quorum', `log ${LOG_KEY}\nquorum none\n`],
    ['a key twice', `log ${LOG_KEY}\nlog ${LOG_KEY}\n`],
    [
      'a key under two names',
      `log ${LOG_KEY}\nlog ${formatVerifierKey(createVerifierKey(1, 'x.example', LOG.publicKey))}\n`,
    ],
    ['the key of a cosigner', `log ${WITNESS_KEY}\n`],
    ['a key whose id is another', `log ${LOG_KEY!.replace(/\+[0-9a-f]/, '+x')}\n`],
    ['a carriage return', `log ${LOG_KEY}\r\n`],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(codeOf(() => logs(text))).to.equal('ERR_POLICY');
    });
  }

  it('says which line is wrong', () => {
    expect(() => logs(`log ${LOG_KEY}\n\nlog x\n`)).to.throw(ChainError, /^line 3: /);
  });

  it('has at most 256 keys', () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, i) => {
        return `log ${formatVerifierKey(logSigner(`log.example/${i}`).key)}\n`;
      }).join('');

    expect(parseLogList(formatUtf8(lines(256))).size).to.equal(256);
    expect(codeOf(() => logs(lines(257)))).to.equal('ERR_LIMIT');
  });
});

describe('a list of witnesses', () => {
  it('has name, key and URL of each, in order', () => {
    const text = `witness a ${WITNESS_KEY} ${URL}\nwitness b ${SECOND_KEY} http://b.example\n`;

    expect(witnesses(text)).to.deep.equal([
      { name: 'a', key: WITNESS, url: URL },
      { name: 'b', key: witnessSigner('second.example/w').key, url: 'http://b.example' },
    ]);
  });

  it('may be empty', () => {
    expect(witnesses('# nobody\n')).to.deep.equal([]);
  });

  for (const [what, text] of [
    ['no URL', `witness a ${WITNESS_KEY}\n`],
    ['no name', `witness ${WITNESS_KEY} ${URL}\n`],
    ['too many words', `witness a ${WITNESS_KEY} ${URL} x\n`],
    ['a log', `log ${LOG_KEY}\n`],
    ['a name twice', `witness a ${WITNESS_KEY} ${URL}\nwitness a ${SECOND_KEY} ${URL}\n`],
    ['a key twice', `witness a ${WITNESS_KEY} ${URL}\nwitness b ${WITNESS_KEY} ${URL}\n`],
    [
      'a key under two names',
      `witness a ${WITNESS_KEY} ${URL}\nwitness b ${formatVerifierKey(createVerifierKey(KEY_TYPE.cosignature, 'x', WITNESS.publicKey))} ${URL}\n`,
    ],
    ['the key of a log', `witness a ${LOG_KEY} ${URL}\n`],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(codeOf(() => witnesses(text))).to.equal('ERR_POLICY');
    });
  }

  it('has at most 14, so that their lines fit beside one quorum and the log', () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, i) => {
        return `witness w${i} ${formatVerifierKey(witnessSigner(`w.example/${i}`).key)} ${URL}\n`;
      }).join('');

    expect(parseWitnessList(formatUtf8(lines(14)))).to.have.length(14);
    expect(codeOf(() => witnesses(lines(15)))).to.equal('ERR_LIMIT');
  });

  it('refuses long names and URLs', () => {
    const line = (name: string, url: string): string => `witness ${name} ${WITNESS_KEY} ${url}\n`;

    expect(codeOf(() => witnesses(line('n'.repeat(256), URL)))).to.equal('ERR_LIMIT');
    expect(codeOf(() => witnesses(line('n', `${URL}${'/x'.repeat(1_100)}`)))).to.equal('ERR_LIMIT');
  });
});

describe('both lists', () => {
  it('are read or refused with a code, whatever they hold', () => {
    const words = fc.constantFrom(
      'log',
      'witness',
      ' ',
      '\t',
      '\n',
      '#',
      LOG_KEY!,
      WITNESS_KEY,
      URL,
      'a',
      '\u0000',
      'é',
    );

    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (parts) => {
        for (const parse of [logs, witnesses]) {
          try {
            parse(parts.join(''));
          } catch (error) {
            expect(error).to.be.instanceOf(ChainError);
            expect((error as ChainError).code).to.be.oneOf(['ERR_POLICY', 'ERR_LIMIT']);
          }
        }
      }),
    );
  });
});
