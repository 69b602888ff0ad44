/**
 * The fetcher: asks several peers at once for the blocks that lack, each for another run of heights.
 *
 * What comes is held as bytes until its turn, within a bound that counts the longest answers that requests under
 * way may still bring. Only who is most believable is asked: a peer that was slow or lied gets no run of heights
 * that another one could have, since everything above it would wait for that one.
 */
import { ChainError } from '../../chain/errors.ts';
import { valueAt } from '../../chain/state.ts';
import { NetworkError } from '../../p2p/errors.ts';
import type { Timer } from '../clock.ts';
import { blockBytesMax, SYNC_ANSWER_BYTES_MAX } from '../wire/blocks.ts';
import { splitParts } from '../wire/parts.ts';
import { BLOCK_COUNT_MAX, encodeRequest } from '../wire/requests.ts';
import { type BlockBuffer, firstGap, type HeightRange, type HeldBlock } from './blockBuffer.ts';
import {
  AHEAD_COUNT_MAX,
  ANSWER_BYTES_AIM_MAX,
  ANSWER_BYTES_AIM_MIN,
  ANSWER_MS_MAX,
  ANSWER_MS_MIN,
  BLOCK_BYTES_GUESS,
  BUFFER_BYTES_MAX,
} from './limits.ts';
import type { BlockSyncPorts, Refusal } from './ports.ts';
import type { Source, Sources } from './sources.ts';
import { CONSEQUENCES, type Tally } from './tally.ts';

/** What a fetcher works on. */
export interface FetcherParts {
  readonly sources: Sources;
  readonly buffer: BlockBuffer;
  readonly tally: Tally;
  /** Called with the last block of an answer that is held. */
  readonly onAnswer: (highest: HeldBlock) => void;
  /** Called when an answer has come or has not, after it was taken. */
  readonly onChange: () => void;
}

interface Request {
  readonly source: Source;
  readonly range: HeightRange;
}

interface Asked extends Request {
  readonly abort: AbortController;
  /** Runs out when the answer takes too long. */
  timer: Timer | undefined;
  /** Why it was aborted; undefined while it is not. */
  why: 'slow' | 'unwanted' | undefined;
}

/** Keeps requests under way. */
export class Fetcher {
  readonly #ports: BlockSyncPorts;
  readonly #parts: FetcherParts;
  readonly #asked = new Map<string, Asked>();
  #answerBytesAim = ANSWER_BYTES_AIM_MAX;
  /** Bytes of a block, as those that came lately were. */
  #blockBytes = BLOCK_BYTES_GUESS;
  #retry: Timer | undefined;
  #isStopped = false;

  constructor(ports: BlockSyncPorts, parts: FetcherParts) {
    this.#ports = ports;
    this.#parts = parts;
  }

  /** Whether a request is under way. */
  get isAsking(): boolean {
    return this.#asked.size > 0;
  }

  /** Asks for what lacks, as long as there is room and somebody to ask. */
  fill(): void {
    if (this.#isStopped) return;
    this.#retry?.cancel();
    this.#retry = undefined;
    while (this.#hasRoom()) {
      const request = this.#nextRequest();
      if (request === undefined) return;
      void this.#ask(request);
    }
  }

  /** Drops what came from a peer and holds it against it. */
  refuse(peerId: string, refusal: Refusal, why: string): void {
    const { sources, buffer, tally } = this.#parts;
    const { failure, judgement } = CONSEQUENCES[refusal];
    tally.addRefusal(refusal);
    this.#ports.log.debug({ peerId, refusal, why }, 'an answer of sync was of no use');
    if (judgement !== undefined) this.#ports.peers.report(peerId, judgement, `sync: ${why}`);
    sources.failed(peerId, failure);
    if (failure === 'lied') {
      buffer.dropOf(peerId);
      this.abandon(peerId);
    }
  }

  /** Ends the request to a peer, which is not blamed. */
  abandon(peerId: string): void {
    const asked = this.#asked.get(peerId);
    if (asked !== undefined) giveUp(asked, 'unwanted');
  }

  /** Ends everything. */
  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
    for (const asked of this.#asked.values()) giveUp(asked, 'unwanted');
  }

  #hasRoom(): boolean {
    const { buffer } = this.#parts;
    const isIdle = this.#asked.size === 0 && buffer.sizeBytes === 0;
    const reserved = (this.#asked.size + 1) * this.#answerBytesMax();
    // One request is always possible: of blocks so large that a single one fills the buffer, one comes at a time.
    return isIdle || buffer.sizeBytes + reserved <= BUFFER_BYTES_MAX;
  }

  #answerBytesMax(): number {
    return Math.max(SYNC_ANSWER_BYTES_MAX, this.#blockBytesMax());
  }

  #blockBytesMax(): number {
    const { state } = this.#ports.edge();
    return blockBytesMax(valueAt(state.params, state.height + 1));
  }

