import { expect } from 'chai';

import { type Finding, findingsOf } from '../../../api/client/findings.ts';
import { afterConnection, NOTHING_KNOWN } from '../../../api/client/network.ts';
import type { Sample } from '../../../api/schemas/events.ts';
import {
  blockWith,
  SAMPLED_MS,
  sampleWith,
  validatorWith,
  viewWith,
} from '../../support/networkViews.ts';

type Level = Finding['level'];

function withStatus(...statuses: readonly Sample['validators'][number]['status'][]): Sample {
  return sampleWith({
    validators: statuses.map((status, i) => validatorWith(`v${i + 1}`, { status })),
  });
}

describe('what an operator should know', () => {
  it('is that all is well, where nothing is wrong', () => {
    expect(findingsOf(viewWith())).to.deep.equal([{ level: 'good', text: 'All is well.' }]);
  });

  it('is that nothing is known yet', () => {
    expect(findingsOf(NOTHING_KNOWN)).to.deep.equal([
      { level: 'warn', text: 'Nothing is known yet.' },
    ]);
  });

  const cases: readonly (readonly [what: string, sample: Sample, level: Level, text: RegExp])[] = [
    [
      'one of four is missing',
      withStatus('up', 'up', 'up', 'missing'),
      'warn',
      /^v4 cannot be reached: if one more goes, no block can be made\.$/,
    ],
    [
      'two of four are missing',
      withStatus('up', 'up', 'missing', 'missing'),
      'bad',
      /^v3, v4 cannot be reached: no block can be made before one is back\.$/,
    ],
    ['one is behind', withStatus('up', 'behind', 'up', 'up'), 'warn', /^Behind the others: v2\.$/],
    [
      'no block is made',
      sampleWith({ stalled: 'no block for 12 s' }),
      'bad',
      /^No block for 12 s\.$/,
    ],
    [
      'the node is not ready',
      sampleWith({ ready: false, not_ready: ['the disk is full'] }),
      'bad',
      /^The disk is full\.$/,
    ],
    ['this node is behind', sampleWith({ blocks_behind: 11 }), 'warn', /11 blocks behind/],
    [
      'an authority does not answer',
      sampleWith({
        authorities: [
          {
            id: 'maker',
            name: 'M',
            answering: false,
            pending_submissions: 7,
            last_problem: 'it did not answer within 10 s',
          },
        ],
      }),
      'warn',
      /^The authority maker does not answer; 7 submissions wait for it \(it did not answer within 10 s\)\.$/,
    ],
    ['the disk is nearly full', sampleWith({ disk: 'critical' }), 'bad', /Less than 1 GiB/],
    ['the disk fills', sampleWith({ disk: 'low' }), 'warn', /Less than 10 GiB/],
    [
      'somebody has equivocated',
      sampleWith({ validators: [validatorWith('v3', { has_equivocated: true })] }),
      'bad',
      /two values for one slot: v3/,
    ],
  ];
  for (const [what, sample, level, text] of cases) {
    it(`is that ${what}`, () => {
      const [finding, ...more] = findingsOf(viewWith({ sample }));

      expect(finding?.level).to.equal(level);
      expect(finding?.text).to.match(text);
      expect(more).to.deep.equal([]);
    });
  }

  it('is each reason once, where one stands in two places', () => {
    const sample = sampleWith({ stalled: 'too few', not_ready: ['too few', 'and slow'] });

    const texts = findingsOf(viewWith({ sample })).map(({ text }) => text);

    expect(texts).to.deep.equal(['Too few.', 'And slow.']);
  });

  it('is the worst first', () => {
    const sample = { ...withStatus('up', 'up', 'up', 'missing'), disk: 'critical' as const };

    const levels = findingsOf(viewWith({ sample })).map(({ level }) => level);

    expect(levels).to.deep.equal(['bad', 'warn']);
  });

  for (const [lost, level] of [
    [2, 'good'],
    [3, 'warn'],
  ] as const) {
    it(`${lost === 3 ? 'is' : 'is not yet'} that ${lost} views were lost over the last blocks`, () => {
      const blocks = Array.from({ length: 25 }, (_each, i) =>
        blockWith(i + 1, { view: i >= 25 - lost ? 1 : 0 }),
      );

      expect(findingsOf(viewWith({ blocks }))[0]?.level).to.equal(level);
    });
  }

  it('is that there is no connection, and of when what is shown is', () => {
    const connection = { state: 'waiting', why: 'no answer', retryMs: 500 } as const;
    const view = afterConnection(viewWith(), { connection, atMs: SAMPLED_MS });

    expect(findingsOf(view)[0]).to.deep.equal({
      level: 'bad',
      text: 'No connection: no answer. Trying again. What is shown is of 12:00:00 UTC.',
    });
  });

  it('is that the node refuses', () => {
    const connection = { state: 'refused', why: 'no such route' } as const;
    const view = afterConnection(NOTHING_KNOWN, { connection, atMs: SAMPLED_MS });

    expect(findingsOf(view)[0]?.text).to.equal('The node refuses: no such route.');
  });
});
