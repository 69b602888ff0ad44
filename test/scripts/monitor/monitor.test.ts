/** The monitor: what it finds in the logs of several nodes, and what it keeps of that. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { equalBytes, parseBase64 } from '../../../chain/bytes.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { checkConsistency } from '../../../chain/log/consistency.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from '../../../chain/log/trust.ts';
import { type Finding, formatFinding, type Fork } from '../../../scripts/monitor/finding.ts';
import { Monitor } from '../../../scripts/monitor/monitor.ts';
import { MonitorState } from '../../../scripts/monitor/state.ts';
import { LogError } from '../../../scripts/publicLog/errors.ts';
import { flipBit, namesOf, networkPolicy } from '../../support/logRig.ts';
import { GrowingPublicLog } from '../../support/publicLogs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const SIZE = 600;
const POLICY = networkPolicy(4);

/** A node's log; from an entry on it may be another than others have. */
function logAt(place: string, size: number, forkedAt = Infinity): GrowingPublicLog {
  const log = new GrowingPublicLog(
    size,
    (index) => `${index < forkedAt ? 'entry' : 'other entry'} ${index}`,
  );
  log.place = place;
  return log;
}

describe('a monitor', () => {
  const parent = temporaryFolder();
  let count = 0;
  let dir = '';

  beforeEach(() => {
    dir = path.join(parent, String(count++));
  });

  const look = async (
    logs: readonly GrowingPublicLog[],
    followMsMax = Infinity,
  ): Promise<readonly Finding[]> =>
    new Monitor({ logs, policy: POLICY, followMsMax }, await MonitorState.open(dir)).look();
  const typesOf = (findings: readonly Finding[]): readonly string[] =>
    findings.map(({ type }) => type);
  const filesIn = (folder: string): ReadonlyMap<string, string> => {
    const names = readdirSync(path.join(dir, folder)).sort();
    return new Map(names.map((name) => [name, readFileSync(path.join(dir, folder, name), 'utf8')]));
  };
  const forkIn = (findings: readonly Finding[]): Fork => {
    const fork = findings.find(({ type }) => type === 'fork');
    expect(fork, JSON.stringify(findings)).to.not.equal(undefined);
    return fork as Fork;
  };
  /** Reads a checkpoint of the evidence as a third party does: it is believed in nothing but the policy. */
  const readSigned = (file: string): SignedCheckpoint => {
    const checkpoint = parseSignedCheckpoint(new Uint8Array(readFileSync(file)));
    checkLogSignature(checkpoint, POLICY);
    checkQuorum(cosignersOf(checkpoint.note, POLICY), POLICY);
    return checkpoint;
  };
  /** Checks, as a third party does, that two signed checkpoints contradict each other. */
  const expectProved = ({ evidence }: Fork): void => {
    const [first, second] = evidence.slice(0, 2).map(readSigned);
    expect(path.basename(evidence[0]!)).to.match(
      new RegExp(`^${first!.treeSize}-[0-9a-f]{16}\\.checkpoint$`),
    );
    if (first!.treeSize === second!.treeSize) {
      expect(equalBytes(first!.root, second!.root)).to.equal(false);
      return;
    }
    const [size, root, ...hashes] = readFileSync(evidence[2]!, 'utf8').trimEnd().split('\n');
    const oldRoot = parseBase64(root!);
    checkConsistency(
      {
        oldSize: Number(size),
        newSize: second!.treeSize,
        oldRoot,
        newRoot: second!.root,
      },
      hashes.map(parseBase64),
    );
    expect(Number(size)).to.equal(first!.treeSize);
    expect(equalBytes(oldRoot, first!.root)).to.equal(false);
  };

  describe('of nodes that show one log', () => {
    it('finds them sound, whatever their sizes', async () => {
      const findings = await look([logAt('a', SIZE), logAt('b', 300), logAt('c', 256)]);

      expect(findings).to.deep.equal([
        { type: 'sound', url: 'a', treeSize: SIZE },
        { type: 'sound', url: 'b', treeSize: 300 },
        { type: 'sound', url: 'c', treeSize: 256 },
      ]);
      expect(filesIn('evidence').size).to.equal(0);
    });

    it('goes on where it was, over any growth', async () => {
      const log = logAt('a', 1);
      for (const growth of [0, 254, 1, 1, 255, 1, 700]) {
        log.grow(growth);
        expect(typesOf(await look([log])), `to ${log.treeSize}`).to.deep.equal(['sound']);
      }
      log.asked.length = 0;
      log.grow(1);
      await look([log]);

      expect(log.asked.filter((file) => file.includes('entries'))).to.deep.equal([
        'tile/entries/004.p/190',
      ]);
    });

    it('reads no more than there is time for, and goes on later', async () => {
      const log = logAt('a', 2_000);
      const seen: string[] = [];
      for (let i = 0; i < 20 && seen.at(-1) !== 'sound'; i++) {
        seen.push(...typesOf(await look([log], 0)));
        log.grow(1);
      }

      expect(seen.length).to.be.within(7, 9);
      expect(new Set(seen.slice(0, -1))).to.deep.equal(new Set(['following']));
      expect(seen.at(-1)).to.equal('sound');
    });

    it('does not take for a fork what it cannot reach', async () => {
      const [here, away] = [logAt('here', SIZE), logAt('away', SIZE)];
      away.readCheckpoint = () => Promise.reject(new LogError('ERR_NO_ANSWER', 'no answer'));
      const first = await look([here, away]);
      const second = await look([here, logAt('away', SIZE)]);

      expect(typesOf(first)).to.deep.equal(['sound', 'unreachable']);
      expect(formatFinding(first[1]!)).to.match(/cannot be reached, which says nothing about/);
      expect(typesOf(second)).to.deep.equal(['sound', 'sound']);
    });
  });

  describe('finds a fork', () => {
    for (const [what, sizes, forkedAt] of [
      ['of one size', [SIZE, SIZE], 599],
      ['of one size, in the first entry', [SIZE, SIZE], 0],
      ['of two sizes', [300, SIZE], 299],
      ['of two sizes, the smaller a power of two', [256, SIZE], 255],
      ['of one entry and more', [1, 2], 0],
      ['of two sizes in one tile', [570, SIZE], 520],
    ] as const) {
      it(`between two nodes, ${what}, and keeps what proves it to anybody`, async () => {
        const findings = await look([logAt('a', sizes[0]), logAt('b', sizes[1], forkedAt)]);
        const fork = forkIn(findings);

        expect(fork.urls).to.have.members(['a', 'b']);
        expectProved(fork);
        expect(formatFinding(fork)).to.match(/^FORK: two histories of the same log were signed\./);
        expect(fork.evidence.every((file) => formatFinding(fork).includes(file))).to.equal(true);
      });
    }

    for (const [what, sizes, forkedAt] of [
      ['of the same size', [300, 300], 299],
      ['that has grown', [300, SIZE], 100],
    ] as const) {
      it(`of one node over time, ${what}, and goes on finding it`, async () => {
        await look([logAt('a', sizes[0])]);
        const kept = filesIn('nodes');
        const later = logAt('a', sizes[1], forkedAt);
        const first = forkIn(await look([later]));
        const evidence = filesIn('evidence');
        const second = forkIn(await look([later]));

        expectProved(first);
        expect(first.urls).to.deep.equal(['a']);
        expect(second).to.deep.equal(first);
        expect(filesIn('evidence')).to.deep.equal(evidence);
        expect(filesIn('nodes')).to.deep.equal(kept);
      });
    }

    it('with what a node showed that is away', async () => {
      await look([logAt('a', 300, 200)]);
      const away = logAt('a', 300);
      away.readCheckpoint = () => Promise.reject(new LogError('ERR_NO_ANSWER', 'no answer'));
      const findings = await look([away, logAt('b', SIZE)]);

      expect(typesOf(findings)).to.deep.equal(['unreachable', 'sound', 'fork']);
      expectProved(forkIn(findings));
    });

    it('and never overwrites evidence', async () => {
      const logs = [logAt('a', SIZE), logAt('b', SIZE, 3)];
      const { evidence } = forkIn(await look(logs));
      writeFileSync(evidence[0]!, 'touched\n');
      await look(logs);

      expect(readFileSync(evidence[0]!, 'utf8')).to.equal('touched\n');
    });
  });

  describe('finds wrong, and no fork,', () => {
    const expectWrong = async (log: GrowingPublicLog, why: RegExp): Promise<void> => {
      const findings = await look([log]);
      expect(typesOf(findings)).to.deep.equal(['wrong']);
      expect((findings[0] as { readonly why: string }).why).to.match(why);
      expect(filesIn('evidence').size).to.equal(0);
    };

    for (const file of [
      'tile/0/000',
      'tile/0/002.p/88',
      'tile/1/000.p/2',
      'tile/entries/001',
      'tile/entries/002.p/88',
    ]) {
      it(`a node whose ${file} does not match`, async () => {
        const log = logAt('a', SIZE);
        log.lies.set(file, (bytes) => flipBit(bytes, 100));

        await expectWrong(log, /tile|tiles/);
        expect(filesIn('nodes').size).to.equal(0);
      });
    }

    it('a node whose tile does not match where its log was compared with the one before', async () => {
      const log = logAt('a', 300);
      await look([log]);
      log.grow(700);
      log.lies.set('tile/0/001', (bytes) => flipBit(bytes, 0));

      await expectWrong(log, /tile\/0\/001 is not of the tree/);
    });

    it('a log that has shrunk', async () => {
      await look([logAt('a', SIZE)]);

      await expectWrong(logAt('a', 300), /its log has 300 entries, and had 600 before/);
    });

    it('a log that too few have cosigned, or that another has signed', async () => {
      const few = logAt('a', SIZE);
      few.cosigners = namesOf(2);
      const none = logAt('a', SIZE);
      none.lies.set('checkpoint', (bytes) => flipBit(bytes, bytes.length * 8 - 40));

      await expectWrong(few, /ERR_QUORUM/);
      await expectWrong(none, /ERR_/);
    });

    it('what a node serves while another is sound', async () => {
      const [wrong, right] = [logAt('a', SIZE), logAt('b', SIZE)];
      wrong.lies.set('tile/entries/000', (bytes) => flipBit(bytes, 800));

      expect(typesOf(await look([wrong, right]))).to.deep.equal(['wrong', 'sound']);
    });
  });

  it('does not go on from what somebody else has written in its folder', async () => {
    await look([logAt('a', 3)]);
    const [[name, written]] = [...filesIn('nodes')] as [[string, string]];
    const followed = JSON.parse(written) as Readonly<Record<string, unknown>>;
    const roots = followed['roots'] as readonly string[];
    for (const text of [
      '',
      '{}',
      written.slice(0, -9),
      JSON.stringify({ ...followed, checkpoint: 'x' }),
      JSON.stringify({ ...followed, entries: 4 }),
      JSON.stringify({ ...followed, entries: 2 }),
      JSON.stringify({ ...followed, roots: roots.slice(1) }),
      JSON.stringify({ ...followed, roots: roots.map(() => 'AAAA') }),
      JSON.stringify({ ...followed, roots: roots.toReversed() }),
    ]) {
      writeFileSync(path.join(dir, 'nodes', name), text);
      const error = await look([logAt('a', 5)]).catch((cause: unknown) => cause);
      expect(error, text).to.be.instanceOf(LogError).with.property('code', 'ERR_EXPORT');
    }
  });
});
