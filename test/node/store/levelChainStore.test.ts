import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import type { CrashPoint } from '../../../node/crashPoint.ts';
import { LogWalk } from '../../../node/logCheck/logWalk.ts';
import type { ChainStore } from '../../../node/store/chainStore.ts';
import { checkChain } from '../../../node/store/checkChain.ts';
import { DamageError } from '../../../node/store/damage.ts';
import { openLevelChainStore } from '../../../node/store/levelChainStore.ts';
import { describeChainStore } from '../../contract/chainStore.ts';
import { cameraRecord, ChainBuilder } from '../../support/chainBuilder.ts';
import { beginFilling, fillStore } from '../../support/chainFilling.ts';
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

    it('keeps nothing in memory of what is read once', async () => {
      const chain = newPath();
      const builder = new ChainBuilder();
      const first = await openLevelChainStore(chain);
      await first.commit(builder.genesis);
      await first.commit(builder.next({ batchCount: 2, recordCount: 1_000 }));
      await first.close();

      const second = await openLevelChainStore(chain);
      const before = second.memoryBytes();
      expect(new LogWalk(second).step(Number.MAX_SAFE_INTEGER)).to.equal('done');
      expect(second.memoryBytes()).to.equal(before);
      second.readEntries({ start: 0, end: 2_000 });
      expect(second.memoryBytes()).to.be.above(before + 100_000);
      await second.close();
    });

    it('has nothing of a filling that was interrupted', async () => {
      const chain = newPath();
      const builder = new ChainBuilder();
      const blocks = [builder.genesis, builder.next({ batchCount: 1, recordCount: 300 })];
      const first = await openLevelChainStore(chain);
      await beginFilling(first, blocks);
      await first.close();

      const second = await openLevelChainStore(chain);
      expect(second.edge()).to.equal(undefined);
      await second.commit(builder.genesis);
      expect((await second.countTables()).entries).to.equal(1);
      await second.close();
    });

    it('begins where it was filled', async () => {
      const chain = newPath();
      const builder = new ChainBuilder();
      const blocks = [builder.genesis, builder.next({ batchCount: 1, recordCount: 300 })];
      const first = await openLevelChainStore(chain);
      await fillStore(first, blocks);
      await first.close();

      const second = await openLevelChainStore(chain);
      expect(second.edge()).to.deep.equal(builder.edge);
      expect(second.recordCount()).to.equal(300);
      expect(second.baseHeight()).to.equal(1);
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

  describe('a chain store whose file is damaged', () => {
    /** Writes a chain of one block, calls `damage` with the bytes of its table file, opens it again. */
    const openDamaged = async (
      builder: ChainBuilder,
      damage: (file: Buffer) => void,
    ): Promise<ChainStore> => {
      const chain = newPath();
      const store = await openLevelChainStore(chain);
      await store.commit(builder.genesis);
      await store.commit(builder.next({ batchCount: 1, recordCount: 100 }));
      await store.compact();
      await store.close();
      const name = readdirSync(chain).find((each) => each.endsWith('.ldb')) ?? '';
      const file = readFileSync(path.join(chain, name));
      damage(file);
      writeFileSync(path.join(chain, name), file);
      return openLevelChainStore(chain);
    };

    it('is found out by its check', async () => {
      const builder = new ChainBuilder();
      const store = await openDamaged(builder, (file) => {
        const at = file.indexOf(cameraRecord(7).deviceCommitment);
        expect(at).to.be.above(0);
        file[at] = (file[at] ?? 0) ^ 1;
      });

      const { problems } = await checkChain(store, { genesis: builder.genesis.applied });
      expect(problems[0]).to.have.property('what').that.includes('is another batch');
      await store.close();
    });

    it('throws a DamageError where LevelDB itself cannot read it', async () => {
      const store = await openDamaged(new ChainBuilder(), (file) => file.fill(0xff, 1_000, 4_000));

      expect(() => store.readEntries({ start: 0, end: 100 })).to.throw(DamageError);
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
