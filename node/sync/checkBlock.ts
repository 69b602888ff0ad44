/**
 * The checks of a block that a peer sent, and who is to blame where one fails.
 *
 * The peer, as long as the block is not certified: a certificate binds the header, the header its batches, so
 * whatever differs from them was changed on the way. A certified block that contradicts this chain is nobody's
 * lie: either this node or the quorum is broken, and the node stops.
 */
import { hashBatch } from '../../chain/batch.ts';
import { checkBatchForm } from '../../chain/checkBatch.ts';
import { certificateVotes, hashHeader, type Header } from '../../chain/block.ts';
import { equalBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import type { SignedBytes } from '../../chain/signature.ts';
import { type State, validatorsAt } from '../../chain/state.ts';
import type { ValidatorSet } from '../../chain/validatorSet.ts';
import type { SyncedBlock } from '../wire/blocks.ts';
import type { CertifiedHeader } from '../wire/requests.ts';

/** Returns whether a signature verifies; a promise where that is found off the main thread. */
export type AnyVerifier = (signed: SignedBytes) => boolean | Promise<boolean>;

/** A block that a quorum decided and that does not go with the chain here. */
export class ForkError extends Error {
  override readonly name = 'ForkError';
  readonly code = 'ERR_FORK';
}

/**
 * Checks that a quorum of this chain decided a block.
 *
 * The state may be that before its parent: a change of the set acts two blocks later. Rejects with ERR_CHAIN_ID
 * or ERR_QUORUM.
 */
export function checkDecided(block: SyncedBlock, state: State, verify: AnyVerifier): Promise<void> {
  const validators = validatorsAt(state, block.header.height);
  return checkCertified(block, { chainId: state.chainId, validators }, verify);
}

/** Who decides the blocks of a chain. */
export interface Deciders {
  readonly chainId: Uint8Array;
  readonly validators: ValidatorSet;
}

/** Checks that a quorum of a set decided a header, for this chain. Rejects with ERR_CHAIN_ID or ERR_QUORUM. */
export async function checkCertified(
  { header, certificate }: CertifiedHeader,
  { chainId, validators }: Deciders,
  verify: AnyVerifier,
): Promise<void> {
  // The votes bind the header's own chain id: it is compared before them.
  if (!equalBytes(header.chainId, chainId)) {
    throw new ChainError('ERR_CHAIN_ID', 'the block is of another chain');
  }
  const votes = certificateVotes(certificate, header, validators);
  const verified = await Promise.all(votes.map(async (vote) => verify(vote)));
  if (verified.includes(false)) {
    throw new ChainError('ERR_QUORUM', `a vote for height ${header.height} does not verify`);
  }
}

/** Checks that a decided block follows the last one here. Throws a ForkError. */
export function checkFollows({ header }: SyncedBlock, parent: Header): void {
  if (equalBytes(header.parentHash, hashHeader(parent))) return;
  throw new ForkError(
    `block ${header.height} is certified and follows another block than the one at ${parent.height} here: ` +
      'this data folder or a quorum of the validators is broken',
  );
}

/**
 * Checks that the batches of a decided block are those that its header names, signed by their aggregators.
 *
 * Rejects with ERR_EVIDENCE or ERR_SIGNATURE, and with a ForkError for batches that no block may hold.
 */
export async function checkBatches(
  { header, batches }: SyncedBlock,
  state: State,
  verify: AnyVerifier,
): Promise<void> {
  const { height, batchIds } = header;
  if (batches.length !== batchIds.length) {
    throw new ChainError('ERR_EVIDENCE', `${batches.length} batches are not ${batchIds.length}`);
  }
  const signatures = batches.map((signed, i) => {
    const form = formOf(signed, state, height);
    const id = form instanceof ChainError ? hashBatch(signed.batch) : form.bytes;
    if (!equalBytes(id, batchIds[i] ?? EMPTY)) {
      throw new ChainError('ERR_EVIDENCE', `batch ${i} is not the one that block ${height} names`);
    }
    if (!(form instanceof ChainError)) return form;
    const message = `block ${height} is certified with a batch that no block may hold`;
    throw new ForkError(message, { cause: form });
  });
  const verified = await Promise.all(signatures.map(async (signature) => verify(signature)));
  if (verified.includes(false)) {
    throw new ChainError('ERR_SIGNATURE', `a batch of block ${height} is not its aggregator's`);
  }
}

const EMPTY = new Uint8Array();

function formOf(
  signed: SyncedBlock['batches'][number],
  state: State,
  height: number,
): SignedBytes | ChainError {
  try {
    return checkBatchForm(signed, state, height);
  } catch (error) {
    if (error instanceof ChainError) return error;
    throw error;
  }
}
