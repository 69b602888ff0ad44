/**
 * Asks manufacturer authorities.
 *
 * A URL from a certificate makes this node speak to a stranger's choice, so it is held short: only URLs
 * that the registry pins, exactly as they stand there; only public addresses, checked before connecting;
 * no redirect; a limit on size and on the time of the whole. Whatever goes wrong is 'none': only an
 * authority's own verdict ends a submission.
 */
import { LRUCache } from 'lru-cache';

import { type Authority, isUnderEndpoint, parseEndpoint } from '../../chain/authority.ts';
import { systemClock } from '../clock.ts';
import { noVerdict, readAnswer } from './answer.ts';
import { Exchange } from './exchange.ts';
import { CONCURRENCY_MAX, QUESTION_TIMEOUT_MS, TARGET_COUNT_MAX } from './limits.ts';
import { AddressError, Pools, type PoolsPorts, resolveBySystem } from './pools.ts';
import type { Answer, Question } from './question.ts';
import { Underway } from './underway.ts';

/** How questions are asked. */
export interface AuthorityClientOptions {
  /** Time for one question, from resolving to the last byte. Default: 10 s. */
  readonly timeoutMs?: number;
  /** Connections at a time to one origin. Default: 64. */
  readonly connectionCountMax?: number;
  /** PEM of the certificate authorities to trust in place of the system's. */
  readonly ca?: string;
}

/** A URL that its authority pins. */
interface Target {
  /** The registry entry that was looked at: another one, or a changed one, is looked at anew. */
  readonly authority: Authority;
  readonly url: URL;
}

/** Asks one question at a time, each once. */
export class AuthorityClient {
  readonly #pools: Pools;
  readonly #underway: Underway;
  /** By URL as the certificate has it. */
  readonly #targets = new LRUCache<string, Target>({ max: TARGET_COUNT_MAX });

  constructor(options: AuthorityClientOptions = {}, ports: Partial<PoolsPorts> = {}) {
    const timeoutMs = options.timeoutMs ?? QUESTION_TIMEOUT_MS;
    this.#underway = new Underway(timeoutMs);
    this.#pools = new Pools(
      {
        timeoutMs,
        connectionCountMax: options.connectionCountMax ?? CONCURRENCY_MAX,
        ca: options.ca,
      },
      { clock: systemClock, resolve: resolveBySystem, ...ports },
    );
  }

  /** Resolves to the authority's verdict, or to why there is none. Rejects only by a mistake of ours. */
  async ask(question: Question): Promise<Answer> {
    const url = this.#findTarget(question);
    if (url === undefined) {
      return noVerdict(
        'ERR_ENDPOINT',
        'the URL lies outside the prefixes pinned for its authority',
      );
    }
    const exchange = new Exchange();
    this.#underway.add(exchange);
    try {
      const pool = await this.#pools.find(url, question.authority.allowPrivate);
      const body = JSON.stringify(question.body);
      const response = await exchange.post(pool, { path: url.pathname, body });
      return 'type' in response ? response : await readAnswer(response, question);
    } catch (error) {
      if (error instanceof AddressError) return noVerdict('ERR_AUTHORITY_ADDRESS', error.message);
      throw error;
    } finally {
      this.#underway.remove(exchange);
    }
  }

  /** Breaks off all questions under way: what they bring then tells nothing about an authority. */
  breakOff(): void {
    this.#underway.breakOff();
  }

  /** Whether questions were broken off. */
  get isBrokenOff(): boolean {
    return this.#underway.isBrokenOff;
  }

  /** Closes all connections once their questions are answered. Ask nothing afterwards. */
  close(): Promise<void> {
    return this.#pools.close();
  }

  /** The second look at what intake has checked: a request must not go where no registry sends it. */
  #findTarget({ authority, url }: Question): URL | undefined {
    const known = this.#targets.get(url);
    if (known?.authority === authority) return known.url;
    const isPinned = url === authority.legacyEndpoint || isUnderEndpoint(authority, url);
    const parsed = isPinned ? parseEndpoint(url) : undefined;
    if (parsed !== undefined) this.#targets.set(url, { authority, url: parsed });
    return parsed;
  }
}
