/** What the routes do that need a proof. */
import type { TlogProof } from '../../chain/log/tlogProof.ts';
import { ApiError } from '../errors.ts';
import { PROOF_WAIT_MS_MAX } from '../limits.ts';
import type { LogPort } from '../ports.ts';
import type { Exchange } from '../route.ts';

/**
 * Resolves to the proof of a photograph, for which it waits where its block has just been committed.
 *
 * Rejects with ERR_NOT_FOUND where it is not registered, and with ERR_NOT_FINAL where the wait is over.
 */
export async function awaitProof(
  imageHash: Uint8Array,
  exchange: Exchange,
  log: LogPort,
): Promise<TlogProof> {
  const found = await log.prove(imageHash, () =>
    AbortSignal.any([exchange.signal(), AbortSignal.timeout(PROOF_WAIT_MS_MAX)]),
  );
  if (found === undefined) {
    throw new ApiError('ERR_NOT_FOUND', 'image_hash: not registered, so there is nothing to prove');
  }
  return found.proof ?? refuseUnfinished();
}

/** Throws ERR_NOT_FINAL. */
export function refuseUnfinished(): never {
  const message = 'a quorum of validators has not cosigned it yet';
  throw new ApiError('ERR_NOT_FINAL', message, { retryAfterS: 1 });
}
