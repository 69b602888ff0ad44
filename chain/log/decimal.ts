/** Numbers in the log's texts: ASCII decimal, in its one form. */
import { ChainError } from '../errors.ts';

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** Returns the number of decimal digits without sign or leading zeros, up to 2^53 - 1. Throws ERR_MALFORMED. */
export function parseDecimal(text: string): number {
  const number = DECIMAL.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) {
    throw new ChainError('ERR_MALFORMED', 'text is not a decimal number from 0 to 2^53 - 1');
  }
  return number;
}
