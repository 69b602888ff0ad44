/** Whether the manufacturers' authorities can be reached, and what time it is there. */
import type { Authority } from '../../chain/authority.ts';
import { parseEndpoint } from '../../chain/authority.ts';
import { AddressError, Pools, resolveBySystem } from '../../node/authority/pools.ts';
import { systemClock } from '../../node/clock.ts';
import { type Finding, note, ok, reasonOf } from './finding.ts';

/** What was found of the authorities. */
export interface AuthorityFindings {
  readonly findings: readonly Finding[];
  /** Times that they told, less this machine's, in milliseconds. */
  readonly offsetsMs: readonly number[];
}

const TIMEOUT_MS = 5_000;
const MS_PER_S = 1_000;

interface Answer {
  readonly finding: Finding;
  readonly offsetMs: number | undefined;
}

/** Examines every origin of every authority at the same time. Nothing is asked but whether somebody answers. */
export async function examineAuthorities(
  authorities: readonly Authority[],
): Promise<AuthorityFindings> {
  if (authorities.length === 0) {
    return { findings: [note('authorities', 'the genesis names none')], offsetsMs: [] };
  }
  const pools = new Pools(
    { timeoutMs: TIMEOUT_MS, connectionCountMax: 1, ca: undefined },
    { clock: systemClock, resolve: resolveBySystem },
  );
  const answers = await Promise.all(
    authorities.flatMap((authority) =>
      originsOf(authority).map((url) => examineOrigin(authority, url, pools)),
    ),
  );
  await pools.close();
  return {
    findings: answers.map(({ finding }) => finding),
    offsetsMs: answers.map(({ offsetMs }) => offsetMs).filter((each) => each !== undefined),
  };
}

function originsOf({ endpoints }: Authority): readonly URL[] {
  const urls = endpoints.map(parseEndpoint).filter((url) => url !== undefined);
  return [...new Map(urls.map((url) => [url.origin, url])).values()];
}

async function examineOrigin(
  { id, allowPrivate }: Authority,
  url: URL,
  pools: Pools,
): Promise<Answer> {
  try {
    const pool = await pools.find(url, allowPrivate);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { headers, body } = await pool.request({ method: 'HEAD', path: url.pathname, signal });
    await body.dump();
    const toldMs = Date.parse(String(headers['date']));
    // The header has whole seconds: on average half a second has passed since.
    const offsetMs = Number.isNaN(toldMs) ? undefined : toldMs + MS_PER_S / 2 - Date.now();
    return { finding: ok('authorities', `${id} answers at ${url.origin}`), offsetMs };
  } catch (error) {
    const why = error instanceof AddressError ? error.message : reasonOf(error);
    const what = `${id} cannot be asked at ${url.origin}: ${why}`;
    const remedy =
      'the node starts, and asks again for 30 days: look at its way out (DNS, proxy, firewall), then ask the manufacturer';
    return { finding: note('authorities', what, remedy), offsetMs: undefined };
  }
}
