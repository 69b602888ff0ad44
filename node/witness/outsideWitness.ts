/**
 * One outside witness, asked in the background for a cosignature of the newest final checkpoint.
 *
 * One question at a time, and one in some seconds: what becomes final meanwhile waits, and only the newest of it is
 * asked about. A witness that fails is asked again, less and less often. Nobody waits for it.
 */
import type { WitnessView } from '../../api/witnessPorts.ts';
import type { SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { consistencyProof } from '../../chain/log/consistency.ts';
import type { NoteSignature } from '../../chain/log/note.ts';
import type { NodeReader } from '../../chain/merkle.ts';
import type { Clock, Timer } from '../clock.ts';
import type { WitnessClient } from './client.ts';
import type { AskedPlace } from './files.ts';
import {
  AHEAD_COUNT_MIN,
  ASK_INTERVAL_MS,
  CONFLICT_COUNT_MIN,
  RETRY_MS_MAX,
  RETRY_MS_MIN,
  SIZE_COUNT_MAX,
} from './limits.ts';
import type { Failure, Reply } from './reply.ts';

/** The world of an outside witness. */
export interface OutsideWitnessPorts {
  readonly client: Pick<WitnessClient, 'ask'>;
  readonly clock: Clock;
  readonly readNode: NodeReader;
  /** Called with each cosignature, which was checked. */
  onCosigned(checkpoint: SignedCheckpoint, line: NoteSignature): Promise<void>;
  /** Called after each answer, and for each that did not come. */
  onReply(name: string, outcome: Exclude<Reply['type'], 'failed'> | Failure): void;
  /** Called once when it has said so often enough that log and witness contradict each other. */
  onConflict(name: string, reason: string, treeSize: number): void;
  onFault(error: unknown): void;
}

const COUNTS: Readonly<Partial<Record<Failure, number>>> = {
  conflict: CONFLICT_COUNT_MIN,
  ahead: AHEAD_COUNT_MIN,
};

/** Asks one witness. */
export class OutsideWitness {
  readonly #place: AskedPlace;
  readonly #ports: OutsideWitnessPorts;
  readonly #abort = new AbortController();
  #wanted: SignedCheckpoint | undefined;
  /** What it has said of its own tree; 0 before it has said anything. */
  #knownSize = 0;
  #cosignedSize = 0;
  #problem: string | undefined;
  /** Failures in a row, and how many of them were of the last kind. */
  #failures = { count: 0, failure: undefined as Failure | undefined, sameCount: 0 };
  #isConflicting = false;
  #isAsking = false;
  /** Until it is asked again; undefined: it may be asked. */
  #rest: Timer | undefined;

  constructor(place: AskedPlace, ports: OutsideWitnessPorts) {
    this.#place = place;
    this.#ports = ports;
  }

  /** Takes a checkpoint that is final. */
  offer(checkpoint: SignedCheckpoint): void {
    this.#wanted = checkpoint;
    this.#wake();
  }

  /** What the node's status says of it. */
  view(): WitnessView {
    return {
      name: this.#place.name,
      cosignedSize: this.#cosignedSize,
      problem: this.#problem,
      isConflicting: this.#isConflicting,
    };
  }

  /** Asks nothing more; what comes of a question under way has no effect. */
  stop(): void {
    this.#abort.abort();
    this.#rest?.cancel();
  }

  #wake(): void {
    const checkpoint = this.#wanted;
    if (checkpoint === undefined || checkpoint.treeSize <= this.#cosignedSize) return;
    if (this.#isAsking || this.#rest !== undefined || this.#abort.signal.aborted) return;
    this.#isAsking = true;
    // From the question on, so that witnesses that answer in different times are asked about the same.
    this.#restFor(ASK_INTERVAL_MS);
    this.#ask(checkpoint).then(
      () => {
        this.#isAsking = false;
        const { count } = this.#failures;
        if (count > 0) this.#restFor(Math.min(RETRY_MS_MIN * 2 ** (count - 1), RETRY_MS_MAX));
        else this.#wake();
      },
      (error: unknown) => {
        this.#ports.onFault(error);
      },
    );
  }

  #restFor(delayMs: number): void {
    this.#rest?.cancel();
    if (this.#abort.signal.aborted) return;
    this.#rest = this.#ports.clock.setTimer(delayMs, () => {
      this.#rest = undefined;
      this.#wake();
    });
  }

  async #ask(checkpoint: SignedCheckpoint): Promise<void> {
    const reply = await this.#askUntilSized(checkpoint);
    // Whoever stops has ended the question itself.
    if (this.#abort.signal.aborted) return;
    if (reply.type === 'failed') {
      this.#fail(reply.failure, reply.reason, checkpoint.treeSize);
      return;
    }
    const { treeSize } = checkpoint;
    await this.#ports.onCosigned(checkpoint, reply.line);
    this.#knownSize = this.#cosignedSize = treeSize;
    this.#failures = { count: 0, failure: undefined, sameCount: 0 };
    this.#problem = undefined;
    this.#isConflicting = false;
  }

  /** Asks, and again with the size that the witness names. */
  async #askUntilSized(
    checkpoint: SignedCheckpoint,
  ): Promise<Exclude<Reply, { readonly type: 'otherSize' }>> {
    for (let i = 0; i < SIZE_COUNT_MAX; i++) {
      const reply = this.#compared(await this.#askOnce(checkpoint), checkpoint);
      if (this.#abort.signal.aborted) break;
      this.#ports.onReply(this.#place.name, reply.type === 'failed' ? reply.failure : reply.type);
      if (reply.type !== 'otherSize') return reply;
    }
    const reason = 'the witness names another size each time';
    return { type: 'failed', failure: 'malformed', reason };
  }

  /** Notes a size that the witness names; one above that of the log here is a failure. */
  #compared(reply: Reply, { treeSize }: SignedCheckpoint): Reply {
    if (reply.type !== 'otherSize') return reply;
    this.#knownSize = reply.treeSize;
    if (reply.treeSize <= treeSize) return reply;
    const reason = `the witness has cosigned ${reply.treeSize} entries, and ${treeSize} are final here`;
    return { type: 'failed', failure: 'ahead', reason };
  }

  #askOnce(checkpoint: SignedCheckpoint): Promise<Reply> {
    const newSize = checkpoint.treeSize;
    // A witness that is ahead of this node is asked from 0, so that it says its size again.
    const oldSize = this.#knownSize > newSize ? 0 : this.#knownSize;
    const hashes = consistencyProof({ oldSize, newSize }, this.#ports.readNode);
    return this.#ports.client.ask(this.#place, { oldSize, hashes, checkpoint }, this.#abort.signal);
  }

  #fail(failure: Failure, reason: string, treeSize: number): void {
    const { count, failure: before, sameCount } = this.#failures;
    const same = failure === before ? sameCount + 1 : 1;
    this.#failures = { count: count + 1, failure, sameCount: same };
    this.#problem = reason;
    if (this.#isConflicting || same !== COUNTS[failure]) return;
    this.#isConflicting = true;
    this.#ports.onConflict(this.#place.name, reason, treeSize);
  }
}
