import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatUtf8, parseUtf8 } from '../../../chain/bytes.ts';
import { openLog, openWal, WalError } from '../../../node/consensus/wal.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** Opens a log, lets `act` use it, closes it; resolves to what it had restored. */
async function withWal(
  file: string,
  act: (wal: Awaited<ReturnType<typeof openWal>>) => Promise<void> = async () => undefined,
): Promise<readonly string[]> {
  const wal = await openWal(file);
  try {
    await act(wal);
    return wal.restored.map(parseUtf8);
  } finally {
    await wal.close();
  }
}

/** Resolves to the code with which a log is refused, or 'opened'. */
async function codeOfOpening(file: string): Promise<string> {
  try {
    await withWal(file);
    return 'opened';
  } catch (error) {
    if (error instanceof WalError) return error.code;
    throw error;
  }
}

describe('the write-ahead log', () => {
  const folder = temporaryFolder();
  let count = 0;
  let file = '';

  beforeEach(() => {
    file = path.join(folder, `wal-${count++}`);
  });

  /** Writes one frame for each list of messages; returns the file's size after each. */
  const write = async (...frames: readonly (readonly string[])[]): Promise<readonly number[]> => {
    const ends: number[] = [];
    await withWal(file, async (wal) => {
      for (const frame of frames) {
        await wal.append(frame.map(formatUtf8));
        ends.push(statSync(file).size);
      }
    });
    return ends;
  };

  it('begins empty, with a file that its owner alone may read', async () => {
    expect(await withWal(file)).to.deep.equal([]);
    await write(['one']);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('restores messages in the order of their appends', async () => {
    await write(['one', 'two'], ['three']);
    await write(['four']);

    expect(await withWal(file)).to.deep.equal(['one', 'two', 'three', 'four']);
  });

  it('writes nothing for no messages', async () => {
    await withWal(file, (wal) => wal.append([]));
    expect(existsSync(file)).to.be.false;
  });

  it('keeps a message without bytes', async () => {
    await write(['', 'x']);

    expect(await withWal(file)).to.deep.equal(['', 'x']);
  });

  it('knows its size on disk', async () => {
    const sizes: number[] = [];
    await withWal(file, async (wal) => {
      sizes.push(wal.sizeBytes());
      await wal.append([formatUtf8('one')]);
      sizes.push(wal.sizeBytes());
    });

    expect(sizes).to.deep.equal([0, statSync(file).size]);
  });

  it('forgets everything when truncated, and goes on', async () => {
    await withWal(file, async (wal) => {
      await wal.append([formatUtf8('old')]);
      await wal.truncate();
      expect(wal.sizeBytes()).to.equal(0);
      await wal.append([formatUtf8('fresh')]);
    });

    expect(await withWal(file)).to.deep.equal(['fresh']);
  });

  describe('that has begun', () => {
    /** Opens it, and says how it is. */
    const look = async (): Promise<readonly unknown[]> => {
      const wal = await openWal(file);
      await wal.close();
      return [wal.isNew, wal.isWhole, wal.restored.map(parseUtf8)];
    };

    beforeEach(async () => {
      await withWal(file, (wal) => wal.begin());
    });

    it('is there, and whole', async () => {
      expect(await look()).to.deep.equal([false, true, []]);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
    });

    it('stays whole while it only grows', async () => {
      await write(['one'], ['two']);

      expect(await look()).to.deep.equal([false, true, ['one', 'two']]);
    });

    it('is whole no longer once it was emptied, whatever comes then', async () => {
      await withWal(file, (wal) => wal.truncate());
      expect(await look()).to.deep.equal([false, false, []]);

      await withWal(file, (wal) => wal.begin());
      await write(['one']);
      expect(await look()).to.deep.equal([false, false, ['one']]);
    });

    it('does not begin again', async () => {
      await write(['one']);
      await withWal(file, (wal) => wal.begin());

      expect(await look()).to.deep.equal([false, true, ['one']]);
    });

    it('is there and not whole where its beginning is torn', async () => {
      const whole = readFileSync(file);
      for (let cut = 0; cut < whole.length; cut++) {
        writeFileSync(file, whole.subarray(0, cut));
        expect(await look(), `cut at ${cut}`).to.deep.equal([false, false, []]);
      }
    });
  });

  it('is new until something was said, however often it was opened and emptied', async () => {
    const isNew = async (): Promise<boolean> => {
      const wal = await openWal(file);
      await wal.truncate();
      await wal.close();
      return wal.isNew;
    };
    expect(await isNew()).to.be.true;
    expect(await isNew()).to.be.true;

    await write(['one']);
    expect(await isNew()).to.be.false;
    expect(await isNew()).to.be.false;
  });

  it('drops a last frame that is torn at any byte, and goes on behind the frame before it', async () => {
    const [first = 0, end = 0] = await write(['one'], ['two', 'three']);
    const whole = readFileSync(file);

    for (let cut = first; cut < end; cut++) {
      writeFileSync(file, whole.subarray(0, cut));
      await write(['four']);
      expect(await withWal(file), `cut at ${cut}`).to.deep.equal(['one', 'four']);
    }
  });

  it('drops a last frame of which any byte was not written', async () => {
    const [first = 0, end = 0] = await write(['one'], ['two']);
    const whole = readFileSync(file);

    for (let at = first; at < end; at++) {
      const torn = Buffer.from(whole);
      torn[at] = (torn[at] ?? 0) ^ 0xff;
      writeFileSync(file, torn);
      expect(await withWal(file), `byte ${at}`).to.deep.equal(['one']);
    }
  });

  it('drops a tail of zeros, which a file system may leave after a loss of power', async () => {
    await write(['one']);
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(4_096)]));

    expect(await withWal(file)).to.deep.equal(['one']);
  });

  it('R3: syncs what it finds before it is said again: who wrote it may have been killed before its sync', async () => {
    await write(['one']);
    const calls: string[] = [];
    const found = readFileSync(file);

    const wal = await openLog({
      name: file,
      isNew: false,
      read: async () => found,
      append: async () => void calls.push('append'),
      truncate: async () => void calls.push('truncate'),
      sync: async () => void calls.push('sync'),
      close: async () => undefined,
    });

    expect(wal.restored.map(parseUtf8)).to.deep.equal(['one']);
    expect(calls).to.deep.equal(['sync']);
  });

  it('refuses damage at any byte before an intact frame', async () => {
    const [end = 0] = await write(['one'], ['two']);
    const whole = readFileSync(file);

    for (let at = 0; at < end; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      expect(await codeOfOpening(file), `byte ${at}`).to.equal('ERR_WAL_DAMAGED');
      expect(readFileSync(file).equals(damaged), 'is left as it was').to.be.true;
    }
  });

  it('refuses a hole before an intact frame', async () => {
    const [first = 0, second = 0] = await write(['one'], ['two'], ['three']);
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.concat([whole.subarray(0, first), whole.subarray(second - 5)]));

    expect(await codeOfOpening(file)).to.equal('ERR_WAL_DAMAGED');
  });

  it('names the moments of an append, in order', async () => {
    const points: string[] = [];
    const wal = await openWal(file, (point) => points.push(point));
    await wal.append([formatUtf8('one')]);
    await wal.close();

    expect(points).to.deep.equal(['before-log-append', 'before-log-sync', 'after-log-sync']);
  });
});
