import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatAuthority } from '../../../genesis/authorityFile.ts';
import { parseGenesis } from '../../../genesis/document.ts';
import { authorityOf, createCa } from '../../support/certificates.ts';
import { runCommand, type Outcome } from '../../support/capturedOutput.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

type Json = Readonly<Record<string, unknown>>;

function firstValue({ values }: Outcome): Json {
  return (values[0] ?? {}) as Json;
}

describe('birthmark keys', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';

  beforeEach(() => {
    dir = path.join(folder, `keys-${count++}`);
  });

  it('makes keys and shows their public half', async () => {
    const outcome = await runCommand('keys', 'create', '--dir', dir, '--json');
    const shown = await runCommand('keys', 'show', '--dir', dir, '--json');

    expect(outcome.code).to.equal(0);
    expect(firstValue(outcome)).to.deep.equal(firstValue(shown));
    expect(firstValue(outcome)['consensus_key']).to.match(/^[0-9a-f]{64}$/);
    expect(firstValue(outcome)['peer_id']).to.match(/^12D3KooW/);
  });

  it("makes an observer's, and shows the peer id by which validators admit it", async () => {
    const outcome = await runCommand('keys', 'create', '--observer', '--dir', dir, '--json');
    const shown = await runCommand('keys', 'show', '--observer', '--dir', dir);
    const { peer_id: peerId, files } = firstValue(outcome);

    expect(outcome.code).to.equal(0);
    expect(peerId).to.match(/^12D3KooW/);
    expect(files).to.deep.equal(['network.pem']);
    expect(shown.lines).to.deep.equal([`peer id        ${String(peerId)}`]);
  });

  it("does not show an observer's as a validator's", async () => {
    await runCommand('keys', 'create', '--observer', '--dir', dir);
    const { code, notes } = await runCommand('keys', 'show', '--dir', dir);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/cannot read .*consensus\.pem/);
  });

  it('shows no secret', async () => {
    const { lines, notes } = await runCommand('keys', 'create', '--dir', dir);
    const secret = readFileSync(path.join(dir, 'commitment.key'), 'utf8').trim();

    expect([...lines, ...notes].join('\n'))
      .to.not.include(secret)
      .and.not.include('PRIVATE');
    expect(lines).to.have.length(4);
  });

  it('never overwrites keys', async () => {
    await runCommand('keys', 'create', '--dir', dir);
    const { code, notes } = await runCommand('keys', 'create', '--dir', dir);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/never overwritten/);
  });

  it('says how to make keys where there are none', async () => {
    const { code, notes } = await runCommand('keys', 'show', '--dir', dir);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/^birthmark: .*birthmark keys create/);
  });

  it('names a passphrase file that cannot be read', async () => {
    const options = ['--dir', dir, '--passphrase-file', path.join(folder, 'none')];
    const { code, notes } = await runCommand('keys', 'create', ...options);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/cannot read .*none/);
    expect(existsSync(dir)).to.be.false;
  });
});

