import { expect } from 'chai';

import { GROUP_CHANGE_COUNT_MAX, GroupCommit } from '../../../node/store/groupCommit.ts';

const DURABLE = { durable: true };
const NOT_DURABLE = { durable: false };

/** A writer that notes what it is given and ends each write when it is told to. */
class Disk {
  readonly writes: { readonly changes: readonly number[]; readonly durable: boolean }[] = [];
  #ends: PromiseWithResolvers<undefined>[] = [];
  readonly commit = new GroupCommit<number>(async (changes, { durable }) => {
    const end = Promise.withResolvers<undefined>();
    this.#ends.push(end);
    this.writes.push({ changes, durable });
    await end.promise;
  });

  /** Ends the write under way, once there is one. */
  async end(error?: Error): Promise<void> {
    while (this.#ends.length === 0) await Promise.resolve();
    const end = this.#ends.shift();
    if (error === undefined) end?.resolve(undefined);
    else end?.reject(error);
  }

  /** Waits until the writer was called so often. */
  async started(count: number): Promise<void> {
    while (this.writes.length < count) await Promise.resolve();
  }
}

describe('group commit', () => {
  let disk: Disk;

  beforeEach(() => {
    disk = new Disk();
  });

  it('merges the calls of one turn into one write', async () => {
    const calls = [disk.commit.submit([1, 2], DURABLE), disk.commit.submit([3], DURABLE)];
    await disk.end();
    await Promise.all(calls);

    expect(disk.writes).to.deep.equal([{ changes: [1, 2, 3], durable: true }]);
  });

  it('merges the calls that come while a write is under way into the next', async () => {
    const first = disk.commit.submit([1], DURABLE);
    await disk.started(1);
    const later = [disk.commit.submit([2], DURABLE), disk.commit.submit([3], DURABLE)];
    await disk.end();
    await first;
    await disk.end();
    await Promise.all(later);

    expect(disk.writes.map(({ changes }) => changes)).to.deep.equal([[1], [2, 3]]);
  });

  it('resolves a call when its own write has ended, not before', async () => {
    const order: string[] = [];
    const first = disk.commit.submit([1], DURABLE).then(() => order.push('first resolves'));
    await disk.started(1);
    const second = disk.commit.submit([2], DURABLE).then(() => order.push('second resolves'));
    await disk.end();
    await disk.started(2);
    order.push('second write begins');
    await disk.end();
    await Promise.all([first, second]);

    expect(order.at(-1)).to.equal('second resolves');
    expect(order).to.have.length(3);
  });

  const mixtures = [
    [[NOT_DURABLE, NOT_DURABLE], false],
    [[NOT_DURABLE, DURABLE], true],
    [[DURABLE, NOT_DURABLE], true],
  ] as const;
  for (const [options, durable] of mixtures) {
    const asked = options.map((each) => each.durable).join(' and ');
    it(`is durable: ${durable} where calls ask for ${asked}`, async () => {
      const calls = options.map((each, i) => disk.commit.submit([i], each));
      await disk.end();
      await Promise.all(calls);

      expect(disk.writes).to.deep.equal([{ changes: [0, 1], durable }]);
    });
  }

  it('never merges more changes than the limit', async () => {
    const half = Array.from({ length: GROUP_CHANGE_COUNT_MAX / 2 }, (_, i) => i);
    const calls = [half, half, [1]].map((changes) => disk.commit.submit(changes, DURABLE));
    await disk.end();
    await disk.end();
    await Promise.all(calls);

    const sizes = disk.writes.map(({ changes }) => changes.length);
    expect(sizes).to.deep.equal([GROUP_CHANGE_COUNT_MAX, 1]);
  });

  it('writes a call with more changes than the limit alone', async () => {
    const many = Array.from({ length: GROUP_CHANGE_COUNT_MAX + 1 }, (_, i) => i);
    const calls = [many, [1]].map((changes) => disk.commit.submit(changes, DURABLE));
    await disk.end();
    await disk.end();
    await Promise.all(calls);

    const sizes = disk.writes.map(({ changes }) => changes.length);
    expect(sizes).to.deep.equal([GROUP_CHANGE_COUNT_MAX + 1, 1]);
  });

  it('rejects the calls of a write that fails, those that wait and all later ones', async () => {
    const failure = new Error('no space left');
    const first = disk.commit.submit([1], DURABLE).catch((error: unknown) => error);
    await disk.started(1);
    const waiting = disk.commit.submit([2], DURABLE).catch((error: unknown) => error);
    await disk.end(failure);

    expect(await first).to.equal(failure);
    expect(await waiting).to.equal(failure);
    expect(await disk.commit.submit([3], DURABLE).catch((error: unknown) => error)).to.equal(
      failure,
    );
    expect(disk.writes).to.have.length(1);
  });

  it('writes at its close what waits, and refuses later calls', async () => {
    const call = disk.commit.submit([1], DURABLE);
    const closed = disk.commit.close();
    const late = disk.commit.submit([2], DURABLE).catch(String);
    await disk.end();
    await Promise.all([call, closed]);

    expect(await late).to.include('the store is closed');
  });

  it('closes at once where nothing waits', async () => {
    await disk.commit.close();

    expect(disk.writes).to.deep.equal([]);
  });
});
