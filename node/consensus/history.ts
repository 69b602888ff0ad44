/**
 * The question that a validator asks on every start: what do others hold of me?
 *
 * Its write-ahead log may be missing, or be that of an older backup. Then it would sign again what it has
 * signed before, differently. So it signs nothing before a quorum, itself included, has said what it holds;
 * where more was signed than this node knows of, it signs nothing up to the floor that follows. Everything
 * else goes on meanwhile: it syncs, follows, counts and decides. A chain that a fast start has just fetched counts as
 * lost history whatever the log says, since its store was empty.
 *
 * A set of one has nobody to ask: whoever loses its data folder there must not start it again from nothing.
 */
import type { Verifier } from '../../chain/consensus/statement.ts';
import { quorumSize } from '../../chain/consensus/quorum.ts';
import { MESSAGE_BYTES_MAX } from '../../chain/consensus/message.ts';
import { type Edge, validatorsAt } from '../../chain/state.ts';
import { findValidator, type Validator } from '../../chain/validatorSet.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { ConnectedPeer, Peers } from '../peers.ts';
import { encodeRequest } from '../wire/requests.ts';
import { Poll } from './poll.ts';
import { checkTestimony, judgeHistory, type OwnHistory, type Testimony } from './testimony.ts';

/** The sign floor of a validator that does not know yet what it may sign. */
export const SIGN_NOTHING = Number.MAX_SAFE_INTEGER;

/** What a validator knows of itself when it starts. */
export interface HistoryOptions extends Omit<OwnHistory, 'edgeHeight'> {
  /** Whether the operator takes the risk and lets it sign before anybody has answered. */
  readonly signAtOnce: boolean;
}

/** The world of the question. */
export interface HistoryPorts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  /** Returns a number from 0, inclusive, to 1, exclusive. */
  random(): number;
  edge(): Edge;
  readonly verify: Verifier;
}

/** The question while it is asked, and after. */
export interface HistoryQuestion {
  /** Resolves to the sign floor: 0 bars nothing. Where it is stopped before, SIGN_NOTHING. Rejects on a fault. */
  readonly floor: Promise<number>;
  /** Takes the news that a peer can be asked, or no longer can. */
  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void;
  /** Says for whom it waits, for operators; undefined when it waits no more. */
  waitingFor(): string | undefined;
  stop(): void;
}

/** Asks every validator that is connected, again and again, until enough have answered. */
export function askHistory(options: HistoryOptions, ports: HistoryPorts): HistoryQuestion {
  const question = new OpenQuestion(options, ports);
  question.start();
  return question;
}

/** A header of a full block, the votes of the largest set, and a message. */
const ANSWER_BYTES_MAX = 2 * MESSAGE_BYTES_MAX + 65_536;
class OpenQuestion implements HistoryQuestion {
  readonly floor: Promise<number>;
  readonly #options: HistoryOptions;
  readonly #ports: HistoryPorts;
  /** Where the chain ended at the start: what was signed up to there is over, whatever is synced meanwhile. */
  readonly #edgeHeight: number;
  readonly #poll: Poll<Testimony>;
  readonly #result = Promise.withResolvers<number>();

  constructor(options: HistoryOptions, ports: HistoryPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#edgeHeight = ports.edge().header.height;
    this.floor = this.#result.promise;
    this.#poll = this.#createPoll();
  }

  start(): void {
    const { signAtOnce, publicKey } = this.#options;
    const isValidator = findValidator(this.#validators(), publicKey) !== undefined;
    if (signAtOnce && this.#missingCount() > 0) {
      this.#ports.log.warn(
        'signing without asking what others hold of this validator: if it has lost its history, ' +
          'it may contradict itself, which is provable and counts as a fault',
      );
    }
    if (signAtOnce || !isValidator || this.#missingCount() === 0) this.#end(0);
    else this.#poll.start();
  }

  onPeer(peer: ConnectedPeer, state: 'up' | 'down'): void {
    this.#poll.onPeer(peer, state);
  }

  waitingFor(): string | undefined {
    if (this.#poll.isOver) return undefined;
    const answered = this.#poll.answered();
    const silent = this.#others().filter(({ index }) => !answered.has(index));
    const names = silent.map(({ name }) => name).join(', ');
    return `${this.#missingCount()} of ${names} must say what they hold of this validator before it signs`;
  }

  stop(): void {
    this.#end(SIGN_NOTHING);
  }

  #createPoll(): Poll<Testimony> {
    const { peers, clock } = this.#ports;
    return new Poll(
      {
        name: 'history',
        request: encodeRequest({ type: 'history' }),
        answerBytesMax: ANSWER_BYTES_MAX,
        check: (answer) => this.#check(answer),
        isEnough: (answered) => this.#missingCount(answered) === 0,
      },
      {
        peers,
        clock,
        random: () => this.#ports.random(),
        onEnough: (testimonies) => {
          this.#decide(testimonies);
        },
        onFault: (error) => {
          this.#result.reject(error);
        },
      },
    );
  }

  #validators(): readonly Validator[] {
    const { state } = this.#ports.edge();
    return validatorsAt(state, state.height + 1);
  }

  /** The other validators, by their places in the set. */
  #others(): readonly { readonly index: number; readonly name: string }[] {
    const own = findValidator(this.#validators(), this.#options.publicKey);
    return this.#validators()
      .map((validator, index) => ({ index, name: validator.name, validator }))
      .filter(({ validator }) => validator !== own);
  }

  /** How many answers are wanted: with this validator itself they are a quorum. */
  #missingCount(answered: ReadonlySet<number> = this.#poll.answered()): number {
    const others = this.#others();
    const count = others.filter(({ index }) => answered.has(index)).length;
    return Math.max(0, quorumSize(this.#validators().length) - 1 - count);
  }

  #check(answer: Uint8Array): Testimony {
    const { state } = this.#ports.edge();
    return checkTestimony(answer, { state, own: this.#own(), verify: this.#ports.verify });
  }

  #own(): OwnHistory {
    const { publicKey, hasLog, isLogWhole, baseHeight, restored } = this.#options;
    const edgeHeight = this.#edgeHeight;
    return { publicKey, hasLog, isLogWhole, baseHeight, restored, edgeHeight };
  }

  #decide(testimonies: readonly Testimony[]): void {
    const { log } = this.#ports;
    const { floor, lost } = judgeHistory(
      this.#own(),
      testimonies,
      this.#ports.edge().header.height,
    );
    if (lost === undefined)
      log.info({ height: this.#edgeHeight }, 'nobody holds more of this validator');
    else
      log.warn(
        { reason: lost, signFloor: floor },
        'history was lost: signing nothing up to the floor',
      );
    this.#end(floor);
  }

  #end(floor: number): void {
    this.#poll.stop();
    this.#result.resolve(floor);
  }
}
