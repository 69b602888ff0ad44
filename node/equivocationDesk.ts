/**
 * Equivocations that this node found or was told of: kept until the chain has one of the offender.
 *
 * Whatever is taken is durable before anything else is done with it, so that no restart loses it. One for each
 * offender, whoever it is, this node's own validator not excepted: a second one proves nothing more.
 *
 * An item is pushed once the height that it is about is decided here. A validator that is a block or two behind can
 * judge it then too, and does not refuse the batch for a height that it does not know.
 */
import type { StatusItem } from '../chain/batch.ts';
import { equalBytes, formatHex } from '../chain/bytes.ts';
import type { Equivocation } from '../chain/consensus/equivocation.ts';
import { contextAt, type Verifier } from '../chain/consensus/statement.ts';
import { ChainError } from '../chain/errors.ts';
import { offenderSubject } from '../chain/offender.ts';
import type { State } from '../chain/state.ts';
import { checkOffender, equivocationItem, findOffender } from '../chain/statusChange.ts';
import {
  type KnownEquivocation,
  RecordedEquivocations,
  type RecordedLedger,
} from './recordedEquivocations.ts';
import { DamageError } from './store/damage.ts';
import type { StoredEquivocation, WorkChange, WorkStore } from './store/workStore.ts';

/** The world of the desk. */
export interface EquivocationPorts {
  readonly work: WorkStore;
  readonly ledger: RecordedLedger;
  /** Verifies what validators sign. */
  readonly verify: Verifier;
  /** Puts an item into the next batch of this institution, unless it is on its way already. */
  pushStatus(item: StatusItem): void;
}

/** Who says so: this node's own engine has checked the signatures, a peer may say anything. */
export type EquivocationSource = 'engine' | 'peer';

/** Keeps equivocations on their way to the chain. */
export class EquivocationDesk {
  readonly #ports: EquivocationPorts;
  /** By the hex of the subject. */
  readonly #kept = new Map<string, StoredEquivocation>();
  readonly #recorded: RecordedEquivocations;

  constructor(ports: EquivocationPorts) {
    this.#ports = ports;
    this.#recorded = new RecordedEquivocations(ports.ledger);
  }

  /**
   * Reads what is kept and pushes it; resolves to how many there are. Waiting batches must be restored before, or
   * their items would be pushed once more. Rejects with a DamageError where one does not hold.
   */
  async start(): Promise<number> {
    for await (const stored of this.#ports.work.equivocations()) {
      this.#kept.set(formatHex(stored.subject), stored);
    }
    const { state } = this.#ports.ledger.edge();
    for (const stored of this.#kept.values()) checkStored(stored, state, this.#ports.verify);
    await this.settle();
    return this.#kept.size;
  }

  /**
   * Takes an equivocation; resolves, once it is durable, to whether it is news: then the caller spreads it. It is none where one of its offender is kept or on the chain.
   *
   * Rejects as `checkOffender` does; of one by the own engine the signatures are not checked again.
   */
  async take(equivocation: Equivocation, source: EquivocationSource): Promise<boolean> {
    const { state } = this.#ports.ledger.edge();
    const subject = offenderSubject(findOffender(equivocation, state).consensusKey);
    const key = formatHex(subject);
    if (this.#kept.has(key) || isRecorded(subject, state)) return false;
    if (source === 'peer') checkOffender(equivocation, state, this.#ports.verify);
    const stored = { subject, equivocation };
    this.#kept.set(key, stored); // Before the write: a second one that comes meanwhile is no news.
    await this.#ports.work.write([{ type: 'put-equivocation', stored }], { durable: true });
    if (!this.#kept.has(key)) return false; // A block recorded the offender meanwhile.
    this.#push(stored, this.#ports.ledger.edge().state);
    return true;
  }

  /** After a block: drops what the chain has, and what it can have no more; pushes the rest, be it once more. */
  async settle(): Promise<void> {
    const { state } = this.#ports.ledger.edge();
    const gone = [...this.#kept].filter(([, stored]) => !isDue(stored, state));
    for (const [key] of gone) this.#kept.delete(key);
    if (gone.length > 0) {
      const changes = gone.map(([, { subject }]): WorkChange => {
        return { type: 'delete-equivocation', subject };
      });
      await this.#ports.work.write(changes, { durable: false });
    }
    for (const stored of this.#kept.values()) this.#push(stored, state);
  }

  /** All that are held, of the chain or on their way there; one for each offender. */
  all(): readonly KnownEquivocation[] {
    const { state } = this.#ports.ledger.edge();
    const waiting = [...this.#kept.values()].filter(({ subject }) => !isRecorded(subject, state));
    return [
      ...this.#recorded.all(),
      ...waiting.map((stored) => ({ ...stored, recordedHeight: undefined })),
    ];
  }

  #push({ equivocation }: StoredEquivocation, state: State): void {
    if (equivocation.height > state.height) return;
    this.#ports.pushStatus(equivocationItem(equivocation, findOffender(equivocation, state)));
  }
}

function isRecorded(subject: Uint8Array, { offenders }: State): boolean {
  return offenders.some((offender) => equalBytes(offender.subject, subject));
}

/** Whether the chain has none of this offender and may still have this one. */
function isDue({ subject, equivocation }: StoredEquivocation, state: State): boolean {
  const oldest = state.validatorSets[0]?.height ?? 0;
  return equivocation.height >= oldest && !isRecorded(subject, state);
}

/** Checks one that is kept, as far as the state allows: a batch with one that does not hold is refused by all. */
function checkStored(
  { subject, equivocation }: StoredEquivocation,
  state: State,
  verify: Verifier,
): void {
  if (contextAt(state, equivocation.height) === undefined) return;
  const name = `equivocation ${formatHex(subject)}`;
  try {
    const { consensusKey } = checkOffender(equivocation, state, verify);
    if (equalBytes(offenderSubject(consensusKey), subject)) return;
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new DamageError(`${name} does not hold: ${cause.message}`, { cause });
  }
  throw new DamageError(`${name} is stored for another offender`);
}
