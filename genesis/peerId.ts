/**
 * Peer ids of Ed25519 keys, read: base58btc of 38 bytes, the key behind a prefix that says what it is.
 *
 * ```
 * 00 24       identity multihash of 36 bytes
 * 08 01       key type Ed25519
 * 12 20 …     32 bytes of the key
 * ```
 *
 * So each such id begins with `12D3KooW` and has 52 characters, and no two texts are the same key.
 * Source: libp2p specifications, peer-ids.
 */
import { equalBytes } from '../chain/bytes.ts';
import { isAdmissibleEd25519Key, KEY_BYTES } from '../chain/signature.ts';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const FORM = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/;
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const PEER_ID_BYTES = PREFIX.length + KEY_BYTES;

/** Returns the 32 bytes of the key that a peer id names; undefined for anything but an admissible Ed25519 key's. */
export function networkKeyOf(peerId: string): Uint8Array | undefined {
  if (!FORM.test(peerId)) return undefined;
  const bytes = new Uint8Array(PEER_ID_BYTES);
  for (const character of peerId) {
    let carry = ALPHABET.indexOf(character);
    for (let i = PEER_ID_BYTES - 1; i >= 0; i--) {
      carry += (bytes[i] ?? 0) * ALPHABET.length;
      bytes[i] = carry & 0xff;
      carry >>= 8;
    }
  }
  const key = bytes.slice(PREFIX.length);
  const isOfPrefix = equalBytes(bytes.subarray(0, PREFIX.length), PREFIX);
  return isOfPrefix && isAdmissibleEd25519Key(key) ? key : undefined;
}
