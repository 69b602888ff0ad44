import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { readAssets } from '../../api/web/assets.ts';
import { chooseEncoding } from '../../api/web/encoding.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { exchangeRaw, expectProblem, type Running, startApi, stopAll } from './client.ts';

const SCRIPT = 'console.log("a script of a page");\n'.repeat(20);
const FILES = { 'verify.js': 'verify-0123456789.js', 'badge.js': 'badge-abcdef.js' };

function writeBuild(folder: string, files: Readonly<Record<string, string>> = FILES): void {
  mkdirSync(folder, { recursive: true });
  for (const name of Object.values(files)) {
    writeFileSync(path.join(folder, name), SCRIPT);
    writeFileSync(path.join(folder, `${name}.br`), brotliCompressSync(SCRIPT));
    writeFileSync(path.join(folder, `${name}.gz`), gzipSync(SCRIPT));
  }
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ files }));
}

/** Sends a request as it is, and returns the head of the answer and the bytes of its body. */
async function ask(api: Running, target: string, encoding: string): Promise<[string, Buffer]> {
  const head = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
  const text = await exchangeRaw(api.port, `${head}Accept-Encoding: ${encoding}\r\n\r\n`);
  const end = text.indexOf('\r\n\r\n');
  return [text.slice(0, end), Buffer.from(text.slice(end + 4), 'latin1')];
}

describe('files of the web build', () => {
  const folder = temporaryFolder();
  let api: Running;

  before(() => writeBuild(folder));
  beforeEach(async () => {
    api = await startApi({ options: { assets: await readAssets(folder) } });
  });
  afterEach(stopAll);

  it('are served with their type, for ever, to pages of any site', async () => {
    const response = await api.get('/assets/verify-0123456789.js');

    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
    expect(response.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect(response.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(response.headers.get('access-control-allow-origin')).to.equal('*');
    expect(response.headers.get('vary')).to.equal('Accept-Encoding');
    expect(await response.text()).to.equal(SCRIPT);
  });

  it('may reach nothing where they run as a worker', async () => {
    const { headers } = await api.get('/assets/verify-0123456789.js');

    expect(headers.get('content-security-policy')).to.match(
      /^default-src 'none'; style-src 'self'/,
    );
  });

  it('are sent compressed where the client takes that', async () => {
    const target = '/assets/verify-0123456789.js';

    const [brHead, br] = await ask(api, target, 'gzip, deflate, br');
    const [gzipHead, gzip] = await ask(api, target, 'gzip');
    const [plainHead, plain] = await ask(api, target, 'identity');

    expect(brHead).to.include('Content-Encoding: br').and.include(`Content-Length: ${br.length}`);
    expect(brotliDecompressSync(br).toString()).to.equal(SCRIPT);
    expect(gzipHead).to.include('Content-Encoding: gzip');
    expect(gunzipSync(gzip).toString()).to.equal(SCRIPT);
    expect(plainHead).not.to.include('Content-Encoding');
    expect(plain.toString()).to.equal(SCRIPT);
  });

  it('have an address for other sites that does not change, kept for an hour', async () => {
    const response = await api.get('/badge.js');

    expect(response.headers.get('cache-control')).to.equal('public, max-age=3600');
    expect(await response.text()).to.equal(SCRIPT);
  });

  for (const name of [
    'verify.js',
    'manifest.json',
    'verify-0123456789.js.br',
    '..%2fmanifest.json',
    '..%2f..%2fpackage.json',
    '%2e%2e%2fmanifest.json',
    'constructor',
    '__proto__',
  ]) {
    it(`are the only ones: ${name} does not exist`, async () => {
      await expectProblem(await api.get(`/assets/${name}`), 404, 'ERR_NOT_FOUND');
    });
  }

  it('are not reached by a path with dots', async () => {
    for (const target of ['/assets/../manifest.json', '/assets/..', '/assets/', '/assets']) {
      expect((await ask(api, target, 'identity'))[0], target).to.match(/^HTTP\/1.1 404/);
    }
  });
});

describe('a folder of the web build', () => {
  const folder = temporaryFolder();
  afterEach(stopAll);

  it('that is absent makes a node without scripts', async () => {
    const api = await startApi({
      options: { assets: await readAssets(path.join(folder, 'absent')) },
    });

    await expectProblem(await api.get('/badge.js'), 404, 'ERR_NOT_FOUND');
    await expectProblem(await api.get('/assets/verify-0123456789.js'), 404, 'ERR_NOT_FOUND');
  });

  for (const [what, name] of [
    ['a file outside', '../verify-0123456789.js'],
    ['a file of another kind', 'verify-0123456789.html'],
  ] as const) {
    it(`whose manifest names ${what} is refused`, async () => {
      const odd = path.join(folder, what);
      mkdirSync(odd);
      writeFileSync(path.join(odd, 'manifest.json'), JSON.stringify({ files: { a: name } }));

      const error = await readAssets(odd).catch((cause: unknown) => cause);

      expect(error).to.be.an('error');
    });
  }

  it('that lacks a file of its manifest is refused', async () => {
    const half = path.join(folder, 'half');
    mkdirSync(half);
    writeFileSync(path.join(half, 'manifest.json'), JSON.stringify({ files: FILES }));

    const error = await readAssets(half).catch((cause: unknown) => cause);

    expect(error).to.be.an('error').with.property('code', 'ENOENT');
  });
});

describe('the choice of an encoding', () => {
  const cases = [
    [undefined, undefined],
    ['', undefined],
    ['br', 'br'],
    ['GZIP', 'gzip'],
    ['gzip, br;q=0.1', 'br'],
    ['gzip, br;q=0', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['br;q=0, *', 'gzip'],
    ['deflate, zstd', undefined],
    ['br;q=x', undefined],
  ] as const;

  for (const [accept, encoding] of cases) {
    it(`${accept ?? 'nothing'} is ${encoding ?? 'none'}`, () => {
      expect(chooseEncoding(accept)).to.equal(encoding);
    });
  }
});
