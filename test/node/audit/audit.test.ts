import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatHex } from '../../../chain/bytes.ts';
import { type AuditDisk, HEAD_FILE } from '../../../node/audit/disk.ts';
import { AuditError } from '../../../node/audit/errors.ts';
import {
  FLUSH_BYTES_MAX,
  FLUSH_INTERVAL_MS,
  FLUSH_LINE_COUNT_MAX,
  HEAD_LOG_INTERVAL_MS,
  WAITING_BYTES_MAX,
} from '../../../node/audit/limits.ts';
import { messagesOf } from '../../support/capturedLog.ts';
import { CHAIN_ID, hashOfText } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import {
  checkFolder,
  commitAt,
  copyFolder,
  eventsOf,
  KEY,
  linesOf,
  NOW_MS,
  openRun,
  pathsOf,
  refusalFrom,
  takeHead,
  writeRun,
} from './rig.ts';

/** A disk of which some operations are another's. */
function diskWith(disk: AuditDisk, other: Partial<AuditDisk>): AuditDisk {
  return {
    listFiles: () => disk.listFiles(),
    readEnd: (file, bytesMax) => disk.readEnd(file, bytesMax),
    cut: (file, sizeBytes) => disk.cut(file, sizeBytes),
    append: (file, bytes) => disk.append(file, bytes),
    readHead: () => disk.readHead(),
    writeHead: (text) => disk.writeHead(text),
    close: () => disk.close(),
    ...other,
  };
}

/** Resolves to why an audit is not gone on with, or to 'opened'. */
async function refusalOf(dir: string, validator = 'v0'): Promise<string> {
  try {
    await (await openRun(dir, { validator })).audit.close();
    return 'opened';
  } catch (error) {
    if (error instanceof AuditError) return error.message;
    throw error;
  }
}

