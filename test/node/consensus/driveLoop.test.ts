import { expect } from 'chai';

import { hashHeader } from '../../../chain/block.ts';
import { decode } from '../../../chain/codec.ts';
import { durableSchema } from '../../../chain/consensus/message.ts';
import { MemoryRows } from '../../../node/store/memoryRows.ts';
import { createCamera } from '../../support/certificates.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { MemoryWal } from '../../support/memoryWal.ts';
import { CA, emptyDisk, NodeRig, type RigOptions } from '../../support/nodeRig.ts';
import { NOW_S, requestOf } from '../../support/shots.ts';

const CAMERA = createCamera(CA);

interface Recorded {
  readonly rig: NodeRig;
  readonly events: string[];
}

/** A node whose drive loop runs, and what it did in order. */
async function run(options: Partial<RigOptions> = {}): Promise<Recorded> {
  const events: string[] = [];
  const onEvent = (event: string): void => {
    events.push(event);
    options.onEvent?.(event);
  };
  const rig = await NodeRig.open({ ...options, onEvent });
  await rig.drive.start();
  events.length = 0;
  return { rig, events };
}

/** Takes one picture as far as a batch, and waits for its block or a fault. */
async function batchOne({ rig }: Recorded, name = 'a'): Promise<Uint8Array> {
  const id = await rig.validate(requestOf(CAMERA, name));
  await rig.cut();
  await rig.until(() => rig.stateOf(id) === 'committed' || rig.faults.length > 0);
  return id;
}

describe('the drive loop', () => {
  it('R3: persists, then sends, then applies', async () => {
    const recorded = await run();
    await batchOne(recorded);

    expect(recorded.events).to.deep.equal([
      'build 1',
      'persist 1 6 3',
      'send 1 3',
      'before-block-write',
      'after-block-write',
      'applied 1',
    ]);
  });

  it('R3: sends nothing whose append is not done', async () => {
    const recorded = await run();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wal = recorded.rig.wal;
    const append = wal.append.bind(wal);
    wal.append = async (messages) => {
      if (messages.length > 0) await promise;
      await append(messages);
    };
    const id = await recorded.rig.validate(requestOf(CAMERA, 'a'));
    await recorded.rig.cut();
    await settled();
    const before = [...recorded.events];
    resolve(undefined);
    await recorded.rig.until(() => recorded.rig.stateOf(id) === 'committed');

    expect(before).to.deep.equal(['build 1']);
    expect(recorded.events).to.include('send 1 3');
  });

  it('stops where the log cannot be written: nothing is sent and nothing applied', async () => {
    const recorded = await run();
    const { rig, events } = recorded;
    rig.wal.onAppend = () => {
      throw new Error('the disk is full');
    };
    await batchOne(recorded);
    rig.drive.wake();
    await rig.drive.stop();

    expect(rig.faults.map(String)).to.deep.equal(['Error: the disk is full']);
    expect(events).to.deep.equal(['build 1']);
    expect(rig.ledger.edge().header.height).to.equal(0);
  });

  it('R8: stops where the block cannot be written', async () => {
    class FullRows extends MemoryRows {
      isFull = false;

      override async write(...args: Parameters<MemoryRows['write']>): Promise<void> {
        if (this.isFull) throw new Error('the disk is full');
        await super.write(...args);
      }
    }
    const chain = new FullRows();
    const recorded = await run({ disk: { ...emptyDisk(), chain } });
    chain.isFull = true;
    const id = await batchOne(recorded);

    expect(recorded.rig.faults.map(String)).to.deep.equal(['Error: the disk is full']);
    expect(recorded.rig.stateOf(id)).to.equal('batched');
    expect(recorded.events.at(-1)).to.equal('before-block-write');
  });

  it('does nothing after a fault', async () => {
    const recorded = await run();
    recorded.rig.wal.onAppend = () => {
      throw new Error('the disk is full');
    };
    await batchOne(recorded);
    recorded.events.length = 0;
    await recorded.rig.clock.advance(120_000);
    await settled();

    expect(recorded.events).to.deep.equal([]);
    expect(recorded.rig.faults).to.have.length(1);
  });

  it('takes what waits together into one block', async () => {
    const recorded = await run({ params: { batchTarget: 1, batchMax: 1 } });
    const { rig } = recorded;
    await rig.drive.stop();
    await rig.validate(requestOf(CAMERA, 'a'));
    await rig.cut();
    await rig.validate(requestOf(CAMERA, 'b'));
    await rig.cut();
    const after = await NodeRig.open({ disk: rig.disk, params: { batchTarget: 1, batchMax: 1 } });
    await after.recover();
    await after.drive.start();
    await after.until(() => after.ledger.recordCount() === 2);

    expect(after.ledger.edge().header.height).to.equal(1);
  });

  it('makes no block while there is no work', async () => {
    const { rig, events } = await run();
    rig.drive.wake();
    await settled();

    expect(events).to.deep.equal([]);
  });

  it('R7: makes an empty block when the keep-alive is due, not before, and again after it', async () => {
    const { rig } = await run();
    // Block 0 is ten seconds old.
    await rig.clock.advance(49_000);
    const before = rig.ledger.edge().header.height;
    await rig.clock.advance(1_100);
    await rig.until(() => rig.ledger.edge().header.height === 1);
    await rig.clock.advance(60_100);
    await rig.until(() => rig.ledger.edge().header.height === 2);

    expect(before).to.equal(0);
    expect(rig.ledger.edge().header.batchIds).to.deep.equal([]);
  });

  it('does nothing before its start, and then looks for work itself', async () => {
    const events: string[] = [];
    const rig = await NodeRig.open({ onEvent: (event) => events.push(event) });
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    await rig.cut();
    await settled();
    const before = events.length;
    await rig.drive.start();
    await rig.until(() => rig.stateOf(id) === 'committed');

    // The two writes of block 0.
    expect(before).to.equal(2);
  });

  it('does nothing once it has stopped, and leaves no timer', async () => {
    const { rig, events } = await run();
    await rig.drive.stop();
    await rig.validate(requestOf(CAMERA, 'a'));
    await rig.cut();
    await rig.batcher.stop();
    await rig.clock.advance(120_000);

    expect(events).to.deep.equal([]);
    expect(rig.clock.timerCount).to.equal(0);
  });

  it('empties the log when it has grown and its messages are in the chain', async () => {
    class LargeWal extends MemoryWal {
      override sizeBytes(): number {
        return 1_048_577;
      }
    }
    const disk = emptyDisk();
    const recorded = await run({ disk, createWal: (frames) => new LargeWal(frames) });
    await batchOne(recorded);

    expect(disk.frames).to.deep.equal([]);
    expect(recorded.rig.ledger.edge().header.height).to.equal(1);
  });
});

