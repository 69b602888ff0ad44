/** The states of the pages that are worth a look, each with the way to it. */
import { join } from 'node:path';

import type { BrowserContextOptions, Page } from 'playwright-core';

import { STATEMENT } from '../../../api/views/statements.ts';
import { pause } from '../../bench/world.ts';
import type { Site } from '../site.ts';

/** A state of a page. */
export interface State {
  /** Names its pictures. */
  readonly name: string;
  readonly path: (site: Site) => string;
  /** What the reader's browser is like. */
  readonly reader?: Pick<BrowserContextOptions, 'locale' | 'colorScheme' | 'forcedColors'>;
  /** Whether scripts run; they do if absent. */
  readonly hasScripts?: boolean;
  /** How much of the page is shown, from its top; all if absent. */
  readonly heightPx?: number;
  /** Done before the page is opened. */
  readonly prepare?: (page: Page, site: Site) => Promise<void>;
  /** Leads from the page to its state, and waits until it is there. */
  readonly reach: (page: Page, site: Site) => Promise<void>;
}

const item = (verdict: string): string => `details.item[data-verdict="${verdict}"]`;
const CHECKED = '.steps';
const CURVE_MS = 30_000;
/** For which a page hears a node that it then loses. */
const HEARD_MS = 5_000;
/** What the README shows of the operator's page. */
const FIRST_GLANCE_PX = 1_265;

/** Waits until an item is there, open, and its proof has been checked. */
async function untilOpen(page: Page, verdict: string, isProved = true): Promise<void> {
  const found = page.locator(item(verdict)).first();
  await found.waitFor();
  if ((await found.getAttribute('open')) === null) await found.locator('summary').first().click();
  await found.locator('.body').waitFor();
  if (isProved) await found.locator(CHECKED).waitFor({ state: 'attached' });
}

/** Gives the page all four files, and waits for all answers. */
async function dropAll(page: Page, { pictures }: Site): Promise<void> {
  const { original, edit, changed, unknown } = pictures;
  await page.locator('#files').setInputFiles([original, edit, changed, unknown]);
  await page.locator(item('registered_original')).waitFor();
  await page.locator(item('declared_edit')).waitFor();
  await page.locator(item('not_found')).nth(1).waitFor();
  await page.getByText('The proof holds').nth(1).waitFor();
}

/** Waits until the page is live, and its curves have some points: the node tells of itself every second. */
async function untilLive(page: Page): Promise<void> {
  await page.locator('#connection.up').waitFor();
  await page.locator('.findings li').first().waitFor();
  await pause(CURVE_MS);
}

/** Opens the operator's page at what is typed into its search field. */
async function search(page: Page, text: string): Promise<void> {
  await page.locator('#connection.up').waitFor();
  await page.locator('#search').fill(text);
  await page.locator('#search').press('Enter');
}

/** Has the page hear another proof than the node gives: one of another place in the log. */
async function changeProofs(page: Page): Promise<void> {
  await page.route('**/api/v1/proof/*', async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    const body = text.replace(/^index (\d+)/m, (_line, index: string) => `index ${+index + 1}`);
    await route.fulfill({ response, body });
  });
}

/** Has the page hear that an edit is an original, which its proof contradicts. */
async function callEditsOriginals(page: Page): Promise<void> {
  await page.route('**/api/v1/verify/*', async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as object;
    await route.fulfill({
      response,
      json: { ...json, verdict: 'registered_original', kind: 'camera' },
    });
  });
}

/** Has the page hear that what is not found is not decided yet. */
async function decideNothing(page: Page): Promise<void> {
  await page.route('**/api/v1/verify/*', async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as object;
    await route.fulfill({
      status: 200,
      json: { ...json, verdict: 'pending', statement: STATEMENT.pending },
    });
  });
}

/** Has the page hear the node for a while, and no more after that. */
async function cutEvents(page: Page): Promise<void> {
  let isCut = false;
  await page.route('**/api/v1/events*', async (route) => {
    if (isCut) return route.abort();
    isCut = true;
    const body = await hear(route.request().url());
    await route.fulfill({ contentType: 'text/event-stream; charset=utf-8', body });
  });
}

async function hear(url: string): Promise<string> {
  const { body } = await fetch(url, { signal: AbortSignal.timeout(HEARD_MS) });
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body ?? [])
      text += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    // The time is up.
  }
  return text;
}

/** Serves a page of a newspaper with badges of all kinds. */
async function publishArticle(page: Page, { api, pictures }: Site): Promise<void> {
  const badge = (hash: string, node = api): string =>
    `<p><birthmark-badge hash="${hash}" node="${node}"><a href="${api}/verify/${hash}">Birthmark record</a></birthmark-badge></p>`;
  const badges = [
    ...[badge(pictures.originalHash), badge(pictures.editHash), badge(UNKNOWN_HASH)],
    badge(pictures.originalHash, 'http://127.0.0.1:9'),
  ];
  await page.route('**/article', (route) =>
    route.fulfill({
      contentType: 'text/html; charset=utf-8',
      body: `<!doctype html><html lang="en"><head><title>An article</title><meta name="viewport" content="width=device-width"></head>
        <body style="font: 1.1rem/1.6 Georgia, serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem"><main><h1>The harbour reopens</h1>
        <p>Ships came in on Sunday for the first time since the storm.</p>${badges.join('')}</main>
        <script src="${api}/badge.js" async></script></body></html>`,
    }),
  );
}

const UNKNOWN_HASH = '5e'.repeat(32);
const onVerify = (): string => '/verify';
const onOriginal = ({ pictures }: Site): string => `/verify/${pictures.originalHash}`;
const onNetwork = (): string => '/network';
const showsOriginal = (page: Page): Promise<void> => untilOpen(page, 'registered_original');

