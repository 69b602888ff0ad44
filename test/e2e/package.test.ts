/**
 * The published package: packed, installed in another folder with its dependencies, and used there
 * as JavaScript, without the sources and without this clone's node_modules.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import getPort from 'get-port';

import { startProgram } from '../support/crashProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COMPILER = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const INSTALL_MS_MAX = 300_000;

/** The environment without what `npm test` adds for its own scripts. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
);

describe('the published package', function () {
  this.timeout(INSTALL_MS_MAX);
  const folder = temporaryFolder();
  const installed = path.join(folder, 'node_modules', 'birthmark-node');

  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: INSTALL_MS_MAX,
    });

  before('pack and install', () => {
    run('npm', 'pack', '--silent', '--pack-destination', folder, ROOT);
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    writeFileSync(path.join(folder, 'package.json'), '{"private":true,"type":"module"}\n');
    run('npm', 'install', '--loglevel=error', '--prefer-offline', '--omit=dev', `./${tarball}`);
  });

  it('holds emitted code and launchers, no sources', () => {
    const names = readdirSync(installed).filter((name) => !name.endsWith('.md'));

    expect(names.toSorted()).to.deep.equal(['LICENSE', 'bin', 'dist', 'package.json']);
  });

  it('brings the birthmark command', () => {
    const command = path.join(folder, 'node_modules', '.bin', 'birthmark');

    expect(run(process.execPath, command, '--help')).to.match(/^Usage: birthmark/);
  });

  it('brings the pages with their scripts, and serves them', async () => {
    const command = path.join(installed, 'bin/birthmark.js');
    const apiPort = String(await getPort());
    const args = ['--dir', path.join(folder, 'network'), '--api-port', apiPort];
    const devnet = startProgram(command, ['devnet', ...args]);
    try {
      await devnet.says(/^\{.*\}\n/);
      for (const name of ['verify', 'network']) {
        const answer = await fetch(`http://127.0.0.1:${apiPort}/${name}`, {
          headers: { accept: 'text/html' },
        });
        const html = await answer.text();
        const [, script = ''] = /<script[^>]* src="([^"]+)"/.exec(html) ?? [];

        expect(script).to.match(new RegExp(`^/assets/${name}-[0-9a-f]{10}\\.js$`));
        const served = await fetch(`http://127.0.0.1:${apiPort}${script}`);
        expect(served.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
        expect(await served.text()).to.equal(
          readFileSync(path.join(installed, 'dist/web', path.basename(script)), 'utf8'),
        );
      }
    } finally {
      devnet.process.kill('SIGTERM');
      await devnet.ended;
    }
  });

  it('exports the chain, with the cryptography of its platform', () => {
    const program = `
      import { leafHash } from 'birthmark-node/chain/merkle';
      console.log(leafHash(new Uint8Array()).length);
    `;

    expect(run(process.execPath, '--input-type=module', '--eval', program)).to.equal('32\n');
  });

  it('exports the verifier of proofs, on Node and for browsers', () => {
    const folderOfProofs = path.join(ROOT, 'test/vectors/proofs/0.1.0');
    const program = `
      import { readFileSync } from 'node:fs';
      import { verify } from 'birthmark-node/verify';
      const read = (name) => readFileSync(${JSON.stringify(folderOfProofs)} + '/original-of-300.' + name);
      console.log(verify({ proof: read('tlog-proof'), policy: read('policy.txt') }).verdict);
    `;

    for (const options of [[], ['--conditions=browser']]) {
      const printed = run(process.execPath, ...options, '--input-type=module', '--eval', program);
      expect(printed).to.equal('registered_original\n');
    }
  });

  it('exports the check for pages as one file', () => {
    const folderOfProofs = path.join(ROOT, 'test/vectors/proofs/0.1.0');
    const program = `
      import { readFileSync } from 'node:fs';
      import { verify } from 'birthmark-node/browser';
      const read = (name) => readFileSync(${JSON.stringify(folderOfProofs)} + '/original-of-300.' + name, 'utf8');
      const file = new Blob(['the bytes of original-of-300']);
      const { verdict } = await verify({ file, proof: read('tlog-proof'), policy: read('policy.txt') });
      console.log(verdict);
    `;
    const bundle = readFileSync(path.join(installed, 'dist/browser/verify.js'), 'utf8');

    expect(run(process.execPath, '--input-type=module', '--eval', program)).to.equal(
      'registered_original\n',
    );
    expect(bundle).to.not.match(/\bimport\b|\brequire\(/);
  });

  it('declares its types', () => {
    const source = `
      import { leafHash } from 'birthmark-node/chain/merkle';
      import { type Verdict, verify } from 'birthmark-node/verify';
      import { verify as verifyFile } from 'birthmark-node/browser';
      export const later: Promise<Verdict> = verifyFile({ file: new Blob(), proof: '', policy: '' });
      export const hash: Uint8Array = leafHash(new Uint8Array());
      export const verdict: Verdict = verify({ file: { hash }, proof: hash, policy: hash });
    `;
    writeFileSync(path.join(folder, 'consumer.ts'), source);

    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
    expect(run(process.execPath, COMPILER, ...options, 'consumer.ts')).to.equal('');
  });
});
