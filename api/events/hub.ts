/**
 * The hub: tells all listeners what happens, as long as there are any.
 *
 * Blocks are read once however many listen, and follow each other without a gap for each listener. Samples are taken
 * by one timer, which runs while somebody listens.
 */
import { LRUCache } from 'lru-cache';

import { formatHex } from '../../chain/bytes.ts';
import { ApiError } from '../errors.ts';
import {
  HEARTBEAT_MS,
  LISTENER_RETRY_MS,
  SAMPLE_INTERVAL_MS,
  SNAPSHOT_BLOCK_COUNT_MAX,
} from '../limits.ts';
import type { ApiPorts, IntakePort } from '../ports.ts';
import type { BlockEvent, EventName, Sample, Snapshot, ValidatorEvent } from '../schemas/events.ts';
import { formatBlockEvent } from '../views/events.ts';
import type { Names } from '../views/names.ts';
import { formatReceipt } from '../views/receipt.ts';
import type { Verifier } from '../views/verify.ts';
import { encodeEvent } from './encode.ts';
import { type ChainPlace, formatEventId, type Start, startAfter } from './eventId.ts';
import { Listener } from './listener.ts';
import type { Outlet } from './outlet.ts';
import { Sampler } from './sampler.ts';
import { SEAT_LIMITS, type SeatLimits, Seats } from './seats.ts';
import { followReceipt } from './submissions.ts';

/** What may be set of a hub. */
export interface HubOptions {
  /** 1 s by default. */
  readonly sampleIntervalMs?: number;
  /** 15 s by default. */
  readonly heartbeatMs?: number;
  readonly seats?: SeatLimits;
}

/** The world of a hub. */
export interface HubWorld {
  readonly ports: Pick<ApiPorts, 'ledger' | 'status' | 'intake' | 'onFault'>;
  readonly names: Names;
  readonly verifier: Verifier;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** What a listener asks for. */
export interface Wish {
  readonly address: string;
  readonly types: ReadonlySet<EventName>;
  /** The id of the last event that it has heard; undefined for none. */
  readonly lastId: string | undefined;
  /** Ids of receipts to follow. */
  readonly receiptIds: readonly Uint8Array[];
}

/** Blocks that are kept as they were sent: a node that restarts is asked for the same ones by all. */
const ENCODED_BLOCK_COUNT_MAX = 256;

const RETRY = Buffer.from(`retry: ${LISTENER_RETRY_MS}\n\n`);

interface EncodedBlock {
  readonly event: BlockEvent;
  readonly bytes: Uint8Array;
}

/** Tells all listeners what happens. */
export class EventHub {
  readonly #world: HubWorld;
  readonly #intervalMs: number;
  readonly #heartbeatMs: number;
  readonly #sampler: Sampler;
  readonly #seats: Seats;
  readonly #listeners = new Set<Listener>();
  readonly #blocks = new LRUCache<number, EncodedBlock>({ max: ENCODED_BLOCK_COUNT_MAX });
  #timer: NodeJS.Timeout | undefined;
  #before: Sample['validators'] | undefined;

  constructor(options: HubOptions, world: HubWorld) {
    this.#world = world;
    this.#intervalMs = options.sampleIntervalMs ?? SAMPLE_INTERVAL_MS;
    this.#heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#sampler = new Sampler(world.ports, this.#intervalMs);
    this.#seats = new Seats(options.seats ?? SEAT_LIMITS);
    world.stopping.addEventListener('abort', () => {
      this.#stop();
    });
  }

  /** Counts an answer about a photograph. */
  noteVerifyAnswer(): void {
    this.#sampler.noteVerifyAnswer();
  }

  /** Admits a listener; returns what begins its stream once the head is sent. Throws ERR_RATE or ERR_NOT_READY. */
  admit(wish: Wish): (outlet: Outlet) => void {
    if (this.#world.stopping.aborted) {
      throw new ApiError('ERR_NOT_READY', 'this node is stopping');
    }
    const leave = this.#seats.take(wish.address);
    return (outlet) => {
      const listener = new Listener(outlet, { types: wish.types, heartbeatMs: this.#heartbeatMs });
      const gone = (): void => {
        leave();
        this.#remove(listener);
      };
      if (listener.gone.aborted) {
        gone();
        return;
      }
      listener.gone.addEventListener('abort', gone, { once: true });
      listener.send(RETRY);
      this.#run(listener, wish).catch((error: unknown) => {
        this.#world.ports.onFault(error);
        listener.end('failed');
      });
    };
  }