/** States that a healthy network has. */
export const STATES: readonly State[] = [
  {
    name: 'verify-empty',
    path: onVerify,
    reach: (page) => page.locator('#files').waitFor({ state: 'attached' }),
  },
  {
    name: 'verify-hashing',
    path: onVerify,
    reach: async (page: Page, { pictures }: Site): Promise<void> => {
      await page.locator('#files').setInputFiles(join(pictures.original, '..', '..', 'large.bin'));
      await page.locator('progress').first().waitFor();
    },
  },
  { name: 'verify-files', path: onVerify, reach: dropAll },
  {
    name: 'verify-private',
    path: onVerify,
    reach: async (page: Page, { pictures }: Site): Promise<void> => {
      await page.locator('.private input[type=checkbox]').check();
      await page.locator('#files').setInputFiles(pictures.original);
      await page.locator('details.item').waitFor();
    },
  },
  { name: 'verify-original', path: onOriginal, reach: showsOriginal },
  {
    name: 'verify-original-steps',
    path: onOriginal,
    reach: async (page: Page): Promise<void> => {
      await showsOriginal(page);
      await page.locator('details:has(> .steps) > summary').first().click();
    },
  },
  {
    name: 'verify-edit',
    path: ({ pictures }) => `/verify/${pictures.editHash}`,
    reach: (page) => untilOpen(page, 'declared_edit'),
  },
  {
    name: 'verify-not-found',
    path: () => `/verify/${UNKNOWN_HASH}`,
    reach: (page) => untilOpen(page, 'not_found', false),
  },
  {
    name: 'verify-refused',
    path: () => '/verify/5e5e',
    reach: (page) => page.locator('h1').waitFor(),
  },
  {
    name: 'verify-pending',
    path: () => `/verify/${UNKNOWN_HASH}`,
    prepare: decideNothing,
    reach: (page) => untilOpen(page, 'pending', false),
  },
  {
    name: 'verify-proof-does-not-hold',
    path: onOriginal,
    prepare: changeProofs,
    reach: (page) => untilOpen(page, 'unconfirmed'),
  },
  {
    name: 'verify-contradicted',
    path: ({ pictures }) => `/verify/${pictures.editHash}`,
    prepare: callEditsOriginals,
    reach: (page) => untilOpen(page, 'contradicted'),
  },
  {
    name: 'verify-not-asked',
    path: onVerify,
    reach: async (page: Page, { pictures }: Site): Promise<void> => {
      await page.locator('.policy dl').waitFor({ state: 'attached' });
      await page.context().setOffline(true);
      await page.locator('#files').setInputFiles([pictures.original]);
      await untilOpen(page, 'unasked', false);
    },
  },
  ...(['es', 'fr', 'de', 'ar'] as const).map((locale) => ({
    name: `verify-original-${locale}`,
    path: onOriginal,
    reader: { locale },
    reach: showsOriginal,
  })),
  {
    name: 'verify-original-dark',
    path: onOriginal,
    reader: { colorScheme: 'dark' },
    reach: showsOriginal,
  },
  {
    name: 'verify-original-forced-colors',
    path: onOriginal,
    reader: { forcedColors: 'active' },
    reach: showsOriginal,
  },
  {
    name: 'verify-original-without-script',
    path: onOriginal,
    hasScripts: false,
    reach: (page) => page.locator('h1').waitFor(),
  },
  {
    name: 'network',
    path: onNetwork,
    reach: untilLive,
  },
  {
    name: 'network-first-glance',
    path: onNetwork,
    heightPx: FIRST_GLANCE_PX,
    reach: untilLive,
  },
  {
    name: 'network-dark',
    path: onNetwork,
    reader: { colorScheme: 'dark' },
    reach: untilLive,
  },
  {
    name: 'network-found',
    path: onNetwork,
    reach: async (page: Page): Promise<void> => {
      await search(page, '1');
      await page.locator('section.found').waitFor();
    },
  },
  {
    name: 'network-photograph',
    path: onNetwork,
    reach: async (page: Page, { pictures }: Site): Promise<void> => {
      await search(page, pictures.editHash);
      await page.locator('#found', { hasText: 'Photograph' }).waitFor();
    },
  },
  {
    name: 'network-batch',
    path: onNetwork,
    reach: async (page: Page, { pictures }: Site): Promise<void> => {
      await search(page, pictures.editHash);
      await page.locator('section.found a[href^="#/transaction/"]').click();
      await page.locator('#found', { hasText: 'Batch' }).waitFor();
    },
  },
  {
    name: 'network-search-problem',
    path: onNetwork,
    reach: async (page: Page): Promise<void> => {
      await search(page, 'harbour.jpg');
      await page.locator('#search-problem', { hasText: 'A height is a number' }).waitFor();
    },
  },
  {
    name: 'network-connection-lost',
    path: onNetwork,
    prepare: cutEvents,
    reach: async (page: Page): Promise<void> => {
      await page.locator('.keys').waitFor();
      await page.locator('.findings .bad', { hasText: 'No connection' }).waitFor();
    },
  },
  { name: 'docs', path: () => '/docs', reach: (page) => page.locator('#codes').waitFor() },
  {
    name: 'badge',
    path: () => '/article',
    prepare: publishArticle,
    reach: async (page: Page): Promise<void> => {
      await page.locator('birthmark-badge a[data-verdict]').nth(3).waitFor();
    },
  },
];

/** States of a network of which one validator is gone. */
export const STATES_WITHOUT_ONE: readonly State[] = [
  {
    name: 'network-one-missing',
    path: onNetwork,
    reach: async (page: Page): Promise<void> => {
      await page.locator('#connection.up').waitFor();
      await page.getByText('missing').or(page.getByText('cannot be reached')).first().waitFor();
    },
  },
];
