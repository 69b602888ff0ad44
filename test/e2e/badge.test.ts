/** The badge, in a page of another site. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { describeBrowser, violationsOf } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { hexOfText, startWebRig, type WebRig } from '../support/webRig.ts';

const PHOTO = 'the photograph of an article';
const AGAIN_MS = 600_000;

describeBrowser('a badge on a page of another site', (open) => {
  const folder = temporaryFolder();
  let rig: WebRig;
  let site: Server;
  let address: string;
  /** What the page of the site is. */
  let content: (node: string) => string;

  before(async () => {
    rig = await startWebRig(folder, 1);
    await rig.register(PHOTO);
    site = createServer((_, response) => {
      const node = rig.url;
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.setHeader(
        'Content-Security-Policy',
        `default-src 'none'; script-src ${node}; connect-src ${node}`,
      );
      response.end(content(node));
    });
    await new Promise<void>((resolve) => void site.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  });
  after(async () => {
    await rig.stop();
    await new Promise((resolve) => void site.close(resolve));
  });

  const article =
    (hash: string, attributes = '', lang = 'en') =>
    (node: string): string =>
      `<!doctype html><html lang="${lang}"><head><title>An article</title></head><body><main><h1>An article</h1>
       <birthmark-badge hash="${hash}" ${attributes}><a href="${node}/verify/${hash}">Birthmark record</a></birthmark-badge>
       </main><script src="${node}/badge.js" async></script></body></html>`;

  it('says what the node knows, and links to it', async () => {
    content = article(hexOfText(PHOTO));

    const { page, faults } = await open(address);
    const badge = page.locator('birthmark-badge a[data-verdict="registered_original"]');
    await badge.waitFor();

    expect(await badge.textContent()).to.include('Registered as an original photograph');
    expect(await badge.getAttribute('href')).to.equal(`${rig.url}/verify/${hexOfText(PHOTO)}`);
    expect(await violationsOf(page)).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
  });

  it('says calmly that there is no registration', async () => {
    content = article('0'.repeat(64));

    const { page } = await open(address);
    const badge = page.locator('birthmark-badge a[data-verdict="not_found"]');
    await badge.waitFor();

    expect(await badge.textContent()).to.include('No registration found');
  });

  for (const [verdict, text] of [
    ['same_picture_data', 'Registered: the same picture in another file'],
    ['registered_revoked', 'Registered, and later revoked'],
  ] as const) {
    it(`has words for every verdict: ${verdict}`, async () => {
      content = article(hexOfText(PHOTO));
      const { page } = await open('about:blank');
      await page.route('**/api/v1/verify/*', async (route) => {
        const answer = await route.fetch();
        const json = (await answer.json()) as object;
        await route.fulfill({ response: answer, json: { ...json, verdict } });
      });

      await page.goto(address);
      const badge = page.locator(`birthmark-badge a[data-verdict="${verdict}"]`);
      await badge.waitFor();

      expect(await badge.textContent()).to.include(text);
    });
  }

  it('speaks the language of the page, from right to left too', async () => {
    content = article(hexOfText(PHOTO), '', 'ar');

    const { page } = await open(address);
    const badge = page.locator('birthmark-badge a[data-verdict]');
    await badge.waitFor();

    expect(await badge.getAttribute('dir')).to.equal('rtl');
    expect(await badge.textContent()).to.include('مسجّلة كصورة فوتوغرافية أصلية');
  });

  it('asks again while the page is looked at', async () => {
    content = article(hexOfText(PHOTO));
    const { page } = await open('about:blank');
    await page.clock.install();
    await page.goto(address);
    await page.locator('birthmark-badge a[data-verdict]').waitFor();

    const again = page.waitForRequest(`${rig.url}/api/v1/verify/*`);
    await page.clock.fastForward(AGAIN_MS + 1);

    expect((await again).method()).to.equal('GET');
  });

  it('is a link where no script runs', async () => {
    content = article(hexOfText(PHOTO));

    const { page } = await open(address, { javaScriptEnabled: false });

    expect(
      await page.getByRole('link', { name: 'Birthmark record' }).getAttribute('href'),
    ).to.equal(`${rig.url}/verify/${hexOfText(PHOTO)}`);
  });

  it('stays what the publisher wrote where its hash is none', async () => {
    content = article('abc');

    const { page } = await open(address);
    await page.locator('script[src$="/badge.js"]').waitFor({ state: 'attached' });

    expect(await page.getByRole('link', { name: 'Birthmark record' }).isVisible()).to.equal(true);
  });

  it('links to what is known where the node does not answer', async () => {
    content = article(hexOfText(PHOTO));
    const { page } = await open('about:blank');
    await page.route('**/api/v1/verify/*', (route) => route.abort());

    await page.goto(address);
    const badge = page.locator('birthmark-badge a[data-verdict="unknown"]');
    await badge.waitFor();

    expect(await badge.textContent()).to.include('See what this node knows of the picture');
  });

  it('asks the node that it names', async () => {
    content = article(hexOfText(PHOTO), 'node="http://127.0.0.1:9"');

    const { page, sent } = await open(address);
    await page.locator('birthmark-badge a[data-verdict="unknown"]').waitFor();

    expect(sent.some(({ url }) => url.startsWith(`${rig.url}/api/`))).to.equal(false);
  });
});
