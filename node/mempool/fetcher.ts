/** Fetches batches from peers, in turn, until they are here. */
import { formatHex } from '../../chain/bytes.ts';
import { decode } from '../../chain/codec.ts';
import { ChainError } from '../../chain/errors.ts';
import { NetworkError } from '../../p2p/errors.ts';
import type { Clock } from '../clock.ts';
import type { Peers } from '../peers.ts';
import { hashBatch } from '../../chain/batch.ts';
import { BATCH_COUNT_MAX, encodeRequest, sentBatchesSchema } from '../wire/requests.ts';
import type { Admission, Admitted } from './admission.ts';
import type { BatchPool, PooledBatch } from './batchPool.ts';
import { FETCH_BYTES_MAX, FETCH_PAUSE_MS, FETCH_TIMEOUT_MS } from './limits.ts';

/** The world of a fetcher. */
export interface FetcherPorts {
  readonly pool: BatchPool;
  readonly admission: Admission;
  readonly peers: Peers;
  readonly clock: Clock;
  /** Called for what became of a batch. */
  onAdmitted(peerId: string, admitted: Admitted): void;
}

/** What a block needs. */
export interface Need {
  readonly ids: readonly Uint8Array[];
  /** Peer ids in the order in which they are asked; read anew in each round. */
  sources(): readonly string[];
  /** Throws a ChainError where those that are here show that the block cannot be voted for. */
  readonly check: (found: readonly PooledBatch[]) => void;
  /** Ends the search. */
  readonly signal: AbortSignal;
}

/** Fetches batches. */
export class Fetcher {
  readonly #ports: FetcherPorts;

  constructor(ports: FetcherPorts) {
    this.#ports = ports;
  }

  /** Resolves when all are in the pool, or to why that will never be; undefined also when the search ends. */
  async ensure({ ids: named, ...rest }: Need): Promise<ChainError | undefined> {
    // Once each: who is asked for a batch twice brings it twice, and would be blamed for what a proposer wrote.
    const ids = [...new Map(named.map((id) => [formatHex(id), id])).values()];
    const need: Need = { ids, ...rest };
    while (this.#isWanted(need)) {
      for (const peerId of need.sources()) {
        if (!this.#isWanted(need)) break;
        const missing = this.#missing(ids).slice(0, BATCH_COUNT_MAX);
        await this.fetch(peerId, missing, { need });
      }
      if (this.#isWanted(need)) await this.#pause(need.signal);
    }
    return this.#problemOf(need);
  }

  /** Whether there is anything left to fetch, and a use for it. */
  #isWanted(need: Need): boolean {
    const isOver = need.signal.aborted || this.#problemOf(need) !== undefined;
    return !isOver && this.#missing(need.ids).length > 0;
  }

  /**
   * Asks one peer for batches; resolves when what it brought is judged.
   *
   * Where a block names them, `need` is what it needs: nothing is taken in once the search has ended.
   */
  async fetch(
    peerId: string,
    ids: readonly Uint8Array[],
    { need }: { readonly need?: Need } = {},
  ): Promise<void> {
    const { peers, admission } = this.#ports;
    const answer = await this.#ask(peerId, ids, need?.signal);
    if (answer === undefined) return;
    const wanted = new Set(ids.map(formatHex));
    try {
      for (const sent of decode(sentBatchesSchema, answer)) {
        if (!wanted.delete(formatHex(hashBatch(sent.signed.batch)))) {
          throw new ChainError('ERR_EVIDENCE', 'a batch came that was not asked for');
        }
        if (need?.signal.aborted === true) return;
        this.#ports.onAdmitted(peerId, await admission.admit(sent, need !== undefined));
      }
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      peers.report(peerId, 'reject', error.code);
    }
  }

  async #ask(
    peerId: string,
    ids: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array | undefined> {
    const { peers, clock } = this.#ports;
    const timeout = new AbortController();
    const timer = clock.setTimer(FETCH_TIMEOUT_MS, () => {
      timeout.abort();
    });
    const signals = signal === undefined ? [timeout.signal] : [timeout.signal, signal];
    try {
      return await peers.request(peerId, encodeRequest({ type: 'batches', ids }), {
        responseBytesMax: FETCH_BYTES_MAX,
        signal: AbortSignal.any(signals),
      });
    } catch (error) {
      if (error instanceof NetworkError) return undefined; // Another peer is asked.
      throw error;
    } finally {
      timer.cancel();
    }
  }

  #missing(ids: readonly Uint8Array[]): readonly Uint8Array[] {
    return ids.filter((id) => this.#ports.pool.find(id) === undefined);
  }

  #problemOf({ ids, check }: Need): ChainError | undefined {
    const { admission, pool } = this.#ports;
    const problem = ids.map((id) => admission.problemOf(id)).find((each) => each !== undefined);
    if (problem !== undefined) return problem;
    try {
      check(ids.flatMap((id) => pool.find(id) ?? []));
      return undefined;
    } catch (error) {
      if (error instanceof ChainError) return error;
      throw error;
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.#ports.clock.setTimer(FETCH_PAUSE_MS, end);
      signal.addEventListener('abort', end);
    });
  }
}
