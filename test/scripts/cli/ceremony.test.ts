/** `birthmark genesis apply`, `assemble`, `sign` and `check`, one by one, with what may go wrong at each. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { createSigner } from '../../../chain/signature.ts';
import {
  type Application,
  formatApplication,
  parseApplication,
  signApplication,
} from '../../../genesis/application.ts';
import { parseGenesis } from '../../../genesis/document.ts';
import { formatAuthority } from '../../../genesis/authorityFile.ts';
import { publicKeysOf, readKeys } from '../../../node/keys.ts';
import { type Outcome, runCommand } from '../../support/capturedOutput.ts';
import { authorityOf, createCa } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

type Json = Readonly<Record<string, unknown>>;

const NETWORK = 'birthmark.test';
const NAMES = ['archive', 'museum', 'paper', 'university'];

const textOf = ({ lines, notes }: Outcome): string => [...lines, ...notes].join('\n');
const readJson = (file: string): Json => JSON.parse(readFileSync(file, 'utf8')) as Json;

/** Changes a JSON file. */
function edit(file: string, change: (json: Json) => unknown): void {
  writeFileSync(file, JSON.stringify(change(readJson(file))));
}

describe('the ceremony', () => {
  const folder = temporaryFolder();
  const shared = path.join(folder, 'shared');
  let count = 0;
  let dir = '';

  const keysOf = (name: string): string => path.join(shared, name);
  const applicationOf = (name: string): string => path.join(shared, `${name}.application.json`);
  const inDir = (name: string): string => path.join(dir, name);

  const apply = (name: string, out: string, ...more: readonly string[]): Promise<Outcome> =>
    runCommand(
      ...['genesis', 'apply', '--network', NETWORK, '--name', name, '--keys', keysOf(name)],
      ...['--address', `/dns4/${name}.example/tcp/26656`, '--out', out, ...more],
    );

  before('make keys and applications', async () => {
    mkdirSync(shared);
    for (const name of NAMES) {
      await runCommand('keys', 'create', '--dir', keysOf(name));
      await apply(name, applicationOf(name));
    }
  });
  beforeEach(() => {
    dir = path.join(folder, `case-${count++}`);
    mkdirSync(dir);
  });

  const assemble = (...more: readonly string[]): Promise<Outcome> =>
    runCommand(
      ...['genesis', 'assemble', '--network', NETWORK, '--out', inDir('genesis.json')],
      ...['--log-key', inDir('log-key.pem'), '--sealed-out', inDir('log-key.age'), ...more],
    );
  const assembleAll = (...more: readonly string[]): Promise<Outcome> =>
    assemble(...NAMES.map(applicationOf), ...more);

  /** Copies an institution's keys, so that a test that receives the log's key changes no other's. */
  const ownKeys = (name: string): string => {
    const own = inDir(`${name}-keys`);
    mkdirSync(own, { mode: 0o700 });
    for (const file of readdirSync(keysOf(name))) {
      writeFileSync(path.join(own, file), readFileSync(path.join(keysOf(name), file)), {
        mode: 0o600,
      });
    }
    return own;
  };
  const sign = (name: string, ...more: readonly string[]): Promise<Outcome> =>
    runCommand(
      ...['genesis', 'sign', inDir('genesis.json'), '--application', applicationOf(name)],
      ...(more.includes('--keys') ? more : ['--keys', ownKeys(name), ...more]),
    );
  const chainId = (): string => String(readJson(inDir('genesis.json'))['chain_id']);
  const signAs = async (...names: readonly string[]): Promise<readonly string[]> => {
    for (const name of names) {
      const { code, notes } = await sign(name, '--chain-id', chainId());
      expect(code, notes.join()).to.equal(0);
    }
    return names.map((name) => inDir(`${name}.signature.json`));
  };
  const check = (...files: readonly string[]): Promise<Outcome> =>
    runCommand('genesis', 'check', ...files);

  describe('an application', () => {
    it('is a public file that tells what was applied for', async () => {
      const out = inDir('application.json');
      const { code, values } = await apply('archive', out, '--json');
      const shown = await runCommand('keys', 'show', '--dir', keysOf('archive'), '--json');
      const [keys] = shown.values as readonly Json[];
      const { validator, network } = readJson(out) as Readonly<Record<string, Json>>;

      expect(code).to.equal(0);
      expect(values).to.deep.equal([{ file: out, network: NETWORK, validator }]);
      expect(network).to.equal(NETWORK);
      expect(validator).to.deep.equal({
        name: 'archive',
        consensus_key: keys?.['consensus_key'],
        cosigner_key: keys?.['cosigner_key'],
        peer_id: keys?.['peer_id'],
        addresses: ['/dns4/archive.example/tcp/26656'],
      });
    });

    it('is never overwritten', async () => {
      const { code, notes } = await apply('archive', applicationOf('archive'));

      expect(code).to.equal(1);
      expect(notes.join()).to.match(/cannot create .*archive\.application\.json/);
    });

    const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['a name with a space', ['--name', 'my archive'], /--name.* a name has 1 to 64/],
      ['a name of 65 letters', ['--name', 'a'.repeat(65)], /a name has 1 to 64/],
      ['a network in capitals', ['--network', 'Birthmark'], /a network's name has/],
      ['an address that is none', ['--address', 'here'], /here is not a multiaddr/],
      ['an address without a port', ['--address', '/ip4/10.0.0.1'], /is no address like/],
      ['an address over UDP', ['--address', '/ip4/10.0.0.1/udp/1'], /is no address like/],
      ['an IP address that is none', ['--address', '/ip4/10.0.0.256/tcp/1'], /not a multiaddr/],
      ['port 0', ['--address', '/ip4/10.0.0.1/tcp/0'], /names no port/],
      ['every address', ['--address', '/ip4/0.0.0.0/tcp/1'], /nobody can dial it/],
      ['every IPv6 address', ['--address', '/ip6/::/tcp/1'], /nobody can dial it/],
      [
        "another's peer id in the address",
        [
          '--address',
          '/ip4/10.0.0.1/tcp/1/p2p/12D3KooWA768LzHMatxkjD1f9DrYW375GZJr6MHPCNEdDtHeTNRt',
        ],
        /names another peer than 12D3KooW/,
      ],
      [
        'nine addresses',
        Array.from({ length: 8 }, (_each, i) => ['--address', `/ip4/10.0.0.${i + 1}/tcp/1`]).flat(),
        /at most 8 addresses/,
      ],
    ];
    for (const [what, more, sentence] of wrong) {
      it(`is not made with ${what}: the command was called wrongly`, async () => {
        const out = inDir('application.json');
        const { code, notes } = await apply('archive', out, ...more);

        expect(notes.join()).to.match(sentence);
        expect(code).to.equal(2);
        expect(existsSync(out)).to.equal(false);
      });
    }

    it('is not made with the same address twice', async () => {
      const out = inDir('application.json');
      const { code, notes } = await apply(
        'archive',
        out,
        '--address',
        '/dns4/archive.example/tcp/26656',
      );

      expect(code).to.equal(2);
      expect(notes.join()).to.match(/is named twice/);
    });

    for (const option of ['--name', '--network', '--address']) {
      it(`is not made without ${option}`, async () => {
        const all = { '--name': 'a', '--network': 'b', '--address': '/ip4/10.0.0.1/tcp/1' };
        const given = Object.entries(all).filter(([name]) => name !== option);
        const { code, notes } = await runCommand('genesis', 'apply', ...given.flat());

        expect(code).to.equal(2);
        expect(notes.join()).to.match(new RegExp(`required option '${option} `));
      });
    }

    it('is not made without keys', async () => {
      const { code, notes } = await apply('archive', inDir('a.json'), '--keys', inDir('none'));

      expect(code).to.equal(1);
      expect(notes.join()).to.match(/birthmark keys create/);
    });
  });

  describe('the assembly', () => {
    it('makes a document that nobody has signed, and the sealed key of the log', async () => {
      const { code, lines } = await assembleAll();
      const { genesis, signatures } = parseGenesis(readJson(inDir('genesis.json')));

      expect(code).to.equal(0);
      expect(genesis.validators.map(({ name }) => name)).to.deep.equal(NAMES);
      expect(signatures).to.deep.equal([]);
      expect(lines.join('\n')).to.match(/signatures +0 of 4; 3 make it valid to start/);
      expect(readFileSync(inDir('log-key.age'), 'utf8')).to.match(/^-----BEGIN AGE/);
    });

    it('gives the same chain id whatever the order of the files', async () => {
      const time = ['--time', '2026-11-21T00:00:00.000Z'];
      await assembleAll(...time);
      const others = ['--out', inDir('other.json'), '--sealed-out', inDir('other.age')];
      await assemble(...NAMES.toReversed().map(applicationOf), ...time, ...others);

      expect(readJson(inDir('other.json'))).to.deep.equal(readJson(inDir('genesis.json')));
    });

    it('takes time, parameters and authorities', async () => {
      const authority = inDir('acme.json');
      writeFileSync(authority, JSON.stringify(formatAuthority(authorityOf([createCa()]))));
      writeFileSync(inDir('parameters.json'), '{"batch_wait_ms":250,"keepalive_s":30}');
      const { lines } = await assembleAll(
        ...['--authority', authority, '--parameters', inDir('parameters.json')],
        ...['--time', '2026-11-20T12:00:00.000Z'],
      );
      const { genesis } = parseGenesis(readJson(inDir('genesis.json')));

      expect(genesis.params).to.include({ batchWaitMs: 250, keepaliveS: 30, batchMax: 1_000 });
      expect(genesis.authorities.map(({ id }) => id)).to.deep.equal(['acme_imaging']);
      expect(genesis.timestampMs).to.equal(Date.UTC(2026, 10, 20, 12));
      expect(lines.join('\n')).to.include(
        'batch_wait_ms 250 (default 1000), keepalive_s 30 (default 60)',
      );
    });

    const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['a time without milliseconds', ['--time', '2026-11-20T12:00:00Z'], /a time looks like/],
      ['a time to come', ['--time', '2999-01-01T00:00:00.000Z'], /cannot lie in the future/],
      ['a network in capitals', ['--network', 'Birthmark'], /a network's name has/],
      ['an option that is none', ['--observer', 'x'], /unknown option '--observer'/],
    ];
    for (const [what, more, sentence] of wrong) {
      it(`is refused with ${what}: the command was called wrongly`, async () => {
        const { code, notes } = await assembleAll(...more);

        expect(code).to.equal(2);
        expect(notes.join()).to.match(sentence);
        expect(readdirSync(dir)).to.deep.equal([]);
      });
    }

    it('is refused without applications', async () => {
      const { code, notes } = await assemble();

      expect(code).to.equal(2);
      expect(notes.join()).to.match(/missing required argument 'application'/);
    });

    it('is refused with an application that was changed, naming file and field', async () => {
      const forged = inDir('forged.json');
      writeFileSync(forged, readFileSync(applicationOf('paper'), 'utf8').replace('paper.', 'p.'));
      const { code, notes } = await assemble(applicationOf('archive'), forged);

      expect(code).to.equal(1);
      expect(notes.join()).to.match(/forged\.json: the application is not valid/);
      expect(notes.join()).to.match(/signatures\.consensus does not verify/);
      expect(existsSync(inDir('genesis.json'))).to.equal(false);
    });

    const signedWrong: readonly (readonly [string, (own: Application) => Application, RegExp])[] = [
      [
        'a recipient that is none',
        (own) => ({ ...own, logKeyRecipient: `age1${'q'.repeat(58)}` }),
        /wrong\.json: log_key_recipient is no recipient of age/,
      ],
      [
        'an address that nobody can dial',
        (own) => ({ ...own, validator: { ...own.validator, addresses: ['/ip4/0.0.0.0/tcp/1'] } }),
        /wrong\.json: validator\.addresses: .*nobody can dial it/,
      ],
    ];
    for (const [what, change, sentence] of signedWrong) {
      it(`is refused with ${what}, however well it is signed`, async () => {
        const keys = await readKeys(keysOf('paper'));
        const { application } = parseApplication(readJson(applicationOf('paper')));
        const signed = signApplication(change(application), {
          consensus: createSigner(keys.consensus),
          cosigner: createSigner(keys.cosigner),
          network: createSigner(keys.network),
        });
        writeFileSync(inDir('wrong.json'), JSON.stringify(formatApplication(signed)));
        const { code, notes } = await assemble(inDir('wrong.json'));

        expect(code).to.equal(1);
        expect(notes.join()).to.match(sentence);
        expect(readdirSync(dir)).to.deep.equal(['wrong.json']);
      });
    }

    it('is refused with one application twice, naming both files', async () => {
      const again = inDir('again.json');
      writeFileSync(again, readFileSync(applicationOf('paper')));
      const { code, notes } = await assemble(applicationOf('paper'), again);

      expect(code).to.equal(1);
      expect(notes.join()).to.match(
        /again\.json: validator\.name is the same as .*paper\.application\.json: validator\.name/,
      );
    });

    it('is refused with an application for another network', async () => {
      const { code, notes } = await assembleAll('--network', 'birthmark.other');

      expect(code).to.equal(1);
      expect(notes.join()).to.match(/network is birthmark\.test, not birthmark\.other/);
    });

    const bad: readonly (readonly [string, string, string, RegExp])[] = [
      ['--parameters', 'a name that is none', '{"batch_size":1}', /batch_size is no parameter/],
      ['--parameters', 'a value out of bounds', '{"keepalive_s":0}', /from 1 to 86400/],
      ['--parameters', 'a list', '[]', /must be an object/],
      ['--parameters', 'no JSON', 'batch_max=1', /is not JSON/],
      ['--authority', 'a field that nobody reads', '{"trusted":true}', /trusted is no field/],
      ['--log-key', 'no key', 'secret', /does not hold a publisher key/],
    ];
    for (const [option, what, text, sentence] of bad) {
      it(`is refused where the file of ${option} holds ${what}`, async () => {
        const file = inDir('bad');
        writeFileSync(file, text, { mode: 0o600 });
        const { code, notes } = await assembleAll(option, file);

        expect(code).to.equal(1);
        expect(notes.join()).to.match(sentence);
        expect(existsSync(inDir('genesis.json'))).to.equal(false);
      });
    }

    for (const name of ['genesis.json', 'log-key.age']) {
      it(`never overwrites ${name}`, async () => {
        writeFileSync(inDir(name), 'kept');
        const { code, notes } = await assembleAll();

        expect(code).to.equal(1);
        expect(notes.join()).to.include(`${name} exists`);
        expect(readdirSync(dir)).to.deep.equal([name]);
      });
    }
  });

  describe('signing', () => {
    beforeEach(() => assembleAll());

    it('shows everything and signs nothing until the chain id is named', async () => {
      const { code, lines, notes } = await sign('museum');

      expect(code).to.equal(1);
      expect(lines.join('\n')).to.include(chainId()).and.include('all at their defaults');
      expect(notes.join()).to.include(`nothing is signed: compare the chain id`);
      expect(notes.join()).to.include(`--chain-id ${chainId()}`);
      expect(existsSync(inDir('museum.signature.json'))).to.equal(false);
    });

    it('writes a file that can be sent, and puts the key of the log into the keys folder', async () => {
      const own = ownKeys('museum');
      const before = publicKeysOf(await readKeys(own));
      const { code } = await sign('museum', '--chain-id', chainId(), '--keys', own);
      const after = publicKeysOf(await readKeys(own));
      const { genesis } = parseGenesis(readJson(inDir('genesis.json')));

      expect(code).to.equal(0);
      expect(readJson(inDir('museum.signature.json'))).to.include({
        format: 'birthmark-genesis-signature-v1',
        chain_id: chainId(),
        validator: 'museum',
      });
      expect(after).to.deep.equal({ ...before, publisher: genesis.logKey });
    });

    it('needs no sealed key where the keys folder holds it already', async () => {
      const own = ownKeys('museum');
      await sign('museum', '--chain-id', chainId(), '--keys', own);
      const again = ['--keys', own, '--out', inDir('again.json'), '--log-key', inDir('none')];
      const { code } = await sign('museum', '--chain-id', chainId(), ...again);

      expect(code).to.equal(0);
      expect(readJson(inDir('again.json'))).to.deep.equal(readJson(inDir('museum.signature.json')));
    });

    it('never overwrites a signature', async () => {
      writeFileSync(inDir('museum.signature.json'), 'kept');
      const { code, notes } = await sign('museum', '--chain-id', chainId());

      expect(code).to.equal(1);
      expect(notes.join()).to.match(/cannot create .*museum\.signature\.json/);
    });

    it('refuses a document with another chain id than the institutions agreed on', async () => {
      const { code, notes } = await sign('museum', '--chain-id', 'ab'.repeat(32));

      expect(code).to.equal(1);
      expect(notes.join()).to.match(
        /nothing is signed: the chain id of .* is [0-9a-f]{64}, not ab/,
      );
      expect(existsSync(inDir('museum.signature.json'))).to.equal(false);
    });

    it('refuses a chain id that is none: the command was called wrongly', async () => {
      const { code, notes } = await sign('museum', '--chain-id', chainId().slice(1));

      expect(code).to.equal(2);
      expect(notes.join()).to.match(/a chain id has 64 lower-case hex digits/);
    });

    it('is refused without an application', async () => {
      const { code } = await runCommand('genesis', 'sign', inDir('genesis.json'));

      expect(code).to.equal(2);
    });

    /** Puts another document in the place of the one that was assembled, with a chain id that fits. */
    const alter = (change: (json: Json) => Json): void => {
      edit(inDir('genesis.json'), (json) => {
        const { chain_id: _id, ...rest } = change(json);
        return rest;
      });
    };
    const museumEntry = (change: Json) => (json: Json) => ({
      ...json,
      validators: (json['validators'] as readonly Json[]).map((each) =>
        each['name'] === 'museum' ? { ...each, ...change } : each,
      ),
    });

    const altered: readonly (readonly [string, (json: Json) => Json, RegExp])[] = [
      [
        'another address',
        museumEntry({ addresses: ['/dns4/evil.example/tcp/1'] }),
        /museum\.addresses\[0\]: "\/dns4\/museum\.example\/tcp\/26656" here, "\/dns4\/evil\.example\/tcp\/1" there/,
      ],
      [
        'another name',
        museumEntry({ name: 'musaeum' }),
        /museum\.name: "museum" here, "musaeum" there/,
      ],
      [
        'another consensus key',
        museumEntry({
          consensus_key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
        }),
        /museum\.consensus_key: "[0-9a-f]{64}" here, "d75a9801/,
      ],
      [
        'nobody of this name',
        (json) => ({ ...json, validators: (json['validators'] as readonly Json[]).slice(2) }),
        /the genesis does not name museum; it names paper, university/,
      ],
      [
        'another network',
        (json) => ({ ...json, network: 'birthmark.other' }),
        /the genesis is that of birthmark\.other; museum applied for birthmark\.test/,
      ],
      [
        'a time to come',
        (json) => ({ ...json, time: '2999-01-01T00:00:00.000Z' }),
        /time lies \d+ s ahead of this machine's clock/,
      ],
    ];
    for (const [what, change, sentence] of altered) {
      it(`refuses a document with ${what}`, async () => {
        alter(change);
        const { code, notes } = await sign('museum', '--chain-id', 'ab'.repeat(32));

        expect(code).to.equal(1);
        expect(notes.join()).to.match(sentence);
      });
    }

    it('refuses the keys of another institution, naming what differs', async () => {
      const { code, notes } = await sign('museum', '--keys', keysOf('paper'));

      expect(code).to.equal(1);
      expect(notes.join()).to.match(/was not made with the keys in .*paper/);
      expect(notes.join()).to.match(/museum\.consensus_key: .*\n.*museum\.cosigner_key: /);
    });

    const sealed: readonly (readonly [string, () => Promise<void> | void, RegExp])[] = [
      [
        'that is not there',
        () => edit(inDir('genesis.json'), (json) => json),
        /none.* is not there/,
      ],
      [
        'that is no age file',
        () => writeFileSync(inDir('none'), 'secret'),
        /is not sealed for the keys in/,
      ],
      [
        'of another ceremony',
        async () => {
          const other = ['--log-key', inDir('other.pem'), '--sealed-out', inDir('none')];
          await assembleAll(...other, '--out', inDir('other.json'));
        },
        /holds another key than the genesis' log_key/,
      ],
      [
        'that was sealed for others',
        async () => {
          const other = ['--sealed-out', inDir('none'), '--out', inDir('other.json')];
          await assemble(applicationOf('paper'), ...other);
        },
        /is not sealed for the keys in/,
      ],
    ];
    for (const [what, prepare, sentence] of sealed) {
      it(`refuses a key of the log ${what}, and signs nothing`, async () => {
        await prepare();
        const options = ['--chain-id', chainId(), '--log-key', inDir('none')];
        const { code, notes } = await sign('museum', ...options);

        expect(code).to.equal(1);
        expect(notes.join()).to.match(sentence);
        expect(existsSync(inDir('museum.signature.json'))).to.equal(false);
      });
    }
  });

  describe('the check', () => {
    beforeEach(() => assembleAll());

    it('says who has signed and who has not, and that too few did', async () => {
      const files = await signAs('archive', 'paper');
      const outcome = await check(inDir('genesis.json'), ...files);

      expect(outcome.code).to.equal(1);
      expect(textOf(outcome))
        .to.match(/archive +signed +12D3/)
        .and.match(/museum +not signed/);
      expect(textOf(outcome)).to.include(
        '2 of 4 validators signed the genesis; 3 must (not signed: museum, university)',
      );
    });

    it('says that the document itself lacks signatures that suffice', async () => {
      const files = await signAs('archive', 'paper', 'university');
      const outcome = await check(inDir('genesis.json'), ...files);

      expect(outcome.code).to.equal(1);
      expect(textOf(outcome)).to.match(/the signatures suffice, but .* does not hold them.*--out/);
    });

    it('writes a document from which a chain can start, whatever the order of the files', async () => {
      const files = await signAs('university', 'archive', 'paper');
      const out = ['--out', inDir('signed.json')];
      const written = await check(inDir('genesis.json'), ...files, ...out);
      const checked = await check(inDir('signed.json'), '--json');

      expect([written.code, checked.code]).to.deep.equal([0, 0]);
      expect(checked.values[0]).to.deep.include({
        chain_id: chainId(),
        can_start: true,
        signed_by: ['archive', 'paper', 'university'],
        missing: ['museum'],
        quorum: 3,
        problems: [],
        differences: [],
        parameters: {},
      });
    });

    it('takes the signatures of other copies of the document', async () => {
      const [archive = '', paper = '', museum = ''] = await signAs('archive', 'paper', 'museum');
      await check(inDir('genesis.json'), archive, '--out', inDir('a.json'));
      await check(inDir('genesis.json'), paper, museum, '--out', inDir('b.json'));
      const { code } = await check(inDir('a.json'), inDir('b.json'), '--out', inDir('c.json'));
      const { signatures } = parseGenesis(readJson(inDir('c.json')));

      expect(code).to.equal(0);
      expect(signatures.map(({ validator }) => validator)).to.deep.equal([
        'archive',
        'museum',
        'paper',
      ]);
    });

    it('says field by field what differs between two documents, and writes neither', async () => {
      edit(inDir('genesis.json'), (json) => json);
      const other = inDir('other.json');
      edit(inDir('genesis.json'), (json) => {
        const { chain_id: _id, ...rest } = json;
        writeFileSync(other, JSON.stringify({ ...rest, network: 'birthmark.other' }));
        return json;
      });
      const out = ['--out', inDir('merged.json')];
      const outcome = await check(inDir('genesis.json'), other, ...out);

      expect(outcome.code).to.equal(1);
      expect(outcome.lines).to.include(
        `${other}: network: "birthmark.test" here, "birthmark.other" there`,
      );
      expect(existsSync(inDir('merged.json'))).to.equal(false);
    });

    it('refuses a signature of another genesis', async () => {
      const [file = ''] = await signAs('archive');
      edit(file, (json) => ({ ...json, chain_id: 'ab'.repeat(32) }));
      const outcome = await check(inDir('genesis.json'), file);

      expect(outcome.code).to.equal(1);
      expect(textOf(outcome)).to.include(`${file}: is a signature of another genesis`);
    });

    it('refuses a signature that another has made, and does not write it', async () => {
      const [file = ''] = await signAs('archive');
      edit(file, (json) => ({ ...json, validator: 'museum' }));
      const outcome = await check(inDir('genesis.json'), file, '--out', inDir('out.json'));

      expect(outcome.code).to.equal(1);
      expect(textOf(outcome)).to.include(
        `${file}: the genesis signature of museum does not verify`,
      );
      expect(existsSync(inDir('out.json'))).to.equal(false);
    });

    it('keeps the good signature of the document where a bad one comes for it', async () => {
      const files = await signAs('archive', 'paper', 'museum');
      await check(inDir('genesis.json'), ...files, '--out', inDir('signed.json'));
      edit(files[0]!, (json) => ({ ...json, signature: readJson(files[1]!)['signature'] }));
      const { code, values } = await check(inDir('signed.json'), files[0]!, '--json');

      expect(code).to.equal(1);
      expect(values[0]).to.deep.include({
        signed_by: ['archive', 'museum', 'paper'],
        problems: [],
        differences: [`${files[0]}: the genesis signature of archive does not verify`],
        can_start: false,
      });
    });

    it('names a signature in the document that does not verify', async () => {
      const files = await signAs('archive', 'paper', 'museum');
      await check(inDir('genesis.json'), ...files, '--out', inDir('signed.json'));
      edit(inDir('signed.json'), (json) => {
        const [first, second, ...rest] = json['signatures'] as readonly Json[];
        return {
          ...json,
          signatures: [{ ...first, signature: second?.['signature'] }, second, ...rest],
        };
      });
      const outcome = await check(inDir('signed.json'));

      expect(outcome.code).to.equal(1);
      expect(textOf(outcome)).to.include('the genesis signature of archive does not verify');
      expect(textOf(outcome)).to.include('holds signatures that do not verify');
    });

    const refused: readonly (readonly [string, string, RegExp])[] = [
      ['an application', '{"format":"birthmark-application-v1"}', /format must be/],
      ['a list', '[]', /must be a JSON object/],
      ['no JSON', 'signed', /is not JSON/],
    ];
    for (const [what, text, sentence] of refused) {
      it(`refuses ${what} as a further file`, async () => {
        writeFileSync(inDir('further'), text);
        const outcome = await check(inDir('genesis.json'), inDir('further'));

        expect(outcome.code).to.equal(1);
        expect(textOf(outcome)).to.match(sentence);
      });
    }

    it('is called wrongly without a document', async () => {
      expect((await check()).code).to.equal(2);
    });

    it('refuses a file of more than 16 MiB unread', async () => {
      writeFileSync(inDir('large.json'), Buffer.alloc(16 * 1_048_576 + 1, ' '));
      const outcome = await check(inDir('large.json'));

      expect(outcome.code).to.equal(1);
      expect(textOf(outcome)).to.match(/holds 16777217 bytes; 16777216 are allowed/);
    });
  });
});
