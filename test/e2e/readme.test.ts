import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';
import getPort from 'get-port';

import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const README = path.join(ROOT, 'README.md');
const RUN_MS_MAX = 90_000;
/** As at a terminal: each job is a group of its own, which `kill %1` ends whole. None outlives the shell. */
const TERMINAL = `set -m
trap 'for job in $(jobs -p); do kill -- "-$job"; done 2>/dev/null' EXIT
trap 'exit 1' TERM
`;

/** The environment without what `npm test` adds for its own scripts. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
);

/** Returns the shell blocks under a heading. */
function blocksUnder(heading: string): readonly string[] {
  const [, section = ''] = readFileSync(README, 'utf8').split(`\n## ${heading}\n`);
  const [own = ''] = section.split(/\n## /);
  return [...own.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** Returns the block with other ports than the usual, which may be busy here. */
function withPorts(block: string, { authority, api }: Readonly<Record<string, number>>): string {
  return block
    .replaceAll(
      'birthmark authority start',
      `birthmark authority start --listen 127.0.0.1:${authority}`,
    )
    .replaceAll('birthmark devnet', `birthmark devnet --api-port ${api}`)
    .replaceAll(
      'birthmark camera capture',
      `birthmark camera capture --node http://127.0.0.1:${api}`,
    )
    .replaceAll(':8001', `:${authority}`)
    .replaceAll(':8545', `:${api}`);
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

describe('the flow of the paper, as typed in the README', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();

  /** Runs a script to the end of everything that it started. */
  const run = async (script: string): Promise<Ran> => {
    const bin = path.join(folder, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(path.join(ROOT, 'bin', 'birthmark.js'), path.join(bin, 'birthmark'));
    const child = spawn('bash', ['-c', `${TERMINAL}${script}`], {
      cwd: folder,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGTERM'), RUN_MS_MAX - 10_000);
    // Its streams close when the last process that holds them has ended.
    const [out, errors] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      child.exitCode === null ? once(child, 'exit') : undefined,
    ]);
    clearTimeout(timer);
    return { code: child.exitCode, out, errors };
  };

  it('is one block', () => {
    expect(blocksUnder('Try it by hand')).to.have.length(1);
  });

  it('ends with a verified photograph, and leaves nothing running', async () => {
    const [block = ''] = blocksUnder('Try it by hand');
    const ports = { authority: await getPort(), api: await getPort() };
    const { out, errors } = await run(withPorts(block, ports));
    const answer = /\{"verified":.*\}/s.exec(out)?.[0];

    expect(answer, `${out}\n${errors}`).to.be.a('string');
    expect(JSON.parse(answer ?? '')).to.include({
      verified: true,
      verdict: 'registered_original',
      kind: 'camera',
      camera_signature: 'v2',
    });
    for (const port of Object.values(ports)) {
      const reply = await fetch(`http://127.0.0.1:${port}/health`).catch(() => 'nobody');
      expect(reply).to.equal('nobody');
    }
  });
});
