import { Packr } from 'msgpackr';

import type { Schema } from '../../chain/codec.ts';

const packr = new Packr({ useRecords: false });

/** Values as msgpackr writes them: a second opinion on our bytes, and what no other file has a schema for. */
export const PLAIN: Schema<unknown> = {
  write: (value, writer) => writer.encoded(new Uint8Array(packr.pack(withInt64(value)))),
  read: () => {
    throw new Error('plain values are only written');
  },
};

/** Integers from 2^32 on are floats to msgpackr, unless they are BigInts. */
function withInt64(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withInt64);
  return typeof value === 'number' && value >= 2 ** 32 ? BigInt(value) : value;
}
