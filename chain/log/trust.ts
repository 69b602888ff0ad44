/** Checkpoints against a trust policy: whether the log signed, who cosigned and when, and whether that is a quorum. */
import { ChainError } from '../errors.ts';
import type { Checkpoint, SignedCheckpoint } from './checkpoint.ts';
import { checkCosignatures } from './cosignature.ts';
import { checkNote, type Note, placeOf } from './note.ts';
import { findQuorum, type Policy } from './policy.ts';

/** A witness of the policy that has cosigned. */
export interface Cosigner {
  /** The witness, by its name in the policy. */
  readonly name: string;
  /** Unix seconds, by its own clock; the earliest where it has cosigned more than once. */
  readonly timeS: number;
}

/**
 * Checks that the log which a policy trusts signed a checkpoint.
 *
 * Throws ERR_UNKNOWN_LOG, ERR_UNKNOWN_SIGNER or ERR_SIGNATURE.
 */
export function checkLogSignature(
  { origin, note }: Pick<Checkpoint, 'origin'> & { readonly note: Note },
  { log }: Policy,
): void {
  if (origin !== log.key.name) {
    throw new ChainError(
      'ERR_UNKNOWN_LOG',
      `the checkpoint is of another log than ${log.key.name}`,
    );
  }
  checkNote(note, [log.key]);
}

/**
 * Returns the witnesses of a policy that cosigned a checkpoint, in the policy's order; others are ignored.
 *
 * Throws ERR_SIGNATURE where the cosignature of one of them does not verify.
 */
export function cosignersOf(note: Note, { witnesses }: Policy): readonly Cosigner[] {
  const cosignatures = checkCosignatures(
    note,
    witnesses.map(({ key }) => key),
  );
  return witnesses.flatMap(({ name, key }) => {
    const times = cosignatures.filter((each) => each.key === key).map(({ timeS }) => timeS);
    return times.length === 0 ? [] : [{ name, timeS: Math.min(...times) }];
  });
}

/**
 * Checks that cosigners make the quorum of a policy; returns the Unix time in seconds at which they did, by their own
 * clocks, or undefined where the policy asks for nobody. Throws ERR_QUORUM.
 */
export function checkQuorum(cosigners: readonly Cosigner[], policy: Policy): number | undefined {
  const inTime = cosigners.toSorted((a, b) => a.timeS - b.timeS);
  const cosigned = new Set<string>();
  if (findQuorum(policy, cosigned) !== undefined) return undefined;
  for (const { name, timeS } of inTime) {
    cosigned.add(name);
    if (findQuorum(policy, cosigned) !== undefined) return timeS;
  }
  throw new ChainError(
    'ERR_QUORUM',
    `${cosigners.length} of ${policy.witnesses.length} witnesses cosigned, which is no quorum`,
  );
}

/**
 * Returns a checkpoint with the log's signatures and those of a smallest quorum alone: other programs need not read
 * more than 16. Throws as `checkLogSignature`, `cosignersOf` and `checkQuorum` do.
 */
export function trimToQuorum(signed: SignedCheckpoint, policy: Policy): SignedCheckpoint {
  checkLogSignature(signed, policy);
  const cosigners = cosignersOf(signed.note, policy);
  checkQuorum(cosigners, policy);
  const quorum = findQuorum(policy, new Set(cosigners.map(({ name }) => name)));
  const cosigning = policy.witnesses.filter(({ name }) => quorum?.has(name));
  const keys = [policy.log.key, ...cosigning.map(({ key }) => key)];
  // One line of each: what is left is taken out of the set.
  const left = new Set(keys.map(placeOf));
  const signatures = signed.note.signatures.filter((each) => left.delete(placeOf(each)));
  return { ...signed, note: { ...signed.note, signatures } };
}
