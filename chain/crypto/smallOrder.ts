/**
 * Ed25519 points of small order, which no honest key or signature has.
 *
 * Whether a signature with such an R or key verifies depends on the version of OpenSSL: 3.0 accepts, 3.5.8
 * refuses. So both twins refuse it themselves: a vote must not be valid on some machines only.
 */

/** y of every encoding of a point of order 1, 2, 4 or 8, canonical or not, without the sign of x. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** Returns whether 32 bytes, given with their lower-case hex maker, encode a point of small order. */
export function isSmallOrder(point: Uint8Array, toHex: (bytes: Uint8Array) => string): boolean {
  const y = Uint8Array.from(point);
  y[31] = (y[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(toHex(y));
}
