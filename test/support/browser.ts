/**
 * Tests in a real browser: Debian's Chromium, driven by playwright-core. Where it is missing the group is skipped and
 * says what to install. Each page has a context of its own, and what it asked of the network is kept.
 */
import { spawnSync } from 'node:child_process';

import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

import { ensureWeb } from '../../scripts/web/build.ts';

const CHROMIUM = '/usr/bin/chromium';
/** Whatever a test waits for comes within this time, also on a machine with much else to do. */
const STEP_MS_MAX = 120_000;
const TEST_MS_MAX = 240_000;
/** Root has no sandbox; a container has little shared memory. */
const OPTIONS = ['--no-sandbox', '--disable-dev-shm-usage'];

/** A request of a page. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly body: Buffer | null;
}

/** A page with what it asked of the network, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  readonly sent: readonly SentRequest[];
  readonly faults: readonly string[];
}

/** Opens a page of a test; the page is closed when the test ends. */
export type OpenBrowserPage = (
  address: string,
  options?: BrowserContextOptions,
) => Promise<OpenPage>;

/** Declares a group of tests that open pages of their own. */
export function describeBrowser(title: string, declare: (open: OpenBrowserPage) => void): void {
  describeWithChromium(title, TEST_MS_MAX, (start) => {
    let browser: Browser;
    before('start the browser', async () => {
      browser = await start();
    });
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    });

    declare(async (address, options = {}) => {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      context.setDefaultTimeout(STEP_MS_MAX);
      return watchPage(await context.newPage(), address);
    });
  });
}

/**
 * Declares a group of tests that need the browser, and how long each may take. What `start` started is closed after
 * them.
 */
export function describeWithChromium(
  title: string,
  testMsMax: number,
  declare: (start: () => Promise<Browser>) => void,
): void {
  describe(title, function () {
    this.timeout(testMsMax);
    if (spawnSync(CHROMIUM, ['--version']).status !== 0) {
      it('needs the Debian package chromium');
      return;
    }
    const started: Browser[] = [];
    before('build the pages', ensureWeb);
    after('close the browser', async () => {
      await Promise.all(started.map((browser) => browser.close()));
    });

    declare(async () => {
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: OPTIONS });
      started.push(browser);
      return browser;
    });
  });
}

/** Goes to an address, and keeps what the page asks of the network and what goes wrong in it. */
export async function watchPage(page: Page, address: string): Promise<OpenPage> {
  const sent: SentRequest[] = [];
  const faults: string[] = [];
  page.on('request', (request) => {
    sent.push({ method: request.method(), url: request.url(), body: request.postDataBuffer() });
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // An answer of 404 is one of the API, and not a fault of the page.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) faults.push(message.text());
  });
  await page.goto(address);
  return { page, sent, faults };
}

/** Resolves to what axe-core finds wrong with a page as it is: rule and elements, one line each. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  // Evaluated from outside, which no Content-Security-Policy of the page forbids.
  await page.evaluate(axe.source);
  const results = await page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
    return inPage.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] });
  });
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

/** A file as playwright takes it. */
export interface PageFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Drops files on an element, as a hand does. */
export async function dropFiles(
  page: Page,
  selector: string,
  files: readonly PageFile[],
): Promise<void> {
  const given = JSON.stringify(files.map(({ name, buffer }) => ({ name, bytes: [...buffer] })));
  // As text: the types of pages stay out of the tests.
  const dataTransfer = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    for (const { name, bytes } of ${given}) transfer.items.add(new File([new Uint8Array(bytes)], name));
    return transfer;
  })()`);
  await page.dispatchEvent(selector, 'drop', { dataTransfer });
}

/** Pastes a text where nothing is chosen. */
export async function pasteText(page: Page, text: string): Promise<void> {
  await page.evaluate(`(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ${JSON.stringify(text)});
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  })()`);
}
