/** What goes out of a hash, and how often the node is asked how much that should be. */
import { expect } from 'chai';

import { NodeRefusal } from '../../../../api/web/verify/answers.ts';
import { askNode, type AskWorld } from '../../../../api/web/verify/asking.ts';
import type { RangeAdvice } from '../../../../api/web/verify/range.ts';
import { RangeAdviser } from '../../../../api/web/verify/rangeAdvice.ts';

const HASH = 'ab'.repeat(32);
const { signal } = new AbortController();

/** A node that notes what it is told. */
function worldWith(
  advices: (RangeAdvice | Error)[],
  refusal?: Error,
): { world: AskWorld; told: string[] } {
  const told: string[] = [];
  const world = {
    node: {
      find: async (hash: string) => {
        told.push(hash);
        return { finding: { verdict: 'not_found' } as never, json: {} };
      },
      findRange: async (prefix: string) => {
        told.push(prefix);
        if (refusal !== undefined) throw refusal;
        return { prefix, total: 1, suffixes: [HASH.slice(prefix.length)] };
      },
    },
    adviser: new RangeAdviser(async () => {
      told.push('status');
      const advice = advices.length > 1 ? advices.shift() : advices[0];
      if (advice === undefined || advice instanceof Error) throw advice ?? new Error('none');
      return advice;
    }),
  };
  return { world, told };
}

const TWO: RangeAdvice = { digits: 2, total: 9 };

describe('a question', () => {
  it('tells all of the hash where that is wanted', async () => {
    const { world, told } = worldWith([TWO]);

    await askNode({ hash: HASH, isPrivate: false }, world, signal);

    expect(told).to.deep.equal([HASH]);
  });

  it('tells so many digits as the node recommends, and asks it once', async () => {
    const { world, told } = worldWith([TWO]);
    const ask = (): ReturnType<typeof askNode> =>
      askNode({ hash: HASH, isPrivate: true }, world, signal);

    const [first] = await Promise.all([ask(), ask()]);
    await ask();

    expect(told).to.deep.equal(['status', 'ab', 'ab', 'ab']);
    expect(first.range).to.deep.include({ prefix: 'ab', isRegistered: true });
    expect(world.adviser.known).to.equal(TWO);
  });

  it('tells nothing while the node does not say how many, and asks once more', async () => {
    const { world, told } = worldWith([new Error('no network'), TWO]);
    const ask = (): Promise<unknown> => askNode({ hash: HASH, isPrivate: true }, world, signal);

    const error = await ask().catch((cause: unknown) => cause);
    await ask();

    expect(error).to.be.an('error');
    expect(told).to.deep.equal(['status', 'status', 'ab']);
  });

  it('asks once more how many where the node refuses so few', async () => {
    const { world, told } = worldWith([TWO], new NodeRefusal('ERR_RANGE'));
    const ask = (): Promise<unknown> =>
      askNode({ hash: HASH, isPrivate: true }, world, signal).catch(() => undefined);

    await ask();
    await ask();

    expect(told).to.deep.equal(['status', 'ab', 'status', 'ab']);
  });

  it('keeps what it knows where the network alone failed', async () => {
    const { world, told } = worldWith([TWO], new TypeError('no network'));
    const ask = (): Promise<unknown> =>
      askNode({ hash: HASH, isPrivate: true }, world, signal).catch(() => undefined);

    await ask();
    await ask();

    expect(told).to.deep.equal(['status', 'ab', 'ab']);
  });
});
