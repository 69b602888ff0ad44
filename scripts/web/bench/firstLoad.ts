/** Rows about the first visit: a browser that has nothing of the node in its cache. */
import type { Browser } from 'playwright-core';

import type { Measurement } from '../../bench/report.ts';
import { pause, type World } from '../../bench/world.ts';
import type { Site } from '../site.ts';
import { watchTraffic } from '../traffic.ts';

const READY_MS_MAX = 1_000;
const KILOBYTES_MAX = 150;
const BYTES_PER_KB = 1_000;
/** What a page loads behind its first picture is counted too. */
const SETTLE_MS = 1_000;

/** A page, and the element whose appearance means that it can be used. */
interface Visit {
  readonly name: string;
  readonly path: string;
  readonly selector: string;
}

interface Load {
  readonly readyMs: number;
  readonly requestCount: number;
  readonly bytes: number;
}

/** Measures every page as often as there are runs. */
export async function measureFirstLoads(
  browser: Browser,
  { api, pictures }: Site,
  world: World,
): Promise<readonly Measurement[]> {
  const visits: readonly Visit[] = [
    { name: '/verify', path: '/verify', selector: '#files' },
    {
      name: '/verify/<hash>',
      path: `/verify/${pictures.originalHash}`,
      selector: 'details.item[data-verdict=registered_original]',
    },
    { name: '/network', path: '/network', selector: '#connection.up' },
  ];
  const rows: Measurement[] = [];
  for (const visit of visits) {
    const loads: Load[] = [];
    for (let run = 0; run <= world.options.runs; run++) {
      const load = await loadOnce(browser, api, visit);
      world.note(`${visit.name}: ${load.readyMs.toFixed(0)} ms, ${load.bytes} bytes`);
      if (run > 0) loads.push(load);
    }
    rows.push(...rowsOf(visit, loads));
  }
  return rows;
}

function rowsOf({ name }: Visit, loads: readonly Load[]): readonly Measurement[] {
  return [
    {
      name: `${name} usable, cold cache`,
      unit: 'ms',
      samples: loads.map(({ readyMs }) => readyMs),
      target: { max: READY_MS_MAX },
    },
    {
      name: `${name} bytes of the first load`,
      unit: 'kB',
      samples: loads.map(({ bytes }) => bytes / BYTES_PER_KB),
      target: { max: KILOBYTES_MAX },
    },
    {
      name: `${name} requests of the first load`,
      unit: '',
      samples: loads.map(({ requestCount }) => requestCount),
    },
  ];
}

async function loadOnce(browser: Browser, api: string, visit: Visit): Promise<Load> {
  const context = await browser.newContext();
  try {
    const traffic = watchTraffic(context);
    const page = await context.newPage();
    await page.addInitScript(watcherOf(visit.selector));
    await page.goto(new URL(visit.path, api).href);
    await page.locator(visit.selector).first().waitFor({ state: 'attached' });
    const readyMs = Number(await page.evaluate('globalThis.readyAtMs'));
    await pause(SETTLE_MS);
    // An answer that goes on, as events do, counts as a request.
    const { urls, bytes } = await traffic();
    return { readyMs, requestCount: urls.length, bytes };
  } finally {
    await context.close();
  }
}

/** Notes, by the page's own clock, when the element is there; that clock begins with the navigation. */
function watcherOf(selector: string): string {
  return `{
    const look = () => {
      if (document.querySelector(${JSON.stringify(selector)}) !== null) globalThis.readyAtMs ??= performance.now();
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  }`;
}
