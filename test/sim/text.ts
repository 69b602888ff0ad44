/** Words for people: what went wrong, and short names of hashes. */
import { formatHex } from '../../chain/bytes.ts';

/** Returns what went wrong. */
export function textOfFault(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Returns a short name of a hash. */
export function shortOf(hash: Uint8Array): string {
  return formatHex(hash.subarray(0, 4));
}
