import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import { RECORD_KIND, SIGNED_FORM } from '../../chain/record.ts';
import { verifyPage } from '../../api/web/verifyPage.ts';
import { foundSchema } from '../../api/schemas/verify.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';
import {
  expectProblem,
  jsonOf,
  type Running,
  startApi,
  stopAll,
  submissionWith,
} from './client.ts';

const PATH = `/verify/${formatHex(bytesOf(1))}`;
const HTML = { headers: { Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' } };

async function pageOf(api: Running, path = PATH): Promise<string> {
  return (await api.get(path, HTML)).text();
}

describe('GET /verify/{image_hash}', () => {
  afterEach(stopAll);

  for (const accept of [
    '*/*',
    'application/json',
    '',
    'text/plain, image/*',
    'text/html;q=0, */*',
  ]) {
    it(`answers JSON to Accept: ${accept}`, async () => {
      const { get } = await startApi();

      const response = await get(PATH, { headers: { Accept: accept } });

      expect(response.status).to.equal(404);
      expect(response.headers.get('vary')).to.equal('Accept');
      expect(await jsonOf(response)).to.include({ verdict: 'not_found' });
    });
  }

  for (const accept of ['text/html', 'TEXT/HTML', 'application/json, text/html;q=0.1']) {
    it(`answers a page to Accept: ${accept}`, async () => {
      const { get } = await startApi();

      const response = await get(PATH, { headers: { Accept: accept } });

      expect(response.status).to.equal(404);
      expect(response.headers.get('vary')).to.equal('Accept');
      expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    });
  }

  it('has the statuses of the API', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);

    const statuses = await Promise.all([get(PATH), get(PATH, HTML)]);

    expect(statuses.map(({ status }) => status)).to.deep.equal([200, 200]);
  });

  it('has different entity tags for page and JSON', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);

    const [json, page] = await Promise.all([get(PATH), get(PATH, HTML)]);

    expect(json.headers.get('etag')).not.to.equal(page.headers.get('etag'));
  });

  it('has another entity tag with any other file that the page uses', async () => {
    const names = { 'verify.js': 'a.js', 'verify.css': 'a.css', 'verifyWorker.js': 'b.js' };
    const tagWith = async (files: Readonly<Record<string, string>>): Promise<string | null> => {
      const assets = { find: () => undefined, nameOf: (name: string) => files[name] };
      const { ports, get } = await startApi({ options: { assets } });
      ports.ledger.commit([recordWith()]);
      return (await get(PATH, HTML)).headers.get('etag');
    };
    const tags = [await tagWith(names)];

    for (const name of Object.keys(names)) tags.push(await tagWith({ ...names, [name]: 'c.js' }));

    expect(new Set(tags)).to.have.length(4);
  });

  it('answers a malformed hash with a problem, or a page that says how to make one', async () => {
    const api = await startApi();

    await expectProblem(await api.get('/verify/abc'), 400, 'ERR_FIELD');
    const page = await api.get('/verify/abc', HTML);

    expect(page.status).to.equal(400);
    expect(await page.text()).to.include('sha256sum photo.jpg');
  });
});

describe('the verify page', () => {
  afterEach(stopAll);

  it('says who checked what, and what nobody did', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith()]);

    const page = await pageOf(api);

    expect(page).to.include('Registered as an original photograph');
    expect(page).to.include('Every validator that voted for the block checked');
    expect(page).to.include('What was not');
    expect(page).to.include('The Maker');
    expect(page).to.include(
      '<time datetime="2025-10-09T08:52:20.000Z">2025-10-09 08:52:20 UTC</time>',
    );
  });

  it('says that a missing registration says nothing about authenticity', async () => {
    expect(await pageOf(await startApi())).to.include('says nothing about authenticity');
  });

  it('says that a submission is not decided yet', async () => {
    const api = await startApi();
    await api.post('/api/v1/submit-cert', submissionWith());

    expect(await pageOf(api, `/verify/${'ab'.repeat(32)}`)).to.include('not decided yet');
  });

  it('links parents and derivatives', async () => {
    const api = await startApi();
    const edit = { kind: RECORD_KIND.edit, signedForm: SIGNED_FORM.v2, parents: [bytesOf(8)] };
    api.ports.ledger.commit([recordWith({ imageHash: bytesOf(8) }), recordWith(edit)]);

    expect(await pageOf(api)).to.include(`href="/verify/${formatHex(bytesOf(8))}"`);
    expect(await pageOf(api, `/verify/${formatHex(bytesOf(8))}`)).to.include(`href="${PATH}"`);
  });

  it('names later registrations', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith()], 1);
    api.ports.ledger.commit([recordWith()], 0);

    expect(await pageOf(api)).to.include('Registered again, later');
  });

  it('says that a clock was ahead, and shows times that no calendar has', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith({ capturedAt: Number.MAX_SAFE_INTEGER })]);

    const page = await pageOf(api);

    expect(page).to.include('clock was').and.to.include('s after 1970');
  });

  it('has no script, no inline style and nothing from another host', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith()]);

    for (const path of [PATH, '/verify/abc', '/docs']) {
      const page = await pageOf(api, path);

      expect(page).not.to.match(/<script|\son\w+=|style=|<style|javascript:/i, path);
      expect(page).not.to.match(/(href|src|action)="(?!\/)/i, path);
      expect(page).to.match(/^<!doctype html>\s+<html lang="en">/, path);
    }
  });

  it('escapes every value', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith({ authorityId: 'gone' })]);
    const body = foundSchema.parse(await (await api.get(PATH)).json());
    const evil = `"'<img src=x onerror=alert(1)>&`;

    const { text } = verifyPage({ ...body, authority: evil, aggregator: evil }).main;

    expect(text).not.to.include('<img');
    expect(text).to.include('&quot;&#39;&lt;img src=x onerror=alert(1)&gt;&amp;');
  });

  it('never calls a picture fake or tampered, nor does any other answer', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith()]);
    const paths = [PATH, `/verify/${'0'.repeat(64)}`, '/verify/abc', '/docs', '/openapi.json'];

    const texts = await Promise.all(paths.map((path) => pageOf(api, path)));

    for (const text of texts) expect(text).not.to.match(/fake|tamper|forged|manipulat/i);
  });
});