describe('a restart after a proposal that was not written', () => {
  /** A node whose power goes when it writes its first block; the log holds what it said. */
  const crash = async (): Promise<{ readonly rig: NodeRig; readonly id: Uint8Array }> => {
    let isArmed = false;
    const recorded = await run({
      onEvent: (event) => {
        if (isArmed && event === 'before-block-write') throw new Error('no power');
      },
    });
    isArmed = true;
    const id = await batchOne(recorded);
    return { rig: recorded.rig, id };
  };

  it('R3: says the same, byte for byte, and builds nothing else', async () => {
    const { rig, id } = await crash();
    const said = rig.disk.frames.flat().map((bytes) => Buffer.from(bytes).toString('hex'));
    const events: string[] = [];
    const clock = new FakeClock((NOW_S + 3_600) * 1_000);
    const after = await NodeRig.open({
      disk: rig.disk,
      clock,
      onEvent: (event) => events.push(event),
    });
    await after.recover();
    events.length = 0;
    await after.drive.start();
    await after.until(() => after.stateOf(id) === 'committed');

    expect(events.slice(0, 4)).to.deep.equal([
      'send 1 3',
      'before-block-write',
      'after-block-write',
      'applied 1',
    ]);
    expect(
      after.disk.frames
        .flat()
        .map((bytes) => Buffer.from(bytes).toString('hex'))
        .slice(0, 3),
    ).to.deep.equal(said);
  });

  it('R3: decides the header that it had signed', async () => {
    const { rig, id } = await crash();
    const [first] = rig.disk.frames.flat();
    const proposal = decode(durableSchema, first ?? new Uint8Array());
    const clock = new FakeClock((NOW_S + 30) * 1_000);
    const after = await NodeRig.open({ disk: rig.disk, clock });
    await after.recover();
    await after.drive.start();
    await after.until(() => after.stateOf(id) === 'committed');
    const header = proposal.kind === 1 ? proposal.header : undefined;

    expect(after.ledger.readBlock(1)?.hash).to.deep.equal(header && hashHeader(header));
  });

  it('R3: says it again however often it ends there', async () => {
    const { rig, id } = await crash();
    let disk = rig.disk;
    for (let i = 0; i < 3; i++) {
      let isArmed = false;
      const again = await NodeRig.open({
        disk,
        onEvent: (event) => {
          if (isArmed && event === 'before-block-write') throw new Error('no power');
        },
      });
      await again.recover();
      isArmed = true;
      await again.drive.start();
      disk = again.disk;
    }
    const last = await NodeRig.open({ disk });
    await last.recover();
    await last.drive.start();
    await last.until(() => last.stateOf(id) === 'committed');

    expect(last.ledger.edge().header.height).to.equal(1);
    expect(disk.frames).to.have.length(1);
  });
});