describe('an audit', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';

  beforeEach(() => {
    dir = path.join(folder, `audit-${count++}`);
  });

  it('begins with a line that names format, chain and key', async () => {
    await writeRun(dir, [1]);
    const [first] = await linesOf(dir);

    expect(first?.seq).to.equal(1);
    expect(first?.facts).to.deep.equal({
      format: 'birthmark-audit-v1',
      number: 1,
      chain_id: formatHex(CHAIN_ID),
      key: formatHex(KEY),
    });
  });

  it('is readable by its owner alone', async () => {
    await writeRun(dir, [1]);
    const [file = ''] = await pathsOf(dir);

    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(statSync(dir).mode & 0o777).to.equal(0o700);
    expect(statSync(path.join(dir, HEAD_FILE)).mode & 0o777).to.equal(0o600);
  });

  it('keeps every event with its facts and its time', async () => {
    const { audit, clock } = await openRun(dir);
    const place = { height: 5, view: 1 };
    const blockHash = hashOfText('block');
    const hash = formatHex(blockHash);
    audit.record({
      type: 'start',
      version: '0.1.0',
      chainId: CHAIN_ID,
      height: 4,
      validator: 'v0',
    });
    audit.record({ type: 'keyLoaded', purpose: 'consensus', publicKey: KEY });
    const proposal = { batchCount: 2, proposer: 'v1', own: false };
    audit.record({ type: 'proposal', ...place, blockHash, ...proposal });
    await clock.advance(10);
    audit.record({ type: 'commit', ...place, blockHash, signers: ['v0', 'v1', 'v2'] });
    audit.record({ type: 'viewChange', height: 5, fromView: 1, toView: 2, why: 'timeout' });
    audit.record({ type: 'evidence', ...place, offender: 'v3', phase: 2 });
    audit.record(refusalFrom('v2'));
    audit.record({ type: 'stop', why: undefined });
    await audit.close();
    const found = (await linesOf(dir)).slice(1, -1);

    expect(found.map(({ ms, event, facts }) => [ms - NOW_MS, event, facts])).to.deep.equal([
      [0, 'start', { version: '0.1.0', chain_id: formatHex(CHAIN_ID), height: 4, validator: 'v0' }],
      [0, 'key_loaded', { purpose: 'consensus', public_key: formatHex(KEY) }],
      [0, 'proposal', { ...place, block_hash: hash, batch_count: 2, proposer: 'v1', own: false }],
      [10, 'commit', { ...place, block_hash: hash, signers: ['v0', 'v1', 'v2'] }],
      [10, 'view_change', { height: 5, from_view: 1, to_view: 2, why: 'timeout' }],
      [10, 'evidence', { ...place, offender: 'v3', phase: 2 }],
      [10, 'refusal', { code: 'ERR_SIGNATURE', message: 'no', from: 'v2', height: 1, view: 0 }],
      [10, 'stop', {}],
    ]);
  });

  it('writes what waits together, after a moment, with one seal', async () => {
    const writes: number[] = [];
    const wrote = Promise.withResolvers<undefined>();
    const { audit, clock } = await openRun(dir, {
      wrap: (disk) =>
        diskWith(disk, {
          append: async (file, bytes) => {
            await disk.append(file, bytes);
            writes.push(bytes.length);
          },
          writeHead: async (text) => {
            await disk.writeHead(text);
            if (writes.length > 0) wrote.resolve(undefined);
          },
        }),
    });
    audit.record(commitAt(1));
    audit.record(commitAt(2));
    await clock.advance(FLUSH_INTERVAL_MS - 1);
    expect(writes).to.deep.equal([]);
    await clock.advance(1);
    await wrote.promise;

    expect(writes).to.have.length(1);
    expect(await eventsOf(dir)).to.deep.equal(['commit', 'commit']);
    expect((await linesOf(dir)).at(-1)?.facts).to.deep.equal({ lines: 3 });
    await audit.close();
  });

  it('makes a write durable before the next begins, and names it in the head only then', async () => {
    const order: string[] = [];
    const { audit } = await openRun(dir, {
      wrap: (disk) =>
        diskWith(disk, {
          append: async (file, bytes) => {
            order.push('append');
            await disk.append(file, bytes);
            order.push('durable');
          },
          writeHead: async (text) => {
            order.push('head');
            await disk.writeHead(text);
          },
        }),
    });
    for (let height = 0; height <= FLUSH_LINE_COUNT_MAX; height++) audit.record(commitAt(height));
    await audit.close();
    const write = ['append', 'durable', 'head'];

    expect(order).to.deep.equal(['head', ...write, ...write]);
    expect((await checkFolder(dir)).lineCount).to.equal(FLUSH_LINE_COUNT_MAX + 1 + 3);
  });

  it('writes no more than its limit at once', async () => {
    const sizes: number[] = [];
    const { audit } = await openRun(dir, {
      wrap: (disk) =>
        diskWith(disk, {
          append: (file, bytes) => {
            sizes.push(bytes.length);
            return disk.append(file, bytes);
          },
        }),
    });
    const signers = Array.from({ length: 100 }, () => 'v'.repeat(64));
    for (let height = 0; height < 400; height++) {
      audit.record({ type: 'commit', height, view: 0, blockHash: KEY, signers });
    }
    await audit.close();

    expect(sizes.length).to.be.above(2);
    for (const size of sizes) expect(size).to.be.below(FLUSH_BYTES_MAX * 1.1);
  });

  it('goes on in the next run where the last ended', async () => {
    await writeRun(dir, [1]);
    await writeRun(dir, [2]);
    const report = await checkFolder(dir);

    expect(await eventsOf(dir)).to.deep.equal(['commit', 'commit']);
    expect([report.problem, report.lineCount]).to.deep.equal([undefined, 5]);
  });

  it('writes nothing where nothing happened', async () => {
    await writeRun(dir, []);
    await writeRun(dir, []);

    expect(await pathsOf(dir)).to.deep.equal([]);
  });

  it('takes nothing after it is closed', async () => {
    const { audit, clock } = await openRun(dir);
    audit.record(commitAt(1));
    await audit.close();
    audit.record(commitAt(2));

    expect(clock.timerCount).to.equal(0);
    expect(await eventsOf(dir)).to.deep.equal(['commit']);
  });

  it('begins another file where one is full, linked to its last line', async () => {
    for (const height of [1, 2, 3]) await writeRun(dir, [height], { fileBytesMax: 1 });
    const files = await pathsOf(dir);
    const numbers = (await linesOf(dir)).flatMap(({ event, facts }) =>
      event === 'file' ? [facts['number']] : [],
    );

    expect(files.map((each) => path.basename(each))).to.deep.equal([
      'audit-000001.jsonl',
      'audit-000002.jsonl',
      'audit-000003.jsonl',
    ]);
    expect(numbers).to.deep.equal([1, 2, 3]);
    expect((await checkFolder(dir)).problem).to.equal(undefined);
  });

  it('begins another file within one run', async () => {
    const { audit } = await openRun(dir, { fileBytesMax: 1 });
    for (let height = 0; height <= FLUSH_LINE_COUNT_MAX; height++) audit.record(commitAt(height));
    await audit.close();

    expect(await pathsOf(dir)).to.have.length(2);
    expect((await checkFolder(dir)).problem).to.equal(undefined);
  });

  it('tells its head in the log when it closes, and once in a while', async () => {
    const clock = new FakeClock(NOW_MS);
    const wrote: (() => void)[] = [];
    const { audit, captured } = await openRun(dir, {
      clock,
      wrap: (disk) =>
        diskWith(disk, {
          writeHead: async (text) => {
            await disk.writeHead(text);
            wrote.shift()?.();
          },
        }),
    });
    const write = async (height: number): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      wrote.push(() => resolve(undefined));
      audit.record(commitAt(height));
      await clock.advance(FLUSH_INTERVAL_MS);
      await promise;
      await clock.advance(0);
    };
    await write(1);
    await write(2);
    await clock.advance(HEAD_LOG_INTERVAL_MS);
    await write(3);
    audit.record(commitAt(4));
    await audit.close();
    const told = captured.lines.map((line) => (JSON.parse(line) as { seq: number }).seq);

    expect(messagesOf(captured)).to.deep.equal(['audit head', 'audit head', 'audit head']);
    expect(told).to.deep.equal([3, 7, 9]);
  });
});

