/** The journalist's page on a node that lies, breaks off or is watched: it says no more than is proved, and tells no more. */
import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { describeBrowser, dropFiles, type PageFile, violationsOf } from '../support/browser.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { fileOf, hexOfText, startWebRig, type WebRig } from '../support/webRig.ts';

const RUN_MS_MAX = 240_000;
const VALIDATOR_COUNT = 4;
const ORIGINAL = 'an original of the honest page';
const EDIT = 'an edit of the honest page';
const GREEN = 'details.item[data-proof="holds"]';

const drop = (page: Page, files: readonly PageFile[]): Promise<void> =>
  dropFiles(page, '.drop', files);
const titlesOf = (page: Page): Promise<readonly string[]> =>
  page.locator('.items .title').allTextContents();
const said = (page: Page, text: string): Promise<void> =>
  page.getByRole('status').filter({ hasText: text }).waitFor({ state: 'attached' });

/** Lets a node answer other than it does. */
async function falsify(
  page: Page,
  change: (json: Record<string, unknown>) => object,
): Promise<void> {
  await page.route(/\/api\/v1\/verify\/[0-9a-f]{64}$/, async (route) => {
    const answer = await route.fetch();
    const json = (await answer.json()) as Record<string, unknown>;
    await route.fulfill({ response: answer, json: { ...json, ...change(json) } });
  });
}

/** Lets a node send only so many signatures of institutions, beside that of the log. */
async function cutProofs(page: Page, count: number): Promise<void> {
  await page.route('**/api/v1/proof/*', async (route) => {
    const answer = await route.fetch();
    let left = count + 1;
    const lines = (await answer.text()).split('\n');
    const body = lines.filter((line) => !line.startsWith('\u2014 ') || left-- > 0).join('\n');
    await route.fulfill({ response: answer, body });
  });
}

