import { expect } from 'chai';

import { NOTHING_KNOWN } from '../../../api/client/network.ts';
import { renderTop, type Screen } from '../../../scripts/top/render.ts';
import { sparkline } from '../../../scripts/top/sparkline.ts';
import { SAMPLED_MS, sampleWith, validatorWith, viewWith } from '../../support/networkViews.ts';

const SCREEN: Screen = {
  columns: 80,
  rows: 23,
  hasColour: false,
  nowMs: SAMPLED_MS,
  url: 'http://127.0.0.1:8545',
};

function linesWith(sample = sampleWith(), screen: Partial<Screen> = {}): readonly string[] {
  return renderTop(viewWith({ sample }), { ...SCREEN, ...screen });
}

describe('the screen of birthmark top', () => {
  it('shows on 80 by 24 how it stands, every validator, the rates and the last blocks', () => {
    const lines = linesWith();

    expect(lines[0]).to.match(
      /^birthmark top {2}http:\/\/127\.0\.0\.1:8545 {2}v1 0\.1\.0 +live {2}12:00:00 UTC$/,
    );
    expect(lines[1]).to.equal('All is well.');
    const text = lines.join('\n');
    expect(text).to.include('height 60, the last 0 s ago; view 0, v2 is to propose');
    expect(text).to.include('photographs 12,345; log 12,400, all cosigned; quorum 3 of 4');
    for (const name of ['v1', 'v2', 'v3', 'v4'])
      expect(text).to.match(new RegExp(`^${name} +up `, 'm'));
    expect(text).to.match(/^verify answers +240 a second /m);
    expect(text).to.match(/^time of a block +1 s \(median\) +█+$/m);
    expect(text).to.match(/^ +60 +0 s +1 s +0 +2 {2}v1 \| v1 v2 v3$/m);
    expect(lines.length).to.be.at.most(23);
  });

  for (const columns of [40, 60, 80, 200]) {
    for (const rows of [1, 5, 12, 23, 60]) {
      it(`is no larger than ${columns} by ${rows}`, () => {
        const lines = linesWith(sampleWith(), { columns, rows });

        expect(lines.length).to.be.at.most(rows);
        for (const line of lines) expect(line.length, line).to.be.at.most(columns);
      });
    }
  }

  it('shows who is missing, and what that means', () => {
    const lastSeen = new Date(SAMPLED_MS - 95_000).toISOString();
    const validators = [
      validatorWith('v1'),
      validatorWith('v4', { status: 'missing', last_seen: lastSeen, lost_views: 3 }),
    ];

    const text = linesWith(sampleWith({ validators })).join('\n');

    expect(text).to.include('v4 cannot be reached: if one more goes, no block can be made.');
    expect(text).to.match(/^v4 +missing +60 +0 +3 {2}1 min 35 s ago$/m);
  });

  it('puts an authority that does not answer before the others', () => {
    const maker = {
      id: 'maker',
      name: 'The Maker',
      answering: true,
      pending_submissions: 0,
      last_problem: null,
    };
    const authorities = [
      ...['a', 'b', 'c'].map((id) => ({ ...maker, id })),
      { ...maker, id: 'd', answering: false, pending_submissions: 12, last_problem: 'no answer' },
    ];

    const lines = linesWith(sampleWith({ authorities }))
      .filter((line) => line.includes('authorit'))
      .slice(1);

    expect(lines[0]).to.equal('authority d: does not answer, 12 wait; no answer');
    expect(lines.at(-1)).to.equal('and 1 authorities more');
  });

  it('shows nothing that moves the cursor, whatever strangers call themselves', () => {
    const problem = 'gone\u001b[2J\u001b]0;title\u0007\u202e';
    const authorities = [
      { id: 'maker', name: 'M', answering: false, pending_submissions: 1, last_problem: problem },
    ];

    const text = linesWith(sampleWith({ authorities }), { columns: 200 }).join('\n');

    expect(text).to.not.match(/[^\P{C}\n]/u);
    expect(text).to.include('\\u{1b}[2J');
  });

  it('tells many findings in three lines', () => {
    const reasons = Array.from({ length: 9 }, (_each, i) => `reason ${i} `.repeat(9).trim());

    const lines = linesWith(sampleWith({ not_ready: reasons }));

    expect(lines[3]).to.match(/^and \d+ lines more: see the page \/network$/);
    expect(lines[4]).to.match(/^height 60/);
  });

  it('is there before anything is known', () => {
    const lines = renderTop(NOTHING_KNOWN, SCREEN);

    expect(lines[0]).to.include('connecting');
    expect(lines[1]).to.equal('Nothing is known yet.');
  });

  it('is coloured where the terminal has colours, and only there', () => {
    const plain = linesWith().join('\n');
    const coloured = linesWith(sampleWith(), { hasColour: true }).join('\n');

    expect(plain).to.not.include('\u001b');
    expect(coloured).to.include('\u001b[32mAll is well.');
  });
});

describe('a curve of one line', () => {
  it('reaches from 0 to the largest value', () => {
    expect(sparkline([0, 1, 2, 4], 10)).to.equal('▁▃▅█');
  });

  it('shows the last values, and a gap where there is none', () => {
    expect(sparkline([9, 9, undefined, 0, 1], 3)).to.equal(' ▁█');
  });

  it('of zeros is flat, and of nothing empty', () => {
    expect(sparkline([0, 0], 5)).to.equal('▁▁');
    expect(sparkline([], 5)).to.equal('');
  });
});
