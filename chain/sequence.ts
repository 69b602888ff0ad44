/**
 * Sequences: the order of one aggregator's batches, and the reason why none counts twice.
 *
 * A batch is valid if its sequence is above the aggregator's last committed one; gaps are allowed.
 */
import type { Batch } from './batch.ts';
import { compareBytes, formatHex } from './bytes.ts';
import { bin, type Schema, tuple, uint } from './codec.ts';
import { ChainError } from './errors.ts';
import { KEY_BYTES } from './signature.ts';

/** The highest committed sequence of an aggregator. */
export interface Sequence {
  readonly aggregator: Uint8Array;
  readonly sequence: number;
}

/** Canonical form of a sequence. */
export const sequenceSchema: Schema<Sequence> = tuple<Sequence>({
  aggregator: bin(KEY_BYTES),
  sequence: uint(),
});

/** Returns the sequences after these batches, ascending by aggregator. Throws ERR_SEQUENCE. */
export function advanceSequences(
  sequences: readonly Sequence[],
  batches: readonly Batch[],
): readonly Sequence[] {
  const byKey = new Map(sequences.map((each) => [formatHex(each.aggregator), each]));
  for (const { aggregator, sequence } of batches) {
    const last = byKey.get(formatHex(aggregator))?.sequence ?? -1;
    if (sequence <= last) {
      throw new ChainError('ERR_SEQUENCE', `sequence ${sequence} is not above ${last}`);
    }
    byKey.set(formatHex(aggregator), { aggregator, sequence });
  }
  return [...byKey.values()].sort((a, b) => compareBytes(a.aggregator, b.aggregator));
}
