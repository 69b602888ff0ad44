/**
 * Claims: a validator's cosignature as it travels, with the root that it is over.
 *
 * ```
 * claim = [tree size, root, signature]          the signature as a note has it: time, 8 bytes || Ed25519
 * ```
 *
 * The root goes with it so that a validator whose log is another one is told from one that sends rubbish.
 */
import { bin, type Schema, tuple, uint } from '../../chain/codec.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import type { TreeRoot } from './treeHead.ts';

/** A cosignature of the sender. */
export interface Claim extends TreeRoot {
  readonly signature: Uint8Array;
}

const COSIGNATURE_BYTES = 72;

/** Canonical form of a claim. */
export const claimSchema: Schema<Claim> = tuple<Claim>({
  treeSize: uint(Number.MAX_SAFE_INTEGER, 1),
  root: bin(HASH_BYTES),
  signature: bin(COSIGNATURE_BYTES),
});
