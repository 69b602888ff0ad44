/**
 * `npm run screenshots`: pictures of the pages in every state, as wide as a phone and as a desk, to be looked at.
 *
 *     npm run screenshots -- --out DIR [--only NAME…]
 */
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { Command } from 'commander';
import type { Browser } from 'playwright-core';

import { writeSubmissions } from '../../bench/cameras.ts';
import { runInWorld } from '../../bench/runInWorld.ts';
import type { World } from '../../bench/world.ts';
import { openBrowser } from '../browser.ts';
import { ensureWeb } from '../build.ts';
import { type Site, startSite, worldOptions } from '../site.ts';
import { CERTIFICATE, takeCertificate } from './certificate.ts';
import { type State, STATES, STATES_WITHOUT_ONE } from './states.ts';

const WIDTHS = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  desktop: { viewport: { width: 1_280, height: 800 }, deviceScaleFactor: 1 },
} as const;
/** So large that hashing it takes longer than a picture of that. */
const LARGE_FILE_BYTES = 2_000_000_000;
/** So that there is something to see of the network. */
const SUBMISSIONS_PER_S = 4;
const SUBMISSION_COUNT = 2_400;
const VALIDATOR_COUNT = 4;
const REACH_TIMEOUT_MS = 60_000;

interface Options {
  readonly out: string;
  readonly only?: readonly string[];
  readonly browser?: string;
}

/** What pictures are taken with. */
interface Studio {
  readonly browser: Browser;
  readonly site: Site;
  readonly out: string;
}

function readOptions(): Options {
  return new Command('npm run screenshots --')
    .description('take pictures of the pages in every state')
    .option('--out <dir>', 'folder of the pictures', 'bench-results/screenshots')
    .option('--only <name...>', 'these states alone')
    .option('--browser <file>', "the browser; Debian's Chromium if not told")
    .parse()
    .opts();
}

async function takeAll(world: World, options: Options): Promise<void> {
  const isWanted = ({ name }: Pick<State, 'name'>): boolean => options.only?.includes(name) ?? true;
  const site = await startSite(world);
  const large = join(world.dir, 'large.bin');
  await writeFile(large, '');
  await truncate(large, LARGE_FILE_BYTES);
  await beginLoad(site, world);
  const browser = await openBrowser(options.browser);
  const studio = { browser, site, out: resolve(options.out) };
  try {
    if (isWanted({ name: CERTIFICATE })) await printCertificate(studio);
    for (const state of STATES.filter(isWanted)) await take(state, studio);
    const missing = STATES_WITHOUT_ONE.filter(isWanted);
    if (missing.length > 0) await site.nodes.at(-1)?.child.kill();
    for (const state of missing) await take(state, studio);
  } finally {
    await browser.close();
  }
}

/** Has cameras submit photographs to all nodes until the end. */
async function beginLoad({ nodes }: Site, world: World): Promise<void> {
  const file = join(world.dir, 'submissions');
  await writeSubmissions(world.cameras, { count: SUBMISSION_COUNT, perBody: 1, file });
  const run = await world.load.prepare({
    ...{ ports: nodes.slice(0, 1).map(({ port }) => port), connections: 4, method: 'POST', file },
    ...{ path: '/api/v1/submit-cert', seconds: null, perSecond: SUBMISSIONS_PER_S },
  });
  // It ends with the generator, at the latest.
  void run().catch(() => world.note('no more photographs are submitted'));
}

async function printCertificate({ site, out }: Studio): Promise<void> {
  const files = await takeCertificate(site, out);
  for (const file of files) console.log(file);
  if (files.length === 0) {
    console.log('The certificate is not drawn: install the Debian package poppler-utils.');
  }
}

async function take(state: State, { browser, site, out }: Studio): Promise<void> {
  for (const [width, size] of Object.entries(WIDTHS)) {
    const context = await browser.newContext({
      locale: 'en',
      reducedMotion: 'reduce',
      javaScriptEnabled: state.hasScripts ?? true,
      ...size,
      ...state.reader,
    });
    context.setDefaultTimeout(REACH_TIMEOUT_MS);
    const page = await context.newPage();
    const file = join(out, `${state.name}-${width}.png`);
    try {
      await state.prepare?.(page, site);
      await page.goto(new URL(state.path(site), site.api).href);
      await state.reach(page, site);
      const { heightPx } = state;
      const clip = heightPx && {
        clip: { x: 0, y: 0, width: size.viewport.width, height: heightPx },
      };
      await page.screenshot({ path: file, fullPage: true, ...clip });
      console.log(file);
    } finally {
      await context.close();
    }
  }
}

const options = readOptions();
await ensureWeb();
await mkdir(resolve(options.out), { recursive: true });
const worldSettings = { runs: 1, seconds: 1, out: 'bench-results' };
await runInWorld(worldOptions(VALIDATOR_COUNT, worldSettings), (world) => takeAll(world, options));
