/** What `npm run …` does before a script: in a copy of the repository, as a process of its own. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { isWebFresh } from '../../scripts/webState.js';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const RUN_MS_MAX = 120_000;
const COPIED = ['api', 'bin', 'chain', 'node', 'scripts', 'package.json', 'package-lock.json'];

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the start of a script in a clone', function () {
  this.timeout(RUN_MS_MAX);
  const root = path.join(temporaryFolder(), 'clone');
  const manifest = path.join(root, 'dist', 'web', 'manifest.json');
  const style = path.join(root, 'api/web/network/network.css');

  const run = (): Run => {
    const args = [path.join(root, 'scripts/bootstrap.js'), 'hello.js', 'you'];
    return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  };

  before('copy the sources', () => {
    mkdirSync(root);
    for (const name of COPIED) {
      cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
    writeFileSync(path.join(root, 'hello.js'), "console.log('hello', process.argv[2]);\n");
  });

  it('makes the pages where they are absent', () => {
    rmSync(path.join(root, 'dist'), { recursive: true, force: true });

    const { status, stdout, stderr } = run();

    expect({ status, stdout }, stderr).to.deep.equal({ status: 0, stdout: 'hello you\n' });
    expect(isWebFresh(root)).to.equal(true);
  });

  it('leaves them as they are where they are those of the sources', () => {
    const { mtimeMs } = statSync(manifest);

    expect(run().status).to.equal(0);
    expect(statSync(manifest).mtimeMs).to.equal(mtimeMs);
  });

  it('makes them again where a source has changed', () => {
    const before = readFileSync(manifest, 'utf8');
    writeFileSync(style, `${readFileSync(style, 'utf8')}\nh6 { color: red; }\n`);

    expect(run().status).to.equal(0);
    expect(readFileSync(manifest, 'utf8')).not.to.equal(before);
  });

  it('ends with 1, and does not run the script, where they cannot be made', () => {
    writeFileSync(path.join(root, 'api/web/network/main.ts'), 'this is no script');

    const { status, stdout, stderr } = run();

    expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '' });
    expect(stderr).to.include('the scripts of the pages were not made');
  });
});
