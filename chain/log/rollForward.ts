/**
 * Roll-forward: from the validators of a genesis to those of today, through changes that each set has signed itself.
 *
 * ```
 * genesis ─▶ set 0 ──cosigned the log that holds change 1──▶ set 1 ──… change 2──▶ set 2
 * ```
 *
 * Whoever has pinned a genesis can so check a checkpoint of any later set, and trusts nobody new for it: each set was
 * put in its place by a quorum of the one before. What it cannot tell is whether the last change that it was given is
 * the last that there is.
 *
 * A change committed at height h acts from h + 2. The trees after h and after h + 1 are cosigned by the set that it
 * replaces, so a checkpoint of one of them is what proves it.
 */
import { formatHex } from '../bytes.ts';
import { decode } from '../codec.ts';
import { type ChangeEntry, entrySchema } from '../entry.ts';
import { ChainError } from '../errors.ts';
import { SET_HISTORY_HEIGHTS } from '../limits.ts';
import { checkInclusion, leafHash } from '../merkle.ts';
import type { Since } from '../state.ts';
import type { ValidatorSet } from '../validatorSet.ts';
import { type NetworkLog, type Policy, policyOf } from './policy.ts';
import { parseTlogProof } from './tlogProof.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from './trust.ts';

/** What is believed without being checked: a network's log, and the validators of its genesis. */
export interface PinnedNetwork {
  readonly log: NetworkLog;
  readonly validators: ValidatorSet;
}

/** The validator sets of a network, each with the first height that it decides; ascending, that of genesis first. */
export type SetHistory = readonly Since<ValidatorSet>[];

/** Changes that are followed: more than a network has in a lifetime. */
export const CHANGE_PROOF_COUNT_MAX = SET_HISTORY_HEIGHTS;
/** A change acts so many heights above its block. */
const DELAY_HEIGHTS = 2;

/**
 * Returns the sets of a network, of which each but the first is proven.
 *
 * Of each change of the set there is one proof (the bytes of a C2SP tlog-proof), in their order; it carries the change's
 * entry, under a checkpoint that a quorum of the set before has cosigned.
 *
 * Throws ERR_LIMIT for more proofs than `CHANGE_PROOF_COUNT_MAX`, ERR_ENTRY for one that carries no change of the set
 * or one that is out of order, and as `parseTlogProof`, `checkInclusion`, `checkLogSignature`, `cosignersOf` and
 * `checkQuorum` do.
 */
export function rollForward(
  { log, validators }: PinnedNetwork,
  proofs: readonly Uint8Array[],
): SetHistory {
  if (proofs.length > CHANGE_PROOF_COUNT_MAX) {
    throw new ChainError(
      'ERR_LIMIT',
      `${proofs.length} changes are above ${CHANGE_PROOF_COUNT_MAX}`,
    );
  }
  let current: Since<ValidatorSet> = { height: 0, value: validators };
  const history = [current];
  for (const proof of proofs) {
    current = nextSet(current, proof, log);
    history.push(current);
  }
  return history;
}

/** Returns the policy for checkpoints after the block of a height. */
export function policyAt(log: NetworkLog, history: SetHistory, height: number): Policy {
  const since = history.findLast((each) => each.height <= height);
  if (since === undefined) {
    throw new ChainError('ERR_HEIGHT', `no set is known that decides height ${height}`);
  }
  return policyOf(log, since.value);
}

function nextSet(
  current: Since<ValidatorSet>,
  proof: Uint8Array,
  log: NetworkLog,
): Since<ValidatorSet> {
  const { extra, index, hashes, checkpoint } = parseTlogProof(proof);
  if (extra === undefined) throw new ChainError('ERR_ENTRY', 'the proof carries no entry');
  const { height, change, firstHeight } = decodeChange(extra);
  const { validators } = change;
  if (validators === undefined) {
    throw new ChainError('ERR_ENTRY', 'the entry changes something else than the validator set');
  }
  checkDistinct(validators, log);
  if (height < current.height || firstHeight !== height + DELAY_HEIGHTS) {
    throw new ChainError(
      'ERR_ENTRY',
      `a change of height ${height} that acts from ${firstHeight} does not follow the set of height ${current.height}`,
    );
  }
  const { treeSize, root } = checkpoint;
  checkInclusion({ index, treeSize, leafHash: leafHash(extra), root }, hashes);
  const policy = policyOf(log, current.value);
  checkLogSignature(checkpoint, policy);
  checkQuorum(cosignersOf(checkpoint.note, policy), policy);
  return { height: firstHeight, value: validators };
}

/** Nobody counts twice, and the log's key, which every validator holds, does not count at all. */
function checkDistinct(validators: ValidatorSet, { logKey }: NetworkLog): void {
  const names = new Set(validators.map(({ name }) => name));
  const keys = new Set([logKey, ...validators.map((each) => each.cosignerKey)].map(formatHex));
  if (names.size === validators.length && keys.size === validators.length + 1) return;
  throw new ChainError('ERR_ENTRY', 'two validators of the new set share a name or a key');
}

function decodeChange(bytes: Uint8Array): ChangeEntry {
  const entry = decode(entrySchema, bytes);
  if (entry.kind === 3) return entry;
  throw new ChainError('ERR_ENTRY', `an entry of kind ${entry.kind} is no change`);
}
