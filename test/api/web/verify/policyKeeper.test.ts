import { expect } from 'chai';

import type { PolicySummary } from '../../../../api/web/verify/job.ts';
import {
  PolicyKeeper,
  type PolicyWorld,
  type ReadPolicy,
} from '../../../../api/web/verify/policyKeeper.ts';

const FIRST_MS = 1_760_000_000_000;

/** A browser's storage that tests look into. */
class MemoryStorage {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
}

const summaryOf = (log: string): PolicySummary => ({ log, institutions: [], quorum: 'none' });

const readOf = (text: string): ReadPolicy => ({ text, summary: summaryOf(text) });

/** A world whose node serves `text`; a text that begins with a bang is no policy. */
function worldServing(text: string, more: Partial<PolicyWorld> = {}): PolicyWorld {
  return {
    fetchPolicy: async () => text,
    readPolicy: async (given) => {
      if (given.startsWith('!')) throw new Error('no policy');
      return summaryOf(given);
    },
    storage: new MemoryStorage(),
    nowMs: () => FIRST_MS,
    ...more,
  };
}

const fileOf = (text: string): File => new File([text], 'ours.txt');

describe('the policy that a browser keeps', () => {
  it('is the first that the node served', async () => {
    const keeper = new PolicyKeeper(worldServing('first'));

    expect(keeper.inForce).to.deep.equal({ source: 'none' });
    expect(await keeper.load()).to.deep.equal({
      source: 'node',
      text: 'first',
      summary: summaryOf('first'),
      sinceMs: FIRST_MS,
      other: undefined,
    });
  });

  it('stays in force when the node serves another later, which is told', async () => {
    const storage = new MemoryStorage();
    await new PolicyKeeper(worldServing('first', { storage })).load();

    const later = new PolicyKeeper(worldServing('second', { storage, nowMs: () => FIRST_MS + 9 }));

    const inForce = await later.load();
    expect(inForce).to.include({ text: 'first', sinceMs: FIRST_MS });
    expect(inForce).to.have.property('other').that.deep.equals(readOf('second'));
  });

  it('is replaced by the other once the reader accepts it', async () => {
    const storage = new MemoryStorage();
    await new PolicyKeeper(worldServing('first', { storage })).load();
    const later = new PolicyKeeper(worldServing('second', { storage, nowMs: () => FIRST_MS + 9 }));
    await later.load();

    await later.acceptOther();

    expect(later.inForce).to.include({ text: 'second', sinceMs: FIRST_MS + 9, other: undefined });
  });

  it('is what was shown when it was accepted, whatever is served by then', async () => {
    const storage = new MemoryStorage();
    await new PolicyKeeper(worldServing('first', { storage })).load();
    const served = ['second', 'third'];
    const fetchPolicy = async (): Promise<string> => served.shift() ?? '';
    const later = new PolicyKeeper(worldServing('', { storage, fetchPolicy }));
    await later.load();

    await later.acceptOther();

    expect(later.inForce).to.include({ text: 'second' });
    expect(later.inForce).to.have.property('other').that.deep.equals(readOf('third'));
  });

  it('stays in force where the node serves none, or something that is none', async () => {
    const storage = new MemoryStorage();
    await new PolicyKeeper(worldServing('first', { storage })).load();
    const failing = async (): Promise<string> => Promise.reject(new Error('no answer'));

    for (const world of [
      worldServing('', { storage, fetchPolicy: failing }),
      worldServing('!doctype html', { storage }),
    ]) {
      expect(await new PolicyKeeper(world).load()).to.include({ text: 'first', other: undefined });
    }
  });

  it('gives way to the reader’s own, until that is forgotten', async () => {
    const keeper = new PolicyKeeper(worldServing('first'));
    await keeper.load();

    await keeper.useReaders(fileOf('own'));
    expect(await keeper.load()).to.include({ source: 'reader', text: 'own', name: 'ours.txt' });

    await keeper.forgetReaders();
    expect(keeper.inForce).to.include({ source: 'node', text: 'first' });
  });

  it('stays where the reader’s file is none', async () => {
    const keeper = new PolicyKeeper(worldServing('first'));
    await keeper.load();

    const error = await keeper.useReaders(fileOf('!')).catch((cause: unknown) => cause);

    expect(error).to.be.an('error');
    expect(keeper.inForce).to.include({ source: 'node', text: 'first' });
  });

  it('does not replace the reader’s own when the node’s arrives late', async () => {
    let serve: (text: string) => void = () => undefined;
    const served = new Promise<string>((resolve) => (serve = resolve));
    const keeper = new PolicyKeeper(worldServing('', { fetchPolicy: () => served }));
    const loading = keeper.load();

    await keeper.useReaders(fileOf('own'));
    serve('first');

    expect(await loading).to.include({ source: 'reader', text: 'own' });
  });

  it('is not kept where it is none', async () => {
    const storage = new MemoryStorage();
    const keeper = new PolicyKeeper(worldServing('!', { storage }));

    const error = await keeper.load().catch((cause: unknown) => cause);

    expect(error).to.be.an('error');
    expect(storage.kept.size).to.equal(0);
  });

  it('is asked for again after a node that gave none', async () => {
    const served = ['!', 'first'];
    const fetchPolicy = async (): Promise<string> => served.shift() ?? '';
    const keeper = new PolicyKeeper(worldServing('', { fetchPolicy }));
    await keeper.load().catch(() => undefined);

    expect(await keeper.load()).to.include({ text: 'first' });
  });

  it('is kept as long as the page where the browser keeps nothing', async () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new Error('no room');
      },
    };
    for (const storage of [undefined, full]) {
      const keeper = new PolicyKeeper(worldServing('first', { storage }));
      expect(await keeper.load()).to.include({ text: 'first', other: undefined });
    }
  });

  for (const kept of ['', 'null', '{}', '[]', '{"text":1,"sinceMs":2}', '{"text":"a"}', '{']) {
    it(`is the node’s where ${kept || 'nothing'} was kept`, async () => {
      const storage = new MemoryStorage();
      storage.kept.set('birthmark.policy', kept);

      const keeper = new PolicyKeeper(worldServing('first', { storage }));

      expect(await keeper.load()).to.include({ text: 'first', sinceMs: FIRST_MS });
    });
  }
});
