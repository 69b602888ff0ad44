/** Receipts of a job: when what was submitted stood on the chain. */
import { fieldsOf } from '../../../genesis/json.ts';
import { type Connection, formatRequest } from './connection.ts';
import type { Latency } from './job.ts';
import { Latencies } from './latencies.ts';

/** A submission that was accepted. */
export interface Accepted {
  readonly receiptId: string;
  /** Unix milliseconds at which its request was due. */
  readonly dueMs: number;
}

/** Seconds for which one question waits. */
const WAIT_S = 30;
const ATTEMPTS_MAX = 4;

/** Returns the receipt id of an answer to a single submission. */
export function receiptIdOf(body: Uint8Array): string {
  return String(fieldsOf(JSON.parse(textOf(body)))['receipt_id']);
}

/** Asks for each receipt until it says committed. Rejects with an Error where one never does. */
export async function followReceipts(
  accepted: ReadonlyMap<Connection, readonly Accepted[]>,
): Promise<Latency> {
  const latencies = new Latencies();
  const follow = async (connection: Connection, list: readonly Accepted[]): Promise<void> => {
    for (const { receiptId, dueMs } of list) {
      latencies.add((await committedAtMs(connection, receiptId)) - dueMs);
    }
  };
  await Promise.all([...accepted].map(([connection, list]) => follow(connection, list)));
  return latencies.summary();
}

/** Unix milliseconds of the step, by the node's own clock, which is this machine's. */
async function committedAtMs(connection: Connection, receiptId: string): Promise<number> {
  const path = `/api/v1/submission/${receiptId}`;
  let last = '';
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const query = attempt === 0 ? '' : `?wait=${WAIT_S}`;
    const answer = await connection.send(formatRequest('GET', `${path}${query}`, undefined));
    last = textOf(answer.body);
    const { steps } = JSON.parse(last) as { steps?: readonly { state: string; time: string }[] };
    const step = steps?.find(({ state }) => state === 'committed');
    if (step !== undefined) return Date.parse(step.time);
  }
  throw new Error(`a submission was not committed: ${last}`);
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
