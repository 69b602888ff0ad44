/**
 * A poll: one question to every other validator, again and again, until enough have answered.
 *
 * An answer that proves nothing is asked for again, as is one that does not come. Whoever goes down and comes back is
 * asked anew, unless it has answered.
 */
import { ChainError } from '../../chain/errors.ts';
import { NetworkError } from '../../p2p/errors.ts';
import type { Clock, Timer } from '../clock.ts';
import type { ConnectedPeer, Peers } from '../peers.ts';

/** What is asked. */
export interface PollQuestion<T> {
  /** What operators read of an answer that is refused. */
  readonly name: string;
  readonly request: Uint8Array;
  readonly answerBytesMax: number;
  /** Returns what an answer proves. Throws a ChainError for one that no honest validator gives. */
  check(answer: Uint8Array): T;
  /** Whether the answers of these validators, by their indexes, are enough. */
  isEnough(answered: ReadonlySet<number>): boolean;
}

/** The world of a poll. */
export interface PollPorts<T> {
  readonly peers: Peers;
  readonly clock: Clock;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
  /** Called once, with what the answers prove. */
  onEnough(answers: readonly T[]): void;
  onFault(error: unknown): void;
}

const ANSWER_MS_MAX = 3_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 1_000;

/** A validator that is asked. */
interface Witness {
  readonly index: number;
  attempts: number;
  timer: Timer | undefined;
}

/** Asks until enough have answered, or it is stopped. */
export class Poll<T> {
  readonly #question: PollQuestion<T>;
  readonly #ports: PollPorts<T>;
  readonly #answers = new Map<number, T>();
  readonly #witnesses = new Map<string, Witness>();
  readonly #abort = new AbortController();
  #isOver = false;

  constructor(question: PollQuestion<T>, ports: PollPorts<T>) {
    this.#question = question;
    this.#ports = ports;
  }

  /** Whether nobody is asked any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Asks everybody who is connected. */
  start(): void {
    if (this.#endIfEnough()) return;
    for (const peer of this.#ports.peers.validators()) this.onPeer(peer, 'up');
  }

  /** Takes the news that a peer can be asked, or no longer can. */
  onPeer({ peerId, index }: ConnectedPeer, state: 'up' | 'down'): void {
    if (this.#isOver) return;
    const known = this.#witnesses.get(peerId);
    known?.timer?.cancel();
    this.#witnesses.delete(peerId);
    if (state === 'down' || index === undefined || this.#answers.has(index)) return;
    const witness: Witness = { index, attempts: 0, timer: undefined };
    this.#witnesses.set(peerId, witness);
    void this.#ask(peerId, witness);
  }

  /** Who has answered, by index. */
  answered(): ReadonlySet<number> {
    return new Set(this.#answers.keys());
  }

  /** Asks nothing more. */
  stop(): void {
    this.#isOver = true;
    this.#abort.abort();
    for (const { timer } of this.#witnesses.values()) timer?.cancel();
    this.#witnesses.clear();
  }

  #endIfEnough(): boolean {
    if (!this.#question.isEnough(this.answered())) return false;
    this.stop();
    this.#ports.onEnough([...this.#answers.values()]);
    return true;
  }

  async #ask(peerId: string, witness: Witness): Promise<void> {
    witness.attempts += 1;
    const answer = await this.#request(peerId);
    // It went down, or came back and is asked anew.
    if (this.#isOver || this.#witnesses.get(peerId) !== witness) return;
    if (answer === undefined) {
      this.#askAgain(peerId, witness);
      return;
    }
    this.#witnesses.delete(peerId);
    this.#answers.set(witness.index, answer.value);
    this.#endIfEnough();
  }

  /** Resolves to what a peer's answer proves, or undefined where there is none, or none that can be. */
  async #request(peerId: string): Promise<{ readonly value: T } | undefined> {
    const { peers, clock } = this.#ports;
    const { name, request, answerBytesMax } = this.#question;
    const slow = new AbortController();
    const timer = clock.setTimer(ANSWER_MS_MAX, () => {
      slow.abort();
    });
    try {
      const signal = AbortSignal.any([slow.signal, this.#abort.signal]);
      const options = { responseBytesMax: answerBytesMax, signal };
      const answer = await peers.request(peerId, request, options);
      return { value: this.#question.check(answer) };
    } catch (error) {
      if (error instanceof ChainError) peers.report(peerId, 'reject', `${name}: ${error.message}`);
      else if (!(error instanceof NetworkError)) this.#ports.onFault(error);
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  #askAgain(peerId: string, witness: Witness): void {
    const delayMs = Math.min(RETRY_MS_MIN * 2 ** (witness.attempts - 1), RETRY_MS_MAX);
    // Between half and the whole, so that a network that starts together does not ask in step.
    witness.timer = this.#ports.clock.setTimer((delayMs * (1 + this.#ports.random())) / 2, () => {
      void this.#ask(peerId, witness);
    });
  }
}
