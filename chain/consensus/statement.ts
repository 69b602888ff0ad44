/**
 * Statements: what validators sign about a place, one form for all phases.
 *
 * Every message rests on statements. Votes are counted, equivocation is found and certificates are checked
 * on statements alone. The bytes signed are a `Ballot` (block.ts): chain id, height, view, phase and hash.
 *
 * Nothing that a peer sent enters the engine before it is checked here: `Checked` tells the two apart.
 */
import { encodeBallot, type Phase } from '../block.ts';
import { ChainError } from '../errors.ts';
import { type SignedBytes, type Signer, verifySigned } from '../signature.ts';
import { type State, validatorsAt } from '../state.ts';
import type { Validator, ValidatorSet } from '../validatorSet.ts';

/** What one validator has signed for one slot: a height, a view and a phase. */
export interface Statement {
  readonly height: number;
  readonly view: number;
  readonly phase: Phase;
  /** The signer's place in the validator set of the height. */
  readonly index: number;
  /** Of the block; of a VIEW-CHANGE, of what it claims to have prepared. */
  readonly valueHash: Uint8Array;
  readonly signature: Uint8Array;
}

declare const checked: unique symbol;

/** A value from outside whose signatures and certificates are checked. */
export type Checked<T> = T & { readonly [checked]: true };

/** Returns whether a signature verifies. */
export type Verifier = (signed: SignedBytes) => boolean;

/** What the messages of one height are checked against. */
export interface CheckContext {
  readonly chainId: Uint8Array;
  readonly height: number;
  readonly validators: ValidatorSet;
  readonly verify: Verifier;
}

/** Who signs, and for which chain. */
export interface Voter {
  readonly chainId: Uint8Array;
  readonly sign: Signer;
}

/**
 * Returns what messages of `height` are checked against, or undefined where that is not known.
 *
 * Known are the sets of the current height and the next, and those of the past that are still in state.
 */
export function contextAt(
  state: State,
  height: number,
  verify: Verifier = verifySigned,
): CheckContext | undefined {
  const oldest = state.validatorSets[0]?.height ?? Infinity;
  if (height < Math.max(oldest, 1) || height > state.height + 2) return undefined;
  return { chainId: state.chainId, height, validators: validatorsAt(state, height), verify };
}

/** R2: returns a statement with its signature; it binds chain id, height, view, phase and hash. */
export function signStatement(statement: Omit<Statement, 'signature'>, voter: Voter): Statement {
  const { height, view, phase, valueHash: blockHash } = statement;
  const bytes = encodeBallot({ chainId: voter.chainId, height, view, phase, blockHash });
  return { ...statement, signature: voter.sign('vote', bytes) };
}

/**
 * Checks that the validator a statement names made it, for this chain and height.
 *
 * Throws ERR_HEIGHT, ERR_UNKNOWN_VALIDATOR or ERR_SIGNATURE.
 */
export function checkStatement(statement: Statement, context: CheckContext): void {
  const { height, view, phase, valueHash: blockHash, signature } = statement;
  if (height !== context.height) {
    throw new ChainError('ERR_HEIGHT', `height ${height} is not ${context.height}`);
  }
  const validator = validatorAt(context, statement.index);
  // R2: what is verified is made from the fields themselves, and from our own chain id.
  const bytes = encodeBallot({ chainId: context.chainId, height, view, phase, blockHash });
  const publicKey = validator.consensusKey;
  if (!context.verify({ publicKey, domain: 'vote', bytes, signature })) {
    throw new ChainError('ERR_SIGNATURE', `the statement is not signed by ${validator.name}`);
  }
}

/** Returns the validator at a place in the set of the height. Throws ERR_UNKNOWN_VALIDATOR. */
export function validatorAt({ validators }: CheckContext, index: number): Validator {
  const validator = validators[index];
  if (validator === undefined) {
    throw new ChainError('ERR_UNKNOWN_VALIDATOR', `no validator has index ${index}`);
  }
  return validator;
}

/** R4: checks that indexes ascend, so that each signer counts once. Throws ERR_QUORUM. */
export function checkAscending(entries: readonly { readonly index: number }[]): void {
  entries.forEach(({ index }, i) => {
    const previous = entries[i - 1]?.index ?? -1;
    if (index <= previous) {
      throw new ChainError('ERR_QUORUM', `validator index ${index} follows ${previous}`);
    }
  });
}
