/**
 * Fast start: fills an empty store with a chain from its present edge on, without following it from genesis.
 *
 * What is taken is proved by what the operator has: the genesis document, and the height and hash of a recent
 * block, named by an institution that the operator trusts. The genesis' validators certify the edge, its header
 * names state and log, and the log names every block before it, the pinned one too. The index is made here, from
 * the entries. The log comes in chunks from several peers at once, each proved by itself: a lie costs one chunk.
 */
import { hashHeader } from '../../chain/block.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import type { LoggedEntry } from '../../chain/entry.ts';
import type { GenesisFacts } from '../../chain/state.ts';
import { NodeError } from '../errors.ts';
import type { ChainFilling, ChainStore } from '../store/chainStore.ts';
import { encodeRequest } from '../wire/requests.ts';
import { CHUNK_ENTRY_COUNT } from '../wire/snapshot.ts';
import type { AnyVerifier } from './checkBlock.ts';
import { FastReport } from './fastReport.ts';
import { Inquiry, type InquiryPorts } from './inquiry.ts';
import { CHUNKS_AHEAD_MAX, ENTRIES_BYTES_MAX, SNAPSHOT_BYTES_MAX } from './limits.ts';
import { checkChunk, checkSnapshot, checkTail, type ProvedSnapshot } from './provedLog.ts';

/** A block that the operator was told to be in the chain. */
export interface Pin {
  readonly height: number;
  readonly blockHash: Uint8Array;
}

/** What the operator has. */
export interface FastStartOptions {
  readonly genesis: GenesisFacts;
  readonly pin: Pin;
  /** Ends it early; the store then has no chain. */
  readonly signal: AbortSignal;
}

/** The world of a fast start. */
export interface FastStartPorts extends InquiryPorts {
  /** Has no chain. */
  readonly store: Pick<ChainStore, 'fill'>;
  /** Returns whether a signature verifies; a promise where it is done off the main thread. */
  readonly verify: AnyVerifier;
  /** Lets others have a turn. */
  pause(): Promise<void>;
}

/** Entries that are written between two turns of others. */
const ENTRY_COUNT_OF_TURN = 512;

/**
 * Fills the store; resolves when it has a chain, whose next blocks come by sync.
 *
 * Rejects with ERR_PIN where the pinned block is not in the chain that the validators certify, with the signal's
 * reason, and with a fault. After any of them the store has no chain.
 */
export async function fastStart(options: FastStartOptions, ports: FastStartPorts): Promise<void> {
  const stop = new AbortController();
  const inquiry = new Inquiry(ports, AbortSignal.any([options.signal, stop.signal]));
  const report = new FastReport(options.pin.height, ports);
  report.start();
  try {
    const proved = await inquireSnapshot(inquiry, options, ports);
    const { header } = proved.snapshot;
    const { height, logSize } = header;
    ports.log.info({ height, logSize }, 'fast start: fetching the log');
    report.noteLog(logSize);
    const filling = new PinnedFilling(await ports.store.fill(), options.pin, {
      pause: () => ports.pause(),
      onAppend: (count) => {
        report.noteEntries(count);
      },
    });
    await fetchChunks(proved, inquiry, filling);
    await filling.append(proved.tail);
    await filling.commit(proved);
    ports.log.info({ height, logSize }, 'fast start: the chain is here');
  } finally {
    report.stop();
    // Chunks that are still under way are of no use.
    stop.abort();
  }
}

