/** What the page asks of the node that it came from. Nothing but hashes, and beginnings of hashes, goes out. */
import type { Drawn } from '../provenance/picture.ts';
import {
  type Finding,
  NodeRefusal,
  parseFinding,
  parseRange,
  parseRangeAdvice,
} from './answers.ts';
import type { RangeAdvice, RangeAnswer } from './range.ts';

/** Questions under way at a time. */
const QUESTION_COUNT_MAX = 4;
const ANSWER_MS_MAX = 20_000;
/** A node that is busy says when to ask again; it is asked so often. */
const TRY_COUNT_MAX = 4;
const WAIT_S_MAX = 10;
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/** What the node knows of a hash, as read and as it was sent. */
export interface Answered {
  readonly finding: Finding;
  readonly json: unknown;
}

/** Asks the node. Every question rejects with NodeRefusal, with the network's error, or with the signal's reason. */
export class NodeClient {
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  async find(hash: string, signal: AbortSignal): Promise<Answered> {
    const answer = await this.#ask(`/api/v1/verify/${hash}`, signal, [200, 404]);
    const json: unknown = await answer.json();
    return { finding: parseFinding(json, hash), json };
  }

  async findRange(prefix: string, signal: AbortSignal): Promise<RangeAnswer> {
    const answer = await this.#ask(`/api/v1/verify/range/${prefix}`, signal);
    return parseRange(await answer.json(), prefix);
  }

  async rangeAdvice(): Promise<RangeAdvice> {
    const answer = await this.#ask('/api/v1/status', new AbortController().signal);
    return parseRangeAdvice(await answer.json());
  }

  async prove(hash: string, signal: AbortSignal): Promise<Uint8Array> {
    const answer = await this.#ask(`/api/v1/proof/${hash}`, signal);
    return new Uint8Array(await answer.arrayBuffer());
  }

  async policy(): Promise<string> {
    return (await this.#ask('/policy', new AbortController().signal)).text();
  }

  async provenance(hash: string, signal: AbortSignal): Promise<Drawn> {
    return (await (await this.#ask(`/api/v1/provenance/${hash}`, signal)).json()) as Drawn;
  }

  async #ask(
    address: string,
    signal: AbortSignal,
    expected: readonly number[] = [200],
  ): Promise<Response> {
    await this.#enter();
    try {
      for (let tries = 1; ; tries++) {
        const answer = await fetch(address, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
          headers: { Accept: 'application/json, text/plain' },
        });
        if (expected.includes(answer.status)) return answer;
        if (!BUSY.has(answer.status) || tries === TRY_COUNT_MAX) {
          throw new NodeRefusal(await refusalOf(answer));
        }
        await waitFor(Number(answer.headers.get('retry-after') ?? '1'), signal);
      }
    } finally {
      this.#leave();
    }
  }

  #enter(): Promise<void> {
    if (this.#underWay < QUESTION_COUNT_MAX) {
      this.#underWay += 1;
      return Promise.resolve();
    }
    // Whoever leaves hands its place over.
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#underWay -= 1;
    else next();
  }
}

/** What the node says is wrong, or else the status. */
async function refusalOf(answer: Response): Promise<string> {
  try {
    const { code, detail } = (await answer.json()) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && typeof detail === 'string') return `${code}: ${detail}`;
  } catch {
    // No problem document: the status says all.
  }
  return `HTTP ${answer.status}`;
}

function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  const waitMs = Math.min(Number.isFinite(seconds) ? seconds : 1, WAIT_S_MAX) * 1_000;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, waitMs);
    const end = (): void => {
      clearTimeout(timer);
      reject(new NodeRefusal('it was given up'));
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
