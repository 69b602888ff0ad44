/** What axe-core says of pages and states that the tests of each page do not pass through. */
import path from 'node:path';

import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';

import { readAssets } from '../../api/web/assets.ts';
import { formatHex } from '../../chain/bytes.ts';
import { RECORD_KIND, SIGNED_FORM } from '../../chain/record.ts';
import { type Running, startApi, stopAll, submissionWith } from '../api/client.ts';
import { describeBrowser, violationsOf } from '../support/browser.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';

const WEB = path.resolve(import.meta.dirname, '../../dist/web');
const ORIGINAL = formatHex(bytesOf(1));
const EDIT = formatHex(bytesOf(2));
const ABSENT = '0'.repeat(64);
/** As `submissionWith` names it. */
const PENDING = 'ab'.repeat(32);

/** More than two pages of a batch. */
const BATCH_COUNT = 250;

const READERS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['at a desk', {}],
  // The narrowest that WCAG 2.2 asks for (1.4.10).
  ['on a phone in the dark', { colorScheme: 'dark', viewport: { width: 320, height: 740 } }],
  ['in forced colours', { forcedColors: 'active' }],
];

interface Started extends Running {
  readonly batchId: string;
}

/** Starts an interface that knows an original, an edit of it, a large batch, and one that is pending. */
async function start(): Promise<Started> {
  const api = await startApi({ options: { assets: await readAssets(WEB) } });
  const { ledger, log } = api.ports;
  const parents = [bytesOf(1)];
  const edit = { kind: RECORD_KIND.edit, signedForm: SIGNED_FORM.v2, parents };
  ledger.commit([recordWith(), recordWith({ ...edit, imageHash: bytesOf(2) })]);
  const many = Array.from({ length: BATCH_COUNT }, (_, i) => bytesOf(100 + i));
  const batchId = formatHex(ledger.commit(many.map((imageHash) => recordWith({ imageHash }))));
  log.cosign();
  await api.post('/api/v1/submit-cert', submissionWith());
  return { ...api, batchId };
}

describeBrowser('what axe-core finds', (open) => {
  let api: Started;

  beforeEach(async () => {
    api = await start();
  });
  afterEach(stopAll);

  /** Opens the operator's page, live, at what its address names. */
  const openNetwork = async (fragment: string, reader?: BrowserContextOptions): Promise<Page> => {
    const { page } = await open(`${api.url}/network${fragment}`, reader);
    await page.locator('#connection.up').waitFor();
    await page.locator('.keys').waitFor();
    if (fragment !== '') await page.locator('#found').waitFor();
    return page;
  };

  /** Opens a page as it is where scripts are turned off; axe-core needs its own to run, so the page's are cut out. */
  const openPlain = async (address: string, reader: BrowserContextOptions): Promise<Page> => {
    const { page } = await open('about:blank', reader);
    await page.route(address, async (route) => {
      const response = await route.fetch();
      const html = await response.text();
      const body = html
        .replaceAll(/<script[^>]*>.*?<\/script>/gs, '')
        .replaceAll(/<\/?noscript>/g, '');
      await route.fulfill({ response, body });
    });
    await page.goto(address);
    return page;
  };

  for (const [who, reader] of READERS) {
    it(`on pages without a script is nothing, ${who}`, async () => {
      const places = ['', '/abc', `/${ORIGINAL}`, `/${EDIT}`, `/${ABSENT}`, `/${PENDING}`];
      const addresses = ['/docs', '/network', ...places.map((each) => `/verify${each}`)];
      for (const address of addresses) {
        const page = await openPlain(api.url + address, reader);

        expect(await violationsOf(page), address).to.deep.equal([]);
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(overflow, `${address} is too wide`).to.be.at.most(0);
      }
    });

    it(`on the operator's page is nothing, whatever was found, ${who}`, async () => {
      const places = [
        '#/block/1',
        '#/blocks/0',
        `#/transaction/${api.batchId}`,
        `#/photograph/${EDIT}`,
        `#/hash/${ABSENT}`,
      ];
      for (const place of places) {
        const page = await openNetwork(place, reader);

        expect(await violationsOf(page), place).to.deep.equal([]);
      }
    });

    it(`on the operator's page is nothing where its node is gone, ${who}`, async () => {
      const page = await openNetwork('', reader);
      for (const summary of await page.locator('figure summary').all()) await summary.click();
      await page.locator('figure tbody').nth(6).waitFor();

      await api.stop();
      await page.locator('#connection.missing').waitFor();
      await page.locator('.findings .bad').waitFor();

      expect(await violationsOf(page)).to.deep.equal([]);
    });

    it(`on badges is nothing, whatever they say, ${who}`, async () => {
      const badge = (hash: string, attributes = ''): string =>
        `<p><birthmark-badge hash="${hash}" ${attributes}><a href="/">Record</a></birthmark-badge></p>`;
      const { page } = await open('about:blank', reader);
      await page.route('**/article', (route) =>
        route.fulfill({
          contentType: 'text/html; charset=utf-8',
          body: `<!doctype html><html lang="en"><head><title>An article</title>
            <meta name="viewport" content="width=device-width" /><meta name="color-scheme" content="light dark" /></head>
            <body><main><h1>An article</h1>${badge(ORIGINAL)}${badge(EDIT)}${badge(PENDING)}${badge(ABSENT)}
            ${badge(ORIGINAL, 'node="http://127.0.0.1:9"')}</main><script src="/badge.js" async></script></body></html>`,
        }),
      );

      await page.goto(`${api.url}/article`);
      for (const verdict of [
        ...['registered_original', 'declared_edit', 'pending', 'not_found', 'unknown'],
      ]) {
        await page.locator(`birthmark-badge a[data-verdict="${verdict}"]`).waitFor();
      }

      expect(await violationsOf(page)).to.deep.equal([]);
    });
  }

  it('on the operator’s page is nothing on any page of a large batch', async () => {
    const page = await openNetwork(`#/transaction/${api.batchId}`);
    const rows = page.locator('section.found ol li');
    const heading = page.locator('section.found h3');
    expect(await heading.innerText()).to.equal('Photographs 1 to 100');

    await page.getByRole('link', { name: 'Later photographs' }).press('Enter');
    await heading.filter({ hasText: '101 to 200' }).waitFor();
    expect(await violationsOf(page)).to.deep.equal([]);
    await page.getByRole('link', { name: 'Later photographs' }).press('Enter');
    await heading.filter({ hasText: '201 to 250' }).waitFor();

    expect(await rows.count()).to.equal(50);
    expect(await rows.last().innerText()).to.equal(formatHex(bytesOf(100 + BATCH_COUNT - 1)));
    expect(await page.getByRole('link', { name: 'Later photographs' }).count()).to.equal(0);
    await page.getByRole('link', { name: 'Earlier photographs' }).press('Enter');
    await heading.filter({ hasText: '101 to 200' }).waitFor();
  });

  it('on the operator’s page is nothing while what is typed is wrong', async () => {
    const page = await openNetwork('');
    await page.locator('#search').fill('photo.jpg');
    await page.locator('#search').press('Enter');
    await page.locator('#search-problem', { hasText: 'A height is a number' }).waitFor();

    expect(await violationsOf(page)).to.deep.equal([]);
  });
});
