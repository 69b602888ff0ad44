/**
 * A file of 500 MB on the page: it is hashed away from the page, which stays responsive and keeps no more of it in
 * memory than a few pieces. Times are asserted ten times as wide as they are: what keeps them short is asserted too.
 */
import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { describeBrowser } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { startWebRig, type WebRig } from '../support/webRig.ts';

const FILE_BYTES = 500_000_000;
const RUN_MS_MAX = 180_000;
/** The page promises 100 ms. */
const TASK_MS_MAX = 1_000;
const HEAP_BYTES_MAX = 100_000_000;
const WEB = path.resolve(import.meta.dirname, '../../dist/web');
/** The first constant of SHA-256, as scripts have it. */
const SHA256_CONSTANT = /1116352408|0x428a2f98/i;

function hashOfZeros(size: number): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(1_000_000);
  for (let done = 0; done < size; done += piece.length) hash.update(piece);
  return hash.digest('hex');
}

describeBrowser('a file of 500 MB on the page', (open) => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'large.raw');
  let rig: WebRig;

  before(async function () {
    this.timeout(RUN_MS_MAX);
    // Of zeros, which take no room on the disk.
    writeFileSync(file, '');
    truncateSync(file, FILE_BYTES);
    rig = await startWebRig(folder, 1);
  });
  after(() => rig.stop());

  it('is hashed in a worker, with progress, while the page stays responsive', async function () {
    this.timeout(RUN_MS_MAX);
    const { page } = await open(`${rig.url}/verify`);
    await page.locator('.policy dl').waitFor({ state: 'attached' });
    await page.evaluate(`
      globalThis.tasks = [];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) tasks.push(duration);
      }).observe({ type: 'longtask' });
    `);

    await page.setInputFiles('#files', file);
    const progress = page.getByRole('progressbar');
    await progress.waitFor();
    const heapBytes = await page.evaluate<number>('performance.memory.usedJSHeapSize');
    await page.locator('[data-verdict="not_found"]').waitFor({ timeout: RUN_MS_MAX });

    const text = await page.locator('.body').textContent();
    expect(text).to.include(hashOfZeros(FILE_BYTES));
    expect(page.workers().map((worker) => new URL(worker.url()).pathname)).to.include(
      `/assets/${servedName('verifyWorker.js')}`,
    );
    expect(heapBytes).to.be.below(HEAP_BYTES_MAX);
    const tasks = await page.evaluate<readonly number[]>('tasks');
    expect(Math.max(0, ...tasks)).to.be.below(TASK_MS_MAX);
  });

  it('can be given up on while it is hashed', async function () {
    this.timeout(RUN_MS_MAX);
    const { page } = await open(`${rig.url}/verify`);
    await page.setInputFiles('#files', file);
    await page.getByRole('progressbar').waitFor();

    await page.getByRole('button', { name: 'Remove from this list: large.raw' }).click();
    await page.setInputFiles('#files', { name: 'a', mimeType: '', buffer: Buffer.from('a') });
    await page.locator('[data-verdict="not_found"]').waitFor();

    expect(await page.locator('.items > li').count()).to.equal(1);
  });

  it('is hashed by no code of the page itself', () => {
    const read = (name: string): string => readFileSync(path.join(WEB, servedName(name)), 'utf8');

    expect(read('verify.js')).not.to.match(SHA256_CONSTANT);
    expect(read('verifyWorker.js')).to.match(SHA256_CONSTANT);
  });
});

function servedName(name: string): string {
  const { files } = JSON.parse(readFileSync(path.join(WEB, 'manifest.json'), 'utf8')) as {
    files: Readonly<Record<string, string>>;
  };
  return files[name] ?? '';
}
