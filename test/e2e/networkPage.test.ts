/** The operator's page in a real browser, on four validators as processes. */
import path from 'node:path';

import { expect } from 'chai';
import getPort from 'get-port';
import type { Browser, Page } from 'playwright-core';

import { formatHex, parseHex } from '../../chain/bytes.ts';
import {
  describeWithChromium,
  type OpenPage,
  violationsOf,
  watchPage,
} from '../support/browser.ts';
import type { Camera } from '../support/certificates.ts';
import { type Birthmark, killGroup, startBirthmark } from '../support/crashProcess.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { bodyOf, requestOf } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/wholeNetwork.ts';

const RUN_MS_MAX = 180_000;
const KILLED_SHOWN_MS_MAX = 10_000;

interface Registered {
  readonly imageHash: string;
  readonly txHash: string;
  readonly height: number;
  readonly blockHash: string;
}

describeWithChromium(
  "the operator's page of one of four validators",
  RUN_MS_MAX,
  (startBrowser) => {
    const folder = temporaryFolder();
    const network = path.join(folder, 'network');
    const started: Birthmark[] = [];
    const opened: OpenPage[] = [];
    let authority: RealAuthority;
    let camera: Camera;
    let apis: readonly string[] = [];
    let pids: readonly number[] = [];
    let chainId = new Uint8Array();
    let browser: Browser;
    let page: Page;
    let photo: Registered;
    let shotCount = 0;

    const start = (...args: readonly string[]): Birthmark => {
      const birthmark = startBirthmark(args);
      started.push(birthmark);
      return birthmark;
    };
    const getJson = async (route: string, node = 0): Promise<Readonly<Record<string, unknown>>> => {
      const answer = await fetch(new URL(route, apis[node]));
      return (await answer.json()) as Readonly<Record<string, unknown>>;
    };
    /** Registers a photograph through a node; resolves once it is on the chain there. */
    const shoot = async (node = 0): Promise<Registered> => {
      const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
      const request = requestOf(camera, `shown ${shotCount++}`, { chainId, claims });
      const imageHash = formatHex(request.imageHash);
      const body = JSON.stringify(bodyOf(request));
      await fetch(new URL('/api/v1/submit-cert', apis[node]), { method: 'POST', body });
      let found: Readonly<Record<string, unknown>> = {};
      await until(async () => {
        found = await getJson(`/api/v1/verify/${imageHash}`, node);
        return found['verified'] === true;
      });
      const height = Number(found['block_height']);
      const block = await getJson(`/api/v1/blocks/${height}`, node);
      const blockHash = String(block['block_hash']);
      return { imageHash, txHash: String(found['tx_hash']), height, blockHash };
    };
    const openPage = async (): Promise<Page> => {
      const watched = await watchPage(await browser.newPage(), new URL('/network', apis[0]).href);
      opened.push(watched);
      await watched.page.locator('#connection', { hasText: 'live' }).waitFor();
      return watched.page;
    };
    const search = async (text: string): Promise<string> => {
      await page.locator('#search').fill(text);
      await page.locator('#search').press('Enter');
      await page.locator('#found:focus').waitFor();
      return page.locator('section.found').innerText();
    };

    before('start four processes, a camera and a browser', async () => {
      const dir = path.join(folder, 'authority');
      authority = await startRealAuthority(dir);
      camera = await provisionCamera(authority, 'SHOWN-1');
      const port = await getPort();
      const devnet = start(
        ...['devnet', '--validators', '4', '--dir', network, '--api-port', String(port)],
        ...['--authority', path.join(dir, 'authority.json'), '--param', 'batch_wait_ms=20'],
      );
      const [line] = await devnet.says(/^\{.*\}\n/);
      const ready = JSON.parse(line) as {
        readonly api: readonly string[];
        readonly pids: readonly number[];
        readonly chain_id: string;
      };
      apis = ready.api;
      pids = ready.pids;
      chainId = new Uint8Array(parseHex(ready.chain_id));
      photo = await shoot();
      for (let i = 0; i < 3; i++) await shoot(1);
      browser = await startBrowser();
      page = await openPage();
    });
    after(async () => {
      for (const birthmark of started) killGroup(birthmark);
      await authority.stop();
    });

    it('shows that all is well, and each validator as up', async () => {
      await page.locator('.findings li.good').waitFor();

      expect(await page.locator('.findings').innerText()).to.include('All is well.');
      for (const name of ['v1', 'v2', 'v3', 'v4']) {
        const row = page.locator(`[data-validator="${name}"]`);
        expect(await row.innerText(), name).to.match(/\tup\t/);
      }
    });

    it('shows a block as it is made, with who proposed and signed it', async () => {
      const { height } = await shoot();

      const row = page.locator(`[data-height="${height}"]`);
      await row.waitFor();
      const cells = (await row.innerText()).split('\t');
      expect(cells[3]).to.match(/^v[1-4]$/);
      expect(cells[5]).to.match(/^v[1-4] v[1-4] v[1-4]/);
    });

    it('has seven curves, each described and with a table behind it', async () => {
      const figures = page.locator('figure');
      expect(await figures.count()).to.equal(7);
      // Rates need two samples.
      await until(async () => (await page.locator('.plot[aria-label*=", last: "]').count()) === 7);

      for (const figure of await figures.all()) {
        const label = await figure.locator('.plot').getAttribute('aria-label');
        expect(label).to.match(/, last: /);
        expect(await figure.locator('canvas').count(), label ?? '').to.equal(1);
        await figure.locator('summary').focus();
        await page.keyboard.press('Enter');
        await figure.locator('tbody tr').first().waitFor();
        expect(await figure.locator('thead th').count()).to.be.at.least(2);
      }
    });

    it('finds a height', async () => {
      const text = await search(String(photo.height));

      expect(text).to.include(`Block ${photo.height}`).and.to.include(photo.blockHash);
      expect(text).to.include(photo.txHash);
    });

    it('finds the hash of a block', async () => {
      expect(await search(photo.blockHash)).to.include(`Block ${photo.height}`);
    });

    it('finds the hash of a batch, in upper case and with spaces around it too', async () => {
      const text = await search(` ${photo.txHash.toUpperCase()} `);

      expect(text).to.match(/^Batch\n/);
      expect(text).to.include(photo.imageHash);
    });

    it('finds the hash of a photograph', async () => {
      const text = await search(photo.imageHash);

      expect(text).to.match(/^Photograph\n/);
      expect(text).to.include('registered_original').and.to.include(photo.txHash);
    });

    it('says that a hash is not known, and that this says nothing about a photograph', async () => {
      const text = await search('ab'.repeat(32));

      expect(text).to.include('knows no block, no batch and no photograph');
      expect(text).to.include('nothing about its authenticity');
    });

    it('says of a height that is not there yet that no such block is decided', async () => {
      expect(await search('999,999')).to.include('no such block is decided');
    });

    for (const [what, text, sentence] of [
      ['nothing', '', 'Type a height or a hash.'],
      ['a hash that is cut off', 'ab'.repeat(31), 'A hash has 64 hex digits; this has 62.'],
      ['a word', 'photo.jpg', 'A height is a number'],
      ['a script', '<script>alert(1)</script>', 'A height is a number'],
    ] as const) {
      it(`says what is wrong with ${what} in the search field`, async () => {
        await page.locator('#search').fill(text);
        await page.locator('#search').press('Enter');

        const problem = page.locator('#search-problem', { hasText: sentence });
        await problem.waitFor();
        expect(await page.locator('#search').getAttribute('aria-invalid')).to.equal('true');
      });
    }

    it('leads by keyboard from a block to its batch, its photograph, and back', async () => {
      await search(String(photo.height));

      await page.locator('section.found').getByRole('link', { name: photo.txHash }).press('Enter');
      await page.locator('#found:focus', { hasText: 'Batch' }).waitFor();
      await page
        .locator('section.found')
        .getByRole('link', { name: photo.imageHash })
        .press('Enter');
      await page.locator('#found:focus', { hasText: 'Photograph' }).waitFor();
      await page.goBack();

      await page.locator('#found:focus', { hasText: 'Batch' }).waitFor();
    });

    it('reaches the search field by the first press of Tab', async () => {
      const other = await openPage();

      await other.keyboard.press('Tab');

      expect(await other.evaluate('document.activeElement.id')).to.equal('search');
      await other.close();
    });

    it('lists blocks, twenty at a time', async () => {
      await page.evaluate("location.hash = '#/blocks/0'");

      await page.locator('#found:focus', { hasText: 'Blocks 0 to' }).waitFor();
      const first = await page.locator('section.found tbody tr').last().innerText();
      expect(first).to.match(/^0\t/);
    });

    for (const scheme of ['light', 'dark'] as const) {
      it(`passes every rule of axe-core, with all tables open, when it is ${scheme}`, async () => {
        await page.emulateMedia({ colorScheme: scheme });
        await search(photo.imageHash);

        expect(await violationsOf(page)).to.deep.equal([]);
      });
    }

    it('shows every table whole at 1280 pixels', async () => {
      const desk = await openPage();
      await desk.setViewportSize({ width: 1_280, height: 800 });
      await desk.locator('[data-authority]').waitFor();

      const hidden = await desk.evaluate(
        "[...document.querySelectorAll('.scroll')].map((each) => each.scrollWidth - each.clientWidth)",
      );

      expect(hidden).to.deep.equal([0, 0, 0, 0]);
      await desk.close();
    });

    it('is no wider than a phone, and passes axe-core there', async () => {
      const phone = await openPage();
      await phone.setViewportSize({ width: 360, height: 740 });
      await phone.locator('[data-validator="v1"]').waitFor();

      const width = await phone.evaluate('document.documentElement.scrollWidth');
      expect(width).to.equal(360);
      expect(await violationsOf(phone)).to.deep.equal([]);
      await phone.close();
    });

    it('stands alone without its script', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const plain = await context.newPage();

      await plain.goto(new URL('/network', apis[0]).href);

      const text = await plain.locator('main').innerText();
      expect(text).to.include('v4').and.to.include('Quorum');
      await context.close();
    });

    it('admits no script, style or request but those of its node', async () => {
      const answer = await fetch(new URL('/network', apis[0]));

      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).to.include("script-src 'self'").and.to.include("connect-src 'self'");
      expect(policy).to.not.match(/unsafe|\*/);
      const origins = new Set(
        opened.flatMap(({ sent }) => sent.map(({ url }) => new URL(url).origin)),
      );
      expect([...origins]).to.deep.equal([apis[0]]);
    });

    it('shows a validator that was killed within 10 s, and what that means', async () => {
      process.kill(pids[3]!, 'SIGKILL');
      const beginMs = performance.now();

      await page.locator('[data-validator="v4"].missing').waitFor({ timeout: KILLED_SHOWN_MS_MAX });

      expect(performance.now() - beginMs).to.be.below(KILLED_SHOWN_MS_MAX);
      const warning = page.locator('.findings li', { hasText: 'v4 cannot be reached' });
      await warning.waitFor();
      expect(await warning.innerText()).to.include('if one more goes, no block can be made');
      await page.locator('.changes li', { hasText: 'v4 cannot be reached, and was up' }).waitFor();
    });

    it('shows it as up when it is back', async () => {
      await start('start', '--dir', path.join(network, 'v4')).says(/ready: (http:\S+)/);

      await page.locator('[data-validator="v4"].up').waitFor({ timeout: 30_000 });
      await page.locator('.changes li', { hasText: 'v4 is up, and was missing' }).waitFor();
    });

    it('says that its own node is gone, and goes on after the restart without a gap', async () => {
      const lastIds: string[] = [];
      page.on('request', (request) => {
        const id = request.headers()['last-event-id'];
        if (id !== undefined) lastIds.push(id);
      });
      const { height: before } = await shoot();
      await page.locator(`[data-height="${before}"]`).waitFor();

      process.kill(pids[0]!, 'SIGKILL');
      await page.locator('.findings li.bad', { hasText: 'No connection' }).waitFor();
      const { height: missed } = await shoot(1);
      await start('start', '--dir', path.join(network, 'v1')).says(/ready: (http:\S+)/);

      await page.locator('#connection', { hasText: 'live' }).waitFor({ timeout: 30_000 });
      await page.locator('.changes li', { hasText: 'connected again' }).waitFor();
      expect(lastIds.at(-1)).to.match(/^[0-9a-f]{8}-\d+$/);
      await until(async () => Number((await getJson('/api/v1/status'))['block_height']) >= missed);
      await page.locator(`[data-height="${missed}"]`).waitFor({ timeout: 30_000 });
      const rows = await page.locator('[data-height]').all();
      const heights = await Promise.all(rows.map((row) => row.getAttribute('data-height')));
      const newest = Number(heights[0]);
      expect(heights.map(Number)).to.deep.equal(heights.map((_each, i) => newest - i));
    });

    it('makes no mistake on the way, and breaks no policy of its own', () => {
      const own = opened
        .flatMap(({ faults }) => faults)
        .filter((text) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/.test(text));

      expect(own).to.deep.equal([]);
    });
  },
);
