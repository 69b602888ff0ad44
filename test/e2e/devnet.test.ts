/** `birthmark devnet` and `birthmark start` as other people's scripts use them: as processes. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

import { expect } from 'chai';
import getPort from 'get-port';

import { NODE_FLAGS } from '../../bin/launch.js';
import { prepareDevnet } from '../../scripts/devnet/folder.ts';
import {
  type Birthmark,
  isAlive,
  killGroup,
  startBirthmark,
  waitUntilGone,
} from '../support/crashProcess.ts';
import { createCa, pemOf } from '../support/certificates.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;

interface Ready {
  readonly ready: boolean;
  readonly api: readonly string[];
  readonly pids: readonly number[];
  readonly chain_id: string;
}

interface RunningDevnet extends Birthmark {
  readonly line: Ready;
  /** The validator's process. */
  readonly pid: number;
  readonly api: string;
}

const started: Birthmark[] = [];

function start(...args: readonly string[]): Birthmark {
  const birthmark = startBirthmark(args);
  started.push(birthmark);
  return birthmark;
}

async function startDevnet(dir: string, ...args: readonly string[]): Promise<RunningDevnet> {
  const devnet = start('devnet', '--validators', '1', '--dir', dir, ...args);
  const [text] = await devnet.says(/^.*\n/);
  const line = JSON.parse(text) as Ready;
  const [pid] = line.pids;
  const [api] = line.api;
  return { ...devnet, line, pid: pid!, api: api! };
}

/** Sends the signals to the devnet; resolves to its exit code and how long it took. */
async function stop(
  { process: { pid }, ended }: Birthmark,
  ...signals: readonly NodeJS.Signals[]
): Promise<{ readonly code: number | null; readonly ms: number }> {
  const startMs = performance.now();
  for (const signal of signals) process.kill(pid!, signal);
  const { code } = await ended;
  return { code, ms: performance.now() - startMs };
}

async function fails(birthmark: Birthmark): Promise<string> {
  const { code } = await birthmark.ended;
  expect(code, birthmark.stdout()).to.be.at.least(1);
  return birthmark.stderr();
}

/** An authority file; `name` tells entries of one id apart. */
function writeAuthority(file: string, id: string, name: string): string {
  const ca = pemOf(createCa().der);
  const entry = { id, name, ca_certificates: [ca], endpoints: ['http://localhost:8001/'] };
  const rest = { strict_names: false, allow_private: true };
  writeFileSync(file, JSON.stringify({ ...entry, ...rest }));
  return file;
}

