import { expect } from 'chai';
import fc from 'fast-check';

import { DelayQueue, FifoQueue } from '../../../node/authority/queues.ts';

function drain(queue: FifoQueue | DelayQueue): string[] {
  const names = [];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) names.push(name);
  return names;
}

describe('a first-in-first-out queue', () => {
  it('behaves as an array, whatever comes and goes', () => {
    const steps = fc.array(fc.option(fc.string({ minLength: 1 }), { nil: undefined }));
    fc.assert(
      fc.property(steps, (names) => {
        const queue = new FifoQueue();
        const model: string[] = [];
        for (const name of names) {
          if (name === undefined) expect(queue.shift()).to.equal(model.shift());
          else (queue.push(name), model.push(name));
          expect(queue.count).to.equal(model.length);
        }
        expect(drain(queue)).to.deep.equal(model);
      }),
    );
  });

  it('gives nothing when it is empty', () => {
    expect(new FifoQueue().shift()).to.equal(undefined);
  });
});

describe('a delay queue', () => {
  it('gives names in the order of their times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (times) => {
        const queue = new DelayQueue();
        for (const [i, time] of times.entries()) queue.push(`${time}-${i}`, time);

        const drained = drain(queue).map((name) => Number(name.split('-')[0]));

        expect(drained).to.deep.equal([...times].sort((a, b) => a - b));
      }),
    );
  });

  it('keeps that order while names come and go', () => {
    const queue = new DelayQueue();
    queue.push('b', 2);
    queue.push('d', 4);
    queue.shift();
    queue.push('c', 3);

    expect(queue.nextMs).to.equal(3);
  });

  it('has no next time when it is empty', () => {
    const queue = new DelayQueue();
    queue.push('a', 1);
    queue.shift();

    expect(queue.nextMs).to.equal(undefined);
  });
});
