/**
 * A circuit breaker that counts failures in a row.
 *
 * Closed, it admits everything. After a number of failures in a row it opens and admits nothing for a
 * while; then it is half open and admits one probe. A success closes it at once, whoever brings it; a
 * probe that fails opens it for twice as long, up to a limit.
 *
 * cockatiel's breaker does not fit: it reads the system's clock itself, and refuses what comes while it
 * is open, where here it has to wait. A pure state machine is shorter than the adaptation.
 */
import { invariant } from '../../chain/invariant.ts';

/** When a circuit opens, and for how long. */
export interface BreakerOptions {
  readonly failureCountMax: number;
  readonly openMsMin: number;
  readonly openMsMax: number;
}

/** As what a question was admitted; to be given back with its outcome. */
export type Admission = 'usual' | 'probe';

/** What a question told about its authority; `unknown`: nothing, it was not asked. */
export type Outcome = 'success' | 'failure' | 'unknown';

/** One authority's circuit. */
export class Breaker {
  readonly #options: BreakerOptions;
  #failureCount = 0;
  /** Undefined: closed. */
  #openUntilMs: number | undefined;
  #openMs: number;
  #isProbing = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#openMs = options.openMsMin;
  }

  /** Whether everything is admitted. */
  get isClosed(): boolean {
    return this.#openUntilMs === undefined;
  }

  /** When a probe will be admitted, Unix ms; undefined while closed, and while a probe is under way. */
  get probeAtMs(): number | undefined {
    return this.#isProbing ? undefined : this.#openUntilMs;
  }

  /** Admits one question, or none for now (undefined). */
  admit(nowMs: number): Admission | undefined {
    if (this.#openUntilMs === undefined) return 'usual';
    if (this.#isProbing || nowMs < this.#openUntilMs) return undefined;
    this.#isProbing = true;
    return 'probe';
  }

  /** Takes the outcome of an admitted question. Returns whether it closed the circuit. */
  settle(admission: Admission, outcome: Outcome, nowMs: number): boolean {
    invariant(admission === 'usual' || this.#isProbing, 'a probe settles once');
    if (admission === 'probe') this.#isProbing = false;
    if (outcome === 'success') return this.#close();
    if (outcome === 'unknown') return false;
    this.#failureCount += 1;
    if (admission === 'probe')
      this.#open(Math.min(2 * this.#openMs, this.#options.openMsMax), nowMs);
    // Questions asked before the circuit opened may still fail after it: they change nothing.
    else if (this.isClosed && this.#failureCount >= this.#options.failureCountMax) {
      this.#open(this.#options.openMsMin, nowMs);
    }
    return false;
  }

  /** Makes an open circuit admit its probe at once. */
  halfOpen(nowMs: number): void {
    if (this.#openUntilMs !== undefined) this.#openUntilMs = nowMs;
  }

  #open(openMs: number, nowMs: number): void {
    this.#openMs = openMs;
    this.#openUntilMs = nowMs + openMs;
  }

  #close(): boolean {
    const closes = !this.isClosed;
    this.#failureCount = 0;
    this.#openUntilMs = undefined;
    this.#openMs = this.#options.openMsMin;
    return closes;
  }
}
