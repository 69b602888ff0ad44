import { expect } from 'chai';

import { createPress, type Press } from '../../../api/certificate/press.ts';
import type { Sheet } from '../../../api/certificate/sheet.ts';
import { CERTIFICATE_WAITING_COUNT_MAX } from '../../../api/limits.ts';

const NEVER = new AbortController().signal;
const EMPTY = { title: '', items: [] };

/** A sheet with a text that a test chooses. */
function sheetWith(title: string): Sheet {
  return {
    language: 'en',
    title,
    about: 'about',
    verdict: 'verdict',
    statement: 'statement',
    hashTitle: 'hash',
    imageHash: 'ab'.repeat(32),
    facts: [],
    parents: undefined,
    cosigners: EMPTY,
    quorum: undefined,
    checked: EMPTY,
    notShown: EMPTY,
    how: EMPTY,
    command: 'command',
    atNode: 'node',
    link: 'http://node.example/verify/ab',
    codeAlt: 'code',
    attachments: [],
    excuse: undefined,
    pageTemplate: '{page}',
    createdAtS: 0,
  };
}

/** A sheet of which no certificate can be made. */
const BROKEN: Sheet = { ...sheetWith('x'), createdAtS: Number.NaN };

describe('the press of certificates', () => {
  let press: Press;

  beforeEach(() => {
    press = createPress();
  });

  afterEach(() => press.stop());

  const codeOf = (error: unknown): unknown =>
    error instanceof Error && 'code' in error ? error.code : String(error);

  it('makes one after the other', async () => {
    const printed = await Promise.all(
      ['a', 'b'].map((title) => press.print(sheetWith(title), NEVER)),
    );

    for (const bytes of printed)
      expect(Buffer.from(bytes.subarray(0, 5)).toString()).to.equal('%PDF-');
    expect(Buffer.from(printed[0]!).equals(printed[1]!)).to.equal(false);
  });

  it('goes on after one that fails', async () => {
    const [failed, printed] = await Promise.all([
      press.print(BROKEN, NEVER).catch(String),
      press.print(sheetWith('a'), NEVER),
    ]);

    expect(failed).to.match(/^RangeError/);
    expect(printed.length).to.be.above(1_000);
  });

  it('does not make what nobody waits for any more', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    const [first, second, third] = await Promise.all([
      press.print(sheetWith('a'), NEVER),
      press.print(sheetWith('b'), gone).catch(codeOf),
      press.print(sheetWith('a'), NEVER),
    ]);

    expect(second).to.equal('ERR_NOT_READY');
    expect(Buffer.from(first).equals(third)).to.equal(true);
  });

  it('lets a bounded number wait', async () => {
    const asked = Array.from({ length: CERTIFICATE_WAITING_COUNT_MAX + 2 }, () =>
      press.print(sheetWith('a'), NEVER).then(() => 'printed', codeOf),
    );
    await press.stop();

    const last = await asked.at(-1);
    expect(last).to.equal('ERR_NOT_READY');
    expect(new Set(await Promise.all(asked))).to.deep.equal(new Set(['ERR_NOT_READY']));
  });

  it('gives everybody his own, also while its thread ends', async () => {
    const texts = ['a', 'b', 'c'];
    const expected = await Promise.all(texts.map((title) => press.print(sheetWith(title), NEVER)));
    const hasty = createPress({ idleMs: 0 });

    for (let round = 0; round < 4; round++) {
      const printed = texts.map(async (title) => {
        const bytes = await hasty.print(sheetWith(title), NEVER);
        // The next round begins while the thread of this one is being ended.
        await new Promise((resolve) => setImmediate(resolve));
        return bytes;
      });
      for (const [i, bytes] of (await Promise.all(printed)).entries()) {
        expect(Buffer.from(bytes).equals(expected[i]!), `${texts[i]} of round ${round}`).to.equal(
          true,
        );
      }
    }
    await hasty.stop();
  });

  it('makes none once it is stopped', async () => {
    await press.stop();

    expect(await press.print(sheetWith('a'), NEVER).catch(codeOf)).to.equal('ERR_NOT_READY');
  });
});
