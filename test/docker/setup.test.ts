/** docker/setup.sh, run without a container: it makes keys and genesis once, and goes on where it was cut off. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatAuthority } from '../../genesis/authorityFile.ts';
import { parseGenesis } from '../../genesis/document.ts';
import { judgeSignatures } from '../../genesis/signatures.ts';
import { readConfig } from '../../node/config.ts';
import { readValidator } from '../../node/identity.ts';
import { authorityOf, createCa } from '../support/certificates.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const NAMES = ['validator-1', 'validator-2', 'validator-3', 'validator-4'];
const SETUP_MS_MAX = 120_000;

describe('the setup of the network in containers', function () {
  this.timeout(SETUP_MS_MAX);
  const folder = temporaryFolder();
  const authority = path.join(folder, 'authority.json');
  const genesisOf = (name: string): string => path.join(folder, name, 'genesis.json');

  const setUp = (): SpawnSyncReturns<string> => {
    const bin = path.join(ROOT, 'node_modules', '.bin');
    const environment = {
      PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
      BIRTHMARK: path.join(ROOT, 'bin', 'birthmark.js'),
    };
    return spawnSync('sh', [path.join(ROOT, 'docker', 'setup.sh'), folder, authority], {
      encoding: 'utf8',
      env: environment,
      timeout: SETUP_MS_MAX,
    });
  };

  before('set up', () => {
    for (const name of NAMES) mkdirSync(path.join(folder, name));
    writeFileSync(authority, JSON.stringify(formatAuthority(authorityOf([createCa()]))));
    // Whatever was made before the first run was cut off.
    mkdirSync(path.join(folder, 'validator-2', 'keys.next'));
    const { status, stderr } = setUp();
    expect(status, stderr).to.equal(0);
  });

  it('makes one genesis that all four have signed, with the authority', () => {
    const texts = NAMES.map((name) => readFileSync(genesisOf(name), 'utf8'));
    const signed = parseGenesis(JSON.parse(texts[0]!));

    expect(new Set(texts).size).to.equal(1);
    expect(judgeSignatures(signed)).to.deep.include({ signed: NAMES, problems: [] });
    expect(signed.genesis.authorities.map(({ id }) => id)).to.deep.equal(['acme_imaging']);
    expect(signed.genesis.validators.map(({ addresses }) => addresses)).to.deep.equal(
      NAMES.map((name) => [`/dns4/${name}/tcp/26656`]),
    );
  });

  it('makes each folder that of its validator, with keys for its owner alone', async () => {
    for (const name of NAMES) {
      const { validator } = await readValidator(readConfig({}, path.join(folder, name)));

      expect(validator.name).to.equal(name);
      expect(statSync(path.join(folder, name, 'keys')).mode & 0o777).to.equal(0o700);
    }
  });

  it('leaves everything as it is at a second run', () => {
    const before = NAMES.map((name) => readFileSync(genesisOf(name), 'utf8'));
    const { status, stdout } = setUp();

    expect(status).to.equal(0);
    expect(stdout).to.equal('keys and genesis are there\n');
    expect(NAMES.map((name) => readFileSync(genesisOf(name), 'utf8'))).to.deep.equal(before);
  });

  it('puts the same genesis where a run was cut off before it', () => {
    rmSync(genesisOf('validator-1'));
    const { status } = setUp();

    expect(status).to.equal(0);
    expect(readFileSync(genesisOf('validator-1'), 'utf8')).to.equal(
      readFileSync(genesisOf('validator-4'), 'utf8'),
    );
  });

  it('makes no other genesis where a validator has lost its volume, and says so', () => {
    rmSync(path.join(folder, 'validator-3'), { recursive: true });
    mkdirSync(path.join(folder, 'validator-3'));
    const { status, stderr } = setUp();

    expect(status).to.equal(1);
    expect(stderr).to.include('validator-3 has no keys');
    expect(existsSync(genesisOf('validator-3'))).to.equal(false);
  });
});