describe('an audit after a crash', () => {
  const folder = temporaryFolder();
  const whole = path.join(folder, 'whole');
  const earlier = path.join(folder, 'earlier');
  const dir = path.join(folder, 'torn');
  let file = '';
  let bytes = Buffer.alloc(0);
  let sizeBefore = 0;

  before(async () => {
    await writeRun(whole, [1, 2]);
    copyFolder(whole, earlier);
    await writeRun(whole, [3, 4]);
    const [wholeFile = ''] = await pathsOf(whole);
    const [earlierFile = ''] = await pathsOf(earlier);
    bytes = readFileSync(wholeFile);
    sizeBefore = statSync(earlierFile).size;
  });
  beforeEach(async () => {
    copyFolder(whole, dir);
    takeHead(earlier, dir);
    [file = ''] = await pathsOf(dir);
  });

  /** Tears the last write, and goes on. */
  const goOn = async (torn: Uint8Array): Promise<readonly string[]> => {
    copyFolder(whole, dir);
    takeHead(earlier, dir);
    writeFileSync(file, torn);
    await writeRun(dir, [5]);
    return eventsOf(dir);
  };

  it('is sound for a check, whichever byte of the last write was the last', async () => {
    for (let size = sizeBefore; size < bytes.length; size += 5) {
      writeFileSync(file, bytes.subarray(0, size));
      const { problem, torn } = await checkFolder(dir);

      expect([problem, torn.bytes], `torn at ${size}`).to.deep.equal([
        undefined,
        size - sizeBefore,
      ]);
    }
  });

  it('goes on behind its last seal, whichever byte was the last, and says so', async () => {
    for (let size = sizeBefore + 1; size < bytes.length; size += 19) {
      const events = await goOn(bytes.subarray(0, size));
      const recovered = (await linesOf(dir)).find(({ event }) => event === 'recovered');
      const lines = bytes.subarray(sizeBefore, size).filter((byte) => byte === 0x0a).length;

      expect(events).to.deep.equal(['commit', 'commit', 'recovered', 'commit']);
      expect(recovered?.facts).to.deep.equal({ bytes: size - sizeBefore, lines });
      expect((await checkFolder(dir)).problem, `torn at ${size}`).to.equal(undefined);
    }
  });

  it('goes on where only the head is behind', async () => {
    expect(await goOn(bytes)).to.deep.equal(['commit', 'commit', 'commit', 'commit', 'commit']);
    expect((await checkFolder(dir)).problem).to.equal(undefined);
  });

  it('cuts off a last write of which any part was not written', async () => {
    for (let at = sizeBefore; at < bytes.length; at += 37) {
      const torn = Buffer.from(bytes);
      torn.fill(0, at, Math.min(at + 200, torn.length));
      const events = await goOn(torn);

      expect(events, `zeros at ${at}`).to.deep.equal(['commit', 'commit', 'recovered', 'commit']);
    }
  });

  it('cuts off zeros, which a file system may leave after a loss of power', async () => {
    const torn = Buffer.concat([bytes.subarray(0, sizeBefore), Buffer.alloc(4_096)]);

    expect(await goOn(torn)).to.deep.equal(['commit', 'commit', 'recovered', 'commit']);
  });

  it('never takes over whole lines that nobody signed', async () => {
    const unsigned = bytes.subarray(0, bytes.lastIndexOf('\n', bytes.length - 2) + 1);

    expect(await goOn(unsigned)).to.deep.equal(['commit', 'commit', 'recovered', 'commit']);
  });

  it('warns in the log of what it cuts off', async () => {
    writeFileSync(file, bytes.subarray(0, sizeBefore + 3));
    const { audit, captured } = await openRun(dir);
    await audit.close();

    expect(messagesOf(captured)).to.deep.equal(['audit is cut behind its last seal', 'audit head']);
  });

  it('goes on with its very first write torn at any byte', async () => {
    const fresh = path.join(folder, 'fresh');
    const first = bytes.subarray(0, sizeBefore);
    for (let size = 0; size < first.length; size += 41) {
      rmSync(fresh, { recursive: true, force: true });
      await writeRun(fresh, []);
      writeFileSync(path.join(fresh, 'audit-000001.jsonl'), first.subarray(0, size));
      await writeRun(fresh, [9]);
      const events = size === 0 ? ['commit'] : ['recovered', 'commit'];

      expect(await eventsOf(fresh), `torn at ${size}`).to.deep.equal(events);
      expect((await checkFolder(fresh)).problem, `torn at ${size}`).to.equal(undefined);
    }
  });

  it('goes on with the first write of a later file torn at any byte', async () => {
    const two = path.join(folder, 'two');
    const one = path.join(folder, 'one');
    await writeRun(one, [1]);
    copyFolder(one, two);
    await writeRun(two, [2], { fileBytesMax: 1 });
    const second = readFileSync((await pathsOf(two))[1]!);
    const torn = path.join(folder, 'torn-two');
    for (let size = 0; size < second.length; size += 41) {
      copyFolder(one, torn);
      writeFileSync(path.join(torn, 'audit-000002.jsonl'), second.subarray(0, size));
      await writeRun(torn, [3]);

      expect((await checkFolder(torn)).problem, `torn at ${size}`).to.equal(undefined);
      expect(await pathsOf(torn)).to.have.length(2);
    }
  });
});

