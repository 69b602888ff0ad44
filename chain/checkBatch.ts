/**
 * The check of a batch from outside: all of it but its evidence, its sequence, and the block's room for it.
 *
 * A pure function of the batch and the state before the block that is to hold it. What costs nothing comes
 * first; proofs in the batch are looked at last, once the aggregator's signature stands for them.
 */
import {
  type Batch,
  batchSchema,
  checkBlockSize,
  hashBatchBytes,
  ITEM_KIND,
  type SignedBatch,
} from './batch.ts';
import { equalBytes } from './bytes.ts';
import { encode } from './codec.ts';
import type { Verifier } from './consensus/statement.ts';
import { ChainError } from './errors.ts';
import type { Params } from './params.ts';
import { type SignedBytes, verifySigned } from './signature.ts';
import { type State, validatorsAt, valueAt } from './state.ts';
import { checkStatusItem, statusItemsOf } from './statusChange.ts';
import { findValidator, type Validator, type ValidatorSet } from './validatorSet.ts';

/**
 * Returns the id of a batch from outside, after checking it against the state before its block.
 *
 * Throws ERR_CHAIN_ID, ERR_UNKNOWN_VALIDATOR, ERR_LIMIT, ERR_ITEM_NOT_ADMITTED or ERR_SIGNATURE, and for a
 * status change what `checkStatusItem` throws. ERR_HEIGHT is not the aggregator's fault alone: the state may be
 * an earlier or later one than the aggregator's.
 */
export function checkBatch(
  signed: SignedBatch,
  state: State,
  verify: Verifier = verifySigned,
): Uint8Array {
  const idSignature = checkBatchForm(signed, state);
  if (!verify(idSignature)) {
    throw new ChainError('ERR_SIGNATURE', 'the aggregator did not sign this batch');
  }
  for (const item of statusItemsOf(signed.batch.items)) checkStatusItem(item, state, verify);
  return idSignature.bytes;
}

/**
 * Returns a batch's id with its aggregator's signature, which has to verify, after checking all else that
 * `checkBatch` does before it: for who verifies signatures in another way, and needs no proofs.
 *
 * @param height - of the block that is to hold it; default: the one after the state.
 */
export function checkBatchForm(
  signed: SignedBatch,
  state: State,
  height = state.height + 1,
): SignedBytes {
  const { batch, signature } = signed;
  const { consensusKey: publicKey } = checkContent(batch, state, validatorsAt(state, height));
  const bytes = encode(batchSchema, batch);
  checkSize(batch.items.length, bytes.length, valueAt(state.params, height));
  return { publicKey, domain: 'batchSignature', bytes: hashBatchBytes(bytes), signature };
}

/** Returns the aggregator; its key is the array of the set, whose import is kept. */
function checkContent(batch: Batch, { chainId }: State, validators: ValidatorSet): Validator {
  if (!equalBytes(batch.chainId, chainId)) {
    throw new ChainError('ERR_CHAIN_ID', 'the batch was made for another chain');
  }
  const aggregator = findValidator(validators, batch.aggregator);
  if (aggregator === undefined) {
    throw new ChainError('ERR_UNKNOWN_VALIDATOR', 'the aggregator is not in the validator set');
  }
  // Governance has a format, so that it never changes, but no rule that admits it.
  if (batch.items.some(({ kind }) => kind === ITEM_KIND.configuration)) {
    throw new ChainError('ERR_ITEM_NOT_ADMITTED', 'no rule admits an item of kind 3');
  }
  const statusItems = statusItemsOf(batch.items);
  if (statusItems.length > validators.length) {
    throw new ChainError(
      'ERR_LIMIT',
      `${statusItems.length} status changes exceed the ${validators.length} validators`,
    );
  }
  return aggregator;
}

function checkSize(itemCount: number, sizeBytes: number, params: Params): void {
  if (itemCount > params.batchMax) {
    throw new ChainError('ERR_LIMIT', `${itemCount} items exceed batch_max ${params.batchMax}`);
  }
  // One that fits no block would wait for ever, and all that its aggregator sends after it.
  checkBlockSize(itemCount, sizeBytes, params);
}
