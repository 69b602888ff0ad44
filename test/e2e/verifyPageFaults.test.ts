/** The journalist's page when a part of it is missing. */
import { expect } from 'chai';

import { describeBrowser } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { fileOf, startWebRig, type WebRig } from '../support/webRig.ts';

const RUN_MS_MAX = 240_000;
const ORIGINAL = 'the original of a page that lacks something';

describeBrowser('the verify page without its worker', (open) => {
  const folder = temporaryFolder();
  let rig: WebRig;

  before('start a node and register', async function () {
    this.timeout(RUN_MS_MAX);
    rig = await startWebRig(folder, 1);
    await rig.register(ORIGINAL);
  });
  after(() => rig.stop());

  it('says so, and goes on when the worker can be loaded', async () => {
    const { page } = await open('about:blank');
    await page.route('**/assets/verifyWorker-*', (route) => route.abort());
    await page.goto(`${rig.url}/verify`);

    await page.setInputFiles('#files', [fileOf('first.jpg', ORIGINAL)]);
    const failed = page.locator('[data-verdict="unreadable"]');
    await failed.waitFor();
    expect(await failed.innerText()).to.include('could not be loaded');

    await page.unroute('**/assets/verifyWorker-*');
    await page.setInputFiles('#files', [fileOf('second.jpg', ORIGINAL)]);
    await page.locator('[data-verdict="registered_original"] summary').first().click();
    await page.locator('[data-check="holds"]').waitFor();
  });
});