describe('birthmark devnet', function () {
  this.timeout(START_MS_MAX);
  const folder = temporaryFolder();
  const authority = writeAuthority(path.join(folder, 'acme.json'), 'acme', 'ACME');

  afterEach('kill what a failed test left', () => {
    for (const birthmark of started.splice(0)) killGroup(birthmark);
  });

  describe('on a folder that is not there', () => {
    const dir = path.join(folder, 'new');
    let port: number;
    let devnet: RunningDevnet;

    before('start it', async () => {
      port = await getPort();
      const options = ['--authority', authority, '--param', 'batch_wait_ms=100'];
      devnet = await startDevnet(dir, '--api-port', String(port), ...options);
      started.splice(0); // It stays up for the whole group.
    });

    after(() => killGroup(devnet));

    it('prints one line of JSON when the validator is ready', async () => {
      const status = await fetch(`http://127.0.0.1:${port}/api/v1/status`);
      const { chain_id } = (await status.json()) as { readonly chain_id: string };

      const pids = [devnet.pid];
      const api = [`http://127.0.0.1:${port}`];
      expect(devnet.stdout()).to.equal(`${JSON.stringify({ ready: true, api, pids, chain_id })}\n`);
      expect(chain_id).to.match(/^[0-9a-f]{64}$/);
    });

    it('runs the validator as a process of its own', () => {
      expect(devnet.pid).not.to.equal(devnet.process.pid);
      expect(isAlive(devnet.pid)).to.equal(true);
    });

    it('gives it the flags that a validator runs with', () => {
      const line = execFileSync('ps', ['-o', 'args=', '-p', `${devnet.pid}`], { encoding: 'utf8' });

      expect(line.split(' ')).to.include.members([...NODE_FLAGS]);
    });

    it('puts options into the genesis', () => {
      const genesis = JSON.parse(readFileSync(path.join(dir, 'v1', 'genesis.json'), 'utf8')) as {
        readonly parameters: Readonly<Record<string, unknown>>;
        readonly authorities: readonly { readonly id: string }[];
      };

      expect(genesis.parameters['batch_wait_ms']).to.equal(100);
      expect(genesis.authorities.map(({ id }) => id)).to.deep.equal(['acme']);
    });

    it('keeps a second validator out of the folder, and says why', async () => {
      const second = start('start', '--dir', path.join(dir, 'v1'));

      expect(await fails(second)).to.match(/v1\/data is in use: another process runs this node/);
    });

    it('says which address is taken', async () => {
      const other = path.join(folder, 'other');
      const busy = start('devnet', '--dir', other, '--api-port', String(port));

      expect(await fails(busy)).to.include(`cannot listen on API_LISTEN=127.0.0.1:${port}`);
    });

    it('ends with its validator and code 0 after SIGTERM', async () => {
      const { code, ms } = await stop(devnet, 'SIGTERM');

      expect(code, devnet.stderr()).to.equal(0);
      expect(ms).to.be.below(STOP_MS_MAX);
      expect(isAlive(devnet.pid)).to.equal(false);
    });
  });

  describe('on a folder that is there', () => {
    const dir = path.join(folder, 'old');
    const genesisFile = path.join(dir, 'genesis.json');
    const again = (...args: readonly string[]): Birthmark =>
      start('devnet', '--dir', dir, '--api-port', '0', ...args);

    before('make it', () =>
      prepareDevnet({
        validators: 1,
        dir,
        apiPort: 0,
        authority: [authority],
        param: ['batch_wait_ms=100'],
      }),
    );

    it('lets the genesis stand, and ends within 10 s after two signals too', async () => {
      const genesis = readFileSync(genesisFile, 'utf8');

      const devnet = await startDevnet(dir, '--api-port', '0', '--authority', authority);
      const { code, ms } = await stop(devnet, 'SIGTERM', 'SIGTERM');

      expect(readFileSync(genesisFile, 'utf8')).to.equal(genesis);
      expect(code, devnet.stderr()).to.equal(0);
      expect(ms).to.be.below(STOP_MS_MAX);
      expect(isAlive(devnet.pid)).to.equal(false);
    });

    it('ends with code 0 when a terminal sends SIGINT to the whole group', async () => {
      const devnet = await startDevnet(dir, '--api-port', '0');

      process.kill(-devnet.process.pid!, 'SIGINT');
      const { code } = await devnet.ended;

      expect(code, devnet.stderr()).to.equal(0);
      expect(isAlive(devnet.pid)).to.equal(false);
    });

    it('takes its validator with it when it is killed', async () => {
      const devnet = await startDevnet(dir, '--api-port', '0');

      devnet.process.kill('SIGKILL');

      await waitUntilGone(devnet.pid, STOP_MS_MAX);
      expect(isAlive(devnet.pid)).to.equal(false);
    });

    it('does not restart a validator that dies, and says where its log is', async () => {
      const devnet = await startDevnet(dir, '--api-port', '0');

      process.kill(devnet.pid, 'SIGKILL');
      await devnet.says(/v1 has ended \(SIGKILL\); its log is .*node\.log/);
      const { code } = await stop(devnet, 'SIGTERM');

      expect(code).to.equal(0);
    });

    it('names a parameter that differs', async () => {
      const problem = await fails(again('--param', 'batch_wait_ms=5'));

      expect(problem).to.include('--param batch_wait_ms=5: the genesis says 100');
    });

    it('names an authority that differs', async () => {
      const changed = writeAuthority(path.join(folder, 'changed.json'), 'acme', 'ACME Cameras');

      const problem = await fails(again('--authority', changed));
      expect(problem).to.include(`--authority ${changed}: the genesis has another entry for acme`);
    });

    it('names an authority that the genesis does not', async () => {
      const added = writeAuthority(path.join(folder, 'added.json'), 'bolt', 'Bolt');

      const problem = await fails(again('--authority', added));
      expect(problem).to.include(`--authority ${added}: the genesis does not name bolt`);
    });

    it('leaves validators that can be started alone', async () => {
      const alone = start('start', '--dir', path.join(dir, 'v1'));

      const [, api = ''] = await alone.says(/ready: (http:\S+)/);
      const answer = await fetch(`${api}/ready`);
      const { code } = await stop(alone, 'SIGTERM');

      expect(answer.status).to.equal(200);
      expect(code, alone.stderr()).to.equal(0);
    });

    it('lets a validator that is started alone say which address is taken', async () => {
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const { port } = holder.address() as AddressInfo;
      const settings = path.join(dir, 'v1', 'node.env');
      const kept = readFileSync(settings, 'utf8');
      writeFileSync(settings, kept.replace(/^API_LISTEN=.*$/m, `API_LISTEN=127.0.0.1:${port}`));

      const problem = await fails(start('start', '--dir', path.join(dir, 'v1')));
      holder.close();

      expect(problem).to.match(
        /^birthmark: cannot listen on API_LISTEN=127\.0\.0\.1:\d+ .*in use/m,
      );
    });
  });
});
