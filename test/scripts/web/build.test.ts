/** The web build: what it makes, and when it is made anew. */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { expect } from 'chai';

import { buildWeb, ensureWeb } from '../../../scripts/web/build.ts';
import { WEB_ENTRIES } from '../../../scripts/web/entries.ts';
import { isWebFresh } from '../../../scripts/webState.js';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

interface Manifest {
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
}

describe('the web build', () => {
  const root = temporaryFolder();
  const web = path.join(root, 'dist', 'web');
  const source = path.join(root, 'api/web/badge/style.ts');
  const readManifest = (): Manifest =>
    JSON.parse(readFileSync(path.join(web, 'manifest.json'), 'utf8')) as Manifest;

  before('copy the sources and build', async () => {
    for (const name of ['api', 'chain', 'scripts', 'package.json', 'package-lock.json']) {
      cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
    await buildWeb(root);
  });

  it('makes a file for each entry, with a hash in its name', () => {
    const { files } = readManifest();

    expect(Object.keys(files)).to.have.members(WEB_ENTRIES.map(({ name }) => name));
    for (const name of Object.values(files)) expect(name).to.match(/^\w+-[0-9a-f]{10}\.(js|css)$/);
  });

  it('leaves each file compressed too, and nothing else', () => {
    const names = Object.values(readManifest().files);

    for (const name of names) {
      const plain = readFileSync(path.join(web, name));
      expect(brotliDecompressSync(readFileSync(path.join(web, `${name}.br`)))).to.deep.equal(plain);
      expect(gunzipSync(readFileSync(path.join(web, `${name}.gz`)))).to.deep.equal(plain);
    }
    expect(readdirSync(web)).to.have.length(names.length * 3 + 1);
  });

  it('names its sources, and no package', () => {
    const { inputs } = readManifest();

    expect(inputs).to.include('api/web/badge/badge.ts').and.include('chain/log/verify.ts');
    expect(inputs.join()).not.to.include('node_modules');
  });

  it('loads nothing from other hosts', () => {
    for (const name of Object.values(readManifest().files)) {
      const text = readFileSync(path.join(web, name), 'utf8');
      expect(text, name).not.to.match(/\bimport\s*["'(]|importScripts|url\((?!data:)|@import/);
    }
  });

  it('is not made again while nothing changes', async () => {
    expect(isWebFresh(root)).to.equal(true);
    expect(await ensureWeb(root)).to.equal(false);
  });

  it('is made again when a source changes, with another name for what changed only', async () => {
    const earlier = readManifest().files;
    const text = readFileSync(source, 'utf8');
    writeFileSync(source, text.replace('0.6em', '0.7em'));

    expect(isWebFresh(root)).to.equal(false);
    expect(await ensureWeb(root)).to.equal(true);

    const { files } = readManifest();
    expect(files['badge.js']).not.to.equal(earlier['badge.js']);
    expect(files['verifyWorker.js']).to.equal(earlier['verifyWorker.js']);
    expect(readdirSync(web)).not.to.include(earlier['badge.js']);
  });

  const causes: readonly (readonly [string, () => void])[] = [
    ['a package changes', () => writeFileSync(path.join(root, 'package-lock.json'), '{}')],
    ['its manifest is no JSON', () => writeFileSync(path.join(web, 'manifest.json'), 'null')],
    ['it is gone', () => rmSync(web, { recursive: true })],
    ['a source is gone', () => rmSync(source)],
  ];
  for (const [what, cause] of causes) {
    it(`is stale when ${what}`, async () => {
      mkdirSync(web, { recursive: true });
      await ensureWeb(root);

      cause();

      expect(isWebFresh(root)).to.equal(false);
    });
  }
});
