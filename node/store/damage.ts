import { type Schema, decode } from '../../chain/codec.ts';
import { ChainError } from '../../chain/errors.ts';

/** What is stored contradicts itself: the disk failed, or somebody wrote there. The node stops. */
export class DamageError extends Error {
  override readonly name = 'DamageError';
}

/**
 * Returns the value of a stored row. Throws a DamageError if the bytes are not what was once written.
 *
 * @param what - names the row in the message.
 */
export function decodeRow<T>(schema: Schema<T>, bytes: Uint8Array, what: string): T {
  try {
    return decode(schema, bytes);
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw new DamageError(`${what} does not decode: ${cause.message}`, { cause });
  }
}

/** Returns the same of a row that may be absent, as undefined. */
export function decodeFound<T>(
  schema: Schema<T>,
  bytes: Uint8Array | undefined,
  what: string,
): T | undefined {
  return bytes === undefined ? undefined : decodeRow(schema, bytes, what);
}
