import { ed25519PublicKey } from '#crypto';
import { expect } from 'chai';
import fc from 'fast-check';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { quorumSize } from '../../../chain/consensus/quorum.ts';
import { findQuorum, formatPolicy, type Policy } from '../../../chain/log/policy.ts';
import { parsePolicy } from '../../../chain/log/policyText.ts';
import { createVerifierKey, formatVerifierKey, KEY_TYPE } from '../../../chain/log/verifierKey.ts';
import { codeOf, hashOfText, validatorOf } from '../../support/chainValues.ts';
import { cosignerOf, LOG_SIGNER, namesOf, networkPolicy } from '../../support/logRig.ts';

const LOG_KEY = formatVerifierKey(LOG_SIGNER.key);

/** The text of the key under which v0, v1, … cosign. */
function keyOf(name: string): string {
  return formatVerifierKey(cosignerOf(name).key);
}

const LOG = `log ${LOG_KEY}\n`;
const WITNESSES = namesOf(6)
  .map((name) => `witness ${name} ${keyOf(name)}\n`)
  .join('');

function parse(text: string): Policy {
  return parsePolicy(formatUtf8(text));
}

/** What refuses a policy with these lines after the log and six witnesses, or 'accepted'. */
function codeOfLines(lines: string): string {
  return codeOf(() => parse(`${LOG}${WITNESSES}${lines}`));
}

/** Whether these witnesses, `'0 1 4'`, make the quorum of a policy with these lines. */
function isQuorum(lines: string, cosigners: string): boolean {
  const policy = parse(`${LOG}${WITNESSES}${lines}`);
  const names = cosigners.split(' ').map((digit) => `v${digit}`);
  return findQuorum(policy, new Set(names)) !== undefined;
}

describe('the policy of a network', () => {
  it('is a log, a witness for each validator and their quorum', () => {
    const text = formatPolicy(networkPolicy(4));

    expect(text).to.equal(
      [
        `log ${LOG_KEY}`,
        ...namesOf(4).map((name) => `witness birthmark.test/${name} ${keyOf(name)}`),
        `group pbft 3 ${namesOf(4)
          .map((name) => `birthmark.test/${name}`)
          .join(' ')}`,
        'quorum pbft',
        '',
      ].join('\n'),
    );
  });

  it('reads back, for every number of validators', () => {
    for (const count of [1, 2, 3, 4, 5, 6, 7, 10, 31, 100]) {
      const policy = networkPolicy(count);
      expect(parse(formatPolicy(policy)), `${count}`).to.deep.equal(policy);
      expect(policy.groups[0]?.threshold).to.equal(quorumSize(count));
    }
  });

  it('reads back with the longest names that validators and a network may have', () => {
    const name = 'n'.repeat(64);
    const key = createVerifierKey(
      KEY_TYPE.cosignature,
      `${'w'.repeat(64)}/${name}`,
      validatorOf('v0').cosignerKey,
    );
    const member = key.name;
    const groups = [{ name: 'g', threshold: 1, members: [member] }];
    const policy = {
      ...networkPolicy(1),
      witnesses: [{ name: member, key, url: 'https://w.example/' }],
      groups,
      quorum: 'g',
    };

    expect(parse(formatPolicy(policy))).to.deep.equal(policy);
  });

  it('is reached by any quorum of them, and by nobody less', () => {
    for (let count = 1; count <= 10; count++) {
      const policy = networkPolicy(count);
      const names = policy.witnesses.map(({ name }) => name);
      for (let cosigned = 0; cosigned <= count; cosigned++) {
        const found = findQuorum(policy, new Set(names.slice(count - cosigned)));
        expect(found?.size, `${cosigned} of ${count}`).to.equal(
          cosigned >= quorumSize(count) ? quorumSize(count) : undefined,
        );
      }
    }
  });

  it('names a validator that is called as a word of the policy', () => {
    const policy = networkPolicy(1);
    const names = policy.witnesses.map(({ name }) => name);

    expect(names).to.deep.equal(['birthmark.test/v0']);
  });
});

