/** The export of a log: what is in the folder, at every moment, and what is refused. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { parseSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { formatTilePath, tilesOf } from '../../../chain/log/tilePath.ts';
import { ExportFolder } from '../../../scripts/publicLog/exportFolder.ts';
import { exportLog, type ExportReport } from '../../../scripts/publicLog/exportLog.ts';
import { flipBit, namesOf, networkPolicy } from '../../support/logRig.ts';
import { fileOf, GrowingPublicLog } from '../../support/publicLogs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** Two full tiles and a partial one. */
const SIZE = 600;

/** The files that readers of a checkpoint of this size need. */
function filesOf(treeSize: number): readonly string[] {
  const tiles = [...tilesOf(treeSize)].flatMap(({ level, index, width }) => [
    formatTilePath({ kind: 'hashes', level, index, width }),
    ...(level === 0 ? [formatTilePath({ kind: 'entries', index, width })] : []),
  ]);
  return ['checkpoint', 'policy', 'log.vkey', ...tiles];
}

describe('the export of a log', () => {
  const parent = temporaryFolder();
  let count = 0;
  let out = '';

  beforeEach(() => {
    out = path.join(parent, String(count++));
  });

  const run = async (log: GrowingPublicLog, trusted = networkPolicy(4)): Promise<ExportReport> => {
    const folder = await ExportFolder.open(out);
    try {
      return await exportLog({ log, policy: trusted, onProgress: () => undefined }, folder);
    } finally {
      await folder.close();
    }
  };
  const files = (): ReadonlyMap<string, string> => {
    const found = readdirSync(out, { recursive: true, withFileTypes: true });
    const names = found
      .filter((each) => each.isFile())
      .map((each) => path.relative(out, path.join(each.parentPath, each.name)));
    return new Map(names.sort().map((name) => [name, readFileSync(path.join(out, name), 'hex')]));
  };
  /** Checks that whoever reads the checkpoint finds all that it needs, as the log has it. */
  const expectServable = async (log: GrowingPublicLog): Promise<void> => {
    if (!existsSync(path.join(out, 'checkpoint'))) return;
    const { treeSize } = parseSignedCheckpoint(readFileSync(path.join(out, 'checkpoint')));
    for (const file of filesOf(treeSize).filter((each) => each.startsWith('tile/'))) {
      const bytes = await fileOf(log, file);
      expect(readFileSync(path.join(out, file), 'hex'), file).to.equal(
        Buffer.from(bytes!).toString('hex'),
      );
    }
  };
  const expectRefused = async (log: GrowingPublicLog, code: string): Promise<void> => {
    const error = await run(log).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).to.be.an('error').with.property('code', code);
  };

  for (const size of [1, 255, 256, 257, SIZE]) {
    it(`of ${size} entries has the files that readers need, as they are served, and no other`, async () => {
      const log = new GrowingPublicLog(size);
      const report = await run(log);

      expect([...files().keys()]).to.deep.equal([...filesOf(size)].sort());
      expect(report).to.deep.include({ treeSize: size, addedCount: size, isAhead: false });
      for (const [file, hex] of files()) {
        expect(hex, file).to.equal(Buffer.from((await fileOf(log, file))!).toString('hex'));
      }
    });
  }

  it('of three levels of tiles is whole', async () => {
    const log = new GrowingPublicLog(256 * 257 + 44);
    await run(log);
    const held = new Set(files().keys());

    expect(held.has('tile/2/000.p/1') && held.has('tile/1/000')).to.equal(true);
    expect(held.size).to.equal(filesOf(log.treeSize).length);
  }).timeout(60_000);

  it('writes nothing a second time, and reads no entry', async () => {
    const log = new GrowingPublicLog(SIZE);
    await run(log);
    log.asked.length = 0;
    const folder = await ExportFolder.open(out);
    await exportLog({ log, policy: networkPolicy(4), onProgress: () => undefined }, folder);
    await folder.close();

    expect(folder.written).to.deep.equal({ fileCount: 0, bytes: 0 });
    expect(log.asked.filter((each) => each.startsWith('tile/entries'))).to.deep.equal([]);
  });

  it('goes on where it ends', async () => {
    const log = new GrowingPublicLog(SIZE);
    await run(log);
    log.grow(500);
    log.asked.length = 0;
    const report = await run(log);

    expect(report.addedCount).to.equal(500);
    expect(log.asked.filter((each) => each.startsWith('tile/entries'))).to.have.members([
      'tile/entries/002',
      'tile/entries/003',
      'tile/entries/004.p/76',
    ]);
    await expectServable(log);
  });

  it('keeps partial tiles until the checkpoint there and the one before have them full', async () => {
    const log = new GrowingPublicLog(SIZE);
    const partial = (): readonly string[] =>
      [...files().keys()].filter((each) => each.includes('.p/')).sort();
    await run(log);
    const first = partial();
    log.grow(300);
    await run(log);
    const second = partial();
    log.grow(1);
    await run(log);

    expect(first).to.deep.equal(['tile/0/002.p/88', 'tile/1/000.p/2', 'tile/entries/002.p/88']);
    expect(second).to.include.members(first);
    expect(partial()).to.deep.equal([
      'tile/0/003.p/132',
      'tile/0/003.p/133',
      'tile/1/000.p/2',
      'tile/1/000.p/3',
      'tile/entries/003.p/132',
      'tile/entries/003.p/133',
    ]);
  });

  it('leaves a folder that has more of the log as it is', async () => {
    await run(new GrowingPublicLog(SIZE));
    const before = files();
    const report = await run(new GrowingPublicLog(300));

    expect(report).to.deep.include({ treeSize: SIZE, addedCount: 0, isAhead: true });
    expect(files()).to.deep.equal(before);
  });

  describe('refuses what contradicts the folder', () => {
    const forked = (size: number, from: number): GrowingPublicLog =>
      new GrowingPublicLog(size, (index) => `${index < from ? 'entry' : 'other entry'} ${index}`);
    for (const [what, size, from] of [
      ['another root of the same size', SIZE, SIZE - 1],
      ['a longer log with another beginning', 1_000, 0],
      ['a longer log in which one entry was changed', 1_000, SIZE - 1],
      ['a shorter log with another end', 300, 299],
    ] as const) {
      it(`${what}, and changes nothing`, async () => {
        await run(new GrowingPublicLog(SIZE));
        const before = files();

        await expectRefused(forked(size, from), 'ERR_CONFLICT');
        expect(files()).to.deep.equal(before);
      });
    }

    it('a log without entries', async () => {
      await run(new GrowingPublicLog(SIZE));

      await expectRefused(new GrowingPublicLog(0), 'ERR_ANSWER');
    });

    it('a checkpoint that is none', async () => {
      mkdirSync(out);
      writeFileSync(path.join(out, 'checkpoint'), 'my notes\n');

      await expectRefused(new GrowingPublicLog(3), 'ERR_EXPORT');
    });

    it('what another process has written meanwhile', async () => {
      const log = new GrowingPublicLog(SIZE);
      await run(log);
      log.grow(1);
      log.onRead = () => {
        writeFileSync(path.join(out, 'checkpoint'), 'other\n');
      };

      await expectRefused(log, 'ERR_EXPORT');
    });
  });

  describe('publishes nothing', () => {
    for (const file of filesOf(SIZE).filter((each) => each.startsWith('tile/'))) {
      for (const [what, lie] of [
        ['with a bit flipped', (bytes: Uint8Array) => flipBit(bytes, bytes.length * 4)],
        ['that is a byte short', (bytes: Uint8Array) => bytes.slice(1)],
        ['that is empty', () => new Uint8Array()],
      ] as const) {
        it(`of a log that serves ${file} ${what}`, async () => {
          const log = new GrowingPublicLog(SIZE);
          log.lies.set(file, lie);

          await expectRefused(log, 'ERR_ANSWER');
          expect(files().has('checkpoint')).to.equal(false);
        });
      }
    }

    it('that too few have cosigned', async () => {
      const log = new GrowingPublicLog(SIZE);
      log.cosigners = namesOf(2);

      await expectRefused(log, 'ERR_QUORUM');
      expect(log.asked).to.deep.equal([]);
    });

    it('that too few of the witnesses have cosigned whom the caller trusts', async () => {
      const error = await run(new GrowingPublicLog(SIZE), networkPolicy(6)).catch(
        (cause: unknown) => cause,
      );

      expect(error).to.be.an('error').with.property('code', 'ERR_QUORUM');
    });

    for (const [what, isOther] of [
      ['a tile with its entries', (file: string) => file.endsWith('/001')],
      ['the last tile with its entries', (file: string) => file.endsWith('002.p/88')],
      ['all tiles', () => true],
    ] as const) {
      it(`where ${what} are those of another log`, async () => {
        const log = new GrowingPublicLog(SIZE);
        const other = new GrowingPublicLog(SIZE, (index) => `other ${index}`);
        for (const file of filesOf(SIZE).filter(
          (each) => each.startsWith('tile/') && isOther(each),
        )) {
          const bytes = await fileOf(other, file);
          log.lies.set(file, () => bytes!);
        }

        await expectRefused(log, 'ERR_ANSWER');
        expect(files().has('checkpoint')).to.equal(false);
      });
    }

    it('in which one entry is another', async () => {
      const log = new GrowingPublicLog(SIZE);
      log.lies.set('tile/entries/001', (bytes) => {
        const text = new TextDecoder().decode(bytes);
        return formatUtf8(text.replace('entry 300', 'entry 999'));
      });

      await expectRefused(log, 'ERR_ANSWER');
    });

    it('of another log than the policy trusts', async () => {
      const log = new GrowingPublicLog(SIZE);
      log.lies.set('checkpoint', (bytes) =>
        formatUtf8(new TextDecoder().decode(bytes).replaceAll('birthmark.test/', 'other/')),
      );

      await expectRefused(log, 'ERR_UNKNOWN_LOG');
    });

    it('without entries', async () => {
      const log = new GrowingPublicLog(0);

      await expectRefused(log, 'ERR_ANSWER');
    });

    for (const [file, code] of [
      ['policy', 'ERR_POLICY'],
      ['log.vkey', 'ERR_ANSWER'],
      ['checkpoint', 'ERR_MALFORMED'],
    ] as const) {
      it(`with a ${file} that does not fit the others`, async () => {
        const log = new GrowingPublicLog(SIZE);
        log.lies.set(file, (bytes) => bytes.slice(0, -1));

        await expectRefused(log, code);
        expect(files()).to.deep.equal(new Map());
      });
    }

    it('whose policy asks for others than have signed', async () => {
      const log = new GrowingPublicLog(SIZE);
      log.lies.set('policy', (bytes) =>
        formatUtf8(new TextDecoder().decode(bytes).replace(/group pbft 3/, 'group pbft 4')),
      );

      await expectRefused(log, 'ERR_QUORUM');
    });
  });

  it('that ends anywhere leaves a folder that can be served, and the next one completes it', async () => {
    const log = new GrowingPublicLog(SIZE);
    await run(log);
    log.grow(700);
    const whole = filesOf(log.treeSize);
    let failAt = 1;
    for (; ; failAt++) {
      let reads = 0;
      log.onRead = () => {
        reads += 1;
        if (reads === failAt) throw new Error('the process dies');
      };
      const outcome = await run(log).then(
        () => 'done',
        (error: unknown) => (error as Error).message,
      );
      log.onRead = () => undefined;
      await expectServable(log);
      if (outcome === 'done') break;
      expect(outcome).to.equal('the process dies');
      expect(parseSignedCheckpoint(readFileSync(path.join(out, 'checkpoint'))).treeSize).to.equal(
        SIZE,
      );
    }

    expect(failAt).to.be.above(5);
    expect([...files().keys()]).to.include.members([...whole]);
  });

  it('uses what a run before has left, but not where it is damaged', async () => {
    const log = new GrowingPublicLog(SIZE);
    log.onRead = (file) => {
      if (file.includes('entries/002')) throw new Error('the process dies');
    };
    await run(log).catch(() => undefined);
    for (const file of ['tile/0/001', 'tile/entries/001']) {
      const target = path.join(out, file);
      writeFileSync(target, flipBit(readFileSync(target), 77));
    }
    log.onRead = () => undefined;
    log.asked.length = 0;
    await run(log);

    expect(log.asked).to.include.members(['tile/0/001', 'tile/entries/001']);
    expect(log.asked).not.to.include.members(['tile/0/000', 'tile/entries/000']);
    await expectServable(log);
  });

  it('leaves no drafts behind', async () => {
    mkdirSync(path.join(out, '.export-of-a-dead-process'), { recursive: true });
    await run(new GrowingPublicLog(3));

    expect(readdirSync(out).sort()).to.deep.equal(['checkpoint', 'log.vkey', 'policy', 'tile']);
  });
});
