/**
 * SHA-256 of a file of any size, piece by piece: no more than two pieces are in memory at a time, of which one is read
 * while the other is hashed.
 */
import { sha256 } from '@noble/hashes/sha2.js';

/** A piece. */
export const PIECE_BYTES = 4_194_304;

/** What hashing tells while it runs, and what ends it. */
export interface HashWatch {
  readonly signal: AbortSignal;
  /** Called after each piece with the bytes that are hashed so far. */
  onProgress(bytes: number): void;
}

/** Resolves to the SHA-256. Rejects where the file cannot be read or has changed, and with the signal's reason. */
export async function hashPieces(file: Blob, watch: HashWatch): Promise<Uint8Array> {
  const hash = sha256.create();
  const read = async (start: number): Promise<Uint8Array> =>
    new Uint8Array(await file.slice(start, start + PIECE_BYTES).arrayBuffer());
  let next = read(0);
  for (let done = 0; done < file.size;) {
    const piece = await next;
    watch.signal.throwIfAborted();
    if (piece.length === 0) throw new Error(`the file ends at ${done} of ${file.size} bytes`);
    done += piece.length;
    if (done < file.size) next = read(done);
    hash.update(piece);
    watch.onProgress(done);
  }
  return hash.digest();
}