describeBrowser('the page of a node that is not believed', (open) => {
  const folder = temporaryFolder();
  let rig: WebRig;

  before('start a network and register', async function () {
    this.timeout(RUN_MS_MAX);
    rig = await startWebRig(folder, VALIDATOR_COUNT);
    await rig.register(ORIGINAL);
    await rig.register(EDIT, [hexOfText(ORIGINAL)]);
  });
  after(() => rig.stop());

  it('says wherever it speaks of a lie that the proof says otherwise', async () => {
    const { page, faults } = await open(`${rig.url}/verify`);
    await falsify(page, ({ kind }) =>
      kind === 'edit' ? { verdict: 'registered_original', kind: 'camera' } : {},
    );
    const save = async (name: string): Promise<string> => {
      const button = page.getByRole('button', { name });
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      return readFileSync(await download.path(), 'utf8');
    };

    await drop(page, [fileOf('lie.jpg', EDIT), fileOf('truth.jpg', ORIGINAL)]);
    const lie = page.locator('details.item[data-verdict="contradicted"]');
    await lie.waitFor();
    await page.locator(GREEN).waitFor();

    expect(await titlesOf(page)).to.deep.equal([
      'The node’s answer contradicts its proof',
      'Registered as an original photograph',
    ]);
    expect(await lie.locator('> summary').textContent())
      .to.include('The proof says other than the node answered.')
      .and.not.include('The proof holds');
    await said(page, 'Registered: 1 · registered as edits: 0');
    await said(page, 'not confirmed by a proof: 1');
    const rows = (await save('Table of all (CSV)')).split('\r\n');
    expect(rows[1]).to.include(',contradicted,').and.not.include('holds');
    expect(rows[2]).to.include(',holds,');
    const report = JSON.parse(await save('Report of all (JSON)')) as {
      results: { proof: string }[];
    };
    expect(report.results.map(({ proof }) => proof)).to.deep.equal(['contradicted', 'holds']);
    await lie.locator('> summary').click();
    expect(await lie.locator('.differences').textContent())
      .to.match(/a camera\s+\(the node’s word\)/)
      .and.match(/an edit that names what it was made from\s+\(the proof\)/);
    expect(await lie.locator('.statement').textContent()).to.include(
      'says nothing about the photograph',
    );
    expect(await violationsOf(page)).to.deep.equal([]);
    expect(faults).to.deep.equal([]);
  });

  it('waits with its colour and its word for the proof, and announces what came of it', async () => {
    const { page } = await open(`${rig.url}/verify`);
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/api/v1/proof/*', async (route) => {
      await held;
      await route.continue();
    });

    await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
    await page.locator('details.item[data-verdict="registered_original"]').waitFor();

    expect(await titlesOf(page)).to.deep.equal([
      'The node says: Registered as an original photograph',
    ]);
    await said(page, 'Fetching and checking the proof');
    const colour = (): Promise<string> =>
      page.evaluate<string>('getComputedStyle(document.querySelector(".title")).color');
    const before = await colour();
    answer();
    await page.locator(GREEN).waitFor();
    expect(await titlesOf(page)).to.deep.equal(['Registered as an original photograph']);
    expect(await colour()).not.to.equal(before);
    await said(page, 'Registered as an original photograph · The proof holds.');
  });

  for (const count of [2, 0]) {
    it(`says that an answer could not be confirmed, and who cosigned: ${count} of 4`, async () => {
      const { page } = await open(`${rig.url}/verify`);
      await cutProofs(page, count);

      await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
      await page.locator('details.item[data-verdict="unconfirmed"]').waitFor();

      expect(await titlesOf(page)).to.deep.equal(['The node’s answer could not be confirmed']);
      await said(page, 'The node’s answer could not be confirmed · The proof does not hold.');
      expect(await page.locator('.cosigners bdi').count()).to.equal(count);
      expect(await page.locator('.check').textContent()).to.include(
        count === 0 ? 'None of the institutions' : 'Institutions that did cosign',
      );
      expect(await page.locator('.body').textContent())
        .to.include('That says nothing about the photograph.')
        .and.include('What the node answered')
        .and.not.include('Every validator that voted');
      expect(await violationsOf(page)).to.deep.equal([]);
    });
  }

  it('says in its own words what no proof holds, or marks it as the node’s', async () => {
    const { page } = await open(`${rig.url}/verify`);
    const lie = 'a lie of the node';
    await falsify(page, () => ({
      statement: lie,
      checked: [lie],
      not_checked: [lie],
      trust_window_s: 86_400 * 365,
      aggregator: 'somebody else',
      authority_name: 'A Great Maker',
      derivatives: ['f'.repeat(64)],
      also_registered: [{ aggregator: 'yet another', block_time: 1 }],
    }));

    await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
    await page.locator(GREEN).waitFor();

    const text = ((await page.locator('.body').textContent()) ?? '').replace(/\s+/g, ' ');
    expect(text).not.to.include(lie);
    expect(text).not.to.include('365 days');
    expect(text).to.include('A Great Maker (the node’s word)');
    expect(text).to.include('somebody else (the node’s word)');
    expect(text).to.include('Declared edits of it (the node’s word)');
    expect(text).to.include('Registered again, later (the node’s word)');
  });

  it('says that a node did not answer this time, and keeps the proof of before', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
    await page.locator(GREEN).waitFor();
    await page.route(/\/api\/v1\/verify\//, (route) => route.abort());

    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.locator('.stale').waitFor();

    expect(await page.locator('.stale').textContent()).to.match(
      /did not answer this time\. What is shown is its answer of .*\d\d:\d\d/,
    );
    expect(await page.locator('.check').textContent()).to.include('The proof holds.');
    await said(page, 'The node could not be asked');
    expect(await violationsOf(page)).to.deep.equal([]);
  });

  it('tells of no file but the one whose details are asked for, not later and not in a retry', async () => {
    const { page, sent } = await open(`${rig.url}/verify`);
    await page.getByLabel('Ask without telling which photograph').check();
    const texts = [ORIGINAL, EDIT, 'unknown'];
    await drop(
      page,
      texts.map((text) => fileOf(`${text}.jpg`, text)),
    );
    await page.locator('[data-verdict="unnamed"]').nth(1).waitFor();

    await page.locator('[data-verdict="unnamed"] > summary').first().click();
    await page.getByRole('button', { name: 'Ask for the details' }).click();
    await page.locator('[data-verdict="registered_original"]').waitFor();
    await page.locator('[data-verdict="not_found"] > summary').click();
    await page
      .locator('[data-verdict="not_found"]')
      .getByRole('button', { name: 'Ask again' })
      .click();
    await page.context().setOffline(true);
    await drop(page, [fileOf('later.jpg', 'later')]);
    await page.locator('[data-verdict="unasked"]').waitFor();
    await page.context().setOffline(false);
    await page.locator('[data-verdict="not_found"]').nth(1).waitFor();

    await page.locator('[data-verdict="unnamed"] > summary').click();
    for (const verdict of ['unnamed', 'not_found']) {
      const links = page.locator(`[data-verdict="${verdict}"] a[href*="/verify/"]`);
      expect(await links.count(), verdict).to.equal(0);
    }
    for (const text of [EDIT, 'unknown', 'later']) {
      for (const { url } of sent) expect(url).not.to.include(hexOfText(text));
    }
    expect(await page.getByLabel('Ask without telling').isChecked()).to.equal(true);
    expect(sent.filter(({ url }) => url.endsWith('/api/v1/status'))).to.have.length(1);
  });

  it('warns of few records before any digits go out', async () => {
    const { page, sent } = await open(`${rig.url}/verify`);

    await page.getByLabel('Ask without telling which photograph').check();
    await page.locator('.private .notice').waitFor();

    expect(await page.locator('.private .notice').textContent())
      .to.include('Digits that go out: 1. Records of this node that begin alike: about 0 of 2.')
      .and.include('That is fewer than 128.');
    expect(sent.some(({ url }) => url.includes('/verify/range/'))).to.equal(false);
    expect(await violationsOf(page)).to.deep.equal([]);
  });

  it('says that a link could not be copied, and which it is', async () => {
    const { page, faults } = await open(`${rig.url}/verify/${hexOfText(ORIGINAL)}`);
    await page.locator(GREEN).waitFor();
    await page.evaluate(
      'navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied"))',
    );

    await page.getByRole('button', { name: 'Copy the link' }).click();
    await page.getByText('The link could not be copied.').waitFor();

    expect(await page.getByRole('alert').first().textContent()).to.include(hexOfText(ORIGINAL));
    expect(faults).to.deep.equal([]);
  });
});
