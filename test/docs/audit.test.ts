/** docs/audit.md is what people check an audit with where they do not trust this software. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { EVENT_NAMES } from '../../node/audit/event.ts';
import { pathsOf, writeRun } from '../node/audit/rig.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const TEXT = readFileSync(path.resolve(import.meta.dirname, '../../docs/audit.md'), 'utf8');
const BLOCKS = [...TEXT.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);

describe('docs/audit.md', () => {
  const folder = temporaryFolder();
  const dir = path.join(folder, 'audit');
  let file = '';

  before(async () => {
    await writeRun(dir, [1, 2]);
    [file = ''] = await pathsOf(dir);
  });

  const run = (block: string): string =>
    execFileSync('sh', ['-e', '-c', block], {
      cwd: folder,
      env: { ...process.env, FILE: file },
      encoding: 'utf8',
    });

  it('has a recipe for a line’s hash, which gives what the next line says', () => {
    const [hash = '', prev = ''] = run(BLOCKS[0] ?? '').split('\n');

    expect(hash).to.match(/^[0-9a-f]{64} /);
    expect(prev).to.equal(`"prev":"${hash.slice(0, 64)}`);
  });

  it('has a recipe for a seal’s signature, which openssl verifies', () => {
    expect(run(BLOCKS[1] ?? '')).to.match(/Signature Verified Successfully/);
  });

  it('names every event', () => {
    for (const name of Object.values(EVENT_NAMES)) expect(TEXT).to.include(`| \`${name}\``);
  });
});