describe('birthmark genesis', () => {
  const folder = temporaryFolder();
  const keys = path.join(folder, 'keys');
  const authorityFile = path.join(folder, 'authority.json');
  let count = 0;
  let out = '';

  before(async () => {
    await runCommand('keys', 'create', '--dir', keys);
    writeFileSync(authorityFile, JSON.stringify(formatAuthority(authorityOf([createCa()]))));
  });
  beforeEach(() => {
    out = path.join(folder, `genesis-${count++}.json`);
  });

  const create = (...more: readonly string[]): Promise<Outcome> =>
    runCommand('genesis', 'create', '--name', 'archive', '--keys', keys, '--out', out, ...more);

  it('makes a document that is signed and complete', async () => {
    const made = await create(
      '--authority',
      authorityFile,
      '--param',
      'batch_wait_ms=250',
      '--json',
    );
    const { genesis, signatures } = parseGenesis(JSON.parse(readFileSync(out, 'utf8')));
    const checked = await runCommand('genesis', 'check', out, '--json');

    expect([made.code, checked.code]).to.deep.equal([0, 0]);
    expect(genesis.params.batchWaitMs).to.equal(250);
    expect(genesis.authorities.map(({ id }) => id)).to.deep.equal(['acme_imaging']);
    expect(signatures.map(({ validator }) => validator)).to.deep.equal(['archive']);
    expect(firstValue(checked)).to.deep.include({
      chain_id: firstValue(made)['chain_id'],
      network: 'birthmark.local',
      validators: ['archive'],
      quorum: 1,
      authorities: ['acme_imaging'],
      signed_by: ['archive'],
    });
  });

  it('shows what it checked to people', async () => {
    await create();
    const { lines } = await runCommand('genesis', 'check', out);

    expect(lines.join('\n')).to.match(
      /chain id +[0-9a-f]{64}\nnetwork +birthmark\.local\n(?:.*\n)+validators +1; 1 decide \(quorum\), 0 may be faulty\n {2}archive +signed +12D3KooW/,
    );
  });

  it('never overwrites a document', async () => {
    await create();
    const before = readFileSync(out, 'utf8');
    const { code, notes } = await create();

    expect(code).to.equal(1);
    expect(notes.join()).to.include(`cannot create ${out}`);
    expect(readFileSync(out, 'utf8')).to.equal(before);
  });

  it('makes a document that others may read', async () => {
    await create();

    expect(statSync(out).mode & 0o044).to.equal(0o044);
  });

  const wrong: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['a parameter without a value', ['--param', 'batch_max'], 2, /not NAME=VALUE/],
    ['a parameter that is none', ['--param', 'batch_size=1'], 2, /batch_size is no parameter/],
    ['a value out of bounds', ['--param', 'keepalive_s=0'], 2, /from 1 to 86400/],
    [
      'an authority file that is not there',
      ['--authority', 'none.json'],
      1,
      /cannot read none\.json/,
    ],
    ['a validator name with a space', ['--name', 'my archive'], 2, /a name has 1 to 64/],
    ['a network name in capitals', ['--network', 'Birthmark'], 2, /a network's name has/],
    ['an address that is no multiaddr', ['--address', 'here'], 2, /here is not a multiaddr/],
  ];
  for (const [what, options, exitCode, sentence] of wrong) {
    it(`is refused with ${what}, and writes nothing`, async () => {
      const { code, notes } = await create(...options);

      expect(code).to.equal(exitCode);
      expect(notes.join()).to.match(sentence);
      expect(existsSync(out)).to.be.false;
    });
  }

  it('names what is wrong with an authority file', async () => {
    const bad = path.join(folder, 'bad.json');
    writeFileSync(bad, JSON.stringify({ id: 'a b' }));
    const { code, notes } = await create('--authority', bad);

    expect(code).to.equal(1);
    expect(notes.join())
      .to.match(/bad\.json\.id must be text/)
      .and.match(/endpoints must be a list/);
  });

  it('refuses a document that was edited after it was made', async () => {
    await create();
    writeFileSync(out, readFileSync(out, 'utf8').replace('birthmark.local', 'birthmark.other'));
    const { code, notes } = await runCommand('genesis', 'check', out);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/chain_id/);
  });

  it('refuses a document that nobody signed', async () => {
    await create();
    const document = JSON.parse(readFileSync(out, 'utf8')) as Json;
    writeFileSync(out, JSON.stringify({ ...document, signatures: [] }));
    const { code, notes } = await runCommand('genesis', 'check', out);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/0 of 1 validators signed the genesis; 1 must/);
  });

  it('refuses a file that is not JSON', async () => {
    writeFileSync(out, 'genesis');

    expect((await runCommand('genesis', 'check', out)).notes.join()).to.match(/is not JSON/);
  });

  it('refuses a document that says something twice: whoever signs it may see the other', async () => {
    await create();
    const text = readFileSync(out, 'utf8');
    writeFileSync(out, text.replace('{', '{ "network": "birthmark.other",'));
    const { code, notes } = await runCommand('genesis', 'check', out);

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/: an object has the field "network" twice/);
  });
});