  #nextRequest(): Request | undefined {
    const next = this.#ports.edge().header.height + 1;
    const asked = [...this.#asked.values()].map(({ range }) => range);
    const covered = [...this.#parts.buffer.ranges(), ...asked];
    const gap = firstGap(covered, { first: next, last: next + AHEAD_COUNT_MAX - 1 });
    const source = gap === undefined ? undefined : this.#choose(gap.first);
    if (gap === undefined || source === undefined) return undefined;
    const aim = Math.floor(this.#answerBytesAim / this.#blockBytes);
    const count = Math.min(Math.max(aim, 1), BLOCK_COUNT_MAX);
    const last = Math.min(gap.last, source.height, gap.first + count - 1);
    return { source, range: { first: gap.first, last } };
  }

  /** Returns whom to ask for a height, among those who have failed least and are free, by chance. */
  #choose(height: number): Source | undefined {
    const holders = this.#parts.sources.holdersOf(height);
    const nowMs = this.#ports.clock.nowMs();
    const best = holders.filter(({ level }) => level === holders[0]?.level);
    const free = best.filter(({ peerId }) => !this.#asked.has(peerId));
    const ready = free.filter(({ askAtMs }) => askAtMs <= nowMs);
    if (ready.length === 0) this.#retryAt(Math.min(...free.map(({ askAtMs }) => askAtMs)));
    return ready[Math.floor(this.#ports.random() * ready.length)];
  }

  #retryAt(timeMs: number): void {
    if (timeMs === Infinity) return;
    this.#retry = this.#ports.clock.setTimer(timeMs - this.#ports.clock.nowMs(), () => {
      this.fill();
    });
  }

  async #ask(request: Request): Promise<void> {
    const { peers, clock } = this.#ports;
    const { peerId, level } = request.source;
    const abort = new AbortController();
    const asked: Asked = { ...request, abort, timer: undefined, why: undefined };
    this.#asked.set(peerId, asked);
    const { signal } = abort;
    asked.timer = clock.setTimer(Math.min(ANSWER_MS_MIN * 2 ** level, ANSWER_MS_MAX), () => {
      giveUp(asked, 'slow');
    });
    const responseBytesMax = this.#answerBytesMax();
    let answer: Uint8Array | undefined;
    let refusal: Refusal = 'failed';
    try {
      answer = await peers.request(peerId, encodeBlocksRequest(request.range), {
        responseBytesMax,
        signal,
      });
    } catch (error) {
      if (error instanceof NetworkError) refusal = refusalOf(error);
      else this.#ports.onFault(error);
    }
    asked.timer.cancel();
    this.#asked.delete(peerId);
    if (this.#isStopped) return;
    if (asked.why !== 'unwanted') {
      if (answer === undefined || asked.why === 'slow') this.#miss(asked, refusal);
      else this.#take(asked, answer);
    }
    this.#parts.onChange();
  }

  #miss({ source, range, why }: Asked, refusal: Refusal): void {
    const what = why === 'slow' ? why : refusal;
    if (what === 'slow') {
      this.#answerBytesAim = Math.max(this.#answerBytesAim / 2, ANSWER_BYTES_AIM_MIN);
    }
    this.refuse(source.peerId, what, `no answer for blocks ${range.first} to ${range.last}`);
  }

  #take({ source: { peerId }, range: { first, last } }: Asked, answer: Uint8Array): void {
    const { tally, buffer } = this.#parts;
    tally.addAnswer(answer.length);
    const count = last - first + 1;
    const blocks = this.#split(peerId, answer, count);
    if (blocks === undefined) return;
    if (blocks.length === 0) {
      this.refuse(peerId, 'empty', `it does not hold block ${first}, as it said`);
      return;
    }
    const mayBeFull = answer.length + this.#blockBytesMax() > SYNC_ANSWER_BYTES_MAX;
    if (blocks.length < count && !mayBeFull) {
      this.refuse(peerId, 'short', `${blocks.length} blocks came of ${count}`);
    }
    buffer.add({ peerId, first, blocks, sizeBytes: answer.length });
    const highest = buffer.find(first + blocks.length - 1);
    if (highest !== undefined) this.#parts.onAnswer(highest);
    this.#answerBytesAim = Math.min(this.#answerBytesAim * 2, ANSWER_BYTES_AIM_MAX);
    const mean = answer.length / blocks.length;
    // Upwards at once: the next answer should not be too long. Downwards by and by.
    this.#blockBytes = Math.max(mean, (3 * this.#blockBytes + mean) / 4);
  }

  #split(peerId: string, answer: Uint8Array, countMax: number): readonly Uint8Array[] | undefined {
    try {
      return splitParts(answer, countMax);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      this.refuse(peerId, 'malformed', error.message);
      return undefined;
    }
  }
}

function giveUp(asked: Asked, why: 'slow' | 'unwanted'): void {
  asked.why = why;
  asked.timer?.cancel();
  asked.abort.abort();
}

function encodeBlocksRequest({ first, last }: HeightRange): Uint8Array {
  return encodeRequest({ type: 'blocks', first, count: last - first + 1 });
}

function refusalOf({ code }: NetworkError): Refusal {
  if (code === 'ERR_TIMEOUT') return 'slow';
  return code === 'ERR_TOO_LARGE' ? 'malformed' : 'failed';
}
