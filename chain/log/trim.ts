/**
 * Which signatures of a checkpoint are handed out: other programs need not read more than 16.
 *
 * The log's signature and a smallest quorum come first, since without them there is nothing to believe; then the
 * witnesses beyond the quorum, each of whom some reader may ask for; then, as far as there is room, the others of the
 * quorum's group, which outlive more of its keys. Where the quorum alone is more, all of it stands there: who reads no
 * more than 16 cannot read such a log at all, and who does gets the witnesses too.
 */
import type { SignedCheckpoint } from './checkpoint.ts';
import { READER_SIGNATURE_COUNT_MAX } from './limits.ts';
import { type NoteSignature, placeOf } from './note.ts';
import type { Policy } from './policy.ts';
import { trimToQuorum } from './trust.ts';

/** Signatures of a checkpoint that are not the quorum's. */
export interface Beside {
  /** Of witnesses beyond the quorum, which were checked. */
  readonly witnesses: readonly NoteSignature[];
  /** Whether the policy's other cosigners are of use: not in what is kept in many copies. */
  readonly others: boolean;
}

/**
 * Returns a checkpoint with the signatures that are handed out.
 *
 * Throws as `checkLogSignature`, `cosignersOf` and `checkQuorum` do.
 */
export function trimForReaders(
  signed: SignedCheckpoint,
  policy: Policy,
  { witnesses, others }: Beside,
): SignedCheckpoint {
  const { note } = trimToQuorum(signed, policy);
  const quorum = note.signatures;
  const taken = new Set(quorum.map(placeOf));
  const known = new Set(policy.witnesses.map(({ key }) => placeOf(key)));
  const rest = others
    ? signed.note.signatures.filter((each) => {
        const place = placeOf(each);
        if (!known.has(place) || taken.has(place)) return false;
        taken.add(place);
        return true;
      })
    : [];
  const room =
    quorum.length > READER_SIGNATURE_COUNT_MAX
      ? witnesses.length
      : READER_SIGNATURE_COUNT_MAX - quorum.length;
  const signatures = [...quorum, ...[...witnesses, ...rest].slice(0, room)];
  return { ...signed, note: { ...note, signatures } };
}
