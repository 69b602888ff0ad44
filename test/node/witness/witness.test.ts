/** A node as a witness: what is cosigned is durable first, and nothing ever contradicts it. */
import { rmSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import { ApiError } from '../../../api/errors.ts';
import type { WitnessAnswer } from '../../../api/witnessPorts.ts';
import { formatHex, formatUtf8, parseUtf8 } from '../../../chain/bytes.ts';
import { sha256 } from '#crypto';
import { formatAddCheckpoint, parseCosignatures } from '../../../chain/log/addCheckpoint.ts';
import { parseSignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { checkCosignatures } from '../../../chain/log/cosignature.ts';
import { checkNote, type Note } from '../../../chain/log/note.ts';
import { openLevelWorkStore } from '../../../node/store/levelWorkStore.ts';
import { createMemoryWorkStore } from '../../../node/store/memoryWorkStore.ts';
import type { WorkStore } from '../../../node/store/workStore.ts';
import { type Fork, Witness, type WitnessOutcome } from '../../../node/witness/witness.ts';
import { captureLog } from '../../support/capturedLog.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import {
  logSigner,
  type QuestionChange,
  TestLog,
  witnessSigner,
} from '../../support/witnessRig.ts';

const LOG = new TestLog();
const FORK = new TestLog(LOG.origin, 'another');
const OTHER = new TestLog('other.example/1', 'other');
const SIGNER = witnessSigner('witness.example/w');
const LOGS = new Map([LOG, OTHER].map(({ origin, signer }) => [origin, [signer.key]]));
const START_MS = 1_795_225_000_000;

/** A work store whose writes a test holds back. */
class HeldStore {
  readonly inner: WorkStore;
  readonly durable: boolean[] = [];
  /** Resolves when a write may go on; rejects where it fails. */
  gate: Promise<void> = Promise.resolve();

  constructor(inner = createMemoryWorkStore()) {
    this.inner = inner;
  }

  readWitnessed(
    ...args: Parameters<WorkStore['readWitnessed']>
  ): ReturnType<WorkStore['readWitnessed']> {
    return this.inner.readWitnessed(...args);
  }

  async write(...[changes, options]: Parameters<WorkStore['write']>): Promise<void> {
    this.durable.push(options.durable);
    await this.gate;
    await this.inner.write(changes, options);
  }
}

/** A witness, and what came of it. */
class Rig {
  readonly store: HeldStore;
  readonly clock = new FakeClock(START_MS);
  readonly captured = captureLog();
  readonly outcomes: WitnessOutcome[] = [];
  readonly forks: Fork[] = [];
  readonly faults: unknown[] = [];
  readonly witness: Witness;

  constructor(store = new HeldStore()) {
    this.store = store;
    this.witness = new Witness(
      { signer: SIGNER, logs: LOGS },
      {
        work: store,
        clock: this.clock,
        log: this.captured.log,
        onOutcome: (outcome) => void this.outcomes.push(outcome),
        onFork: (fork) => void this.forks.push(fork),
        onFault: (error) => void this.faults.push(error),
      },
    );
  }

  ask(
    log: TestLog,
    [oldSize, newSize]: readonly [number, number],
    change: QuestionChange = {},
  ): Promise<WitnessAnswer> {
    return this.witness.add(formatAddCheckpoint(log.question(oldSize, newSize, change)));
  }

  /** What came of a question, in a word. */
  async outcome(asked: Promise<WitnessAnswer>): Promise<string> {
    try {
      const answer = await asked;
      return answer.type === 'cosigned' ? 'cosigned' : `size ${answer.treeSize}`;
    } catch (error) {
      if (error instanceof ApiError) return error.code;
      throw error;
    }
  }
}

/** The time of an answer's cosignature, which verifies. */
function timeOf(answer: WitnessAnswer, log: TestLog, treeSize: number): number | undefined {
  if (answer.type !== 'cosigned') return undefined;
  const checkpoint = log.checkpoint(treeSize);
  const line = parseCosignatures(answer.lines, checkpoint, SIGNER.key);
  const note: Note = { text: checkpoint.note.text, signatures: [line] };
  return checkCosignatures(note, [SIGNER.key])[0]?.timeS;
}

function hashOf(origin: string): string {
  return formatHex(sha256(formatUtf8(origin)));
}

describe('a node as a witness', () => {
  it('cosigns a log as it grows, with the time of its clock', async () => {
    const rig = new Rig();

    expect(timeOf(await rig.ask(LOG, [0, 3]), LOG, 3)).to.equal(START_MS / 1_000);
    await rig.clock.advance(5_000);
    expect(timeOf(await rig.ask(LOG, [3, 7]), LOG, 7)).to.equal(START_MS / 1_000 + 5);
    expect(rig.outcomes).to.deep.equal(['cosigned', 'cosigned']);
  });

  it('cosigns the same checkpoint again, with a newer time', async () => {
    const rig = new Rig();
    await rig.ask(LOG, [0, 3]);
    await rig.clock.advance(60_000);

    expect(timeOf(await rig.ask(LOG, [3, 3]), LOG, 3)).to.equal(START_MS / 1_000 + 60);
  });

  it('never signs a time before the last one, whatever the clock does', async () => {
    const rig = new Rig();
    await rig.ask(LOG, [0, 3]);
    rig.clock.set(-3_600_000);
    const again = new Rig(rig.store);
    again.clock.set(-3_600_000);

    expect(timeOf(await rig.ask(LOG, [3, 4]), LOG, 4)).to.equal(START_MS / 1_000);
    expect(timeOf(await again.ask(LOG, [4, 5]), LOG, 5)).to.equal(START_MS / 1_000);
  });

  it('refuses what breaks a rule, each with its code', async () => {
    const rig = new Rig();
    await rig.ask(LOG, [0, 3]);
    const stranger = logSigner(LOG.origin, 'a stranger');
    const cases: readonly (readonly [Promise<WitnessAnswer>, string])[] = [
      [rig.witness.add(formatUtf8('hello')), 'ERR_MALFORMED'],
      [rig.witness.add(new Uint8Array(200_000)), 'ERR_MALFORMED'],
      [rig.ask(LOG, [3, 7], { origin: 'no.example' }), 'ERR_NOT_FOUND'],
      [rig.ask(LOG, [3, 7], { signers: [stranger] }), 'ERR_UNKNOWN_SIGNER'],
      [rig.ask(LOG, [3, 7], { oldSize: 8 }), 'ERR_FIELD'],
      [rig.ask(LOG, [2, 7]), 'size 3'],
      [rig.ask(LOG, [3, 7], { hashes: [] }), 'ERR_PROOF'],
    ];
    for (const [asked, code] of cases) expect(await rig.outcome(asked)).to.equal(code);

    expect(rig.outcomes.slice(1)).to.deep.equal([
      'malformed',
      'malformed',
      'unknown_log',
      'unsigned',
      'backwards',
      'other_size',
      'inconsistent',
    ]);
    expect(rig.store.durable).to.deep.equal([true]);
  });

  it('keeps logs apart', async () => {
    const rig = new Rig();
    await rig.ask(LOG, [0, 9]);

    expect(await rig.outcome(rig.ask(OTHER, [9, 12]))).to.equal('size 0');
    expect(await rig.outcome(rig.ask(OTHER, [0, 4]))).to.equal('cosigned');
    expect(await rig.outcome(rig.ask(LOG, [4, 12]))).to.equal('size 9');
  });

  it('answers only what is durable', async () => {
    const rig = new Rig();
    const gate = Promise.withResolvers<undefined>();
    rig.store.gate = gate.promise;
    let isAnswered = false;
    const asked = rig.ask(LOG, [0, 3]).then(() => (isAnswered = true));
    await settled();

    expect([rig.store.durable, isAnswered]).to.deep.equal([[true], false]);
    gate.resolve(undefined);
    await asked;
    expect(rig.store.readWitnessed(LOG.origin)).to.not.equal(undefined);
  });

  it('compares and stores in one turn: of two that grow from one size, one comes too late', async () => {
    const rig = new Rig();
    await rig.ask(LOG, [0, 3]);
    const outcomes = await Promise.all([
      rig.outcome(rig.ask(LOG, [3, 9])),
      rig.outcome(rig.ask(LOG, [3, 7])),
      rig.outcome(rig.ask(FORK, [3, 12])),
    ]);

    expect(outcomes).to.deep.equal(['cosigned', 'size 9', 'size 9']);
  });

  it('lets another log pass while one waits for the disk', async () => {
    const rig = new Rig();
    const gate = Promise.withResolvers<undefined>();
    rig.store.gate = gate.promise;
    const slow = rig.ask(LOG, [0, 3]);
    await settled();
    rig.store.gate = Promise.resolve();

    expect(await rig.outcome(rig.ask(OTHER, [0, 4]))).to.equal('cosigned');
    gate.resolve(undefined);
    await slow;
  });

  it('has room for 16 questions about one log at a time', async () => {
    const rig = new Rig();
    const gate = Promise.withResolvers<undefined>();
    rig.store.gate = gate.promise;
    const asked = Array.from({ length: 16 }, () => rig.outcome(rig.ask(LOG, [0, 3])));

    expect(await rig.outcome(rig.ask(LOG, [0, 3]))).to.equal('ERR_NOT_READY');
    gate.resolve(undefined);
    expect(await Promise.all(asked)).to.deep.equal([
      'cosigned',
      ...Array<string>(15).fill('size 3'),
    ]);
    expect(await rig.outcome(rig.ask(LOG, [3, 5]))).to.equal('cosigned');
    expect(rig.outcomes.filter((each) => each === 'busy')).to.have.length(1);
  });

  it('stops the node where the disk fails, and answers nothing', async () => {
    const rig = new Rig();
    const failure = new Error('disk full');
    rig.store.gate = Promise.reject(failure);
    rig.store.gate.catch(() => undefined);
    let rejected: unknown;
    await rig.ask(LOG, [0, 3]).catch((error: unknown) => (rejected = error));

    expect([rejected, rig.faults]).to.deep.equal([failure, [failure]]);
    expect(rig.outcomes).to.deep.equal([]);
  });

  it('ends its turns before it has stopped', async () => {
    const rig = new Rig();
    const gate = Promise.withResolvers<undefined>();
    rig.store.gate = gate.promise;
    let isStopped = false;
    const asked = rig.ask(LOG, [0, 3]);
    const stopping = rig.witness.stop().then(() => (isStopped = true));
    await settled();

    expect(isStopped).to.equal(false);
    gate.resolve(undefined);
    await Promise.all([asked, stopping]);
  });
});

describe('a log that signs two roots of one size', () => {
  it('is told of once, with both', async () => {
    const rig = new Rig();
    await rig.ask(LOG, [0, 7]);
    for (let i = 0; i < 3; i++) {
      expect(await rig.outcome(rig.ask(FORK, [7, 7]))).to.equal('ERR_PROOF');
    }

    const [root, otherRoot] = [LOG, FORK].map((log) => log.rootAt(7));
    expect(rig.forks).to.deep.equal([{ origin: LOG.origin, treeSize: 7, root, otherRoot }]);
    const told = JSON.parse(rig.captured.lines[0]!) as { readonly checkpoint: string };
    const evidence = parseSignedCheckpoint(formatUtf8(told.checkpoint));
    checkNote(evidence.note, [LOG.signer.key]);
    expect(evidence.root).to.deep.equal(otherRoot);
    expect(rig.witness.view().logs).to.deep.equal([
      { origin: LOG.origin, treeSize: 7, isForked: true },
      { origin: OTHER.origin, treeSize: undefined, isForked: false },
    ]);
  });

  it('is not told of for a proof that leads nowhere, which anybody may send', async () => {
    const rig = new Rig();
    await rig.ask(LOG, [0, 7]);
    await rig.outcome(rig.ask(FORK, [7, 12]));
    await rig.outcome(rig.ask(LOG, [7, 12], { hashes: [] }));

    expect([rig.forks, rig.captured.lines]).to.deep.equal([[], []]);
  });
});

describe('what a witness has cosigned', () => {
  it('can be read by the hash of the origin, with signatures of the log and the witness alone', async () => {
    const rig = new Rig();
    const stranger = logSigner('stranger.example');
    await rig.ask(LOG, [0, 7], { signers: [stranger, LOG.signer, LOG.signer] });
    const read = rig.witness.read(hashOf(LOG.origin))!;
    const { note, treeSize } = parseSignedCheckpoint(read);

    expect(treeSize).to.equal(7);
    checkNote(note, [LOG.signer.key]);
    expect(checkCosignatures(note, [SIGNER.key])).to.have.length(1);
    expect(note.signatures.map(({ name }) => name)).to.deep.equal([LOG.origin, SIGNER.key.name]);
    expect(parseUtf8(read)).to.not.include('stranger');
  });

  it('is nothing for a log without a checkpoint, and for one that is not witnessed', () => {
    const rig = new Rig();

    expect(rig.witness.read(hashOf(LOG.origin))).to.equal(undefined);
    expect(rig.witness.read(hashOf('no.example'))).to.equal(undefined);
    expect(rig.witness.read('')).to.equal(undefined);
  });
});

const STORES = {
  memory: async (): Promise<WorkStore> => createMemoryWorkStore(),
  LevelDB: (place: string) => openLevelWorkStore(place),
};
for (const [name, open] of Object.entries(STORES)) {
  describe(`a witness over ${name}, started again`, () => {
    const folder = temporaryFolder();
    let count = 0;
    let place = '';
    beforeEach(() => (place = path.join(folder, `${count++}`)));
    afterEach(() => {
      rmSync(place, { recursive: true, force: true });
    });

    it('goes on from what was durable, also where the answer was lost', async () => {
      const store = new HeldStore(await open(place));
      // Nobody hears the answers.
      await new Rig(store).ask(LOG, [0, 3]);
      await new Rig(store).ask(LOG, [3, 9]);
      if (name === 'LevelDB') await store.inner.close();
      const opened = name === 'LevelDB' ? new HeldStore(await open(place)) : store;
      const again = new Rig(opened);

      expect(await again.outcome(again.ask(LOG, [3, 9]))).to.equal('size 9');
      expect(await again.outcome(again.ask(FORK, [3, 12]))).to.equal('size 9');
      expect(await again.outcome(again.ask(FORK, [9, 9]))).to.equal('ERR_PROOF');
      expect(await again.outcome(again.ask(LOG, [9, 12]))).to.equal('cosigned');
      await opened.inner.close();
    });

    it('has said nothing of what was not durable', async () => {
      const store = new HeldStore(await open(place));
      const rig = new Rig(store);
      await rig.ask(LOG, [0, 3]);
      store.gate = new Promise(() => undefined);
      let isAnswered = false;
      void rig.ask(LOG, [3, 9]).then(() => (isAnswered = true));
      await settled();
      // The process dies here.
      const again = new Rig(new HeldStore(store.inner));

      expect(isAnswered).to.equal(false);
      expect(await again.outcome(again.ask(FORK, [3, 7]))).to.equal('cosigned');
      await store.inner.close();
    });
  });
}

describe('a witness that dies again and again', () => {
  it('has never told two histories', async () => {
    const sizes = fc.integer({ min: 1, max: 24 });
    const asked = fc.tuple(fc.boolean(), sizes, sizes, fc.constantFrom('answered', 'lost', 'dies'));

    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 15 }), async (questions) => {
        const inner = createMemoryWorkStore();
        let rig = new Rig(new HeldStore(inner));
        const told: (readonly [number, string])[] = [];
        for (const [isFork, a, b, fate] of questions) {
          const log = isFork ? FORK : LOG;
          const known = rig.witness.view().logs[0]?.treeSize ?? 0;
          // Half of them ask from the size that the witness has.
          const oldSize = a % 2 === 0 ? known : Math.min(a, b);
          const newSize = Math.max(oldSize, b);
          if (fate === 'dies') rig.store.gate = new Promise(() => undefined);
          const answer = rig.outcome(rig.ask(log, [oldSize, newSize]));
          if (fate === 'dies') rig = new Rig(new HeldStore(inner));
          else if ((await answer) === 'cosigned')
            told.push([newSize, formatHex(log.rootAt(newSize))]);
        }
        const isOf = (log: TestLog): boolean =>
          told.every(([treeSize, root]) => root === formatHex(log.rootAt(treeSize)));
        expect(isOf(LOG) || isOf(FORK)).to.equal(true);
        expect(told.every(([size], i) => size >= (told[i - 1]?.[0] ?? 0))).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });
});
