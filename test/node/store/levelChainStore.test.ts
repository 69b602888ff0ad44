import path from 'node:path';

import { expect } from 'chai';

import type { CrashPoint } from '../../../node/crashPoint.ts';
import { openLevelChainStore } from '../../../node/store/levelChainStore.ts';
import { describeChainStore } from '../../contract/chainStore.ts';
import { ChainBuilder } from '../../support/chainBuilder.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('LevelDB', () => {
  const folder = temporaryFolder();
  let count = 0;
  const newPath = (): string => path.join(folder, `chain-${(count += 1)}`);

  describeChainStore('LevelDB', () => openLevelChainStore(newPath()));

  describe('a chain store opened again', () => {
    it('goes on where it was closed', async () => {
      const chain = newPath();
      const builder = new ChainBuilder();
      const first = await openLevelChainStore(chain);
      await first.commit(builder.genesis);
      await first.commit(builder.next({ batchCount: 1, recordCount: 300 }));
      await first.close();

      const second = await openLevelChainStore(chain);
      expect(second.edge()).to.deep.equal(builder.edge);
      expect(second.recordCount()).to.equal(300);
      await second.commit(builder.next({ batchCount: 1, recordCount: 300 }));
      expect(second.readTile({ level: 0, index: 1 })).to.have.length(256 * 32);
      await second.close();
    });

    it('waits at its close for the commit under way', async () => {
      const chain = newPath();
      const builder = new ChainBuilder();
      const first = await openLevelChainStore(chain);
      const committed = first.commit(builder.genesis);
      await first.close();
      await committed;

      const second = await openLevelChainStore(chain);
      expect(second.edge()?.header.height).to.equal(0);
      await second.close();
    });

    it('is refused while it is open', async () => {
      const chain = newPath();
      const store = await openLevelChainStore(chain);

      const error: unknown = await openLevelChainStore(chain).catch((cause: unknown) => cause);

      expect(error).to.be.an('error').with.property('message').that.includes('cannot open');
      await store.close();
    });
  });

  it('passes the points of a block write', async () => {
    const points: CrashPoint[] = [];
    const store = await openLevelChainStore(newPath(), { onPoint: (point) => points.push(point) });
    await store.commit(new ChainBuilder().genesis);

    expect(points).to.deep.equal(['before-block-write', 'after-block-write']);
    await store.close();
  });
});
