import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';
import { isInstalled, runProgramOf } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { exchangeRaw, expectProblem, type Running, startApi, stopAll } from './client.ts';

const HASH = formatHex(bytesOf(1));
const PATH = `/api/v1/certificate/${HASH}`;

async function startWithRecord(setting: Parameters<typeof startApi>[0] = {}): Promise<Running> {
  const api = await startApi(setting);
  api.ports.ledger.commit([recordWith()]);
  api.ports.log.cosign();
  return api;
}

/** A certificate takes a tenth of a second of a processor, and the start of its thread much more where many wait for one. */
const TEST_MS_MAX = 120_000;

describe('GET /api/v1/certificate/{image_hash}', function () {
  this.timeout(TEST_MS_MAX);
  const folder = temporaryFolder();
  afterEach(stopAll);

  it('is a PDF to be saved, in English if nothing is asked for', async () => {
    const { get } = await startWithRecord();

    const response = await get(PATH);

    const { headers } = response;
    expect(response.status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/pdf');
    expect(headers.get('content-language')).to.equal('en');
    expect(headers.get('content-disposition')).to.equal(
      `attachment; filename="birthmark-${HASH.slice(0, 16)}.pdf"`,
    );
    expect(headers.get('access-control-allow-origin')).to.equal('*');
    expect((await response.text()).slice(0, 9)).to.equal('%PDF-1.7\n');
  });

  it('has the same bytes for the same proof', async () => {
    const { get } = await startWithRecord();

    const [first, second] = await Promise.all([get(PATH), get(`${PATH}?lang=en`)]);

    expect(Buffer.from(await first.arrayBuffer()).equals(Buffer.from(await second.arrayBuffer())))
      .to.be.true;
  });

  it('says in its text why it is not in Arabic', async function () {
    if (!isInstalled('pdftotext')) this.skip();
    const { get } = await startWithRecord();
    const file = path.join(folder, 'certificate.pdf');

    const response = await get(`${PATH}?lang=ar`);
    writeFileSync(file, new Uint8Array(await response.arrayBuffer()));

    const text = runProgramOf('pdftotext', file, '-').stdout.replaceAll(/\s+/g, ' ');
    expect(text).to.include('Arabic was asked for. This document is in English, because');
  });

  for (const [lang, language] of [
    ['de', 'de'],
    ['ar', 'en'],
  ] as const) {
    it(`is in ${language} where ${lang} is asked for`, async () => {
      const { get } = await startWithRecord();

      const response = await get(`${PATH}?lang=${lang}`);

      expect(response.headers.get('content-language')).to.equal(language);
    });
  }

  for (const lang of ['xx', '', 'EN', 'toString', '__proto__', 'en,de']) {
    it(`refuses the language "${lang}"`, async () => {
      const { get } = await startWithRecord();

      const detail = await expectProblem(await get(`${PATH}?lang=${lang}`), 400, 'ERR_FIELD');

      expect(detail).to.equal('lang: must be one of en, es, fr, de, ar');
    });
  }

  it('refuses what is no hash, and a hash that is not registered', async () => {
    const { get } = await startWithRecord();
    const other = `/api/v1/certificate/${formatHex(bytesOf(2))}`;

    await expectProblem(await get('/api/v1/certificate/abc'), 400, 'ERR_FIELD');
    const detail = await expectProblem(await get(other), 404, 'ERR_NOT_FOUND');
    expect(detail).to.equal('image_hash: not registered, so there is nothing to prove');
  });

  it('waits for a quorum to cosign', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);
    const prove = ports.log.prove.bind(ports.log);
    ports.log.prove = (imageHash, signal) => {
      const found = prove(imageHash, signal);
      ports.log.cosign();
      return found;
    };

    expect((await get(PATH)).status).to.equal(200);
  });

  it('is ERR_NOT_FINAL where none does', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);
    ports.log.prove = async () => ({ proof: undefined });

    const response = await get(PATH);

    expect(response.headers.get('retry-after')).to.equal('1');
    await expectProblem(response, 503, 'ERR_NOT_FINAL');
  });

  it('is not made of a proof that does not verify', async () => {
    const { ports, get } = await startWithRecord();
    const found = await ports.log.prove(bytesOf(1), () => AbortSignal.timeout(1_000));
    const proof = found!.proof!;
    ports.log.prove = async () => ({ proof: { ...proof, hashes: proof.hashes.slice(1) } });

    await expectProblem(await get(PATH), 500, 'ERR_INTERNAL');
    expect(String(ports.faults[0])).to.include('does not verify');
  });

  it('is made twice a second for one client, and no more often', async () => {
    const { get } = await startWithRecord();

    const answers = await Promise.all(Array.from({ length: 20 }, () => get(PATH)));

    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).to.be.within(1, 18);
    await expectProblem(refused[0]!, 429, 'ERR_RATE');
  });

  it('refuses a Host that is none, unless the operator has set an address', async () => {
    const asked = await startWithRecord();
    const publicUrl = 'https://node.example';
    const set = await startWithRecord({ options: { publicUrl } });
    const ask = `GET ${PATH} HTTP/1.1\r\nHost: a"b.example\r\nConnection: close\r\n\r\n`;

    expect(await exchangeRaw(asked.port, ask)).to.include('header Host: must be');
    expect(await exchangeRaw(set.port, ask)).to.include('%PDF-1.7');
  });

  it('is refused where the node stops meanwhile', async () => {
    const { ports, get, stop } = await startWithRecord();
    const prove = ports.log.prove.bind(ports.log);
    let stopped: Promise<void> | undefined;
    ports.log.prove = (imageHash, signal) => {
      stopped = stop();
      return prove(imageHash, signal);
    };

    const answer = await get(PATH).then(({ status }) => status);

    await stopped;
    expect(answer).to.be.within(500, 503);
  });
});
