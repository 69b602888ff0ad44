/**
 * Asks witnesses over HTTP, under the rules for a stranger's URL: only addresses that were checked before connecting,
 * and public ones unless the operator says otherwise; no redirect; a limit on size, and on the time of the whole.
 */
import { formatAddCheckpoint, type AddCheckpoint } from '../../chain/log/addCheckpoint.ts';
import { AddressError, Pools, type PoolsPorts, resolveBySystem } from '../authority/pools.ts';
import { systemClock } from '../clock.ts';
import type { AskedPlace } from './files.ts';
import { ANSWER_MS_MAX } from './limits.ts';
import { readReply, type Reply, unavailable } from './reply.ts';

/** How witnesses are asked. */
export interface WitnessClientOptions {
  /** Whether private addresses may be asked. */
  readonly allowPrivate: boolean;
  /** Time for one answer. Default: 10 s. */
  readonly timeoutMs?: number;
}

/** Puts questions, each once. */
export class WitnessClient {
  readonly #allowPrivate: boolean;
  readonly #timeoutMs: number;
  readonly #pools: Pools;

  constructor(options: WitnessClientOptions, ports: Partial<PoolsPorts> = {}) {
    const { allowPrivate, timeoutMs = ANSWER_MS_MAX } = options;
    this.#allowPrivate = allowPrivate;
    this.#timeoutMs = timeoutMs;
    this.#pools = new Pools(
      { timeoutMs, connectionCountMax: 1, ca: undefined },
      { clock: systemClock, resolve: resolveBySystem, ...ports },
    );
  }

  /** Resolves to what the witness says. Rejects only by a mistake of ours. */
  async ask(
    { target, key }: AskedPlace,
    question: AddCheckpoint,
    stopping: AbortSignal,
  ): Promise<Reply> {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(this.#timeoutMs)]);
    try {
      const pool = await this.#pools.find(target, this.#allowPrivate);
      const { statusCode, headers, body } = await pool.request({
        method: 'POST',
        path: target.pathname,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: formatAddCheckpoint(question),
        signal,
      });
      const contentType = String(headers['content-type'] ?? '');
      const bytes = new Uint8Array(await body.arrayBuffer());
      return readReply({ status: statusCode, contentType, body: bytes }, question, key);
    } catch (error) {
      return explainFailure(error);
    }
  }

  /** Closes all connections once their questions are answered. Ask nothing afterwards. */
  close(): Promise<void> {
    return this.#pools.close();
  }
}

/** Only names and codes are told: a message may hold addresses, or what the other side sent. */
function explainFailure(error: unknown): Reply {
  if (error instanceof AddressError) return unavailable('its name leads to no address to be asked');
  if (!(error instanceof Error)) throw error;
  if (error.name === 'TimeoutError' || error.name === 'ConnectTimeoutError') {
    return unavailable('it does not answer in time');
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // What comes from the network has a code; a mistake of ours has none.
  if (code === undefined && error.name !== 'AbortError') throw error;
  return unavailable(`no whole answer (${code ?? error.name})`);
}
