/** A lane whose questions are answered by the test, one by one. */
import { formatHex } from '../../../chain/bytes.ts';
import { Lane, type LaneOptions } from '../../../node/authority/lane.ts';
import type { Answer, ProblemCode } from '../../../node/authority/question.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';

export const PASSED: Answer = { type: 'passed', proof: undefined };
export const REFUSED: Answer = { type: 'refused', message: 'camera is not known' };

/** Returns an answer without a verdict. */
export function none(code: ProblemCode = 'ERR_AUTHORITY_UNREACHABLE'): Answer {
  return { type: 'none', problem: { code, message: `no verdict: ${code}` } };
}

/** Returns the id with this number: 16 bytes. */
export function idOf(n: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, n);
  return id;
}

/** Returns the number of an id. */
export function numberOf(id: Uint8Array): number {
  return Number.parseInt(formatHex(id.subarray(12)), 16);
}

/** Returns the numbers from `from` to `to`, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** A lane under a test's control. */
export class LaneHarness {
  readonly clock = new FakeClock();
  readonly lane: Lane;
  /** Numbers of the ids that were asked about, in order. */
  readonly asked: number[] = [];
  readonly answers: (readonly [number, Answer])[] = [];
  readonly faults: unknown[] = [];
  readonly metrics: (readonly [number, Answer['type']])[] = [];
  /** Time after an answer without a verdict until the next question. */
  retryMs = 2_000;
  /** Takes the place of keeping an answer. */
  onKeep: (answer: Answer) => Promise<void> = () => Promise.resolve();
  /** Takes the place of waiting for `answer`. */
  automatic: ((n: number) => Answer | undefined) | undefined;
  readonly #underway = new Map<number, PromiseWithResolvers<Answer | undefined>>();

  constructor(options: LaneOptions = {}) {
    this.lane = new Lane(options, {
      clock: this.clock,
      ask: (id) => this.#ask(numberOf(id)),
      onAnswer: async (id, answer) => {
        await this.onKeep(answer);
        this.answers.push([numberOf(id), answer]);
        return answer.type === 'none' ? this.clock.nowMs() + this.retryMs : undefined;
      },
      onQuestion: (seconds, outcome) => this.metrics.push([seconds, outcome]),
      onFault: (error) => this.faults.push(error),
    });
  }

  /** Numbers of the ids whose questions are under way. */
  get underway(): readonly number[] {
    return [...this.#underway.keys()];
  }

  /** Enqueues ids `from` to `to`, both included. */
  async enqueue(from: number, to = from): Promise<void> {
    for (let n = from; n <= to; n++) this.lane.enqueue(idOf(n));
    await settled();
  }

  /** Answers the questions about these ids. */
  async answer(answer: Answer | undefined, ...ids: readonly number[]): Promise<void> {
    for (const n of ids) {
      this.#underway.get(n)?.resolve(answer);
      this.#underway.delete(n);
    }
    await settled();
  }

  /** Fails the question about an id. */
  async fail(n: number, error: Error): Promise<void> {
    this.#underway.get(n)?.reject(error);
    this.#underway.delete(n);
    await settled();
  }

  #ask(n: number): Promise<Answer | undefined> {
    this.asked.push(n);
    if (this.automatic !== undefined) return Promise.resolve(this.automatic(n));
    if (this.#underway.has(n)) throw new Error(`${n} is asked twice at a time`);
    const question = Promise.withResolvers<Answer | undefined>();
    this.#underway.set(n, question);
    return question.promise;
  }
}