/** Resolves to an edge that is proved, with the chunk roots and the last entries of its log. */
function inquireSnapshot(
  inquiry: Inquiry,
  { genesis, pin }: FastStartOptions,
  { verify, log }: FastStartPorts,
): Promise<ProvedSnapshot> {
  return inquiry.ask({
    request: encodeRequest({ type: 'snapshot' }),
    responseBytesMax: SNAPSHOT_BYTES_MAX,
    async check(answer, askAlso) {
      const snapshot = await checkSnapshot(answer, genesis, verify);
      if (snapshot === undefined || snapshot.header.height < pin.height) {
        log.debug({ pinned: pin.height }, 'a peer has not come as far as the pinned block');
        return undefined;
      }
      const first = snapshot.chunkRoots.length * CHUNK_ENTRY_COUNT;
      const count = snapshot.header.logSize - first;
      const request = encodeRequest({ type: 'entries', first, count: Math.max(count, 1) });
      const tail =
        count === 0 ? NOTHING : await askAlso({ request, responseBytesMax: ENTRIES_BYTES_MAX });
      return { snapshot, tail: checkTail(tail, snapshot) };
    },
  });
}

const NOTHING = new Uint8Array();

/** Fetches all whole chunks, some of them ahead of the one that is written. */
async function fetchChunks(
  { snapshot: { chunkRoots } }: ProvedSnapshot,
  inquiry: Inquiry,
  filling: PinnedFilling,
): Promise<void> {
  const ahead: Promise<readonly LoggedEntry[]>[] = [];
  for (let next = 0, written = 0; written < chunkRoots.length; written++) {
    for (; next < chunkRoots.length && ahead.length < CHUNKS_AHEAD_MAX; next++) {
      const chunk = fetchChunk(chunkRoots[next] ?? NOTHING, next, inquiry);
      // Who waits for it sees it fail.
      chunk.catch(() => undefined);
      ahead.push(chunk);
    }
    await filling.append((await ahead.shift()) ?? []);
  }
}

function fetchChunk(
  root: Uint8Array,
  index: number,
  inquiry: Inquiry,
): Promise<readonly LoggedEntry[]> {
  const first = index * CHUNK_ENTRY_COUNT;
  return inquiry.ask({
    request: encodeRequest({ type: 'entries', first, count: CHUNK_ENTRY_COUNT }),
    responseBytesMax: ENTRIES_BYTES_MAX,
    check: async (answer) => checkChunk(answer, root),
  });
}

/** The world of a filling. */
interface PinnedFillingPorts {
  pause(): Promise<void>;
  /** Called after entries are written, with how many. */
  onAppend(count: number): void;
}

/** The filling of the store, which looks for the pinned block among what it writes. */
class PinnedFilling {
  readonly #filling: ChainFilling;
  readonly #pin: Pin;
  readonly #ports: PinnedFillingPorts;
  #isFound = false;

  constructor(filling: ChainFilling, pin: Pin, ports: PinnedFillingPorts) {
    this.#filling = filling;
    this.#pin = pin;
    this.#ports = ports;
  }

  async append(entries: readonly LoggedEntry[]): Promise<void> {
    for (const { entry } of entries) {
      if (entry.kind === 2) this.#compare(entry.height, entry.blockHash);
    }
    for (let at = 0; at < entries.length; at += ENTRY_COUNT_OF_TURN) {
      const some = entries.slice(at, at + ENTRY_COUNT_OF_TURN);
      await this.#filling.append(some);
      this.#ports.onAppend(some.length);
      await this.#ports.pause();
    }
  }

  async commit({ snapshot: { header, certificate, state } }: ProvedSnapshot): Promise<void> {
    this.#compare(header.height, hashHeader(header));
    if (!this.#isFound) throw this.#mismatch('no block');
    await this.#filling.commit({ header, certificate, state });
  }

  #compare(height: number, blockHash: Uint8Array): void {
    if (height !== this.#pin.height) return;
    if (!equalBytes(blockHash, this.#pin.blockHash)) throw this.#mismatch(formatHex(blockHash));
    this.#isFound = true;
  }

  #mismatch(found: string): NodeError {
    const { height, blockHash } = this.#pin;
    return new NodeError(
      'ERR_PIN',
      `the validators' chain has ${found} at height ${height}, not ${formatHex(blockHash)}: ` +
        'ask the institution again for height and hash; if they are right, the validators show you another chain',
    );
  }
}
