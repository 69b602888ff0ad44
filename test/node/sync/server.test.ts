import { expect } from 'chai';

import { hashBatch, type SignedBatch } from '../../../chain/batch.ts';
import { decode } from '../../../chain/codec.ts';
import { createVote } from '../../../chain/consensus/vote.ts';
import type { Message } from '../../../chain/consensus/message.ts';
import type { ConnectedPeer } from '../../../node/peers.ts';
import type { ChainStore } from '../../../node/store/chainStore.ts';
import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import type { ServedChain, SyncServer, SyncServerPorts } from '../../../node/sync/ports.ts';
import { createSyncServer } from '../../../node/sync/server.ts';
import type { SentBatch } from '../../../node/wire/batches.ts';
import { decodeBlock } from '../../../node/wire/blocks.ts';
import { splitParts } from '../../../node/wire/parts.ts';
import {
  encodeRequest,
  historySchema,
  type Request,
  sentBatchesSchema,
} from '../../../node/wire/requests.ts';
import { snapshotSchema } from '../../../node/wire/snapshot.ts';
import { cameraRecord, ChainBuilder, hashOf } from '../../support/chainBuilder.ts';
import { fillStore } from '../../support/chainFilling.ts';
import { codeOfRejection } from '../../support/chainValues.ts';
import { collect } from '../../support/memoryPeers.ts';
import { buildChain, type BuiltChain } from './syncRig.ts';

const VALIDATOR: ConnectedPeer = { peerId: 'peer-2', role: 'validator', index: 2 };
const OBSERVER: ConnectedPeer = { peerId: 'reader', role: 'observer', index: undefined };

