/** Equivocations that the chain has recorded, read back from the blocks that hold them. */
import { formatHex } from '../chain/bytes.ts';
import type { Offender } from '../chain/offender.ts';
import { readEquivocation } from '../chain/statusChange.ts';
import type { Ledger } from './ledger.ts';
import { DamageError } from './store/damage.ts';
import type { StoredEquivocation } from './store/workStore.ts';

/** An equivocation, and where the chain has it. */
export interface KnownEquivocation extends StoredEquivocation {
  /** Height of the block that recorded it; undefined while none has. */
  readonly recordedHeight: number | undefined;
}

/** The chain, as far as equivocations are read from it. */
export type RecordedLedger = Pick<Ledger, 'edge' | 'baseHeight' | 'findStatusItem'>;

/** Reads what the chain has recorded: one for each offender, as far as the blocks are held. */
export class RecordedEquivocations {
  readonly #ledger: RecordedLedger;
  /** What is on the chain never changes: those of the last answer, by subject and height. */
  #known: ReadonlyMap<string, KnownEquivocation> = new Map();

  constructor(ledger: RecordedLedger) {
    this.#ledger = ledger;
  }

  /** Throws a DamageError where a block does not hold what it has recorded. */
  all(): readonly KnownEquivocation[] {
    const { state } = this.#ledger.edge();
    const baseHeight = this.#ledger.baseHeight();
    const held = state.offenders.filter(({ height }) => height > baseHeight);
    this.#known = new Map(
      held.map((offender) => {
        const key = `${formatHex(offender.subject)}/${offender.height}`;
        return [key, this.#known.get(key) ?? this.#read(offender)];
      }),
    );
    return [...this.#known.values()];
  }

  #read(offender: Offender): KnownEquivocation {
    const { subject, height: recordedHeight } = offender;
    const item = this.#ledger.findStatusItem(offender);
    if (item === undefined) {
      throw new DamageError(`block ${recordedHeight} does not hold what it has recorded`);
    }
    return { subject, equivocation: readEquivocation(item), recordedHeight };
  }
}