describe('the text of a policy', () => {
  it('may have comments, empty lines, and more white space than it needs', () => {
    const text = `# a comment\n\n \t \n  # another: \u00e9\n\tlog \t ${LOG_KEY}  https://log.example/ \nquorum\tnone\n`;

    expect(parse(text).log.url).to.equal('https://log.example/');
  });

  it('may have comments that are not UTF-8, but no other line', () => {
    const rest = formatUtf8(`${LOG}quorum none\n`);
    const comment = Uint8Array.of(0x23, 0xff, 0xfe, 0x0a);
    const witness = Uint8Array.from([
      ...formatUtf8('witness '),
      0xff,
      ...formatUtf8(` ${keyOf('v0')}\n`),
    ]);

    expect(codeOf(() => parsePolicy(Uint8Array.from([...comment, ...rest])))).to.equal('accepted');
    expect(codeOf(() => parsePolicy(Uint8Array.from([...witness, ...rest])))).to.equal(
      'ERR_POLICY',
    );
  });

  it('may name its quorum before other lines, and keeps its order', () => {
    const policy = parse(`witness a ${keyOf('v1')}\nquorum a\nwitness b ${keyOf('v0')}\n${LOG}`);

    expect(policy.witnesses.map(({ name }) => name)).to.deep.equal(['a', 'b']);
    expect(parse(formatPolicy(policy))).to.deep.equal(policy);
  });

  it('takes names that are not of ASCII as they stand', () => {
    const text = `witness \u212a ${keyOf('v1')}\nwitness K ${keyOf('v0')}\ngroup é any \u212a K\nquorum é\n${LOG}`;

    expect(parse(text).groups[0]?.members).to.deep.equal(['\u212a', 'K']);
  });

  const refused: Readonly<Record<string, string>> = {
    'no quorum': '',
    'two quorums': 'quorum v0\nquorum v0\n',
    'a quorum that nobody is': 'quorum v9\n',
    'a quorum that is named later': 'quorum g\ngroup g any v0\n',
    'a quorum of two': 'quorum v0 v1\n',
    'a quorum without a name': 'quorum\n',
    'a second log': `log ${formatVerifierKey(createVerifierKey(1, 'x', validatorOf('v7').cosignerKey))}\nquorum v0\n`,
    'the same log twice': `log ${LOG_KEY}\nquorum v0\n`,
    'an unknown word': 'quorum v0\nwitnesses v0\n',
    'a word in capitals': 'Quorum v0\n',
    'a group without members': 'group g any\nquorum g\n',
    'a group without a threshold': 'group g\nquorum g\n',
    'a group of itself': 'group g any g\nquorum g\n',
    'groups of each other': 'group g any h\ngroup h any g\nquorum g\n',
    'a member that is named later': 'group g any h\ngroup h any v0\nquorum g\n',
    'a member that nobody is': 'group g any v9\nquorum g\n',
    'a member twice': 'group g 2 v0 v0\nquorum g\n',
    'a member of two groups': 'group g any v0\ngroup h any v0 g\nquorum h\n',
    'none as a member': 'group g any none\nquorum g\n',
    'none as the name of a group': 'group none any v0\nquorum none\n',
    'a group with the name of a witness': 'group v0 any v1\nquorum v0\n',
    'two groups of one name': 'group g any v0\ngroup g any v1\nquorum g\n',
    'a threshold of zero': 'group g 0 v0\nquorum g\n',
    'a threshold above the members': 'group g 2 v0\nquorum g\n',
    'a threshold with a leading zero': 'group g 01 v0\nquorum g\n',
    'a threshold with a sign': 'group g +1 v0\nquorum g\n',
    'a threshold in another word': 'group g most v0\nquorum g\n',
    'a witness without a key': 'witness x\nquorum v0\n',
    'a witness with too many words': `witness x ${keyOf('v7')} url more\nquorum v0\n`,
    'a witness of the name none': `witness none ${keyOf('v7')}\nquorum v0\n`,
    'two witnesses of one name': `witness v0 ${keyOf('v7')}\nquorum v0\n`,
    'a key twice': `witness x ${keyOf('v0')}\nquorum v0\n`,
    'a key twice, under another name': `witness x ${formatVerifierKey(createVerifierKey(4, 'x', validatorOf('v0').cosignerKey))}\nquorum v0\n`,
    "the log's key as a witness": `witness x ${formatVerifierKey(createVerifierKey(4, 'x', LOG_SIGNER.key.publicKey))}\nquorum v0\n`,
    'a witness with a key that signs notes': `witness x ${formatVerifierKey(createVerifierKey(1, 'x', validatorOf('v7').cosignerKey))}\nquorum v0\n`,
    'a witness with a broken key': `witness x ${keyOf('v7').slice(0, -1)}\nquorum v0\n`,
    'a carriage return': 'quorum v0\r\n',
    'a NUL': 'quorum v0\n#\0\n',
    'a delete': 'quorum v0\n#\u007f\n',
    'no line feed at the end': 'quorum v0',
    'no line feed at the end of a comment': 'quorum v0\n# no more',
  };
  for (const [name, lines] of Object.entries(refused)) {
    it(`is refused with ${name}`, () => expect(codeOfLines(lines)).to.equal('ERR_POLICY'));
  }

  it('is refused with two keys of one name and one id, which anybody can make', () => {
    const [one, other] = [17_623, 37_804].map((i) =>
      createVerifierKey(KEY_TYPE.cosignature, 'x', ed25519PublicKey(hashOfText(`collision ${i}`))),
    );
    const lines = [one!, other!].map((key, i) => `witness x${i} ${formatVerifierKey(key)}\n`);

    expect(one?.keyId).to.equal(other?.keyId);
    expect(codeOfLines(`${lines[0]!}quorum x0\n`)).to.equal('accepted');
    expect(codeOfLines(`${lines.join('')}quorum x0\n`)).to.equal('ERR_POLICY');
  });

  it('is refused without a log, or with one whose key cosigns', () => {
    expect(codeOf(() => parse('quorum none\n'))).to.equal('ERR_POLICY');
    expect(codeOf(() => parse(`log ${keyOf('v0')}\nquorum none\n`))).to.equal('ERR_POLICY');
    expect(codeOf(() => parse('log\nquorum none\n'))).to.equal('ERR_POLICY');
    expect(codeOf(() => parse(''))).to.equal('ERR_POLICY');
  });

  it('says which line is wrong', () => {
    expect(() => parse(`# one\n${LOG}group g 2 x\n`)).to.throw(
      'line 3: a member is not named on a line before',
    );
  });

  it('has limits', () => {
    const end = 'quorum v0\n';
    const line = (size: number): string => `#${'c'.repeat(size - 1)}\n`;
    const chain = (count: number): string =>
      Array.from(
        { length: count },
        (_, i) => `group g${i} any ${i === 0 ? 'v1' : `g${i - 1}`}\n`,
      ).join('');
    const flat = (count: number): string =>
      Array.from({ length: count }, (_, i) => `witness w${i} ${keyOf(`w${i}`)}\n`).join('');
    const cases: readonly (readonly [string, string, string])[] = [
      ['a line of 16,384 bytes', line(16_384) + end, 'accepted'],
      ['a line of 16,385 bytes', line(16_385) + end, 'ERR_LIMIT'],
      ['2,000 lines', '\n'.repeat(1_992) + end, 'accepted'],
      ['2,001 lines', '\n'.repeat(1_993) + end, 'ERR_LIMIT'],
      ['more than 131,072 bytes', line(16_000).repeat(9) + end, 'ERR_LIMIT'],
      ['groups 16 deep', chain(16) + end, 'accepted'],
      ['groups 17 deep', chain(17) + end, 'ERR_LIMIT'],
      ['a name of 255 bytes', `group ${'g'.repeat(255)} any v1\n${end}`, 'accepted'],
      ['a name of 256 bytes', `group ${'g'.repeat(256)} any v1\n${end}`, 'ERR_LIMIT'],
      ['a URL of 513 bytes', `witness x ${keyOf('v7')} ${'u'.repeat(513)}\n${end}`, 'ERR_LIMIT'],
      ['a URL of 512 bytes', `witness x ${keyOf('v7')} ${'u'.repeat(512)}\n${end}`, 'accepted'],
      ['256 witnesses', flat(250) + end, 'accepted'],
      ['257 witnesses', flat(251) + end, 'ERR_LIMIT'],
    ];
    for (const [name, lines, code] of cases) expect(codeOfLines(lines), name).to.equal(code);
  });

  it('has up to 64 groups', () => {
    const groups = (count: number): string =>
      Array.from(
        { length: count },
        (_, i) => `witness x${i} ${keyOf(`x${i}`)}\ngroup g${i} all x${i}\n`,
      ).join('');

    expect(codeOfLines(`${groups(64)}quorum g0\n`)).to.equal('accepted');
    expect(codeOfLines(`${groups(65)}quorum g0\n`)).to.equal('ERR_LIMIT');
  });

  it('is read or refused, whatever the lines', () => {
    const words = fc.constantFrom(
      'log',
      'witness',
      'group',
      'quorum',
      'none',
      'any',
      'all',
      '1',
      '2',
      'a',
      'b',
      'g',
      '#',
      LOG_KEY,
      keyOf('v0'),
      keyOf('v1'),
      '\r',
      'é',
    );
    const lines = fc.array(
      fc.array(words, { maxLength: 5 }).map((some) => some.join(' ')),
      { maxLength: 8 },
    );
    const bytes = fc.oneof(
      lines.map((some) => formatUtf8(`${LOG}${some.join('\n')}\n`)),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(bytes, (each) => {
        const code = codeOf(() => {
          const policy = parsePolicy(each);
          expect(parse(formatPolicy(policy))).to.deep.equal(policy);
        });
        expect(code).to.be.oneOf(['accepted', 'ERR_POLICY', 'ERR_LIMIT']);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a quorum', () => {
  it('may be nobody, or one witness', () => {
    expect(isQuorum('quorum none\n', '9')).to.equal(true);
    expect(isQuorum('quorum v1\n', '1')).to.equal(true);
    expect(isQuorum('quorum v1\n', '0 2 3')).to.equal(false);
  });

  it('of any, all or some is reached by so many members', () => {
    const members = 'v0 v1 v2\nquorum g\n';
    for (const [wanted, needed] of [
      ['any', 1],
      ['all', 3],
      ['1', 1],
      ['2', 2],
      ['3', 3],
    ] as const) {
      for (const cosigners of ['4 5', '1 5', '0 2', '0 1 2']) {
        const count = cosigners.split(' ').filter((digit) => Number(digit) < 3).length;
        const name = `${wanted} of ${cosigners}`;
        expect(isQuorum(`group g ${wanted} ${members}`, cosigners), name).to.equal(count >= needed);
      }
    }
  });

  it('of groups is reached when the groups are', () => {
    const lines = 'group x 2 v0 v1 v2\ngroup y any v3 v4\ngroup both all x y\nquorum both\n';

    expect(isQuorum(lines, '0 1 4')).to.equal(true);
    expect(isQuorum(lines, '0 1 2 5')).to.equal(false);
    expect(isQuorum(lines, '0 3 4')).to.equal(false);
  });

  it('is found with as few cosigners as there can be', () => {
    const lines = 'group x all v0 v1 v2\ngroup y any x v3\ngroup z 2 v4 v5 y\nquorum z\n';
    const policy = parse(`${LOG}${WITNESSES}${lines}`);

    expect(findQuorum(policy, new Set(['v0', 'v1', 'v2', 'v3', 'v5']))).to.deep.equal(
      new Set(['v5', 'v3']),
    );
    expect(findQuorum(policy, new Set(['v0', 'v1', 'v2', 'v5']))).to.deep.equal(
      new Set(['v5', 'v0', 'v1', 'v2']),
    );
  });

  it('does not count a stranger, or a group that cosigned by its name', () => {
    const lines = 'group g 2 v0 v1\nquorum g\n';
    const policy = parse(`${LOG}${WITNESSES}${lines}`);

    expect(findQuorum(policy, new Set(['g', 'v0', 'somebody']))).to.equal(undefined);
  });
});
