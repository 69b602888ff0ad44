/** libp2p peer ids: the text under which a validator's network key is known. */
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey } from '@libp2p/peer-id';

/** Returns the peer id of a 32-byte Ed25519 public key, such as `12D3KooW…`. */
export function peerIdOf(networkKey: Uint8Array): string {
  return peerIdFromPublicKey(publicKeyFromRaw(networkKey)).toString();
}