describe('the sync server', () => {
  let chain: BuiltChain;

  before(async () => {
    chain = await buildChain(8);
  });

  function serverOf(ports: Partial<SyncServerPorts> = {}): SyncServer {
    return createSyncServer({
      chain: chain.store,
      findBatch: () => undefined,
      newestOf: () => undefined,
      answerCheckpoint: () => new Uint8Array(),
      pause: () => Promise.resolve(),
      ...ports,
    });
  }

  async function ask(
    request: Request,
    { server = serverOf(), from = VALIDATOR }: { server?: SyncServer; from?: ConnectedPeer } = {},
  ): Promise<Uint8Array> {
    return collect(await server.answer(from, encodeRequest(request)));
  }

  describe('asked for blocks', () => {
    async function heightsOf(first: number, count: number): Promise<readonly number[]> {
      const parts = splitParts(await ask({ type: 'blocks', first, count }), count);
      return parts.map((part, i) => decodeBlock(part, first + i).header.height);
    }

    it('sends those of the range that it holds, from the first on', async () => {
      expect(await heightsOf(1, 3)).to.deep.equal([1, 2, 3]);
      expect(await heightsOf(7, 10)).to.deep.equal([7, 8]);
      expect(await heightsOf(9, 10)).to.deep.equal([]);
      expect(await heightsOf(Number.MAX_SAFE_INTEGER, 256)).to.deep.equal([]);
    });

    it('sends each whole, as it was decided', async () => {
      const parts = splitParts(await ask({ type: 'blocks', first: 1, count: 8 }), 8);

      expect(parts.map((part, i) => decodeBlock(part, i + 1))).to.deep.equal(chain.blocks);
    });

    it('sends them to observers too', async () => {
      const bytes = await ask({ type: 'blocks', first: 1, count: 8 }, { from: OBSERVER });

      expect(splitParts(bytes, 8)).to.have.length(8);
    });

    it('ends an answer before the block that would make it longer than 16 MiB', async () => {
      const large = createLargeChain(2);
      const bytes = await ask(
        { type: 'blocks', first: 1, count: 100 },
        { server: serverOf({ chain: large }) },
      );

      const parts = splitParts(bytes, 100);
      expect(bytes.length).to.be.at.most(16_777_216);
      expect(bytes.length + parts[0]!.length + 4).to.be.above(16_777_216);
    });

    it('sends one block in any case', async () => {
      const large = createLargeChain(10);
      const bytes = await ask(
        { type: 'blocks', first: 1, count: 100 },
        { server: serverOf({ chain: large }) },
      );

      expect(bytes.length).to.be.above(16_777_216);
      expect(splitParts(bytes, 100)).to.have.length(1);
    });

    it('reads a block only when the one before is taken', async () => {
      const heights: number[] = [];
      const server = serverOf({
        chain: served(chain, {
          readHeader: (height) => {
            heights.push(height);
            return chain.store.readHeader(height);
          },
        }),
      });
      const answer = await server.answer(
        VALIDATOR,
        encodeRequest({ type: 'blocks', first: 1, count: 8 }),
      );
      const parts = (answer as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      await parts.next();
      await parts.next();

      expect(heights).to.deep.equal([1, 2]);
    });

    it('lets others have a turn between two blocks', async () => {
      let pauses = 0;
      const server = serverOf({ pause: async () => void (pauses += 1) });
      await ask({ type: 'blocks', first: 1, count: 8 }, { server });

      expect(pauses).to.equal(8);
    });

    it('refuses a peer a third answer before one of two has ended', async () => {
      const server = serverOf();
      const request = encodeRequest({ type: 'blocks', first: 1, count: 8 });
      const first = await server.answer(VALIDATOR, request);
      const second = await server.answer(VALIDATOR, request);

      expect(await codeOfRejection(server.answer(VALIDATOR, request))).to.equal('ERR_LIMIT');
      expect(await codeOfRejection(server.answer(OBSERVER, request))).to.equal('accepted');
      for await (const _part of first as AsyncIterable<Uint8Array>) break;
      expect(await codeOfRejection(server.answer(VALIDATOR, request))).to.equal('accepted');
      await collect(second);
      expect(await codeOfRejection(server.answer(VALIDATOR, request))).to.equal('accepted');
    });
  });

  describe('asked for batches', () => {
    const signed = new ChainBuilder().next({ batchCount: 3, recordCount: 2 }).batches;
    const held = signed
      .slice(0, 2)
      .map((each) => ({ signed: each, evidence: { certificates: [], items: [] } }));
    const idOf = ({ batch }: SignedBatch): Uint8Array => hashBatch(batch);
    const findBatch = (id: Uint8Array): SentBatch | undefined =>
      held.find((each) => Buffer.from(idOf(each.signed)).equals(id));

    it('sends those that it holds, in the order asked', async () => {
      const ids = [...signed].reverse().map(idOf);
      const bytes = await ask({ type: 'batches', ids }, { server: serverOf({ findBatch }) });

      expect(decode(sentBatchesSchema, bytes)).to.deep.equal([...held].reverse());
    });

    it('sends none where it holds none', async () => {
      const bytes = await ask({ type: 'batches', ids: [hashOf('unknown')] });

      expect(decode(sentBatchesSchema, bytes)).to.deep.equal([]);
    });

    it('sends no evidence to an observer', async () => {
      const server = serverOf({ findBatch });
      const request = encodeRequest({ type: 'batches', ids: signed.map(idOf) });

      expect(await codeOfRejection(server.answer(OBSERVER, request))).to.equal(
        'ERR_UNKNOWN_VALIDATOR',
      );
    });

    it('ends an answer before the batch that would make it longer than 16 MiB', async () => {
      const sent = { signed: largeBatch(), evidence: { certificates: [], items: [] } };
      const ids = Array.from({ length: 16 }, (_, i) => hashOf(`id ${i}`));
      const bytes = await ask(
        { type: 'batches', ids },
        { server: serverOf({ findBatch: () => sent }) },
      );

      expect(bytes.length).to.be.within(14_000_000, 16_777_216 + 8);
    });
  });

  describe('asked for history', () => {
    it('sends its last block’s header and certificate', async () => {
      const { last } = decode(historySchema, await ask({ type: 'history' }));
      const { header, certificate } = chain.blocks.at(-1)!;

      expect(last).to.deep.equal({ header, certificate });
    });

    it('sends none at genesis', async () => {
      const { store } = await buildChain(0);
      const bytes = await ask({ type: 'history' }, { server: serverOf({ chain: store }) });

      expect(decode(historySchema, bytes)).to.deep.equal({ last: undefined, newest: undefined });
    });

    it('sends the newest message of the one who asks', async () => {
      const { header } = chain.blocks.at(-1)!;
      const voter = { chainId: header.chainId, sign: chain.builder.signers[2]! };
      const vote: Message = createVote(
        { kind: 3, height: 9, view: 1, blockHash: hashOf('block'), index: 2 },
        voter,
      );
      const { consensusKey } = chain.builder.validators[2]!;
      const server = serverOf({
        newestOf: (key) => (Buffer.from(consensusKey).equals(key) ? vote : undefined),
      });
      const newestOf = async (from: ConnectedPeer): Promise<Uint8Array | undefined> =>
        decode(historySchema, await ask({ type: 'history' }, { server, from })).newest;

      expect((await newestOf(VALIDATOR))?.[1]).to.equal(3);
      expect(await newestOf({ ...VALIDATOR, index: 1 })).to.equal(undefined);
      expect(await newestOf({ ...VALIDATOR, index: 77 })).to.equal(undefined);
    });

    it('tells an observer nothing', async () => {
      const refusal = serverOf().answer(OBSERVER, encodeRequest({ type: 'history' }));

      expect(await codeOfRejection(refusal)).to.equal('ERR_UNKNOWN_VALIDATOR');
    });
  });

  describe('asked for entries', () => {
    async function entriesOf(first: number, count: number): Promise<readonly Uint8Array[]> {
      return splitParts(await ask({ type: 'entries', first, count }, { from: OBSERVER }), count);
    }

    it('sends those of the log that there are, the one that closes the edge too', async () => {
      const { treeSize } = chain.store.edge()!.frontier;

      expect(await entriesOf(0, 4_096)).to.deep.equal(
        chain.store.readEntries({ start: 0, end: treeSize }),
      );
      expect(await entriesOf(2, 3)).to.deep.equal(chain.store.readEntries({ start: 2, end: 5 }));
      expect(await entriesOf(treeSize, 10)).to.deep.equal([]);
      expect(await entriesOf(Number.MAX_SAFE_INTEGER, 4_096)).to.deep.equal([]);
    });

    it('reads them some at a time, and lets others have a turn', async () => {
      const sizes: number[] = [];
      const large = served(chain, {
        edge: () => ({ ...chain.builder.edge, frontier: { treeSize: 10_000, roots: [] } }),
        readEntries: ({ start, end }) => {
          sizes.push(end - start);
          return [];
        },
      });
      const server = serverOf({ chain: large, pause: async () => void sizes.push(0) });
      await ask({ type: 'entries', first: 9_000, count: 4_096 }, { server });

      expect(sizes).to.deep.equal([256, 0, 256, 0, 256, 0, 232, 0]);
    });
  });

  describe('of a chain that begins at a base', () => {
    let store: ChainStore;

    beforeEach(async () => {
      const builder = new ChainBuilder();
      const blocks = [builder.genesis, builder.next({ batchCount: 1, recordCount: 3 })];
      store = createMemoryChainStore();
      await fillStore(store, blocks);
      await store.commit(builder.next({ batchCount: 1, recordCount: 3 }));
    });

    it('sends blocks above it alone: the batches of the base are not held', async () => {
      const server = serverOf({ chain: store });
      const countOf = async (first: number): Promise<number> =>
        splitParts(await ask({ type: 'blocks', first, count: 9 }, { server }), 9).length;

      expect(await countOf(1)).to.equal(0);
      expect(await countOf(2)).to.equal(1);
    });

    it('sends snapshot and entries as any other', async () => {
      const server = serverOf({ chain: store });
      const snapshot = decode(snapshotSchema, await ask({ type: 'snapshot' }, { server }));
      const entries = await ask({ type: 'entries', first: 0, count: 100 }, { server });

      expect(snapshot?.header.height).to.equal(2);
      expect(splitParts(entries, 100)).to.have.length(1 + 4 + 4);
    });
  });

  it('refuses what is no request', async () => {
    const malformed = [
      [],
      [0],
      [7],
      [255, 1],
      [4, 0],
      [5],
      // No entries, 4,097 entries.
      [5, 0x92, 1, 0],
      [5, 0x92, 1, 0xcd, 0x10, 1],
      [1],
      // Height 0, no blocks, 257 blocks.
      [1, 0x92, 0, 1],
      [1, 0x92, 1, 0],
      [1, 0x92, 1, 0xcd, 1, 1],
      [2, 0x90],
      [3, 0],
    ];
    for (const bytes of malformed) {
      const code = await codeOfRejection(serverOf().answer(VALIDATOR, Uint8Array.from(bytes)));
      expect(code, String(bytes)).to.equal('ERR_MALFORMED');
    }
  });
});

/** A batch of about 2.3 MB. */
function largeBatch(): SignedBatch {
  const parents = [0, 1, 2, 3].map((i) => hashOf(`parent ${i}`));
  const records = Array.from({ length: 10_000 }, (_, i) => cameraRecord(i, { parents }));
  return new ChainBuilder({
    params: {
      ...new ChainBuilder().edge.state.params[0]!.value,
      blockRecordsMax: 50_000,
      blockBytesMax: 67_108_864,
    },
  }).build({ batches: [{ records }] }).batches[0]!;
}

/** A chain without an end whose blocks all have the same batches; nobody checks it. */
function createLargeChain(batchCount: number): ServedChain {
  const batch = largeBatch();
  const { edge } = new ChainBuilder();
  const { header, certificate } = new ChainBuilder().next({ batchCount: 0, recordCount: 0 });
  const batchIds = Array.from({ length: batchCount }, () => hashBatch(batch.batch));
  return {
    baseHeight: () => 0,
    readEntries: () => [],
    readTile: () => undefined,
    edge: () => ({ ...edge, header: { ...edge.header, height: 1_000 } }),
    readHeader: (height) => ({ ...header, height, batchIds }),
    readCertificate: () => certificate,
    readSignedBatch: () => batch,
  };
}

/** What a store serves, with some reads made otherwise. */
function served({ store }: BuiltChain, other: Partial<ServedChain>): ServedChain {
  return {
    edge: () => store.edge(),
    baseHeight: () => store.baseHeight(),
    readHeader: (height) => store.readHeader(height),
    readCertificate: (height) => store.readCertificate(height),
    readSignedBatch: (id) => store.readSignedBatch(id),
    readEntries: (range) => store.readEntries(range),
    readTile: (place) => store.readTile(place),
    ...other,
  };
}