describe('an audit that was changed while the node was down', () => {
  const folder = temporaryFolder();
  const sound = path.join(folder, 'sound');
  const dir = path.join(folder, 'changed');
  let file = '';

  before(async () => {
    for (const height of [1, 2, 3]) await writeRun(sound, [height]);
  });
  beforeEach(async () => {
    copyFolder(sound, dir);
    [file = ''] = await pathsOf(dir);
  });

  const edit = (change: (text: string) => string): void =>
    writeFileSync(file, change(readFileSync(file, 'latin1')), 'latin1');

  const refused: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'is cut off at a seal',
      () => edit((text) => text.replace(/(.*\n){2}$/, '')),
      /ends with line 5, and head.json names line 7/,
    ],
    ['is cut off within a line', () => edit((text) => text.slice(0, -9)), /ends with line 5/],
    ['is emptied', () => edit(() => ''), /ends with line 0/],
    [
      'has another last line',
      () => edit((text) => text.replace('"height":3', '"height":4')),
      /ends with line 5/,
    ],
    [
      'has another line before its last write',
      () => edit((text) => text.replace('"height":2', '"height":4')),
      /damaged before its last write/,
    ],
    ['has lost its head', () => rmSync(path.join(dir, HEAD_FILE)), /head.json is missing/],
    [
      'has a head that is none',
      () => writeFileSync(path.join(dir, HEAD_FILE), '{}'),
      /head.json is not readable/,
    ],
    ['has lost its files', () => rmSync(file), /ends with line 0/],
  ];
  for (const [what, change, sentence] of refused) {
    it(`is not gone on with where it ${what}, and says what to do`, async () => {
      change();

      expect(await refusalOf(dir))
        .to.match(sentence)
        .and.match(/birthmark audit check.*move the folder elsewhere/);
    });
  }

  it('is left as it was where it is refused', async () => {
    edit((text) => text.replace('"height":2', '"height":4'));
    const changed = readFileSync(file, 'latin1');
    await refusalOf(dir);

    expect(readFileSync(file, 'latin1')).to.equal(changed);
  });

  it('is not gone on with where more follows its last seal than one write', async () => {
    edit((text) => text + 'x'.repeat(2 * FLUSH_BYTES_MAX));

    expect(await refusalOf(dir)).to.match(/damaged before its last write/);
  });

  it('is not gone on with by another key', async () => {
    expect(await refusalOf(dir, 'v1')).to.match(/not sealed by this node's consensus key/);
  });

  it('is not gone on with where its last lines are another history of the same key', async () => {
    const other = path.join(folder, 'other');
    for (const height of [1, 2, 4]) await writeRun(other, [height]);
    writeFileSync(file, readFileSync((await pathsOf(other))[0]!));

    expect(await refusalOf(dir)).to.match(/line 7 of .* is not the one that head.json names/);
  });

  it('is not gone on with where a file before the last is damaged and the last is torn', async () => {
    edit((text) => text.slice(0, -9));
    writeFileSync(path.join(dir, 'audit-000002.jsonl'), '{"seq":8');

    expect(await refusalOf(dir)).to.match(
      /audit-000001.jsonl is damaged, and another file follows/,
    );
  });
});

