/** A signer that remembers its last signature: as a checkpoint gathers cosignatures, the log signs the same again. */
import { equalBytes } from '../chain/bytes.ts';
import type { RawSigner } from '../chain/log/note.ts';

/** Returns a signer that signs the same bytes once in a row. */
export function signOnce(sign: RawSigner): RawSigner {
  let last: { readonly message: Uint8Array; readonly signature: Uint8Array } | undefined;
  return (message) => {
    if (last === undefined || !equalBytes(last.message, message)) {
      last = { message, signature: sign(message) };
    }
    return last.signature;
  };
}
