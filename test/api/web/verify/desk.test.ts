/** The page's work, without a page: what becomes of files and hashes. */
import { expect } from 'chai';

import type { Absent } from '../../../../api/schemas/verify.ts';
import type { CheckState } from '../../../../api/web/verify/checkState.ts';
import { Desk, type DeskWorld, ITEM_COUNT_MAX } from '../../../../api/web/verify/desk.ts';
import {
  type AnsweredHash,
  isStale,
  type Question,
  totalsOf,
} from '../../../../api/web/verify/item.ts';

const HASH = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

const HOLDS: CheckState = checkedAs(undefined);

function checkedAs(code: string | undefined): CheckState {
  const check = { verdict: '', code, steps: [], cosigners: [], differences: [] };
  return { state: 'done', check, policy: { source: 'none' } };
}

function contradicted(): CheckState {
  const differences = [{ field: 'kind', answered: 'camera', proved: 'edit' } as const];
  const check = { verdict: '', code: undefined, steps: [], cosigners: [], differences };
  return { state: 'done', check, policy: { source: 'none' } };
}

const fileOf = (text: string): File => new File([text], `${text}.jpg`);

function absentAnswer(hash: string): AnsweredHash {
  const finding = { verdict: 'not_found', image_hash: hash, block_height: null } as Absent;
  return { stage: 'answered', finding, json: finding, range: undefined };
}

function foundAnswer(hash: string, verdict = 'registered_original'): AnsweredHash {
  const finding = { verdict, image_hash: hash, block_height: 1 } as never;
  return { stage: 'answered', finding, json: finding, range: undefined };
}

/** A desk whose world a test sets, and a way to wait for what it shows. */
function deskWith(world: Partial<DeskWorld>): [Desk, (holds: () => boolean) => Promise<void>] {
  const waiters: (() => void)[] = [];
  const desk = new Desk({
    hash: async () => HASH,
    ask: async ({ hash }) => absentAnswer(hash),
    nowMs: () => 0,
    check: async () => ({ check: HOLDS, provenance: undefined }),
    onChange: () => {
      for (const wake of waiters.splice(0)) wake();
    },
    ...world,
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => void waiters.push(resolve));
  };
  return [desk, until];
}

const stagesOf = ({ items }: Desk): readonly string[] => items.map(({ stage }) => stage);

