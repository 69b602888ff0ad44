/**
 * Offenders: validators whose equivocation stands in the log, so that it stands there once for each.
 *
 * The log and the state name an offender by its subject, a hash of its key. It is forgotten when its key
 * stands in no validator set of the state: nothing that is said against it can be judged then, so nothing can
 * make a second entry.
 */
import { compareBytes, formatHex } from './bytes.ts';
import { bin, encode, type Schema, tuple, uint } from './codec.ts';
import { hashDomain } from './hash.ts';
import { HASH_BYTES } from './record.ts';
import { KEY_BYTES } from './signature.ts';
import type { ValidatorSet } from './validatorSet.ts';

/** A validator whose equivocation stands in the log. */
export interface Offender {
  /** As `offenderSubject` makes it. */
  readonly subject: Uint8Array;
  /** Of the block that recorded it. */
  readonly height: number;
}

/** Canonical form of an offender. */
export const offenderSchema: Schema<Offender> = tuple<Offender>({
  subject: bin(HASH_BYTES),
  height: uint(),
});

const keySchema = bin(KEY_BYTES);

/** Returns what names a validator in the log: the hash of its consensus key. */
export function offenderSubject(consensusKey: Uint8Array): Uint8Array {
  return hashDomain('offender', encode(keySchema, consensusKey));
}

/** Returns offenders in the order in which the state has them: ascending by subject. */
export function sortOffenders(offenders: readonly Offender[]): readonly Offender[] {
  return offenders.toSorted((a, b) => compareBytes(a.subject, b.subject));
}

/** Returns those offenders whose keys stand in one of the sets. */
export function keepKnown(
  offenders: readonly Offender[],
  sets: readonly ValidatorSet[],
): readonly Offender[] {
  if (offenders.length === 0) return offenders;
  const subjects = new Set(
    sets.flatMap((set) => set.map(({ consensusKey }) => formatHex(offenderSubject(consensusKey)))),
  );
  return offenders.filter(({ subject }) => subjects.has(formatHex(subject)));
}
