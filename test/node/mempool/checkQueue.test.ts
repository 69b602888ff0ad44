import { expect } from 'chai';

import { CheckQueue } from '../../../node/mempool/checkQueue.ts';
import { settled } from '../../support/fakeClock.ts';

/** Tasks of a queue of two, which end when they are told to. */
class Tasks {
  readonly queue = new CheckQueue(2);
  readonly begun: string[] = [];
  readonly results: Promise<string>[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<string>>();

  run(rank: number, name: string): void {
    const end = Promise.withResolvers<string>();
    this.#ends.set(name, end);
    const task = (): Promise<string> => {
      this.begun.push(name);
      return end.promise;
    };
    this.results.push(this.queue.run(rank, task).catch((error: unknown) => String(error)));
  }

  async end(...names: readonly string[]): Promise<void> {
    for (const name of names) this.#ends.get(name)?.resolve(name);
    await settled();
  }

  async fail(name: string): Promise<void> {
    this.#ends.get(name)?.reject(new Error(`${name} fails`));
    await settled();
  }
}

describe('a queue of checks', () => {
  it('runs two at a time, and no more', async () => {
    const tasks = new Tasks();
    for (const name of ['a', 'b', 'c']) tasks.run(0, name);
    await settled();

    expect(tasks.begun).to.deep.equal(['a', 'b']);
  });

  it('runs the next when one ends', async () => {
    const tasks = new Tasks();
    for (const name of ['a', 'b', 'c', 'd']) tasks.run(0, name);
    await tasks.end('b');

    expect(tasks.begun).to.deep.equal(['a', 'b', 'c']);
  });

  it('runs the next when one fails', async () => {
    const tasks = new Tasks();
    for (const name of ['a', 'b', 'c']) tasks.run(0, name);
    await tasks.fail('a');

    expect(tasks.begun).to.deep.equal(['a', 'b', 'c']);
    expect(await tasks.results[0]).to.equal('Error: a fails');
  });

  it('resolves and rejects as each task does', async () => {
    const tasks = new Tasks();
    for (const name of ['a', 'b', 'c']) tasks.run(0, name);
    await tasks.end('b');
    await tasks.fail('a');
    await tasks.end('c');

    expect(await Promise.all(tasks.results)).to.deep.equal(['Error: a fails', 'b', 'c']);
  });

  it('takes those of one rank in the order in which they came', async () => {
    const tasks = new Tasks();
    for (const name of ['a', 'b', 'c', 'd', 'e']) tasks.run(0, name);
    await tasks.end('a', 'b', 'c', 'd', 'e');

    expect(tasks.begun).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('takes a lower rank before a higher one that came earlier', async () => {
    const tasks = new Tasks();
    tasks.run(9, 'a');
    tasks.run(9, 'b');
    for (const [rank, name] of [
      [2, 'late'],
      [1, 'third'],
      [0, 'first'],
      [1, 'fourth'],
      [0, 'second'],
    ] as const) {
      tasks.run(rank, name);
    }
    for (const name of ['a', 'first', 'second', 'third', 'fourth']) await tasks.end(name);

    expect(tasks.begun.slice(2)).to.deep.equal(['first', 'second', 'third', 'fourth', 'late']);
  });

  for (const turns of Array(10).keys()) {
    it(`hands its place on: who comes ${turns} turns after the end does not take it`, async () => {
      const tasks = new Tasks();
      for (const name of ['a', 'b', 'waits']) tasks.run(1, name);
      const ended = tasks.end('a');
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      tasks.run(0, 'comes');
      await ended;

      // One that comes before the place is handed on is of the lower rank, and is next itself.
      expect(tasks.begun).to.have.length(3);
    });
  }

  it('has its places free again when all have ended', async () => {
    const tasks = new Tasks();
    for (const name of ['a', 'b', 'c', 'd']) tasks.run(0, name);
    await tasks.end('a', 'b');
    await tasks.end('c', 'd');
    for (const name of ['e', 'f', 'g']) tasks.run(0, name);
    await settled();

    expect(tasks.begun.slice(4)).to.deep.equal(['e', 'f']);
  });

  it('lets a task that throws at once free its place', async () => {
    const queue = new CheckQueue(1);
    const thrown = await queue
      .run(0, () => {
        throw new Error('at once');
      })
      .catch(String);

    expect([thrown, await queue.run(0, async () => 'next')]).to.deep.equal([
      'Error: at once',
      'next',
    ]);
  });
});
