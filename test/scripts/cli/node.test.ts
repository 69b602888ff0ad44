import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';

import { formatHex } from '../../../chain/bytes.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import {
  provisionCamera,
  provisionText,
  type RealAuthority,
  startRealAuthority,
} from '../../support/realAuthority.ts';
import { bodyOf, requestOf } from '../../support/shots.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { entryOf, type Json, WholeNode } from '../../support/wholeNode.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const MAIN = path.join(ROOT, 'scripts', 'cli', 'main.ts');

describe('the command line and a running node', () => {
  const folder = temporaryFolder();
  const photo = path.join(folder, 'photo.jpg');
  let authority: RealAuthority;
  let node: WholeNode;
  let url = '';

  before(async () => {
    authority = await startRealAuthority(path.join(folder, 'authority'));
    node = await WholeNode.start(path.join(folder, 'node'), {
      authorities: [entryOf(authority.registryEntry)],
      params: ['batch_wait_ms=20'],
    });
    url = node.running.apiUrl;
    writeFileSync(photo, 'a photograph');
    const camera = await provisionCamera(authority, 'CLI-1');
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    await node.ended(await node.accept(bodyOf(requestOf(camera, 'a photograph', { claims }))));
  });
  after(async () => {
    await node.stop();
    await authority.stop();
  });

  const hash = formatHex(hashOfText('a photograph'));

  it('verify says yes about a registered file, with exit code 0', async () => {
    const { code, lines } = await runCommand('verify', photo, '--node', url);

    expect(code).to.equal(0);
    expect(lines[0]).to.equal(`registered_original  ${hash}`);
    expect(lines.join('\n'))
      .to.match(/kind +camera\n/)
      .and.match(/registered by +archive/);
  });

  it('verify takes a hash, in either case', async () => {
    const codes = [hash, hash.toUpperCase()].map((each) =>
      runCommand('verify', each, '--node', url),
    );

    expect((await Promise.all(codes)).map(({ code }) => code)).to.deep.equal([0, 0]);
  });

  it('verify ends with exit code 3 where an answer does not end', async () => {
    const endless = createServer((_request, response) => {
      Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(1_048_576, ' ');
        })(),
      )
        .on('error', () => undefined)
        .pipe(response);
    });
    endless.listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const { port } = endless.address() as AddressInfo;
    const { code, notes } = await runCommand('verify', hash, '--node', `http://127.0.0.1:${port}`);
    endless.closeAllConnections();
    endless.close();

    expect(code).to.equal(3);
    expect(notes.join('\n')).to.match(/no answer from .*the answer has over 33554432 bytes/);
  });

  it('verify says no about another file, with exit code 1 and no error', async () => {
    const other = path.join(folder, 'other.jpg');
    writeFileSync(other, 'another photograph');
    const { code, lines, notes } = await runCommand('verify', other, '--node', url);

    expect([code, notes]).to.deep.equal([1, []]);
    expect(lines[0]).to.match(/^not_found /);
  });

  it('verify prints the node’s own answer as JSON', async () => {
    const { values } = await runCommand('verify', hash, '--node', url, '--json');

    expect(values).to.have.length(1);
    expect(values[0]).to.include({ verified: true, image_hash: hash });
  });

  it('verify refuses what is neither a file nor a hash, with exit code 2', async () => {
    const { code, notes } = await runCommand('verify', 'no-such-file', '--node', url);

    expect(code).to.equal(2);
    expect(notes.join()).to.match(/neither a readable file nor 64 hex digits/);
  });

  it('status shows what the node says of itself', async () => {
    const { code, lines } = await runCommand('status', '--node', url);
    const { values } = await runCommand('status', '--node', url, '--json');

    expect(code).to.equal(0);
    expect(lines.join('\n'))
      .to.match(/^node id +archive$/m)
      .and.match(/^total hashes +1$/m);
    expect(values[0]).to.include({ node_id: 'archive', consensus_mode: 'single' });
  });

  it('submit registers a file', async () => {
    const provisioning = path.join(folder, 'camera.json');
    writeFileSync(provisioning, await provisionText(authority, 'CLI-2'));
    const mine = path.join(folder, 'mine.jpg');
    writeFileSync(mine, 'my photograph');
    const options = ['--provisioning', provisioning, '--dir', path.join(folder, 'camera')];
    const { code, values } = await runCommand('submit', mine, ...options, '--node', url, '--json');
    const verified = await runCommand('verify', mine, '--node', url);

    expect([code, verified.code]).to.deep.equal([0, 0]);
    expect(values[0]).to.include({
      image_hash: formatHex(hashOfText('my photograph')),
      state: 'committed',
    });
  });

  for (const command of [['status'], ['verify', hash]]) {
    it(`${command.join(' ').slice(0, 8)} says what to do where no node answers`, async () => {
      const { code, notes } = await runCommand(...command, '--node', 'http://127.0.0.1:1');

      expect(code).to.not.equal(0);
      expect(notes.join()).to.match(/no answer from http:\/\/127\.0\.0\.1:1 .*is the node running/);
    });
  }

  it('verify does not say no where no node answers', async () => {
    const { code } = await runCommand('verify', hash, '--node', 'http://127.0.0.1:1');

    expect(code).to.equal(3);
  });

  it('db check is refused while the node runs', async () => {
    const { code, notes } = await runCommand('db', 'check', '--dir', node.folder);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/is in use: another process runs this node/);
  });
});

