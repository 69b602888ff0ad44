import { expect } from 'chai';

import { createTurn } from '../../api/turn.ts';

describe('the end of a turn', () => {
  it('is one for all who wait in it', () => {
    const turnEnd = createTurn();

    expect(turnEnd()).to.equal(turnEnd());
  });

  it('comes when all else of the turn is done', async () => {
    const turnEnd = createTurn();
    const order: string[] = [];
    const others = [1, 2, 3].map(async () => {
      await Promise.resolve();
      order.push('found');
    });

    await turnEnd();
    order.push('end');
    await Promise.all(others);

    expect(order).to.deep.equal(['found', 'found', 'found', 'end']);
  });

  it('is followed by the end of the next', async () => {
    const turnEnd = createTurn();

    const first = turnEnd();
    await first;

    expect(turnEnd()).not.to.equal(first);
    await turnEnd();
  });
});
