import { expect } from 'chai';

import { hashHeader, type Header } from '../../../chain/block.ts';
import { decode, encode } from '../../../chain/codec.ts';
import { leafHash, rootOfLeaves } from '../../../chain/merkle.ts';
import { verifySigned } from '../../../chain/signature.ts';
import { type GenesisFacts, hashState } from '../../../chain/state.ts';
import { Ledger } from '../../../node/ledger.ts';
import { checkChain } from '../../../node/store/checkChain.ts';
import type { ChainStore } from '../../../node/store/chainStore.ts';
import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import { fastStart, type Pin } from '../../../node/sync/fastStart.ts';
import { encodePart } from '../../../node/wire/parts.ts';
import { type Snapshot, snapshotSchema } from '../../../node/wire/snapshot.ts';
import { captureLog, messagesOf } from '../../support/capturedLog.ts';
import { ChainBuilder, GENESIS_MS, hashOf } from '../../support/chainBuilder.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { type Answerer, collect, MemoryPeers } from '../../support/memoryPeers.ts';
import { type BuiltChain, honest, silent, syncedOf } from './syncRig.ts';

/** A chain whose log has two whole chunks of 4,096 entries, and 22 entries behind them. */
async function buildLongChain(
  options: ConstructorParameters<typeof ChainBuilder>[0] = {},
): Promise<BuiltChain> {
  const builder = new ChainBuilder(options);
  const store = createMemoryChainStore();
  await store.commit(builder.genesis);
  const blocks = [4_000, 4_000, 207].map((recordCount) =>
    builder.next({ batchCount: 1, recordCount }),
  );
  for (const block of blocks) await store.commit(block);
  return { builder, store, blocks: blocks.map(syncedOf) };
}

/** A short one. */
async function buildShortChain(
  options: ConstructorParameters<typeof ChainBuilder>[0] = {},
): Promise<BuiltChain> {
  const builder = new ChainBuilder(options);
  const store = createMemoryChainStore();
  await store.commit(builder.genesis);
  const blocks = [5, 0, 3].map((recordCount) =>
    builder.next({ batchCount: Math.min(recordCount, 1), recordCount }),
  );
  for (const block of blocks) await store.commit(block);
  return { builder, store, blocks: blocks.map(syncedOf) };
}

function genesisOf({ builder }: BuiltChain): GenesisFacts {
  const { chainId, params } = builder.genesis.applied.edge.state;
  return {
    chainId,
    timestampMs: GENESIS_MS,
    validators: builder.validators,
    authorities: [],
    params: params[0]!.value,
  };
}

class FastRig {
  readonly clock = new FakeClock();
  readonly peers = new MemoryPeers();
  readonly log = captureLog('debug');
  readonly store: ChainStore = createMemoryChainStore();
  readonly stop = new AbortController();
  pauses = 0;
  /** undefined while it is under way. */
  ended: unknown;

  /** Begins; pins the first block unless a test says otherwise. */
  async begin(chain: BuiltChain, pin: Partial<Pin> = {}): Promise<void> {
    const pinned = { height: 1, blockHash: hashHeader(chain.blocks[0]!.header), ...pin };
    fastStart(
      { genesis: genesisOf(chain), pin: pinned, signal: this.stop.signal },
      {
        peers: this.peers,
        clock: this.clock,
        log: this.log.log,
        random: () => 0,
        store: this.store,
        verify: verifySigned,
        pause: async () => void (this.pauses += 1),
      },
    ).then(
      () => (this.ended = 'filled'),
      (error: unknown) => (this.ended = error),
    );
    await settled();
  }

  /** Heights or indexes that a peer was asked for. */
  firstsOf(index: number): readonly number[] {
    return this.peers.made.flatMap(({ peerId, request }) =>
      peerId === `peer-${index}` && request.type === 'entries' ? [request.first] : [],
    );
  }
}

/** Answers honestly but for what a test changes. */
function lying(
  chain: BuiltChain,
  changes: {
    snapshot?: (snapshot: Snapshot) => Snapshot;
    entries?: (entries: readonly Uint8Array[], first: number) => readonly Uint8Array[];
  },
): Answerer {
  const truth = honest(chain);
  return async (request, bytes) => {
    if (request.type === 'entries') {
      const { first, count } = request;
      const entries = chain.store.readEntries({ start: first, end: first + count });
      const changed = changes.entries?.(entries, first) ?? entries;
      return new Uint8Array(Buffer.concat(changed.map(encodePart)));
    }
    if (changes.snapshot === undefined) return truth(request, bytes);
    return encode(snapshotSchema, changes.snapshot(await snapshotOf(chain)));
  };
}

