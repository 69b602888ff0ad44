import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import { formatFacts } from '../../../node/audit/event.ts';
import { LINE_BYTES_MAX, PEER_BURST, PEER_REFILL_MS } from '../../../node/audit/limits.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { checkFolder, commitAt, linesOf, openRun, pathsOf, refusalFrom } from './rig.ts';

/** Characters that would break a line, or make a terminal show another one. */
const HOSTILE = [
  ['a line feed', 'a\nb', 'a\\u{a}b'],
  ['a terminal’s escape', '\x1b[2J', '\\u{1b}[2J'],
  ['a C1 control', 'a\x9bb', 'a\\u{9b}b'],
  ['a zero byte', 'a\0b', 'a\\u{0}b'],
  ['text from right to left', 'a\u202eb', 'a\\u{202e}b'],
  ['half a surrogate pair', 'a\ud83d', 'a\\u{d83d}'],
  ['a picture', '📷', '\\u{1f4f7}'],
  ['a line separator', '\u2028', '\\u{2028}'],
  ['an escape that is written out', '\\u{a}', '\\u{5c}u{a}'],
  ['quotes', '","seq":9,"', '","seq":9,"'],
] as const;

describe('text from a peer in an audit', () => {
  for (const [what, text, shown] of HOSTILE) {
    it(`shows ${what} as what it is`, () => {
      const facts = formatFacts(refusalFrom('v1', text));

      expect(facts).to.match(/^[\x20-\x7e]*$/);
      expect((JSON.parse(facts) as { message: string }).message).to.equal(shown);
    });
  }

  it('is cut to a length', () => {
    const facts = formatFacts(refusalFrom('v1', 'x'.repeat(1_000_000)));

    expect((JSON.parse(facts) as { message: string }).message).to.equal('x'.repeat(200));
  });

  it('leaves the largest event within the limit of a line, whatever its names hold', () => {
    const signers = Array.from({ length: 1_000 }, () => '\uffff'.repeat(1_000));
    const blockHash = new Uint8Array(32);
    const facts = formatFacts({ type: 'commit', height: 1, view: 0, blockHash, signers });

    expect(facts.length).to.be.below(LINE_BYTES_MAX - 500);
  });

  const folder = temporaryFolder();

  it('never breaks an audit', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (texts) => {
        const dir = path.join(folder, `random-${count++}`);
        const { audit } = await openRun(dir);
        for (const text of texts) audit.record(refusalFrom(text, text));
        await audit.close();
        const [file = ''] = await pathsOf(dir);

        expect(readFileSync(file, 'latin1')).to.match(/^[\x20-\x7e\n]*$/);
        expect((await checkFolder(dir)).problem).to.equal(undefined);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a peer that causes many lines', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';

  beforeEach(() => {
    dir = path.join(folder, `audit-${count++}`);
  });

  const leftOutOf = async (event: string): Promise<readonly (readonly [unknown, unknown])[]> =>
    (await linesOf(dir))
      .filter((line) => line.event === event)
      .map(({ facts }) => [facts['from'], facts['left_out']] as const);

  it('has a burst of them written, then one now and then with the count of those left out', async () => {
    const { audit, clock } = await openRun(dir);
    for (let i = 0; i < PEER_BURST + 7; i++) audit.record(refusalFrom('v3'));
    await clock.advance(PEER_REFILL_MS - 1);
    audit.record(refusalFrom('v3'));
    await clock.advance(1);
    audit.record(refusalFrom('v3'));
    audit.record(refusalFrom('v3'));
    await audit.close();
    const refusals = await leftOutOf('refusal');

    expect(refusals).to.have.length(PEER_BURST + 1);
    expect(refusals[PEER_BURST - 1]).to.deep.equal(['v3', undefined]);
    expect(refusals[PEER_BURST]).to.deep.equal(['v3', 8]);
    expect(await leftOutOf('left_out')).to.deep.equal([['v3', 1]]);
  });

  it('takes nothing from another, nor from what this node does', async () => {
    const { audit } = await openRun(dir);
    for (let i = 0; i < 2 * PEER_BURST; i++) audit.record(refusalFrom('v3'));
    audit.record(refusalFrom('v2'));
    for (let i = 0; i < 2 * PEER_BURST; i++) audit.record(commitAt(i));
    await audit.close();

    expect(await leftOutOf('commit')).to.have.length(2 * PEER_BURST);
    expect((await leftOutOf('refusal')).at(-1)).to.deep.equal(['v2', undefined]);
  });

  it('is counted apart for proofs against it', async () => {
    const { audit } = await openRun(dir);
    for (let height = 0; height < PEER_BURST + 2; height++) {
      audit.record({ type: 'evidence', offender: 'v3', height, view: 0, phase: 2 });
    }
    audit.record(refusalFrom('v3'));
    await audit.close();

    expect(await leftOutOf('evidence')).to.have.length(PEER_BURST);
    expect(await leftOutOf('refusal')).to.have.length(1);
    expect(await leftOutOf('left_out')).to.deep.equal([['v3', 2]]);
  });
});