describe('an audit that cannot be written', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';
  const full = new Error('ENOSPC: no space left on device');

  beforeEach(() => {
    dir = path.join(folder, `audit-${count++}`);
  });

  for (const operation of ['append', 'writeHead'] as const) {
    it(`tells the node once where ${operation} fails, and takes nothing more`, async () => {
      let isFull = false;
      const { audit, faults } = await openRun(dir, {
        wrap: (disk) =>
          diskWith(disk, {
            [operation]: (...args: readonly [never, never]) =>
              isFull ? Promise.reject(full) : disk[operation](...args),
          }),
      });
      isFull = true;
      audit.record(commitAt(1));
      await audit.close();
      audit.record(commitAt(2));

      expect(faults).to.have.length(1);
      expect((faults[0] as Error).cause).to.equal(full);
    });
  }

  it('keeps nothing more in memory once it has failed', async () => {
    const { audit, clock, faults } = await openRun(dir, {
      wrap: (disk) => diskWith(disk, { append: () => Promise.reject(full) }),
    });
    audit.record(commitAt(1));
    await clock.advance(FLUSH_INTERVAL_MS);
    audit.record(commitAt(2));

    expect(faults).to.have.length(1);
    expect(clock.timerCount).to.equal(0);
    await audit.close();
  });

  it('goes on after a write of which only a part was written', async () => {
    await writeRun(dir, [1]);
    const { audit, faults } = await openRun(dir, {
      wrap: (disk) =>
        diskWith(disk, {
          append: async (file, bytes) => {
            await disk.append(file, bytes.subarray(0, 100));
            throw full;
          },
        }),
    });
    audit.record(commitAt(2));
    await audit.close();
    await writeRun(dir, [3]);

    expect(faults).to.have.length(1);
    expect(await eventsOf(dir)).to.deep.equal(['commit', 'recovered', 'commit']);
    expect((await checkFolder(dir)).problem).to.equal(undefined);
  });

  it('tells the node where the disk does not keep up, in bounded memory', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { audit, clock, faults } = await openRun(dir, {
      wrap: (disk) => diskWith(disk, { append: () => gate.promise }),
    });
    audit.record(commitAt(0));
    await clock.advance(FLUSH_INTERVAL_MS);
    const lineBytes = 100;
    for (let i = 0; i < WAITING_BYTES_MAX / lineBytes && faults.length === 0; i++) {
      audit.record(commitAt(i));
    }
    gate.resolve(undefined);
    await audit.close();

    expect(faults).to.have.length(1);
    expect(String(faults[0])).to.match(/disk is too slow/);
  });
});
