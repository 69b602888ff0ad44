/** Asking a node for a time stamp, and checking what comes. */
import { createQuery, encodeQuery } from '../../node/timestamp/query.ts';
import { readText } from '../cli/files.ts';
import { postBytes } from '../cli/http.ts';
import { EXIT_USAGE, CommandError } from '../cli/output.ts';
import { drawNonce } from '../timestamp/nonce.ts';
import { refused } from './asking.ts';
import type { NoTimestamp, Timestamp } from './evidence.ts';
import { checkIssuers, checkReply, parseCertificates, StampError } from './stamp.ts';

const REPLY_BYTES_MAX = 131_072;
const QUERY_TYPE = 'application/timestamp-query';
const OK = 200;
const NOT_FOUND = 404;

/** A CA that is trusted for time stamps. */
export interface StampCa {
  readonly pem: string;
  readonly certificates: ReturnType<typeof parseCertificates>;
}

/** Resolves to the CA of a file. Rejects with a CommandError. */
export async function readStampCa(path: string | undefined): Promise<StampCa | undefined> {
  if (path === undefined) return undefined;
  try {
    const pem = await readText(path);
    return { pem, certificates: parseCertificates(pem) };
  } catch (cause) {
    if (!(cause instanceof StampError) && !(cause instanceof CommandError)) throw cause;
    throw new CommandError(`--tsa-ca ${path}: ${cause.message}`, EXIT_USAGE, { cause });
  }
}

/** Resolves to a time stamp of a hash, or to why the node makes none. Rejects with a CommandError for a wrong one. */
export async function fetchStamp(
  node: string,
  hash: Uint8Array,
  ca: StampCa | undefined,
): Promise<Timestamp | NoTimestamp> {
  const query = createQuery(hash, drawNonce());
  const { status, body } = await postBytes(node, '/api/v1/timestamp', {
    contentType: QUERY_TYPE,
    bytes: encodeQuery(query),
    answerBytesMax: REPLY_BYTES_MAX,
  });
  if (status === NOT_FOUND) return absent('the node makes none');
  if (status !== OK) return absent(`the node answered ${status}`);
  try {
    const outcome = checkReply(body, query);
    if ('rejection' in outcome) return absent(`the node refused: ${outcome.rejection}`);
    if (ca !== undefined) checkIssuers(outcome.stamp, ca.certificates);
    return { stamp: outcome.stamp, caPem: ca?.pem };
  } catch (cause) {
    if (!(cause instanceof StampError)) throw cause;
    throw refused(`${cause.message} (--no-timestamp does without it)`, cause);
  }
}

function absent(reason: string): NoTimestamp {
  return { stamp: undefined, reason };
}
