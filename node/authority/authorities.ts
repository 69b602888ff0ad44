/**
 * All manufacturer authorities of the chain, each with its lane.
 *
 * Lanes are made when their first submission comes. The registry is chain state and may change under them:
 * `ask` looks the authority up anew for each question, and a lane outlives its authority's entry, so that
 * `ask` can say what becomes of the submissions in it.
 */
import type { AuthorityView } from '../../api/ports.ts';
import type { Authority } from '../../chain/authority.ts';
import { Lane, type LaneOptions, type LanePorts } from './lane.ts';
import type { Answer } from './question.ts';

/** The world of the lanes. */
export interface AuthoritiesPorts extends Pick<
  LanePorts,
  'clock' | 'ask' | 'onAnswer' | 'onFault'
> {
  /** The registry as it stands. */
  authorities(): readonly Authority[];
  /** Called for each question that was asked, for metrics. */
  onQuestion(authorityId: string, seconds: number, outcome: Answer['type']): void;
}

/** The authorities that this node asks. */
export class Authorities {
  readonly #options: LaneOptions;
  readonly #ports: AuthoritiesPorts;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: LaneOptions, ports: AuthoritiesPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /**
   * Puts a durable submission before its authority, unless it is there.
   *
   * @param dueMs - when to ask, Unix ms; the default is as soon as possible.
   */
  enqueue(authorityId: string, id: Uint8Array, dueMs?: number): void {
    this.#laneOf(authorityId).enqueue(id, dueMs);
  }

  /**
   * Asks an authority at once about everything that waits for it, and returns how many submissions that is.
   *
   * Undefined: the registry has no such authority. Where the circuit is open, one question goes first, and
   * the others follow if it is answered.
   */
  retryNow(authorityId: string): number | undefined {
    const lane = this.#lanes.get(authorityId);
    if (lane !== undefined) return lane.retryNow();
    return this.#ports.authorities().some(({ id }) => id === authorityId) ? 0 : undefined;
  }

  /** Returns the registry's authorities as this node sees them, in the registry's order. */
  views(): readonly AuthorityView[] {
    return this.#ports.authorities().map((authority) => {
      const lane = this.#lanes.get(authority.id)?.view();
      return {
        id: authority.id,
        name: authority.name,
        endpoints: authority.endpoints,
        signsVerdicts: authority.verdictKey !== undefined,
        blind: authority.blind,
        answering: lane?.answering ?? true,
        pendingSubmissions: lane?.pendingCount ?? 0,
        lastAnswerMs: lane?.lastAnswerMs,
        lastProblem: lane?.lastProblem,
      };
    });
  }

  /** Asks nothing more; resolves once the answers to what is under way are kept. */
  async stop(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
  }

  #laneOf(authorityId: string): Lane {
    const known = this.#lanes.get(authorityId);
    if (known !== undefined) return known;
    const ports = this.#ports;
    const lane = new Lane(this.#options, {
      clock: ports.clock,
      ask: (id) => ports.ask(id),
      onAnswer: (id, answer) => ports.onAnswer(id, answer),
      onQuestion: (seconds, outcome) => ports.onQuestion(authorityId, seconds, outcome),
      onFault: (error) => ports.onFault(error),
    });
    this.#lanes.set(authorityId, lane);
    return lane;
  }
}