describe('birthmark db check on a stopped node', () => {
  const folder = temporaryFolder();
  let dir = '';
  let count = 0;

  beforeEach(async () => {
    dir = path.join(folder, `node-${count++}`);
    const node = await WholeNode.start(dir);
    await node.stop();
  });

  it('finds everything well', async () => {
    const { code, values } = await runCommand('db', 'check', '--dir', dir, '--json');

    expect(code).to.equal(0);
    expect(values[0]).to.deep.include({ records: 0, submissions: 0, problems: [] });
    expect((values[0] as Json)['blocks']).to.be.at.least(1);
  });

  it('says so to people', async () => {
    const { lines } = await runCommand('db', 'check', '--dir', dir);

    expect(lines[0]).to.match(/^\d+ blocks, 0 records, 0 pending, 0 receipts$/);
  });

  it('ends with exit code 1 where the chain is another’s', async () => {
    const other = path.join(folder, `other-${count}`);
    await (await WholeNode.start(other)).stop();
    renameSync(path.join(other, 'data'), path.join(dir, 'data-of-another'));
    writeFileSync(path.join(dir, 'node.env'), 'DATA_DIR=data-of-another\n');
    const { code, notes } = await runCommand('db', 'check', '--dir', dir);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/problems found/);
  });

  it('ends with exit code 1 where there is nothing to check, and makes nothing', async () => {
    writeFileSync(path.join(dir, 'node.env'), 'DATA_DIR=missing\n');
    const { code, notes } = await runCommand('db', 'check', '--dir', dir);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/missing/);
    expect(readdirSync(dir)).to.not.include('missing');
  });

  it('names a genesis that it cannot read', async () => {
    const { code, notes } = await runCommand('db', 'check', '--dir', path.join(folder, 'none'));

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/cannot read .*genesis\.json/);
  });
});

describe('birthmark start as a process', function () {
  this.timeout(40_000);
  const folder = temporaryFolder();
  const children: ChildProcess[] = [];
  let count = 0;

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A folder as README tells to make it. */
  const prepare = async (settings: string): Promise<string> => {
    const dir = path.join(folder, `node-${count++}`);
    mkdirSync(dir);
    const keys = path.join(dir, 'keys');
    const out = path.join(dir, 'genesis.json');
    await runCommand('keys', 'create', '--dir', keys);
    await runCommand('genesis', 'create', '--name', 'archive', '--keys', keys, '--out', out);
    writeFileSync(path.join(dir, 'node.env'), `ADMIN_LISTEN=127.0.0.1:0\n${settings}\n`);
    return dir;
  };
  const start = (
    dir: string,
  ): ChildProcess & { readonly stderr: NonNullable<ChildProcess['stderr']> } => {
    const child = spawn(process.execPath, [MAIN, 'start', '--dir', dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    return child;
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`says where it answers, and ends with exit code 0 on ${signal}, also twice`, async () => {
      const child = start(await prepare('API_LISTEN=127.0.0.1:0'));
      const exited = once(child, 'exit');
      const lines = createInterface({ input: child.stderr });
      let ready = '';
      for await (const line of lines) {
        ready = line;
        if (line.startsWith('ready: ')) break;
      }
      const health = await fetch(new URL('/health', ready.slice('ready: '.length)));
      child.kill(signal);
      child.kill(signal);

      expect(health.status).to.equal(200);
      expect(await exited).to.deep.equal([0, null]);
    });
  }

  it('ends with exit code 1 and a sentence where its port is busy', async () => {
    const busy = createServer();
    busy.listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const child = start(await prepare(`API_LISTEN=127.0.0.1:${port}`));
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const [errors, [code]] = await Promise.all([text(child.stderr), exited]);
    busy.close();

    expect(code).to.equal(1);
    expect(errors).to.match(
      new RegExp(
        `^birthmark: cannot listen on API_LISTEN=127.0.0.1:${port} .*choose another address$`,
        'm',
      ),
    );
    expect(errors).to.not.match(/^ +at /m);
  });

  it('ends with exit code 1 and all problems where its settings cannot be used', async () => {
    const child = start(await prepare('API_LISTEN=here\nLOG_LEVEL=loud'));
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const [errors, [code]] = await Promise.all([text(child.stderr), exited]);

    expect(code).to.equal(1);
    expect(errors).to.match(/API_LISTEN is here.*\n.*LOG_LEVEL is loud/);
  });
});
