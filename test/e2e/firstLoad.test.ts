/** The first visit to each page: what a browser with an empty cache asks for, and what that weighs. */
import path from 'node:path';

import { expect } from 'chai';

import { type Assets, readAssets } from '../../api/web/assets.ts';
import { watchTraffic } from '../../scripts/web/traffic.ts';
import { describeBrowser } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { hexOfText, startWebRig, type WebRig } from '../support/webRig.ts';

const WEB = path.resolve(import.meta.dirname, '../../dist/web');
/** Half as much again as the heaviest page weighs, and two thirds of what they may. */
const BYTES_MAX = 100_000;
/** Ten times the target: it tells a page that hangs from one on a machine with much else to do. */
const USABLE_MS_MAX = 10_000;
const PHOTO = 'a photograph that somebody has the link of';
const HASH = hexOfText(PHOTO);

interface Visit {
  readonly path: string;
  /** What can be used. */
  readonly usable: string;
  /** What comes last. */
  readonly last: string;
  readonly assets: readonly string[];
  /** Requests beside the page, its assets, and the style and icon of all pages. */
  readonly others: readonly string[];
}

const VISITS: readonly Visit[] = [
  {
    path: '/verify',
    usable: '#files',
    last: '.policy dl',
    assets: ['verify.js', 'verify.css', 'verifyWorker.js'],
    others: ['/policy'],
  },
  {
    path: `/verify/${HASH}`,
    usable: 'details.item[data-verdict=registered_original]',
    last: '[data-check=holds]',
    assets: ['verify.js', 'verify.css', 'verifyWorker.js'],
    others: ['/policy', `/api/v1/verify/${HASH}`, `/api/v1/proof/${HASH}`],
  },
  {
    path: '/network',
    usable: '#connection.up',
    last: '.keys',
    assets: ['network.js', 'network.css'],
    others: ['/api/v1/events'],
  },
];

describeBrowser('the first visit', (open) => {
  const folder = temporaryFolder();
  let rig: WebRig;
  let assets: Assets;

  before('start a node, and register', async () => {
    rig = await startWebRig(folder, 1);
    await rig.register(PHOTO);
    assets = await readAssets(WEB);
  });
  after(() => rig.stop());

  for (const visit of VISITS) {
    const what = visit.path.replace(HASH, '<hash>');

    it(`to ${what} asks for each thing once, and for little: less than ${BYTES_MAX} bytes`, async () => {
      const { page } = await open('about:blank');
      const traffic = watchTraffic(page.context());
      const icon = page.waitForEvent('requestfinished', (request) =>
        request.url().endsWith('/icon.svg'),
      );

      await page.goto(rig.url + visit.path);
      await page.locator(visit.last).first().waitFor({ state: 'attached' });
      await icon;
      // Events go on for ever; all other requests end.
      if (visit.path !== '/network') await page.waitForLoadState('networkidle');

      const { urls, bytes } = await traffic();
      const names = visit.assets.map((name) => `/assets/${assets.nameOf(name)}`);
      expect(urls.map((url) => new URL(url).pathname)).to.have.members([
        visit.path,
        '/style.css',
        '/icon.svg',
        ...names,
        ...visit.others,
      ]);
      expect(bytes).to.be.below(BYTES_MAX);
      const sent = names.map((name) => assets.find(path.basename(name))?.encoded.br.length ?? 0);
      expect(bytes, 'what is counted').to.be.above(sent.reduce((sum, size) => sum + size));
    });

    it(`to ${what} ends in a page that can be used within 10 s`, async () => {
      const { page } = await open('about:blank');
      const beginMs = performance.now();

      await page.goto(rig.url + visit.path);
      await page.locator(visit.usable).waitFor({ state: 'attached', timeout: USABLE_MS_MAX });

      expect(performance.now() - beginMs).to.be.below(USABLE_MS_MAX);
    });
  }
});
