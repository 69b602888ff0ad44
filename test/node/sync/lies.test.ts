import { expect } from 'chai';

import { type Batch, hashBatch, signBatch } from '../../../chain/batch.ts';
import type { CommitCertificate, Header } from '../../../chain/block.ts';
import type { Refusal } from '../../../node/sync/ports.ts';
import { encodeBlock, type SyncedBlock } from '../../../node/wire/blocks.ts';
import { ChainBuilder, hashOf } from '../../support/chainBuilder.ts';
import type { Answerer } from '../../support/memoryPeers.ts';
import {
  buildChain,
  type BuiltChain,
  changed,
  honest,
  silent,
  SyncRig,
  syncedOf,
} from './syncRig.ts';

/** Heights that a lie leaves as they are, so that it comes in the middle of an answer. */
const TRUE_UP_TO = 6;

describe('a peer that lies', () => {
  let chain: BuiltChain;
  let other: BuiltChain;
  let stranger: BuiltChain;

  before(async () => {
    chain = await buildChain(12);
    other = await buildChain(12, new ChainBuilder(), 2);
    stranger = await buildChain(12, new ChainBuilder({ seed: 'stranger' }));
  });

  function lie(change: (block: SyncedBlock) => SyncedBlock | Uint8Array): Answerer {
    return changed(chain, (block) => (block.header.height <= TRUE_UP_TO ? block : change(block)));
  }

  function certified(
    change: (certificate: CommitCertificate) => Partial<CommitCertificate>,
  ): Answerer {
    return lie((block) => {
      const { certificate } = block;
      return { ...block, certificate: { ...certificate, ...change(certificate) } };
    });
  }

  function headed(change: (header: Header) => Partial<Header>): Answerer {
    return lie((block) => ({ ...block, header: { ...block.header, ...change(block.header) } }));
  }

  function withBatch(change: (batch: Batch) => Partial<Batch>): Answerer {
    return lie((block) => ({
      ...block,
      batches: block.batches.map(({ batch, signature }) => ({
        batch: { ...batch, ...change(batch) },
        signature,
      })),
    }));
  }

  const lies: Readonly<Record<string, readonly [Refusal, () => Answerer]>> = {
    'a vote with a bit flipped': [
      'certificate',
      () =>
        certified(({ signatures: [first, ...rest] }) => ({
          signatures: [{ ...first!, signature: flipped(first!.signature) }, ...rest],
        })),
    ],
    'a vote too few': [
      'certificate',
      () => certified(({ signatures }) => ({ signatures: signatures.slice(1) })),
    ],
    'no votes': ['certificate', () => certified(() => ({ signatures: [] }))],
    'one validator’s vote three times': [
      'certificate',
      () => certified(({ signatures: [first] }) => ({ signatures: [first!, first!, first!] })),
    ],
    'one validator’s vote under three names': [
      'certificate',
      () =>
        certified(({ signatures: [first] }) => ({
          signatures: [0, 1, 2].map((index) => ({ ...first!, index })),
        })),
    ],
    'votes of nobody in the set': [
      'certificate',
      () =>
        certified(({ signatures }) => ({
          signatures: signatures.map((each) => ({ ...each, index: each.index + 4 })),
        })),
    ],
    'the votes for the height before': [
      'certificate',
      () =>
        certified(({ height }) => ({
          signatures: chain.blocks[height - 2]!.certificate.signatures,
        })),
    ],
    'the certificate of the height before': [
      'certificate',
      () => certified(({ height }) => chain.blocks[height - 2]!.certificate),
    ],
    'votes said to be of a later view': ['certificate', () => certified(() => ({ view: 1 }))],
    'a header with another time': [
      'certificate',
      () => headed(({ timestampMs }) => ({ timestampMs: timestampMs + 1 })),
    ],
    'a header with another state root': [
      'certificate',
      () => headed(() => ({ stateRoot: hashOf('wealth') })),
    ],
    'a header with another parent': [
      'certificate',
      () => headed(() => ({ parentHash: hashOf('parent') })),
    ],
    'a header that names no batches': ['certificate', () => headed(() => ({ batchIds: [] }))],
    'a block that the validators decided on another chain': [
      'certificate',
      () =>
        lie((block) => {
          const header = { ...block.header, chainId: hashOf('test network') };
          return { ...block, header, certificate: chain.builder.certify(header) };
        }),
    ],
    'blocks of a chain of others': ['certificate', () => honest(stranger)],
    'a batch with another time': [
      'batches',
      () => withBatch(({ createdAtMs }) => ({ createdAtMs: createdAtMs + 1 })),
    ],
    'a batch of another chain': ['batches', () => withBatch(() => ({ chainId: hashOf('other') }))],
    'a batch of another aggregator': [
      'batches',
      () => withBatch(() => ({ aggregator: chain.builder.validators[3]!.consensusKey })),
    ],
    'the batches of another chain’s block': [
      'batches',
      () => lie((block) => ({ ...block, batches: other.blocks[block.header.height - 1]!.batches })),
    ],
    'a batch missing': ['batches', () => lie((block) => ({ ...block, batches: [] }))],
    'a batch twice': [
      'batches',
      () => lie((block) => ({ ...block, batches: [...block.batches, ...block.batches] })),
    ],
    'a batch with a bit of its signature flipped': [
      'batches',
      () =>
        lie((block) => ({
          ...block,
          batches: block.batches.map(({ batch, signature }) => ({
            batch,
            signature: flipped(signature),
          })),
        })),
    ],
    'a batch signed by another validator': [
      'batches',
      () =>
        lie((block) => ({
          ...block,
          batches: block.batches.map(({ batch }) => signBatch(batch, chain.builder.signers[3]!)),
        })),
    ],
    'each block in place of the one before': [
      'malformed',
      () => lie((block) => chain.blocks[block.header.height] ?? block),
    ],
    'the same block again': ['malformed', () => lie(() => chain.blocks[TRUE_UP_TO - 1]!)],
    'blocks in reverse': [
      'malformed',
      () => (request) =>
        request.type === 'blocks'
          ? joined([...chain.blocks].reverse().map(encodeBlock))
          : new Uint8Array(),
    ],
    'a block with a byte behind it': [
      'malformed',
      () =>
        lie((block) => {
          const bytes = Uint8Array.of(...encodeBlock(block), 0);
          new DataView(bytes.buffer).setUint32(0, bytes.length - 4);
          return bytes;
        }),
    ],
    'an answer cut off within a block': [
      'malformed',
      () => () => joined(chain.blocks.map(encodeBlock)).subarray(0, -1),
    ],
    'more blocks than were asked for': [
      'malformed',
      () => () => joined([...chain.blocks, ...chain.blocks].map(encodeBlock)),
    ],
    'bytes of no form': ['malformed', () => () => new Uint8Array(1_000).fill(0x5a)],
    'an answer that is longer than any may be': [
      'malformed',
      () => () => new Uint8Array(16_777_217),
    ],
    'an answer without an end': [
      'malformed',
      () => () => ({
        async *[Symbol.asyncIterator]() {
          for (;;) yield new Uint8Array(1_048_576);
        },
      }),
    ],
  };

  for (const [name, [refusal, answer]] of Object.entries(lies)) {
    it(`${name}, is reported and does no harm`, async () => {
      const rig = await SyncRig.open(chain);
      await rig.offer(0, 12, answer());

      expect(rig.sync.counts().refusals[refusal], refusal).to.equal(1);
      expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
      expect(rig.height).to.be.at.most(10);
      expect(rig.sync.isSyncing()).to.equal(false);
      await rig.offer(1, 12, honest(chain));
      expect(rig.height).to.equal(12);
      expect(rig.ledger.edge()).to.deep.equal(chain.builder.edge);
      expect(rig.faults).to.deep.equal([]);
      await rig.sync.stop();
    });
  }

  it('and reorders the batches of a block is reported', async () => {
    const builder = new ChainBuilder();
    const block = syncedOf(builder.next({ batchCount: 3, recordCount: 1 }));
    const rig = await SyncRig.open({ ...chain, builder });
    await rig.offer(0, 1, () => encodeBlock({ ...block, batches: [...block.batches].reverse() }));

    expect(rig.peers.judgementsOf(0)).to.deep.equal(['reject']);
    await rig.offer(1, 1, () => encodeBlock(block));
    expect(rig.height).to.equal(1);
  });

  it('has its true blocks applied, up to the first that is not', async () => {
    const rig = await SyncRig.open(chain);
    await rig.offer(
      0,
      12,
      headed(() => ({ stateRoot: hashOf('wealth') })),
    );

    expect(rig.applied).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it('has nothing of it used that came with the lie', async () => {
    const rig = await SyncRig.open(chain);
    const third = changed(chain, (block) =>
      block.header.height === 3 ? { ...block, batches: [] } : block,
    );
    await rig.offer(0, 12, third);

    expect(rig.height).to.equal(2);
    expect(rig.sync.isSyncing()).to.equal(false);
  });

  it('by sending one block at a time is used and asked last', async () => {
    const rig = await SyncRig.open(chain);
    await rig.offer(0, 12, () => encodeBlock(chain.blocks[0]!));
    expect(rig.height).to.equal(1);
    await rig.offer(1, 12, honest(chain));
    rig.sync.heard('peer-0', 12);

    expect(rig.height).to.equal(12);
    expect(rig.sync.counts().refusals.short).to.equal(1);
    expect(rig.peers.judgementsOf(0)).to.deep.equal(['ignore']);
  });

  it('is asked last, though it speaks again at once', async () => {
    const rig = await SyncRig.open(chain);
    await rig.offer(0, 12, () => new Uint8Array(9));
    await rig.offer(1, 3, honest(chain));
    rig.sync.heard('peer-0', 12);
    await rig.clock.advance(0);
    expect(rig.peers.rangesOf(0)).to.have.length(1);
    rig.sync.heard('peer-1', 12);
    await rig.clock.advance(0);

    expect(rig.height).to.equal(12);
    expect(rig.peers.rangesOf(0)).to.have.length(1);
  });

  it('has what it was asked for since given up, too', async () => {
    const rig = await SyncRig.open(chain);
    const answers = [lies['no votes']![1](), silent];
    const gate = Promise.withResolvers<undefined>();
    rig.onPause = () => gate.promise;
    await rig.offer(0, 12, (...asked) => answers.shift()!(...asked));
    // Before its lie is found out it is asked for more.
    rig.sync.heard('peer-0', 40);
    expect(rig.peers.rangesOf(0)).to.have.length(2);
    gate.resolve(undefined);
    await rig.clock.advance(0);

    expect(rig.sync.isSyncing()).to.equal(false);
    expect(rig.clock.timerCount).to.equal(0);
  });

  it('and then delivers is believed like the others again', async () => {
    const rig = await SyncRig.open(chain);
    await rig.offer(0, 6, () => new Uint8Array(9));
    await rig.offer(0, 6, honest(chain));
    await rig.clock.advance(500);
    expect(rig.height).to.equal(6);
    rig.peers.connect(0, silent);
    await rig.offer(1, 400, silent);
    rig.sync.heard('peer-0', 400);
    await rig.clock.advance(0);

    const [[first] = [], [second] = []] = [
      rig.peers.rangesOf(1).at(-1),
      rig.peers.rangesOf(0).at(-1),
    ];
    expect(first).to.equal(7);
    expect(second).to.be.above(7);
    await rig.sync.stop();
  });

  it('is forgiven a minute after its pause', async () => {
    const rig = await SyncRig.open(chain);
    await rig.offer(0, 12, () => new Uint8Array(9));
    await rig.clock.advance(60_501);
    rig.peers.connect(0, honest(chain));
    rig.sync.heard('peer-0', 12);
    await rig.clock.advance(0);

    expect(rig.height).to.equal(12);
  });

  it('is not cleared by connecting again', async () => {
    const rig = await SyncRig.open(chain);
    for (let i = 0; i < 5; i++) {
      await rig.offer(0, 12, () => new Uint8Array(9));
      await rig.hangUp(0);
    }

    expect(rig.peers.rangesOf(0)).to.have.length(1);
    await rig.sync.stop();
  });

  it('together with all but one keeps nobody from syncing', async () => {
    const rig = await SyncRig.open(chain);
    const answers = Object.values(lies).map(([, answer]) => answer());
    for (const [i, answer] of answers.entries()) await rig.offer(i + 10, 12, answer);
    await rig.offer(1, 12, honest(chain));

    expect(rig.height).to.equal(12);
    expect(rig.ledger.edge()).to.deep.equal(chain.builder.edge);
    expect(rig.faults).to.deep.equal([]);
  });

  it('about a batch that its aggregator never made stops nobody', async () => {
    // The batch is what the header names, so its content is certified; the signature beside it is not.
    const rig = await SyncRig.open(chain);
    const { batches, header } = chain.blocks[6]!;
    expect(hashBatch(batches[0]!.batch)).to.deep.equal(header.batchIds[0]);
    await rig.offer(0, 12, lies['a batch signed by another validator']![1]());

    expect(rig.faults).to.deep.equal([]);
  });
});

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