describe('the desk of the page', () => {
  it('hashes a file, and asks for its hash', async () => {
    const [desk, until] = deskWith({});

    desk.addFiles([fileOf('a')], false);
    await until(() => stagesOf(desk)[0] === 'answered');

    expect(desk.items[0]).to.include({ hash: HASH, hashedBytes: 1, isOpen: true });
  });

  it('asks for a hash as it is given', async () => {
    const asked: string[] = [];
    const [desk, until] = deskWith({
      hash: () => Promise.reject(new Error('there is no file')),
      ask: async ({ hash }) => {
        asked.push(hash);
        return absentAnswer(hash);
      },
    });

    desk.addHashes([HASH, OTHER], false);
    await until(() => stagesOf(desk).every((stage) => stage === 'answered'));

    expect(asked).to.deep.equal([HASH, OTHER]);
    expect(desk.items.map(({ isOpen }) => isOpen)).to.deep.equal([false, false]);
  });

  it('says of a file that cannot be read why, and asks nothing', async () => {
    const [desk, until] = deskWith({
      hash: () => Promise.reject(new Error('it is a folder')),
      ask: () => Promise.reject(new Error('nobody should ask')),
    });

    desk.addFiles([fileOf('a')], false);
    await until(() => stagesOf(desk)[0] === 'unreadable');

    expect(desk.items[0]).to.include({ reason: 'it is a folder', hash: undefined });
  });

  it('keeps the hash where the node does not answer, and asks again when told', async () => {
    const answers = [
      (): Promise<AnsweredHash> => Promise.reject(new Error('no network')),
      async (): Promise<AnsweredHash> => absentAnswer(HASH),
    ];
    const [desk, until] = deskWith({ ask: () => answers.shift()!() });
    desk.addFiles([fileOf('a')], false);
    await until(() => stagesOf(desk)[0] === 'unasked');
    expect(desk.items[0]).to.include({ hash: HASH, reason: 'no network' });

    await desk.askMissing();

    expect(desk.items[0]).to.include({ stage: 'answered', reason: undefined });
  });

  it('checks the proof of what is registered, and of nothing else', async () => {
    const checked: (string | undefined)[] = [];
    const [desk, until] = deskWith({
      ask: async ({ hash }) => (hash === HASH ? foundAnswer(hash) : absentAnswer(hash)),
      check: async ({ hash }) => {
        checked.push(hash);
        return { check: { state: 'absent', reason: 'later' }, provenance: undefined };
      },
    });

    desk.addHashes([OTHER, HASH], false);
    await until(() => desk.items[1]?.check.state === 'absent');
    await desk.checkAgain();

    expect(checked).to.deep.equal([HASH, HASH]);
  });

  it('says why a proof is absent', async () => {
    const [desk, until] = deskWith({
      ask: async ({ hash }) => foundAnswer(hash),
      check: () => Promise.reject(new Error('ERR_NOT_FINAL')),
    });

    desk.addHashes([HASH], false);
    await until(() => desk.items[0]?.check.state === 'absent');

    expect(desk.items[0]?.check).to.deep.equal({ state: 'absent', reason: 'ERR_NOT_FINAL' });
  });

  it('gives up what is removed, and hears nothing of it later', async () => {
    let finish: (hash: string) => void = () => undefined;
    let signal: AbortSignal | undefined;
    const [desk] = deskWith({
      hash: (_, call) => {
        signal = call.signal;
        return new Promise((resolve) => (finish = resolve));
      },
    });
    desk.addFiles([fileOf('a')], false);

    desk.remove(desk.items[0]!.id);
    finish(HASH);
    await Promise.resolve();

    expect(signal?.aborted).to.equal(true);
    expect(desk.items).to.deep.equal([]);
  });

  it('gives up all that is cleared', () => {
    const signals: AbortSignal[] = [];
    const [desk] = deskWith({
      hash: (_, { signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    desk.addFiles([fileOf('a'), fileOf('b')], false);

    desk.clear();

    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
    expect(desk.items).to.deep.equal([]);
  });

  it('holds so many, and says how many were left out', () => {
    const [desk] = deskWith({ hash: () => new Promise(() => undefined) });
    const file = fileOf('a');

    expect(
      desk.addFiles(
        Array.from({ length: ITEM_COUNT_MAX - 1 }, () => file),
        false,
      ),
    ).to.equal(0);
    expect(desk.addFiles([file, file, file], false)).to.equal(2);
    expect(desk.items).to.have.length(ITEM_COUNT_MAX);
  });

  it('counts what came of all', async () => {
    const [desk, until] = deskWith({
      hash: async (file) => {
        if (file.name === 'folder.jpg') throw new Error('it is a folder');
        return file.name === 'known.jpg' ? HASH : OTHER;
      },
      ask: async ({ hash }) => (hash === HASH ? foundAnswer(hash) : absentAnswer(hash)),
    });

    desk.addFiles(['known', 'folder', 'other', 'another'].map(fileOf), false);
    await until(() => totalsOf(desk.items).isSettled);

    expect(totalsOf(desk.items)).to.deep.equal({
      count: 4,
      hashedCount: 4,
      bytes: 23,
      hashedBytes: 23,
      registered: 1,
      edits: 0,
      absent: 2,
      unconfirmed: 0,
      others: 1,
      isSettled: true,
    });
  });

  it('counts as registered what a proof shows, and edits apart from originals', async () => {
    const verdicts = ['registered_original', 'declared_edit', 'same_picture_data', 'pending'];
    const hashes = verdicts.map((_, i) => String(i).repeat(64));
    const [desk, until] = deskWith({
      ask: async ({ hash }) => foundAnswer(hash, verdicts[hashes.indexOf(hash)]),
    });

    desk.addHashes(hashes, false);
    await until(() => totalsOf(desk.items).isSettled);

    const counts = { registered: 2, edits: 1, absent: 0, unconfirmed: 0, others: 1 };
    expect(totalsOf(desk.items)).to.include(counts);
  });

  for (const check of [
    checkedAs('ERR_QUORUM'),
    { state: 'absent', reason: 'ERR_NOT_FINAL' } as const,
    contradicted(),
  ]) {
    it(`counts nothing as registered that no proof shows: ${JSON.stringify(check)}`, async () => {
      const [desk, until] = deskWith({
        ask: async ({ hash }) => foundAnswer(hash),
        check: async () => ({ check, provenance: undefined }),
      });

      desk.addHashes([HASH], false);
      await until(() => totalsOf(desk.items).isSettled);

      expect(totalsOf(desk.items)).to.include({ registered: 0, unconfirmed: 1 });
    });
  }

  it('is not done while a proof is checked', async () => {
    const [desk, until] = deskWith({
      ask: async ({ hash }) => foundAnswer(hash),
      check: () => new Promise(() => undefined),
    });

    desk.addHashes([HASH], false);
    await until(() => desk.items[0]?.check.state === 'running');

    expect(totalsOf(desk.items)).to.include({ isSettled: false, registered: 0 });
  });
});

describe('asking without telling', () => {
  it('stays with each file that was added so, and tells all of one hash when its details are asked for', async () => {
    const asked: Question[] = [];
    const finishers: ((hash: string) => void)[] = [];
    const [desk, until] = deskWith({
      hash: () => new Promise((resolve) => void finishers.push(resolve)),
      ask: async (question) => {
        asked.push(question);
        return absentAnswer(question.hash);
      },
    });
    desk.addFiles(['a', 'b', 'c'].map(fileOf), true);
    finishers[0]?.(HASH);
    await until(() => stagesOf(desk)[0] === 'answered');

    await desk.askWhole(desk.items[0]!.id);
    finishers[1]?.('1'.repeat(64));
    finishers[2]?.('2'.repeat(64));
    await until(() => stagesOf(desk).every((stage) => stage === 'answered'));
    await desk.askAgain(desk.items[1]!.id);

    const whole = asked.filter(({ isPrivate }) => !isPrivate).map(({ hash }) => hash);
    expect(whole).to.deep.equal([HASH]);
    expect(asked).to.have.length(5);
  });

  it('is what a retry does too', async () => {
    const asked: Question[] = [];
    const [desk, until] = deskWith({
      ask: async (question) => {
        asked.push(question);
        throw new Error('no network');
      },
    });
    desk.addHashes([HASH, OTHER], true);
    await until(() => stagesOf(desk).every((stage) => stage === 'unasked'));

    await desk.askMissing();

    expect(asked.map(({ isPrivate }) => isPrivate)).to.deep.equal([true, true, true, true]);
  });
});

describe('an item that is asked for again', () => {
  it('keeps its earlier answer with its check, and when that was, where the node does not answer', async () => {
    let isOut = false;
    const [desk, until] = deskWith({
      ask: async ({ hash }) => {
        if (isOut) throw new Error('no network');
        return foundAnswer(hash);
      },
      nowMs: () => 1_760_000_001_000,
    });
    desk.addHashes([HASH], false);
    await until(() => totalsOf(desk.items).isSettled);
    isOut = true;

    await desk.askAgain(desk.items[0]!.id);

    const [item] = desk.items;
    expect(item).to.include({ stage: 'unasked', answeredMs: 1_760_000_001_000, check: HOLDS });
    expect(isStale(item!)).to.equal(true);
  });

  it('is of the present where the node answers', async () => {
    let nowMs = 1;
    const [desk, until] = deskWith({
      ask: async ({ hash }) => foundAnswer(hash),
      nowMs: () => nowMs++,
    });
    desk.addHashes([HASH], false);
    await until(() => totalsOf(desk.items).isSettled);

    await desk.askAgain(desk.items[0]!.id);

    expect(desk.items[0]).to.include({ stage: 'answered', answeredMs: 2 });
    expect(isStale(desk.items[0]!)).to.equal(false);
  });

  it('is not told what came of the check of an earlier answer', async () => {
    const checks: ((check: CheckState) => void)[] = [];
    const [desk, until] = deskWith({
      ask: async ({ hash }) => foundAnswer(hash),
      check: () =>
        new Promise(
          (resolve) => void checks.push((check) => resolve({ check, provenance: undefined })),
        ),
    });
    desk.addHashes([HASH], false);
    await until(() => checks.length === 1);
    const again = desk.askAgain(desk.items[0]!.id);
    await until(() => checks.length === 2);

    checks[1]?.(HOLDS);
    await again;
    checks[0]?.(checkedAs('ERR_QUORUM'));
    await new Promise((resolve) => void setImmediate(resolve));

    expect(desk.items[0]?.check).to.equal(HOLDS);
  });
});