  async #run(listener: Listener, wish: Wish): Promise<void> {
    const sample = await this.#sampler.recent();
    const start = startAfter(wish.lastId, this.#place());
    // Nothing is awaited between what the snapshot says and the first block that follows it.
    const heard = this.#sendSnapshot(listener, start, sample);
    if (this.#world.stopping.aborted) listener.end('stopping');
    this.#join(listener, sample);
    const { intake } = this.#world.ports;
    await Promise.all([
      listener.wants('block') ? this.#sendBlocks(listener, heard) : undefined,
      ...(intake === undefined ? [] : this.#followReceipts(listener, wish, intake)),
    ]);
  }

  #place(): ChainPlace {
    const { ledger } = this.#world.ports;
    const chain = formatHex(ledger.state().chainId.subarray(0, 4));
    return { chain, height: ledger.asOf().height, baseHeight: ledger.baseHeight() };
  }

  /** Returns the height up to which the listener has heard then. */
  #sendSnapshot(listener: Listener, start: Start, sample: Sample): number {
    const { ports } = this.#world;
    const { chain, height, baseHeight } = this.#place();
    const heard = start.type === 'continued' ? start.after : height;
    const node = ports.status.status();
    const data: Snapshot = {
      node_id: node.nodeId,
      version: node.version,
      chain_id: formatHex(node.chainId),
      base_height: baseHeight,
      faults_tolerated: node.faultsTolerated,
      stops_tolerated: node.stopsTolerated,
      continued: start.type === 'continued',
      why: start.type === 'new' ? (start.why ?? null) : null,
      sample_interval_ms: this.#intervalMs,
      blocks: start.type === 'continued' ? [] : this.#lastBlocks(height, baseHeight),
      sample,
    };
    listener.send(encodeEvent({ name: 'snapshot', id: formatEventId(chain, heard), data }));
    return heard;
  }

  #lastBlocks(height: number, baseHeight: number): BlockEvent[] {
    const from = Math.max(baseHeight, height - SNAPSHOT_BLOCK_COUNT_MAX + 1);
    const blocks: BlockEvent[] = [];
    for (let at = from; at <= height; at++) {
      const block = this.#block(at);
      if (block !== undefined) blocks.push(block.event);
    }
    return blocks;
  }

  /** Sends all blocks after a height, as they come and as they are read. */
  async #sendBlocks(listener: Listener, after: number): Promise<void> {
    const { ledger } = this.#world.ports;
    let next = after + 1;
    for (;;) {
      while (next <= ledger.asOf().height) {
        if (!(await listener.hasRoom())) return;
        const block = this.#block(next);
        if (block !== undefined) listener.send(block.bytes);
        next += 1;
      }
      if (listener.gone.aborted) return;
      await ledger.nextBlock(listener.gone);
    }
  }

  #block(height: number): EncodedBlock | undefined {
    const known = this.#blocks.get(height);
    if (known !== undefined) return known;
    const { names, ports } = this.#world;
    const block = ports.ledger.readBlock(height);
    if (block === undefined) return undefined;
    const event = formatBlockEvent(block, names);
    const id = formatEventId(this.#place().chain, height);
    const encoded = { event, bytes: encodeEvent({ name: 'block', id, data: event }) };
    this.#blocks.set(height, encoded);
    return encoded;
  }

  #followReceipts(listener: Listener, { receiptIds }: Wish, intake: IntakePort): Promise<void>[] {
    return receiptIds.map((id) =>
      followReceipt({ intake, id, signal: listener.gone }, (receipt) => {
        const data = formatReceipt(receipt, this.#world.verifier);
        listener.send(encodeEvent({ name: 'submission', data }));
      }),
    );
  }

  #join(listener: Listener, sample: Sample): void {
    if (listener.gone.aborted) return;
    this.#listeners.add(listener);
    this.#before ??= sample.validators;
    this.#arm();
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#before = undefined;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#listeners.size === 0) return;
    const timer = setTimeout(() => {
      void this.#tick().finally(() => {
        // All may have gone meanwhile, and others come.
        if (this.#timer !== timer) return;
        this.#timer = undefined;
        this.#arm();
      });
    }, this.#intervalMs);
    this.#timer = timer;
  }

  async #tick(): Promise<void> {
    let sample: Sample;
    try {
      sample = await this.#sampler.take();
    } catch (error) {
      this.#world.ports.onFault(error);
      return;
    }
    for (const data of this.#changes(sample)) {
      this.#tell('validator', encodeEvent({ name: 'validator', data }));
    }
    this.#tell('status', encodeEvent({ name: 'status', data: sample }));
    for (const listener of this.#listeners) listener.beat();
  }

  #tell(name: EventName, bytes: Uint8Array): void {
    for (const listener of this.#listeners) if (listener.wants(name)) listener.send(bytes);
  }

  #changes({ validators, time }: Sample): readonly ValidatorEvent[] {
    const before = new Map(this.#before?.map(({ name, status }) => [name, status]));
    this.#before = validators;
    return validators.flatMap(({ name, status }) => {
      const was = before.get(name);
      return was === undefined || was === status ? [] : [{ name, status, before: was, time }];
    });
  }

  #stop(): void {
    for (const listener of this.#listeners) listener.end('stopping');
  }
}
