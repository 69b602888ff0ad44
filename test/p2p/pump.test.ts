import type { Stream } from '@libp2p/interface';
import { expect } from 'chai';

import type { Channel } from '../../p2p/channel.ts';
import { LIMITS } from '../../p2p/limits.ts';
import { Outbox } from '../../p2p/outbox.ts';
import { Pump } from '../../p2p/pump.ts';
import { bytesOf } from '../support/chainValues.ts';
import { settled } from '../support/fakeClock.ts';

const SLICE = 10;

/** Three streams over one connection that takes so many slices before it has to drain. */
class Wire {
  readonly sent: string[] = [];
  readonly errors: unknown[] = [];
  readonly outboxes = {} as Record<Channel, Outbox>;
  readonly pump: Pump;
  room = Infinity;
  fails = false;
  readonly #drains: (() => void)[] = [];

  constructor() {
    this.pump = new Pump(SLICE, {
      onSent: () => undefined,
      onError: (error) => void this.errors.push(error),
    });
    for (const channel of ['votes', 'batches', 'sync'] as const) {
      this.outboxes[channel] = new Outbox(LIMITS.channels[channel], 'refuse');
      this.pump.attach(channel, this.#stream(channel), this.outboxes[channel]);
    }
  }

  push(channel: Channel, size: number): void {
    this.outboxes[channel].push(bytesOf(size, 1));
    this.pump.wake();
  }

  async drain(slices: number): Promise<void> {
    this.room = slices;
    for (const drain of this.#drains) drain();
    await settled();
  }

  #stream(channel: Channel): Stream {
    const hasRoom = (): boolean => this.room > 0;
    const stream = {
      writeStatus: 'writable',
      get writableNeedsDrain() {
        return !hasRoom();
      },
      addEventListener: (_: string, drain: () => void) => this.#drains.push(drain),
      send: ({ length }: Uint8Array) => {
        if (this.fails) throw new Error('closed');
        this.room -= 1;
        this.sent.push(`${channel} ${length}`);
      },
    };
    return stream as unknown as Stream;
  }
}

describe('the pump', () => {
  it('sends together what is queued within one tick', async () => {
    const wire = new Wire();
    for (let i = 0; i < 3; i++) {
      wire.push('votes', 3);
      await Promise.resolve();
    }
    expect(wire.sent).to.deep.equal([]);

    await settled();

    expect(wire.sent).to.deep.equal(['votes 9']);
  });

  it('sends votes first, whatever was queued first', async () => {
    const wire = new Wire();
    wire.push('sync', 20);
    wire.push('batches', 20);
    wire.push('votes', 20);

    await settled();

    expect(wire.sent.slice(0, 2)).to.deep.equal(['votes 10', 'votes 10']);
  });

  it('lets batches and sync take turns', async () => {
    const wire = new Wire();
    wire.push('sync', 30);
    wire.push('batches', 30);

    await settled();

    expect(wire.sent.map((each) => each.split(' ')[0])).to.deep.equal([
      'batches',
      'sync',
      'batches',
      'sync',
      'batches',
      'sync',
    ]);
  });

  it('lets them take turns over drains', async () => {
    const wire = new Wire();
    wire.room = 0;
    wire.push('sync', 20);
    wire.push('batches', 20);
    for (let i = 0; i < 4; i++) await wire.drain(1);

    expect(wire.sent).to.deep.equal(['batches 10', 'sync 10', 'batches 10', 'sync 10']);
  });

  it('sends a vote after the slice that is under way, not after the download', async () => {
    const wire = new Wire();
    wire.room = 1;
    wire.push('sync', 1_000);
    await settled();

    wire.push('votes', 5);
    await wire.drain(2);

    expect(wire.sent).to.deep.equal(['sync 10', 'votes 5', 'sync 10']);
  });

  it('sends nothing while the connection drains', async () => {
    const wire = new Wire();
    wire.room = 0;
    wire.push('votes', 5);

    await settled();

    expect(wire.sent).to.deep.equal([]);
  });

  it('sends nothing after its end', async () => {
    const wire = new Wire();
    wire.push('votes', 5);
    wire.pump.close();

    await settled();
    await wire.drain(1);

    expect(wire.sent).to.deep.equal([]);
  });

  it('reports a stream that fails, once', async () => {
    const wire = new Wire();
    wire.fails = true;
    wire.push('votes', 5);
    wire.push('batches', 5);

    await settled();

    expect(wire.errors).to.have.length(1);
  });
});