/** What an operator reads. */
function reportsOf({ log }: FastRig): readonly Readonly<Record<string, unknown>>[] {
  const lines = log.lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return lines.filter(({ level }) => level !== 'debug');
}

async function snapshotOf(chain: BuiltChain): Promise<Snapshot> {
  const answer = await honest(chain)({ type: 'snapshot' }, Uint8Array.of(4));
  return decode(snapshotSchema, await collect(answer))!;
}

describe('a fast start', () => {
  let long: BuiltChain;
  let chain: BuiltChain;
  let rig: FastRig;

  before(async () => {
    long = await buildLongChain();
    chain = await buildShortChain();
  });

  beforeEach(() => {
    rig = new FastRig();
  });

  afterEach(async () => {
    rig.stop.abort();
    await settled();
    expect(rig.clock.timerCount, 'timers that are left').to.equal(0);
  });

  it('fills the store with the whole log, state and edge', async () => {
    for (const index of [0, 1, 2]) rig.peers.connect(index, honest(long));
    await rig.begin(long);

    expect(rig.ended).to.equal('filled');
    expect(rig.store.edge()).to.deep.equal(long.builder.edge);
    expect(rig.store.baseHeight()).to.equal(3);
    expect(rig.store.recordCount()).to.equal(8_207);
    const { problems } = await checkChain(rig.store, { genesis: long.builder.genesis.applied });
    expect(problems).to.deep.equal([]);
    // 8 for each chunk, and one for what is behind them.
    expect(rig.pauses).to.equal(17);
  });

  it('fetches chunks from several peers at once', async () => {
    for (const index of [0, 1, 2]) rig.peers.connect(index, honest(long));
    await rig.begin(long);

    const firsts = [0, 1, 2].map((index) => rig.firstsOf(index));
    expect(firsts.flat().toSorted((a, b) => a - b)).to.deep.equal([0, 4_096, 8_192]);
    expect(firsts.filter((each) => each.length > 0)).to.have.length.above(1);
  });

  it('makes a chain to which the next block can be appended', async () => {
    const grown = await buildShortChain();
    rig.peers.connect(0, honest(grown));
    await rig.begin(grown);
    await rig.store.commit(grown.builder.next({ batchCount: 1, recordCount: 2 }));

    expect(rig.store.edge()).to.deep.equal(grown.builder.edge);
  });

  it('takes no more than there was when it began, though the log grows meanwhile', async () => {
    const growing = await buildShortChain();
    const answer = honest(growing);
    rig.peers.connect(0, async (request, bytes) => {
      const whole = await collect(await answer(request, bytes));
      if (request.type === 'snapshot') {
        await growing.store.commit(growing.builder.next({ batchCount: 1, recordCount: 9 }));
      }
      return whole;
    });
    await rig.begin(growing);

    expect(rig.ended).to.equal('filled');
    expect(rig.store.edge()?.header.height).to.equal(3);
  });

  it('fills a store from a log without an entry behind its last chunk', async () => {
    const builder = new ChainBuilder();
    const store = createMemoryChainStore();
    await store.commit(builder.genesis);
    // Leaf 0 closes genesis.
    const block = builder.next({ batchCount: 1, recordCount: 4_095 });
    await store.commit(block);
    expect(block.header.logSize).to.equal(4_096);
    const even = { builder, store, blocks: [syncedOf(block)] };
    rig.peers.connect(0, honest(even));
    await rig.begin(even);

    expect(rig.ended).to.equal('filled');
    expect(rig.store.edge()).to.deep.equal(builder.edge);
  });

  it('waits until somebody is connected', async () => {
    await rig.begin(chain);
    await rig.clock.advance(10_000);
    expect(rig.ended).to.equal(undefined);
    rig.peers.connect(0, honest(chain));
    await rig.clock.advance(250);

    expect(rig.ended).to.equal('filled');
  });

  describe('of a chain with a pinned block', () => {
    it('takes the edge itself as the pinned block', async () => {
      rig.peers.connect(0, honest(chain));
      await rig.begin(chain, { height: 3, blockHash: hashHeader(chain.blocks[2]!.header) });

      expect(rig.ended).to.equal('filled');
    });

    for (const height of [1, 2, 3]) {
      it(`ends, with no chain, where another block stands at height ${height}`, async () => {
        rig.peers.connect(0, honest(chain));
        await rig.begin(chain, { height, blockHash: hashOf('another block') });

        expect(rig.ended).to.include({ code: 'ERR_PIN' });
        expect(rig.store.edge()).to.equal(undefined);
        expect(rig.peers.reports).to.deep.equal([]);
      });
    }

    it('ends where the log does not name the pinned block at all', async () => {
      // No honest quorum certifies such a log: the pin is there for the day on which none is honest.
      const entries = chain.store
        .readEntries({ start: 0, end: chain.builder.edge.header.logSize })
        .filter((_entry, i) => i !== 6);
      const logRoot = rootOfLeaves(entries.map(leafHash));
      const { header } = chain.builder.edge;
      const forged = { ...header, logSize: entries.length, logRoot };
      rig.peers.connect(
        0,
        lying(chain, {
          snapshot: (each) => ({
            ...each,
            header: forged,
            certificate: chain.builder.certify(forged),
          }),
          entries: () => entries,
        }),
      );
      await rig.begin(chain);

      expect(rig.ended).to.include({ code: 'ERR_PIN' });
      expect(String(rig.ended)).to.include('has no block at height 1');
    });

    it('leaves nothing under way when it ends', async () => {
      rig.peers.connect(0, (request, bytes) =>
        request.type === 'entries' && request.first === 4_096
          ? silent(request, bytes)
          : honest(long)(request, bytes),
      );
      rig.peers.connect(1, (request, bytes) =>
        request.type === 'entries' && request.first === 4_096
          ? silent(request, bytes)
          : honest(long)(request, bytes),
      );
      await rig.begin(long, { blockHash: hashOf('another block') });

      expect(rig.ended).to.include({ code: 'ERR_PIN' });
      expect(rig.clock.timerCount).to.equal(0);
    });

    it('asks others where a peer has not come so far', async () => {
      const behind = await buildShortChain();
      rig.peers.connect(0, honest({ ...behind, store: await partOf(behind, 2) }));
      await rig.begin(chain, { height: 3, blockHash: hashHeader(chain.blocks[2]!.header) });
      expect(rig.ended).to.equal(undefined);
      rig.peers.connect(1, honest(chain));
      await rig.clock.advance(1_000);

      expect(rig.ended).to.equal('filled');
      expect(rig.peers.reports).to.deep.equal([]);
    });

    it('asks others where a peer is at genesis', async () => {
      rig.peers.connect(0, honest({ ...chain, store: await partOf(chain, 0) }));
      rig.peers.connect(1, honest(chain));
      await rig.begin(chain);
      await rig.clock.advance(1_000);

      expect(rig.ended).to.equal('filled');
      expect(rig.peers.reports).to.deep.equal([]);
    });
  });

  describe('believes no', () => {
    const headed =
      (change: (header: Header) => Partial<Header>) =>
      (snapshot: Snapshot): Snapshot => ({
        ...snapshot,
        header: { ...snapshot.header, ...change(snapshot.header) },
      });
    const snapshots: Readonly<Record<string, (snapshot: Snapshot) => Snapshot>> = {
      'header that was changed': headed(({ timestampMs }) => ({ timestampMs: timestampMs + 1 })),
      'header with another log root': headed(() => ({ logRoot: hashOf('log') })),
      'header of another validator set': headed(() => ({ validatorSetHash: hashOf('set') })),
      'header of another chain': (snapshot) => {
        const header = { ...snapshot.header, chainId: hashOf('test network') };
        return { ...snapshot, header, certificate: chain.builder.certify(header) };
      },
      'certificate with a vote too few': (snapshot) => {
        const { certificate } = snapshot;
        const signatures = certificate.signatures.slice(1);
        return { ...snapshot, certificate: { ...certificate, signatures } };
      },
      'certificate with a forged vote': (snapshot) => {
        const { certificate } = snapshot;
        const [{ signature } = { signature: new Uint8Array(64) }] = certificate.signatures;
        const signatures = certificate.signatures.map((each) => ({ ...each, signature }));
        return { ...snapshot, certificate: { ...certificate, signatures } };
      },
      'state that was changed': (snapshot) => ({
        ...snapshot,
        state: { ...snapshot.state, sequences: [] },
      }),
      'state of a set of its own, that certifies itself': (snapshot) => {
        const liar = new ChainBuilder({ seed: 'liar' });
        const { chainId, height } = snapshot.header;
        const state = { ...liar.edge.state, chainId, height };
        const { validatorSetHash } = liar.edge.header;
        const header = { ...snapshot.header, stateRoot: hashState(state), validatorSetHash };
        return { ...snapshot, header, state, certificate: liar.certify(header) };
      },
      'chunk root too many': (snapshot) => ({ ...snapshot, chunkRoots: [hashOf('chunk')] }),
    };
    for (const [name, snapshot] of Object.entries(snapshots)) {
      it(name, async () => {
        rig.peers.connect(0, lying(chain, { snapshot }));
        await rig.begin(chain);
        expect(rig.ended).to.equal(undefined);
        expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
        rig.peers.connect(1, honest(chain));
        await rig.clock.advance(500);

        expect(rig.ended).to.equal('filled');
        expect(rig.store.edge()).to.deep.equal(chain.builder.edge);
      });
    }

    const logs: Readonly<
      Record<string, (entries: readonly Uint8Array[]) => readonly Uint8Array[]>
    > = {
      'last entries of which one was changed': ([first, ...rest]) => [first!.toReversed(), ...rest],
      'last entries of which one is missing': (entries) => entries.slice(1),
      'last entries in another order': (entries) => entries.toReversed(),
      'last entries of which there are more': (entries) => [...entries, ...entries],
      'last entries that are none': () => [],
    };
    for (const [name, entries] of Object.entries(logs)) {
      it(name, async () => {
        rig.peers.connect(0, lying(chain, { entries }));
        await rig.begin(chain);
        expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
        rig.peers.connect(1, honest(chain));
        await rig.clock.advance(500);

        expect(rig.ended).to.equal('filled');
        expect(rig.store.edge()).to.deep.equal(chain.builder.edge);
      });
    }

    it('edge that names another validator set than the one that certified it', async () => {
      const snapshot = (each: Snapshot): Snapshot => {
        const header = { ...each.header, validatorSetHash: hashOf('another set') };
        return { ...each, header, certificate: chain.builder.certify(header) };
      };
      rig.peers.connect(0, lying(chain, { snapshot }));
      await rig.begin(chain);

      expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
      expect(rig.ended).to.equal(undefined);
    });

    it('chunk roots that are too few', async () => {
      const snapshot = (each: Snapshot): Snapshot => ({ ...each, chunkRoots: [] });
      rig.peers.connect(0, lying(long, { snapshot }));
      await rig.begin(long);

      expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
      expect(rig.ended).to.equal(undefined);
    });

    it('chunk roots that are not those of the log', async () => {
      const snapshot = (each: Snapshot): Snapshot => ({
        ...each,
        chunkRoots: each.chunkRoots.toReversed(),
      });
      rig.peers.connect(0, lying(long, { snapshot }));
      await rig.begin(long);

      expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
    });

    it('chunk that is another: one chunk is fetched again, and no more', async () => {
      const entries = (each: readonly Uint8Array[], first: number): readonly Uint8Array[] =>
        first === 4_096 ? each.toReversed() : each;
      rig.peers.connect(0, lying(long, { entries }));
      rig.peers.connect(1, lying(long, { entries }));
      await rig.begin(long);
      expect(rig.peers.reports.every(({ judgement }) => judgement === 'reject')).to.equal(true);
      expect(rig.ended).to.equal(undefined);
      rig.peers.connect(2, honest(long));
      await rig.clock.advance(500);

      expect(rig.ended).to.equal('filled');
      expect(
        rig.peers.made.filter(({ request }) => request.type === 'entries' && request.first === 0),
      ).to.have.length(1);
      expect(rig.store.edge()).to.deep.equal(long.builder.edge);
    });

    it('answer of no form', async () => {
      rig.peers.connect(0, () => new Uint8Array(100).fill(0xc1));
      await rig.begin(chain);

      expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
    });
  });

  it('asks another after five seconds of silence', async () => {
    rig.peers.connect(0, silent);
    await rig.begin(chain);
    rig.peers.connect(1, honest(chain));
    await rig.clock.advance(5_000);

    expect(rig.ended).to.equal('filled');
    expect(rig.peers.reports).to.deep.equal([]);
  });

  it('survives that a peer goes down in the middle', async () => {
    rig.peers.connect(0, (request, bytes) =>
      request.type === 'snapshot' ? honest(long)(request, bytes) : silent(request, bytes),
    );
    await rig.begin(long);
    rig.peers.disconnect(0);
    rig.peers.connect(1, honest(long));
    await rig.clock.advance(250);

    expect(rig.ended).to.equal('filled');
  });

  it('ends when it is told to, with no chain, and can begin anew', async () => {
    rig.peers.connect(0, (request, bytes) =>
      request.type === 'entries' && request.first === 4_096
        ? silent(request, bytes)
        : honest(long)(request, bytes),
    );
    await rig.begin(long);
    rig.stop.abort(new Error('enough'));
    await settled();
    expect(String(rig.ended)).to.equal('Error: enough');
    expect(rig.store.edge()).to.equal(undefined);

    const again = new FastRig();
    Object.assign(again, { store: rig.store });
    again.peers.connect(0, honest(long));
    await again.begin(long);
    expect(again.ended).to.equal('filled');
    expect(rig.store.edge()).to.deep.equal(long.builder.edge);
  });

  it('ends with what a write fails with', async () => {
    rig.store.fill = () => Promise.reject(new Error('disk full'));
    rig.peers.connect(0, honest(chain));
    await rig.begin(chain);

    expect(String(rig.ended)).to.equal('Error: disk full');
  });

  it('says every five seconds that nobody can be reached', async () => {
    await rig.begin(chain);
    await rig.clock.advance(4_999);
    expect(messagesOf(rig.log)).to.deep.equal([]);
    await rig.clock.advance(1);
    const waiting = 'fast start: waiting, since no validator can be reached or none admits this';
    expect(messagesOf(rig.log)).to.deep.equal([waiting]);
    await rig.clock.advance(10_000);

    expect(messagesOf(rig.log)).to.deep.equal([waiting, waiting, waiting]);
  });

  it('says that those who are connected do not have the pinned block', async () => {
    rig.peers.connect(0, honest({ ...chain, store: await partOf(chain, 0) }));
    await rig.begin(chain);
    await rig.clock.advance(5_000);

    const reports = reportsOf(rig);
    expect(reports).to.have.length(1);
    expect(reports[0]).to.include({
      msg: 'fast start: waiting for a chain with the pinned block',
      connected: 1,
      pinned: 1,
    });
  });

  it('says every five seconds how far it is', async () => {
    rig.peers.connect(0, (request, bytes) =>
      request.type === 'entries' && request.first === 4_096
        ? silent(request, bytes)
        : honest(long)(request, bytes),
    );
    await rig.begin(long);
    await rig.clock.advance(5_000);
    const reports = reportsOf(rig);

    expect(reports.map(({ msg }) => msg)).to.deep.equal([
      'fast start: fetching the log',
      'fast start: entries are being fetched',
    ]);
    expect(reports[1]).to.include({ level: 'info', entries: 4_096, of: 8_210, connected: 1 });
  });

  it('says what it does', async () => {
    rig.peers.connect(0, honest(chain));
    await rig.begin(chain);

    expect(messagesOf(rig.log)).to.deep.equal([
      'fast start: fetching the log',
      'fast start: the chain is here',
    ]);
  });
});

/** A store with the first blocks of a chain. */
async function partOf({ builder, store }: BuiltChain, height: number): Promise<ChainStore> {
  const part = createMemoryChainStore();
  await part.commit(builder.genesis);
  const ledger = await Ledger.open(part, genesisOf({ builder, store, blocks: [] }));
  for (let at = 1; at <= height; at++) {
    const header = store.readHeader(at)!;
    const certificate = store.readCertificate(at)!;
    const batches = header.batchIds.map((id) => store.readSignedBatch(id)!);
    await ledger.append({ header, certificate, batches, execution: undefined });
  }
  return part;
}
