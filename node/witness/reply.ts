/**
 * From an HTTP response of a witness to what it means.
 *
 * A 409 that names a size asks for a proof from there. One that names none, or the size from which it was proved, says
 * what a 422 says: the proof does not hold, so witness and log do not know the same tree. Nothing of a response is
 * quoted: it is a stranger's text.
 *
 * Source: C2SP tlog-witness v1.0.0.
 */
import { ChainError } from '../../chain/errors.ts';
import {
  type AddCheckpoint,
  parseCosignatures,
  parseSizeAnswer,
} from '../../chain/log/addCheckpoint.ts';
import type { NoteSignature } from '../../chain/log/note.ts';
import type { VerifierKey } from '../../chain/log/verifierKey.ts';

/** A whole response. */
export interface Response {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Why a witness did not cosign. */
export type Failure =
  | 'conflict' // it says that the log contradicts itself
  | 'ahead' // it has cosigned more entries than are here
  | 'refused' // it does not know the log, or its key
  | 'malformed' // its answer is none
  | 'unavailable'; // it cannot be reached, or is busy

/** What a witness says. */
export type Reply =
  | { readonly type: 'cosigned'; readonly line: NoteSignature }
  | { readonly type: 'otherSize'; readonly treeSize: number }
  | { readonly type: 'failed'; readonly failure: Failure; readonly reason: string };

const SIZE_TYPE = 'text/x.tlog.size';

/** Returns what a response to a question means. */
export function readReply(response: Response, question: AddCheckpoint, key: VerifierKey): Reply {
  const { status } = response;
  try {
    if (status === 200) {
      return { type: 'cosigned', line: parseCosignatures(response.body, question.checkpoint, key) };
    }
    if (status === 409) return readConflict(response, question);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    return failed('malformed', `what the witness answers cannot be used: ${error.message}`);
  }
  if (status === 422) return failed('conflict', refusedProof(question));
  if (status === 429 || status >= 500) return unavailable(`it answers with status ${status}`);
  return failed('refused', `the witness refuses with status ${status}: does it know this log?`);
}

/** Returns the reply of a witness that does not answer. */
export function unavailable(why: string): Reply {
  return failed('unavailable', `the witness is not available: ${why}`);
}

function readConflict({ contentType, body }: Response, question: AddCheckpoint): Reply {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  const treeSize = type === SIZE_TYPE ? parseSizeAnswer(body) : question.oldSize;
  return treeSize === question.oldSize
    ? failed('conflict', refusedProof(question))
    : { type: 'otherSize', treeSize };
}

function refusedProof({ oldSize, checkpoint }: AddCheckpoint): string {
  return `the witness says that the log of ${checkpoint.treeSize} entries does not contain the ${oldSize} that it has cosigned`;
}

function failed(failure: Failure, reason: string): Reply {
  return { type: 'failed', failure, reason };
}
