/**
 * Checks a running node against its cameras' list: everything that was promised is committed, or still pending.
 *
 * A picture that several submissions claim at one aggregator is committed for one of them; the others end as
 * its duplicates. Other aggregators may register the same picture: that says nothing of a promise made here.
 */
import { fieldsOf } from '../../genesis/json.ts';
import { ask, elementsOf } from './ask.ts';
import type { Journal, Promised } from './journal.ts';
import { PATIENCE_MS } from './patience.ts';
import type { Violations } from './violations.ts';

/** What a check of promises saw. */
export interface Kept {
  /** Submissions whose picture is committed. */
  readonly committedCount: number;
  /** The others: none of them is lost. */
  readonly pending: readonly Promised[];
}

/** The world of a check. */
export interface CheckPorts {
  /** Name of the validator that made the promises. */
  readonly aggregator: string;
  readonly journal: Journal;
  readonly violations: Violations;
}

const LIST_LENGTH_MAX = 1_000;
const LONG_POLL_S = 20;

/** Checks every promise; resolves to undefined if the node ended before all were checked. */
export async function checkPromises(api: string, ports: CheckPorts): Promise<Kept | undefined> {
  // What is promised from here on is for the next check.
  const promised = [...ports.journal.promised];
  const pending: Promised[] = [];
  try {
    for (let i = 0; i < promised.length; i += LIST_LENGTH_MAX) {
      pending.push(...(await checkSome(api, promised.slice(i, i + LIST_LENGTH_MAX), ports)));
    }
  } catch (error) {
    if (error instanceof TypeError) return undefined; // What fetch throws without a connection.
    throw error;
  }
  return { committedCount: promised.length - pending.length, pending };
}

/** Resolves to those that are pending. */
async function checkSome(
  api: string,
  promised: readonly Promised[],
  ports: CheckPorts,
): Promise<readonly Promised[]> {
  const hashes = promised.map(({ shot }) => shot.imageHash);
  const { status, json } = await ask(new URL('/api/v1/verify', api), { image_hashes: hashes });
  const results = elementsOf(fieldsOf(json)['results']);
  ports.violations.expect(
    status === 200 && results.length === hashes.length,
    `a question about ${hashes.length} pictures was answered with ${status}, for ${results.length}`,
  );
  const pending: Promised[] = [];
  for (const [i, each] of promised.entries()) {
    const own = registrationsOf(fieldsOf(results[i])).filter(
      ({ aggregator }) => aggregator === ports.aggregator,
    );
    if (own.length > 0) {
      checkRegistered(each, own, ports);
    } else {
      await checkPending(api, each, ports);
      pending.push(each);
    }
  }
  return pending;
}

type Registration = Readonly<Record<string, unknown>>;

/** The registrations of a picture: the first is the answer itself, later ones stand in it. */
function registrationsOf(result: Registration): readonly Registration[] {
  if (result['verified'] !== true) return [];
  return [result, ...elementsOf(result['also_registered']).map(fieldsOf)];
}

function checkRegistered(
  { shot }: Promised,
  own: readonly Registration[],
  { journal, violations }: CheckPorts,
): void {
  const { imageHash, claims } = shot;
  const what = JSON.stringify(own);
  const [first] = own;
  violations.expect(own.length === 1, `${imageHash} is registered more than once here: ${what}`);
  if (journal.claimCount(imageHash) > 1) return;
  violations.expect(
    first?.['timestamp'] === claims.capturedAt && first['camera_signature'] === shot.form,
    `${imageHash} is registered with other claims than were sent: ${what}`,
  );
}

/** Its block may have come in between: a receipt tells of that too. */
async function checkPending(api: string, each: Promised, ports: CheckPorts): Promise<void> {
  const { journal, violations } = ports;
  const { status, json } = await ask(new URL(`/api/v1/submission/${each.receiptId}`, api));
  const receipt = fieldsOf(json);
  const what = `${each.shot.imageHash} was promised: ${JSON.stringify(json)}`;
  violations.expect(status === 200 && receipt['image_hash'] === each.shot.imageHash, what);
  if (receipt['state'] !== 'rejected') return;
  const isDuplicate = fieldsOf(receipt['reason'])['code'] === 'ERR_DUPLICATE';
  violations.expect(isDuplicate && journal.claimCount(each.shot.imageHash) > 1, what);
}

/** What a receipt says, as JSON. */
export type ReceiptJson = Readonly<Record<string, unknown>>;

/**
 * Resolves when a fact holds of all these receipts, to true; to false if the time is up before, or one of
 * them is not known.
 */
export async function waitForReceipts(
  api: string,
  promised: readonly Promised[],
  holds: (receipt: ReceiptJson) => boolean,
): Promise<boolean> {
  const endMs = performance.now() + PATIENCE_MS;
  for (const { receiptId } of promised) {
    const url = new URL(`/api/v1/submission/${receiptId}`, api);
    if (!(await waitForReceipt(url, holds, endMs))) return false;
  }
  return true;
}

async function waitForReceipt(
  url: URL,
  holds: (receipt: ReceiptJson) => boolean,
  endMs: number,
): Promise<boolean> {
  for (let query = ''; performance.now() < endMs; query = `?wait=${LONG_POLL_S}`) {
    const { status, json } = await ask(new URL(`${url.href}${query}`));
    if (status !== 200) return false;
    if (holds(fieldsOf(json))) return true;
  }
  return false;
}

/** Holds of a receipt to which nothing more will happen by itself. */
export function isEnded({ state }: ReceiptJson): boolean {
  return state === 'committed' || state === 'rejected';
}
