/**
 * The authority goes away: what was submitted stays pending, with the reason on its receipt, over a kill of the
 * node too; once the authority is back it is verified, and no camera has to do anything.
 */
import { fieldsOf } from '../../genesis/json.ts';
import { ask } from './ask.ts';
import type { Journal, Promised } from './journal.ts';
import type { Load } from './load.ts';
import { type ReceiptJson, waitForReceipts } from './promises.ts';
import type { Site } from './site.ts';
import type { Violations } from './violations.ts';

/** The world of an outage. */
export interface OutagePorts {
  readonly site: Site;
  readonly load: Load;
  readonly journal: Journal;
  readonly violations: Violations;
  /** Kills the node and starts it again; resolves to its URL. */
  readonly restart: () => Promise<string>;
}

/** What an outage left. */
export interface Outage {
  /** URL of the node's interface after it. */
  readonly api: string;
  /** Submissions that waited. */
  readonly count: number;
}

/** Takes the authority away and brings it back. Leaves a node that runs. */
export async function sufferOutage(api: string, ports: OutagePorts): Promise<Outage> {
  const { site, load, journal, violations, restart } = ports;
  await site.authority.off();
  const before = journal.promised.length;
  for (const camera of site.cameras) await load.deliver([load.take(camera)]);
  const waiting = journal.promised.slice(before);
  const expectAll = async (
    where: string,
    what: string,
    holds: (receipt: ReceiptJson) => boolean,
  ): Promise<void> => {
    const isSeen = await waitForReceipts(where, waiting, holds);
    violations.expect(isSeen, `what met an outage of the authority was not ${what} in time`);
  };
  await expectAll(api, 'pending, with a problem', isStuck(1));
  await expectUnverified(api, waiting, violations);
  const next = await restart();
  await expectAll(next, 'asked about again after a kill', isStuck(2));
  await site.authority.on();
  await expectAll(next, 'committed', ({ state }) => state === 'committed');
  return { api: next, count: waiting.length };
}

/** Holds of a receipt whose authority was asked in vain, `attempts` times or more. */
function isStuck(attempts: number): (receipt: ReceiptJson) => boolean {
  return ({ state, problem, attempts: made, next_attempt: next }) =>
    state === 'authority_pending' &&
    fieldsOf(problem)['code'] === 'ERR_AUTHORITY_UNREACHABLE' &&
    Number(made) >= attempts &&
    typeof next === 'string';
}

async function expectUnverified(
  api: string,
  waiting: readonly Promised[],
  violations: Violations,
): Promise<void> {
  for (const { shot } of waiting) {
    const { status, json } = await ask(new URL(`/api/v1/verify/${shot.imageHash}`, api));
    violations.expect(
      status === 404 && fieldsOf(json)['verdict'] === 'pending',
      `without a verdict, verify says ${status} ${JSON.stringify(json)}`,
    );
  }
}
