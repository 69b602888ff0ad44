/** The genesis ceremony as docs/ceremony.md tells it, each command a process of its own. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { type Birthmark, killGroup, startBirthmark } from '../support/crashProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

type Json = Readonly<Record<string, unknown>>;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const CEREMONY_MS_MAX = 120_000;
const NETWORK = 'birthmark.example';
const started: Birthmark[] = [];

function start(...args: readonly string[]): Birthmark {
  const birthmark = startBirthmark(args);
  started.push(birthmark);
  return birthmark;
}

/** Runs `birthmark` to its end. */
async function run(...args: readonly string[]): Promise<Ran> {
  const birthmark = start(...args);
  const { code } = await birthmark.ended;
  return { code, stdout: birthmark.stdout(), stderr: birthmark.stderr() };
}

async function succeed(...args: readonly string[]): Promise<Ran> {
  const ran = await run(...args);
  expect(ran.code, `${args.join(' ')}: ${ran.stderr}`).to.equal(0);
  return ran;
}

const readJson = (file: string): Json => JSON.parse(readFileSync(file, 'utf8')) as Json;

/** An institution with a folder of its own; files go from one to the other as by mail. */
class Institution {
  readonly name: string;
  readonly dir: string;

  constructor(folder: string, name: string) {
    this.name = name;
    this.dir = path.join(folder, name);
    mkdirSync(this.dir);
  }

  file(name: string): string {
    return path.join(this.dir, name);
  }

  get application(): string {
    return this.file(`${this.name}.application.json`);
  }

  async apply(): Promise<void> {
    await succeed('keys', 'create', '--dir', this.file('keys'));
    await succeed(
      ...['genesis', 'apply', '--network', NETWORK, '--name', this.name],
      ...['--address', `/dns4/birthmark.${this.name}.example/tcp/26656`],
      ...['--keys', this.file('keys'), '--out', this.application],
    );
  }

  /** Takes what the coordinator sent, looks at it, and signs it. */
  async sign(from: string): Promise<string> {
    for (const name of ['genesis.json', 'log-key.age']) {
      copyFileSync(path.join(from, name), this.file(name));
    }
    const sign = [
      ...['genesis', 'sign', this.file('genesis.json')],
      ...['--keys', this.file('keys'), '--application', this.application],
    ];
    const looked = await run(...sign);
    const [, chainId = ''] = /--chain-id ([0-9a-f]{64})/.exec(looked.stderr) ?? [];
    expect(looked.code).to.equal(1);
    await succeed(...sign, '--chain-id', chainId);
    return this.file(`${this.name}.signature.json`);
  }
}

describe('the ceremony', function () {
  this.timeout(CEREMONY_MS_MAX);
  const place = temporaryFolder();

  afterEach('kill what a failed test left', () => {
    for (const birthmark of started.splice(0)) killGroup(birthmark);
  });

  /** Has the applications assembled in a coordinator's folder; resolves to the folder. */
  const assemble = async (folder: string, members: readonly Institution[]): Promise<string> => {
    const dir = path.join(folder, 'coordinator');
    mkdirSync(dir);
    await succeed(
      ...['genesis', 'assemble', ...members.map(({ application }) => application)],
      ...['--network', NETWORK, '--out', path.join(dir, 'genesis.json')],
      ...['--log-key', path.join(dir, 'log-key.pem')],
      ...['--sealed-out', path.join(dir, 'log-key.age')],
    );
    return dir;
  };

  describe('of five institutions of which one never signs', () => {
    const folder = temporaryFolder();
    const names = ['archive', 'library', 'museum', 'newspaper', 'university'];
    const members = names.map((name) => new Institution(folder, name));
    let dir = '';
    let signatures: readonly string[] = [];

    before('apply, assemble and sign', async () => {
      await Promise.all(members.map((each) => each.apply()));
      dir = await assemble(folder, members);
      const present = members.filter(({ name }) => name !== 'museum');
      signatures = await Promise.all(present.map((each) => each.sign(dir)));
    });

    const genesis = (): string => path.join(dir, 'genesis.json');

    it('is not enough with three signatures, and says who is missing', async () => {
      const { code, stderr } = await run('genesis', 'check', genesis(), ...signatures.slice(1));

      expect(code).to.equal(1);
      expect(stderr).to.include(
        '3 of 5 validators signed the genesis; 4 must (not signed: archive, museum)',
      );
    });

    it('gives a document that can start with four', async () => {
      const signed = path.join(dir, 'signed.json');
      await succeed('genesis', 'check', genesis(), ...signatures, '--out', signed);
      const { stdout } = await succeed('genesis', 'check', signed, '--json');

      expect(JSON.parse(stdout)).to.deep.include({
        can_start: true,
        validators: names,
        signed_by: names.filter((name) => name !== 'museum'),
        missing: ['museum'],
        quorum: 4,
      });
    });

    it('gives all who signed the same key of the log, and the absent one later', async () => {
      await members.find(({ name }) => name === 'museum')?.sign(dir);
      const shown = await Promise.all(
        members.map((each) => succeed('keys', 'show', '--dir', each.file('keys'), '--json')),
      );
      const logKeys = shown.map(({ stdout }) => (JSON.parse(stdout) as Json)['log_key']);

      expect(new Set(logKeys)).to.deep.equal(new Set([readJson(genesis())['log_key']]));
    });
  });

  it('of one institution ends with a node that runs', async () => {
    const folder = path.join(place, 'one');
    mkdirSync(folder);
    const archive = new Institution(folder, 'archive');
    await archive.apply();
    const dir = await assemble(folder, [archive]);
    const signature = await archive.sign(dir);
    const signed = archive.file('signed.json');
    await succeed('genesis', 'check', archive.file('genesis.json'), signature, '--out', signed);
    renameSync(signed, archive.file('genesis.json'));
    const listen = ['API_LISTEN', 'ADMIN_LISTEN', 'P2P_LISTEN'].map(
      (name) => `${name}=127.0.0.1:0\n`,
    );
    writeFileSync(archive.file('node.env'), listen.join(''));

    const node = start('start', '--dir', archive.dir);
    const [, api = ''] = await node.says(/ready: (http:\S+)/);
    const status = (await (await fetch(`${api}/api/v1/status`)).json()) as Json;

    expect(status['chain_id']).to.equal(readJson(archive.file('genesis.json'))['chain_id']);
    expect(status['validator_nodes']).to.deep.equal(['archive']);
  });
});
