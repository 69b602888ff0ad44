/** The journalist's page in a real browser, on real nodes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import {
  describeBrowser,
  dropFiles,
  type PageFile,
  pasteText,
  type SentRequest,
  violationsOf,
} from '../support/browser.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { fileOf, hexOfText, startWebRig, type WebRig } from '../support/webRig.ts';

const RUN_MS_MAX = 240_000;
const VALIDATOR_COUNT = 4;

/** Text that would be seen anywhere: it stands in every file of these tests. */
const SECRET = 'bytes that only the file has';
const ORIGINAL = `${SECRET}: the original`;
const EDIT = `${SECRET}: the edit`;

const drop = (page: Page, files: readonly PageFile[]): Promise<void> =>
  dropFiles(page, '.drop', files);
const checkOf = (page: Page, outcome: string): Promise<void> =>
  page.locator(`[data-check="${outcome}"]`).waitFor();
const titlesOf = (page: Page): Promise<readonly string[]> =>
  page.locator('.items .title').allTextContents();
const pathsOf = (sent: readonly SentRequest[]): readonly string[] =>
  sent.map(({ url }) => new URL(url).pathname);

describeBrowser('the page where photographs are dropped', (open) => {
  const folder = temporaryFolder();
  let rig: WebRig;

  before('start a network and register', async function () {
    this.timeout(RUN_MS_MAX);
    rig = await startWebRig(folder, VALIDATOR_COUNT);
    await rig.register(ORIGINAL);
    await rig.register(EDIT, [hexOfText(ORIGINAL)]);
  });
  after(() => rig.stop());

  it('tells of 20 dropped files which are registered, and sends no byte of them', async () => {
    const { page, sent, faults } = await open(`${rig.url}/verify`);
    const others = Array.from({ length: 17 }, (_, i) => fileOf(`${i}.jpg`, `${SECRET} ${i}`));
    const changed = ORIGINAL.replace('o', '0');
    const files = [
      fileOf('camera.jpg', ORIGINAL),
      fileOf('edit.jpg', EDIT),
      fileOf('one byte changed.jpg', changed),
      ...others,
    ];

    await drop(page, files);
    await page.locator('[data-verdict]').nth(19).waitFor();
    await page.locator('[data-proof="holds"]').nth(1).waitFor();

    expect(await titlesOf(page)).to.deep.equal([
      'Registered as an original photograph',
      'Registered as an edit',
      ...Array.from({ length: 18 }, () => 'No registration found'),
    ]);
    expect(await page.getByRole('status').textContent()).to.include(
      'Registered: 1 · registered as edits: 1 · no registration found: 18 · other: 0',
    );
    // From the browser's own log: hashes of the files are asked for, and nothing else goes out.
    for (const { method, url, body } of sent) {
      expect(method, url).to.equal('GET');
      expect(body, url).to.equal(null);
      expect(url.startsWith(rig.url), url).to.equal(true);
      expect(decodeURIComponent(url)).not.to.include(SECRET.slice(0, 10));
    }
    const asked = pathsOf(sent).filter((each) => each.startsWith('/api/v1/verify/'));
    expect(asked).to.have.members(
      files.map(({ buffer }) => `/api/v1/verify/${hexOfText(buffer.toString())}`),
    );
    expect(faults).to.deep.equal([]);
  });

  it('hashes without a network, and asks when there is one', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await page.context().setOffline(true);

    await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
    await page.locator('[data-verdict="unasked"]').waitFor();

    expect(await titlesOf(page)).to.deep.equal(['The node could not be asked']);
    expect(await page.locator('.fingerprint').textContent()).to.include(hexOfText(ORIGINAL));

    await page.context().setOffline(false);
    await page.locator('[data-verdict="registered_original"]').waitFor();
  });

  it('shows each step of the check of a proof, and who cosigned', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
    await checkOf(page, 'holds');

    await page.getByText('Each step').click();

    const steps = await page.locator('.steps strong').allTextContents();
    expect(steps).to.have.length(8);
    expect(await page.locator('.steps [data-outcome="passed"]').count()).to.equal(8);
    const place = page.locator('.steps li').nth(4);
    expect(await place.locator('code').isVisible()).to.equal(false);
    await place.locator('summary').click();
    expect(await place.locator('code').textContent()).to.match(/to the root [0-9a-f]{64}$/);
    expect(await place.locator('code').isVisible()).to.equal(true);
    expect(await page.locator('.cosigners bdi').allTextContents()).to.have.length(3);
    expect(await page.locator('.check').textContent())
      .to.include('The proof holds. Steps passed: 8 of 8.')
      .and.include('What the node answered is what the proof says.')
      .and.include('What is marked as the node’s word is in no proof.')
      .and.include('It does not show that the institutions are who their names say.');
  });

  it('keeps the block’s time apart from the camera’s claim, and says what it does not show', async () => {
    const { page } = await open(`${rig.url}/verify/${hexOfText(ORIGINAL)}`);
    await checkOf(page, 'holds');

    const text = (await page.locator('.body').textContent()) ?? '';
    expect(text).to.match(/Known to the network since\s+\d/);
    expect(text).to.include('the camera’s claim, which nobody checked');
    expect(text).to.include('a camera can be pointed at a screen');
    expect(text).to.include('Maker One');
  });

  it('draws what a picture was made from', async () => {
    const { page } = await open(`${rig.url}/verify/${hexOfText(EDIT)}`);

    await page.locator('.picture svg a').first().waitFor();

    expect(await page.locator('.picture svg a').count()).to.equal(2);
    expect(await page.locator('.picture svg a').first().getAttribute('href')).to.equal(
      `/verify/${hexOfText(ORIGINAL)}`,
    );
  });

  it('refuses a proof with a changed byte, and says so without accusing the photograph', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await page.route('**/api/v1/proof/*', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(
        /^index (\d+)/m,
        (_, i: string) => `index ${+i + 1}`,
      );
      await route.fulfill({ response: answer, body });
    });

    await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
    await checkOf(page, 'does-not-hold');

    const text = (await page.locator('.check').textContent()) ?? '';
    expect(text).to.include('The proof does not hold. It ends at the step “Place in the log”.');
    expect(text).to.include('That says nothing about the photograph.');
    expect(await page.locator('.steps [data-outcome="failed"]').count()).to.equal(1);
    expect(await page.locator('.steps [data-outcome="not_reached"]').count()).to.equal(3);
  });

  it('says where the node answers other than its proof', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await page.route('**/api/v1/verify/*', async (route) => {
      const answer = await route.fetch();
      const json = (await answer.json()) as { block_time: number };
      await route.fulfill({
        response: answer,
        json: { ...json, block_time: json.block_time - 60 },
      });
    });

    await page.setInputFiles('#files', [fileOf('camera.jpg', ORIGINAL)]);
    await checkOf(page, 'contradicted');

    expect(await page.locator('.check .notice').textContent()).to.include(
      'say different things about: Known to the network since.',
    );
    expect(await page.locator('.check .differences dd > div').allTextContents()).to.have.length(2);
  });

  it('takes a policy of the reader’s own, and believes no other then', async () => {
    const { page } = await open(`${rig.url}/verify/${hexOfText(ORIGINAL)}`);
    await checkOf(page, 'holds');
    const other = readFileSync(
      path.resolve(import.meta.dirname, '../vectors/proofs/0.1.0/original-of-300.policy.txt'),
    );

    await page.setInputFiles('#policy-file', {
      name: 'ours.txt',
      mimeType: 'text/plain',
      buffer: other,
    });
    await checkOf(page, 'does-not-hold');
    expect(await page.locator('.check').textContent())
      .to.include('“Signature of the log”')
      .and.include('your own file, ours.txt');

    const own = Buffer.from(await (await fetch(`${rig.url}/policy`)).arrayBuffer());
    await page.setInputFiles('#policy-file', {
      name: 'own.txt',
      mimeType: 'text/plain',
      buffer: own,
    });
    await checkOf(page, 'holds');
  });

  it('keeps the policy in force where a file is none', async () => {
    const { page } = await open(`${rig.url}/verify/${hexOfText(ORIGINAL)}`);
    await checkOf(page, 'holds');

    await page.locator('.policy summary').click();
    await page.setInputFiles('#policy-file', fileOf('photo.jpg', 'not a policy'));
    await page.getByText('That file is no policy').waitFor();

    await checkOf(page, 'holds');
  });

  it('says that a node serves another policy than at the first visit', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await page.locator('.policy dl').waitFor({ state: 'attached' });
    await page.route('**/policy', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/^group pbft 3/m, 'group pbft 1');
      await route.fulfill({ response: answer, body });
    });

    await page.reload();

    const notice = page.locator('.policy .notice', { hasText: 'This node serves another policy' });
    await notice.waitFor();
    expect(await notice.locator('dl').textContent()).to.include('1 / 4');
    expect(await page.locator('.policy > dl').textContent()).to.include('3 / 4');
    await page.getByRole('button', { name: 'Accept the other policy' }).click();
    await page.locator('.policy > dl').getByText('1 / 4').waitFor();
  });

  it('asks without telling which photograph, and warns where few share the digits', async () => {
    const { page, sent } = await open(`${rig.url}/verify`);
    await page.getByLabel('Ask without telling which photograph').check();

    await drop(page, [fileOf('camera.jpg', ORIGINAL), fileOf('unknown.jpg', `${SECRET} unknown`)]);
    await page.locator('[data-verdict="unnamed"]').waitFor();
    await page.locator('[data-verdict="not_found"]').waitFor();

    const hashes = [hexOfText(ORIGINAL), hexOfText(`${SECRET} unknown`)];
    for (const { url } of sent) for (const hash of hashes) expect(url).not.to.include(hash);
    expect(pathsOf(sent)).to.include(`/api/v1/verify/range/${hexOfText(ORIGINAL).slice(0, 1)}`);

    await page.locator('[data-verdict="unnamed"] summary').click();
    expect(await page.locator('.body').textContent())
      .to.include('Sent: ')
      .and.include('That is fewer than 128.');
    await page.getByRole('button', { name: 'Ask for the details' }).click();
    await page.locator('[data-verdict="registered_original"]').waitFor();
  });

  it('takes pasted hashes, one or many, and says where there is none', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await page.getByLabel('Fingerprint of a file').fill(hexOfText(ORIGINAL).toUpperCase());
    await page.keyboard.press('Enter');
    await page.locator('[data-verdict="registered_original"]').waitFor();

    await pasteText(page, `a.jpg ${hexOfText(EDIT)}\nb.jpg ${'0'.repeat(64)}\n`);
    await page.locator('[data-verdict="declared_edit"]').waitFor();
    await page.locator('[data-verdict="not_found"]').waitFor();

    await page.getByLabel('Fingerprint of a file').fill('abc');
    await page.keyboard.press('Enter');
    await page.getByText('There is no fingerprint in that.').waitFor();
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await open(`${rig.url}/verify`);
    const focused = page.locator(':focus');
    const press = async (key: string, count = 1): Promise<void> => {
      for (let i = 0; i < count; i++) await page.keyboard.press(key);
    };

    const chosen = page.waitForEvent('filechooser');
    await press('Tab', 2);
    expect(await focused.getAttribute('id')).to.equal('files');
    await press('Enter');
    await (await chosen).setFiles([fileOf('camera.jpg', ORIGINAL), fileOf('other.jpg', 'other')]);
    await page.locator('[data-verdict]').nth(1).waitFor();
    const first = page.locator('[data-verdict="registered_original"]');
    await first.and(page.locator('[data-proof="holds"]')).waitFor();
    // Past the three buttons above the list, to the first of it.
    await press('Tab', 4);
    expect(await focused.textContent()).to.include('Registered as an original photograph');
    await press('Enter');
    await first.locator('.body').waitFor();
    await press('Tab');
    await press('Enter');
    await first.locator('.check details[open]').waitFor();
  });

  it('is read without a script, and looks hashes up', async () => {
    const { page } = await open(`${rig.url}/verify`, { javaScriptEnabled: false });

    await page.getByLabel('Fingerprint of a file').fill(hexOfText(ORIGINAL));
    await page.keyboard.press('Enter');
    await page.waitForURL(`${rig.url}/verify/${hexOfText(ORIGINAL)}`);

    expect(await page.locator('h1').textContent()).to.equal('Registered as an original photograph');
  });

  it('has nothing that axe-core objects to, in any of its states', async () => {
    const { page } = await open(`${rig.url}/verify`);
    expect(await violationsOf(page), 'empty').to.deep.equal([]);

    await page.setInputFiles('#files', [fileOf('camera.jpg', EDIT)]);
    await checkOf(page, 'holds');
    await page.getByText('Each step').click();
    await page.getByText('Badge for your own page').click();
    await page.locator('.policy summary').click();
    expect(await violationsOf(page), 'registered').to.deep.equal([]);

    await page.context().setOffline(true);
    await page.setInputFiles('#files', [fileOf('a.jpg', 'a'), fileOf('b.jpg', 'b')]);
    await page.locator('[data-verdict="unasked"]').nth(1).waitFor();
    await page.locator('[data-verdict="unasked"] summary').first().click();
    expect(await violationsOf(page), 'offline').to.deep.equal([]);
    await page.context().setOffline(false);
    await page.locator('[data-verdict="not_found"]').nth(1).waitFor();
    expect(await violationsOf(page), 'many').to.deep.equal([]);

    await page.getByLabel('Language').selectOption('ar');
    await page.locator('html[lang="ar"]').waitFor();
    expect(await violationsOf(page), 'Arabic').to.deep.equal([]);
  });

  it('has nothing that axe-core objects to in the dark, in high contrast, and on a phone', async () => {
    const places = [
      { colorScheme: 'dark' },
      { forcedColors: 'active' },
      { contrast: 'more', viewport: { width: 360, height: 700 } },
    ] as const;
    for (const place of places) {
      const { page } = await open(`${rig.url}/verify/${hexOfText(EDIT)}`, place);
      await checkOf(page, 'holds');
      expect(await violationsOf(page), JSON.stringify(place)).to.deep.equal([]);
    }
  });

  it('speaks the reader’s language, and another when asked', async () => {
    const { page } = await open(`${rig.url}/verify/${hexOfText(ORIGINAL)}`, { locale: 'de-AT' });
    await checkOf(page, 'holds');

    expect(await page.locator('html').getAttribute('lang')).to.equal('de');
    expect(await titlesOf(page)).to.deep.equal(['Als Originalfotografie registriert']);
    expect(await page.locator('.body').textContent()).to.include('Jeder Validator');

    await page.getByLabel('Sprache').selectOption('fr');
    await page.getByRole('heading', { name: 'Enregistrée comme photographie originale' }).waitFor();
    await page.reload();
    await checkOf(page, 'holds');
    expect(await page.locator('html').getAttribute('lang')).to.equal('fr');
  });

  it('is laid out from right to left in Arabic, and fits a phone in every language', async () => {
    for (const locale of ['ar', 'de', 'en', 'es', 'fr']) {
      const viewport = { width: 360, height: 700 };
      const { page } = await open(`${rig.url}/verify/${hexOfText(EDIT)}`, { locale, viewport });
      await checkOf(page, 'holds');

      const mark = await page.locator('.item .mark').boundingBox();
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(await page.locator('html').getAttribute('dir')).to.equal(
        locale === 'ar' ? 'rtl' : 'ltr',
      );
      expect((mark?.x ?? 0) > viewport.width / 2, locale).to.equal(locale === 'ar');
      expect(overflow, locale).to.be.at.most(0);
    }
  });

  it('saves a report and a table', async () => {
    const { page } = await open(`${rig.url}/verify`);
    await drop(page, [fileOf('camera.jpg', ORIGINAL), fileOf('=1+1.jpg', 'unknown')]);
    await page.locator('[data-verdict]').nth(1).waitFor();
    await page.getByText('The proof holds.').waitFor();
    const save = async (name: string): Promise<string> => {
      const button = page.getByRole('button', { name });
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      return readFileSync(await download.path(), 'utf8');
    };

    const table = await save('Table of all (CSV)');
    const report = JSON.parse(await save('Report of all (JSON)')) as {
      results: { sha256: string; proof_check: { verdict: string } | null }[];
    };

    expect(table.split('\r\n')[1]).to.include(
      `camera.jpg,${ORIGINAL.length},${hexOfText(ORIGINAL)}`,
    );
    expect(table.split('\r\n')[2]).to.match(/^"'=1\+1\.jpg",/);
    expect(report.results.map(({ sha256 }) => sha256)).to.deep.equal([
      hexOfText(ORIGINAL),
      hexOfText('unknown'),
    ]);
    expect(report.results[0]?.proof_check?.verdict).to.equal('registered_original');
  });
});
