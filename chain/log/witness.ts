/**
 * What a witness does with a question: it cosigns what has only grown, or says why not.
 *
 * Rules are taken in this order, and the first that is broken is the answer:
 *
 * | rule                                                            | else    |
 * | --------------------------------------------------------------- | ------- |
 * | W1 the log is one that is witnessed here                        | 404     |
 * | W2 a key of that log has signed, and every line of one verifies | 403     |
 * | W3 the old size is not above the checkpoint's                   | 400     |
 * | W4 the old size is that of the last tree that was cosigned      | 409     |
 * | W5 the proof leads from that tree to the checkpoint's           | 422     |
 *
 * Source: C2SP tlog-witness v1.0.0. Where both sizes are equal and the roots are not, that version says 409, and the
 * one after it 422: a 409 then always names a size.
 */
import { equalBytes } from '../bytes.ts';
import { ChainError } from '../errors.ts';
import { EMPTY_FRONTIER, rootOf } from '../merkle.ts';
import type { AddCheckpoint } from './addCheckpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkConsistency } from './consistency.ts';
import { checkNote } from './note.ts';
import type { VerifierKey } from './verifierKey.ts';

/** Logs that are witnessed: keys by their origin, at least one each. */
export type WitnessedLogs = ReadonlyMap<string, readonly VerifierKey[]>;

/** What a witness knows of a log. */
export type KnownTree = Pick<Checkpoint, 'treeSize' | 'root'>;

/** What becomes of a question. */
export type Ruling =
  | { readonly type: 'cosign' }
  | { readonly type: 'unknownLog' }
  | { readonly type: 'unsigned'; readonly reason: string }
  | { readonly type: 'backwards'; readonly reason: string }
  /** The size of the last tree that was cosigned is another one. */
  | { readonly type: 'otherSize'; readonly treeSize: number }
  /** `isFork`: the log has signed two roots of one size, which proves that it lies. */
  | { readonly type: 'inconsistent'; readonly reason: string; readonly isFork: boolean };

/** A log that was never cosigned is known as empty. */
const NOTHING: KnownTree = { treeSize: 0, root: rootOf(EMPTY_FRONTIER) };

/**
 * Returns what becomes of a question.
 *
 * @param known - the last tree of this log that was cosigned; undefined: none was.
 */
export function judgeCheckpoint(
  question: AddCheckpoint,
  logs: WitnessedLogs,
  known: KnownTree = NOTHING,
): Ruling {
  const { oldSize, hashes, checkpoint } = question;
  const { origin, treeSize, root } = checkpoint;
  const keys = logs.get(origin);
  // W1.
  if (keys === undefined) return { type: 'unknownLog' };
  // W2: others' signatures are ignored.
  const unsigned = reasonOf(() => checkNote(checkpoint.note, keys));
  if (unsigned !== undefined) return { type: 'unsigned', reason: unsigned };
  // W3.
  if (oldSize > treeSize) {
    const reason = `the old size ${oldSize} is above the checkpoint's, ${treeSize}`;
    return { type: 'backwards', reason };
  }
  // W4.
  if (oldSize !== known.treeSize) return { type: 'otherSize', treeSize: known.treeSize };
  // W5: also where both sizes are equal, and where they are 0, for which there is only one root.
  const claim = { oldSize, oldRoot: known.root, newSize: treeSize, newRoot: root };
  const reason = reasonOf(() => checkConsistency(claim, hashes));
  if (reason === undefined) return { type: 'cosign' };
  const isFork = treeSize === known.treeSize && !equalBytes(root, known.root);
  return { type: 'inconsistent', reason, isFork };
}

function reasonOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof ChainError) return error.message;
    throw error;
  }
}
