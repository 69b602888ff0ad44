/**
 * Another node's chain over its HTTP interface: blocks page by page, batches, registrations.
 *
 * What it answers is believed in nothing. An answer is read up to a limit, and a node that asks for patience
 * gets it.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { request } from 'undici';

import { fieldsOf } from '../../genesis/json.ts';
import { reasonOf } from './files.ts';
import { CommandError, EXIT_USAGE } from './output.ts';

const TIMEOUT_MS = 30_000;
/** A page of the fullest blocks has half of it. */
const ANSWER_BYTES_MAX = 33_554_432;
/** Blocks of one page. */
const PAGE_BLOCK_COUNT = 20;
const PATIENCE_COUNT_MAX = 60;
const SECOND_MS = 1_000;
const TOO_MANY_REQUESTS = 429;
const OK = 200;
/** Not that of a difference: who compares must be able to tell. */
const EXIT_NO_ANSWER = 3;

/** A JSON object of an answer. */
export type Shown = Readonly<Record<string, unknown>>;

/** A run of heights, both inclusive; empty where the first is above the last. */
export interface HeightRange {
  readonly first: number;
  readonly last: number;
}

/** Another node. */
export class OtherNode {
  readonly url: string;

  constructor(url: string) {
    if (!URL.canParse(url)) {
      throw new CommandError(
        `--against ${url} is not a URL such as http://127.0.0.1:8545`,
        EXIT_USAGE,
      );
    }
    this.url = url;
  }

  /** Resolves to what it says of itself. */
  status(): Promise<Shown> {
    return this.#ask('/api/v1/status');
  }

  /** Yields its blocks of these heights, ascending, each as it shows it; fewer where it has fewer. */
  async *blocks({ first, last }: HeightRange): AsyncGenerator<Shown> {
    for (let from = first; from <= last; from += PAGE_BLOCK_COUNT) {
      const limit = Math.min(PAGE_BLOCK_COUNT, last - from + 1);
      const { blocks } = await this.#ask(`/api/v1/blocks?from=${from}&limit=${limit}`);
      if (!Array.isArray(blocks)) return;
      yield* blocks.map(fieldsOf);
    }
  }

  /** Resolves to a batch as it shows it; to an object without fields where it has none. */
  async transaction(id: string): Promise<Shown> {
    return this.#ask(`/api/v1/transactions/${id}`);
  }

  /** Resolves to what it says of pictures, in their order. At most 1,000. */
  async registrations(imageHashes: readonly string[]): Promise<readonly Shown[]> {
    const { results } = await this.#ask('/api/v1/verify', { image_hashes: imageHashes });
    return Array.isArray(results) ? results.map(fieldsOf) : [];
  }

  async #ask(path: string, body?: unknown): Promise<Shown> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#answer(path, body);
      if (answer.status === OK) return answer.body;
      if (answer.status !== TOO_MANY_REQUESTS || attempt === PATIENCE_COUNT_MAX) return {};
      await delay(Math.min(answer.retryAfterS, TIMEOUT_MS / SECOND_MS) * SECOND_MS);
    }
  }

  async #answer(
    path: string,
    body: unknown,
  ): Promise<{ readonly status: number; readonly body: Shown; readonly retryAfterS: number }> {
    const options =
      body === undefined
        ? { method: 'GET' as const }
        : { method: 'POST' as const, body: JSON.stringify(body) };
    try {
      const { statusCode, headers, ...answer } = await request(new URL(path, this.url), {
        ...options,
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      const text = await readText(answer.body);
      const json = JSON.parse(text) as unknown;
      const retryAfterS = Number(headers['retry-after'] ?? 1) || 1;
      return { status: statusCode, body: fieldsOf(json), retryAfterS };
    } catch (cause) {
      throw new CommandError(
        `no answer from ${this.url} (${reasonOf(cause)}): does the node run there?`,
        EXIT_NO_ANSWER,
        { cause },
      );
    }
  }
}

async function readText(body: AsyncIterable<unknown>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error(`more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
