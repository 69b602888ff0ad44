import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { armor, Encrypter } from 'age-encryption';
import { expect } from 'chai';

import { createSigner } from '../../../chain/signature.ts';
import { chainIdOf, formatGenesis } from '../../../genesis/document.ts';
import { openAudit } from '../../../node/audit/audit.ts';
import { openAuditDisk } from '../../../node/audit/disk.ts';
import { generateKeys, publicKeysOf, readKeys, writeKeys } from '../../../node/keys.ts';
import { openWal } from '../../../node/consensus/wal.ts';
import { readGenesis } from '../../../scripts/cli/files.ts';
import { NODE_MAJOR_MIN } from '../../../scripts/doctor/settings.ts';
import { captureLog } from '../../support/capturedLog.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/wholeNetwork.ts';
import { WholeNode } from '../../support/wholeNode.ts';
import { commitAt } from '../../node/audit/rig.ts';
import { openLevelChainStore } from '../../../node/store/levelChainStore.ts';
import { ChainBuilder } from '../../support/chainBuilder.ts';
import { beginAtEdge, beginFilling } from '../../support/chainFilling.ts';
import { checksWith, contentOf, copyFolder, examineFolder, saidOf } from './rig.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const MAIN = path.join(ROOT, 'scripts', 'cli', 'main.ts');
const FREE_PORTS = 'API_LISTEN=127.0.0.1:0\nADMIN_LISTEN=127.0.0.1:0\nP2P_LISTEN=127.0.0.1:0\n';

describe('birthmark doctor', () => {
  const folder = temporaryFolder();
  /** A node that ran and was stopped. */
  const sound = path.join(folder, 'sound');
  const dir = path.join(folder, 'node');
  const at = (...names: readonly string[]): string => path.join(dir, ...names);

  before(async () => {
    const node = await WholeNode.start(sound);
    // The chain was silent for an hour: its first block is due, and with it what this validator says.
    await until(async () => (await node.get('/api/v1/status')).body['block_height'] !== 0);
    await node.stop();
    writeFileSync(path.join(sound, 'node.env'), FREE_PORTS);
    await writeAudit(sound);
    const wal = await openWal(path.join(sound, 'data', 'consensus.wal'));
    const [message] = wal.restored;
    await wal.append([message!]);
    await wal.append([message!]);
    await wal.close();
  });
  beforeEach(() => copyFolder(sound, dir));

  /** Puts one run of events on record. */
  const writeAudit = async (nodeDir: string): Promise<void> => {
    const { genesis } = await readGenesis(path.join(nodeDir, 'genesis.json'));
    const keys = await readKeys(path.join(nodeDir, 'keys'));
    const audit = await openAudit(
      {
        chainId: chainIdOf(genesis),
        sign: createSigner(keys.consensus),
        publicKey: publicKeysOf(keys).consensus,
      },
      {
        disk: await openAuditDisk(path.join(nodeDir, 'data', 'audit')),
        clock: new FakeClock(),
        log: captureLog().log,
        onFault: () => undefined,
      },
    );
    audit.record(commitAt(1));
    await audit.close();
  };
  const set = (settings: string): void => writeFileSync(at('node.env'), FREE_PORTS + settings);
  const edit = (name: string, change: (text: string) => string): void =>
    writeFileSync(at(name), change(readFileSync(at(name), 'utf8')));

  describe('of a sound node', () => {
    it('finds nothing in the way, and ends with exit code 0', async () => {
      const examination = await examineFolder(dir);

      expect([examination.code, examination.wouldStart]).to.deep.equal([0, true]);
      expect(checksWith(examination, 'problem')).to.deep.equal([]);
      expect(checksWith(examination, 'ok')).to.include.members([
        ...['node', 'settings', 'genesis', 'keys', 'identity', 'data', 'lock', 'chain'],
        ...['work', 'log', 'audit', 'ports', 'peers', 'clock'],
      ]);
      expect(saidOf(examination, 'chain')).to.match(
        /height \d+, last block \d{4}-.*Z \(0 minutes ago\)/,
      );
      expect(saidOf(examination, 'log')).to.match(/^ok \d messages of this validator/);
      expect(saidOf(examination, 'audit')).to.match(/goes on behind line \d+/);
    });

    it('changes nothing, and leaves nothing behind', async () => {
      const before = contentOf(dir);
      const temporary = path.join(folder, 'tmp');
      mkdirSync(temporary);
      const usual = process.env['TMPDIR'];
      process.env['TMPDIR'] = temporary;
      const { code } = await examineFolder(dir);
      if (usual === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = usual;

      expect(code).to.equal(0);
      expect([...contentOf(dir)]).to.deep.equal([...before]);
      expect(readdirSync(temporary)).to.deep.equal([]);
    });

    it('takes its data folder too', async () => {
      const { code, findings } = await examineFolder(at('data'));

      expect(code).to.equal(0);
      expect(saidOf({ findings }, 'chain')).to.match(/^ok height/);
    });

    it('whose chain begins with a fast start says with which block', async () => {
      await beginAtEdge(at('data'));
      const examination = await examineFolder(dir);

      expect(examination.code).to.equal(0);
      expect(checksWith(examination, 'problem')).to.deep.equal([]);
      expect(saidOf(examination, 'chain')).to.match(
        /^ok height (\d+), .*, begins here with block \1 /,
      );
    });

    it('whose fast start was interrupted says that the next start fetches the chain', async () => {
      set(`FAST_START=12:${'0'.repeat(64)}\n`);
      rmSync(at('data', 'chain'), { recursive: true });
      const store = await openLevelChainStore(at('data', 'chain'));
      await beginFilling(store, [
        new ChainBuilder().genesis,
        new ChainBuilder().next({ batchCount: 1, recordCount: 9 }),
      ]);
      await store.close();
      const { code, findings } = await examineFolder(dir);

      expect(code).to.equal(0);
      expect(saidOf({ findings }, 'chain')).to.match(
        /^ok none yet: the start fetches the one with block 12 \(FAST_START\)/,
      );
    });

    it('that never started says what the first start makes', async () => {
      rmSync(at('data'), { recursive: true });
      const { code, findings } = await examineFolder(dir);

      expect(code).to.equal(0);
      expect(saidOf({ findings }, 'data')).to.match(
        /^note there is no .*data: the first start makes it/,
      );
      expect(existsSync(at('data'))).to.equal(false);
    });

    it('takes an empty data folder for a first start', async () => {
      rmSync(at('data'), { recursive: true });
      mkdirSync(at('data'));
      const { code, findings } = await examineFolder(dir);

      expect(code).to.equal(0);
      expect(saidOf({ findings }, 'chain')).to.match(/^ok none yet/);
      expect(readdirSync(at('data'))).to.deep.equal([]);
    });

    it('is shown to people as a table, problems with what to do', async () => {
      set('LOG_LEVEL=loud\n');
      const { code, lines, notes } = await runCommand('doctor', dir);

      expect(code).to.equal(1);
      expect(lines[0]).to.match(/^ok {7}node {6}Node \d+/);
      expect(lines[1]).to.match(/^problem {2}settings {2}LOG_LEVEL is loud; it must be one of/);
      expect(lines[2]).to.match(/^ {19}-> change it in node.env/);
      expect(notes.join()).to.match(/would not start: 1 problem/);
    });
  });

  /** A break, what it is found by, and what is said of it. */
  type Case = readonly [string, () => void | Promise<void>, string, RegExp];

  const cases: readonly Case[] = [
    // Settings.
    [
      'a setting that cannot be used',
      () => set('LOG_LEVEL=loud\n'),
      'settings',
      /LOG_LEVEL is loud.*-> change it in node.env/,
    ],
    [
      'a setting of another node',
      () => set('DATABASE_URL=x\n'),
      'settings',
      /DATABASE_URL is not a setting/,
    ],
    [
      'a certificate for TLS that is not there',
      () => set('API_TLS_CERT=c\nAPI_TLS_KEY=k\n'),
      'tls',
      /cannot be used: ENOENT.*-> name a PEM chain/,
    ],
    [
      'a certificate for TLS that is none',
      () => {
        set('API_TLS_CERT=genesis.json\nAPI_TLS_KEY=node.env\n');
      },
      'tls',
      /cannot be used: .*-> name a PEM chain/,
    ],
    // Time stamps.
    [
      'a time-stamping certificate that is not there',
      () => set('TSA_CERT=c\nTSA_KEY=k\nTSA_POLICY=1.2.3\n'),
      'time stamps',
      /^problem cannot read TSA_CERT=.*ENOENT/,
    ],
    // Genesis.
    [
      'no genesis',
      () => rmSync(at('genesis.json')),
      'genesis',
      /cannot read .*genesis.json.*-> copy the genesis/,
    ],
    [
      'a genesis that is not JSON',
      () => writeFileSync(at('genesis.json'), '{'),
      'genesis',
      /is not JSON.*-> copy the genesis/,
    ],
    [
      'a genesis with a bad field',
      () => edit('genesis.json', (text) => text.replace('birthmark.test', 'Birthmark')),
      'genesis',
      /network must be text.*-> copy the genesis/s,
    ],
    [
      'a genesis that was edited',
      () => edit('genesis.json', (text) => text.replace('birthmark.test', 'birthmark.tess')),
      'genesis',
      /edited after it was made.*-> copy the genesis/,
    ],
    [
      'a genesis that nobody signed',
      () => edit('genesis.json', (text) => text.replace(/"signatures":\[.*\]/, '"signatures":[]')),
      'genesis',
      /0 of 1 validators signed.*-> take the document that/,
    ],
    // Keys.
    [
      'no key file',
      () => rmSync(at('keys', 'network.pem')),
      'keys',
      /network.pem is not there -> restore the key files/,
    ],
    [
      'a key file that others may read',
      () => chmodSync(at('keys', 'cosigner.pem'), 0o644),
      'keys',
      /cosigner.pem can be read by others: run "chmod 600/,
    ],
    [
      'a key file that holds something else',
      () => writeFileSync(at('keys', 'consensus.pem'), 'x'),
      'keys',
      /does not hold a consensus key -> restore/,
    ],
    [
      'keys of somebody else',
      () => makeKeys(),
      'identity',
      /belongs to no validator of the genesis \(archive\)[^]* -> name the keys/,
    ],
    [
      'the name of another validator',
      () => set('NODE_ID=library\n'),
      'identity',
      /NODE_ID library belongs to no validator/,
    ],
    [
      'one key of somebody else',
      async () => {
        await makeKeys('others');
        renameSync(at('others', 'network.pem'), at('keys', 'network.pem'));
      },
      'identity',
      /peer id \w+ here, \w+ in the genesis -> name the keys/,
    ],
    [
      'encrypted keys without their passphrase',
      () => encryptKey(),
      'keys',
      /consensus.pem is encrypted: name a file with its passphrase, .*in KEYS_PASSPHRASE_FILE/,
    ],
    [
      'encrypted keys with another passphrase',
      async () => {
        await encryptKey();
        writeFileSync(at('passphrase'), 'guess\n');
        set('KEYS_PASSPHRASE_FILE=passphrase\n');
      },
      'keys',
      /cannot be decrypted: the passphrase is another one/,
    ],
    [
      'a passphrase file that is not there',
      () => set('KEYS_PASSPHRASE_FILE=none\n'),
      'keys',
      /cannot read the passphrase file .*none -> name the file in KEYS_PASSPHRASE_FILE/,
    ],
    // Data.
    [
      'a file in place of the data folder',
      () => {
        rmSync(at('data'), { recursive: true });
        writeFileSync(at('data'), '');
      },
      'data',
      /is no folder -> set DATA_DIR/,
    ],
    [
      'a data folder below a file',
      () => set('DATA_DIR=genesis.json/data\n'),
      'data',
      /genesis.json is no folder -> set DATA_DIR/,
    ],
    [
      'the data of another chain',
      () => anotherChain(),
      'chain',
      /holds another chain than the genesis document -> set DATA_DIR/,
    ],
    [
      'a chain that is damaged',
      () => writeFileSync(at('data', 'chain', 'CURRENT'), 'x'),
      'chain',
      /cannot open the store.*CURRENT.*-> restore the whole data folder.*delete nothing/,
    ],
    [
      'work that is damaged',
      () => writeFileSync(at('data', 'work', 'CURRENT'), 'x'),
      'work',
      /cannot open the store.*-> restore the whole data folder/,
    ],
    [
      'a log of a later version',
      () => writeForeignLog(),
      'log',
      /holds a message that this version cannot read.*-> start the version/,
    ],
    [
      'a log that is damaged in its middle',
      () => flip(at('data', 'consensus.wal'), 20),
      'log',
      /damaged at byte 12, before an intact frame.*-> move consensus.wal elsewhere.*never put back an older copy/,
    ],
    [
      'an audit that was cut off',
      () => edit('data/audit/audit-000001.jsonl', (text) => text.slice(0, -5)),
      'audit',
      /cannot be gone on with: .*birthmark audit check.*move the folder elsewhere/,
    ],
    // Ports.
    [
      'two addresses with one port',
      () => set('ADMIN_LISTEN=127.0.0.1:38545\nP2P_LISTEN=127.0.0.1:38545\n'),
      'ports',
      /P2P_LISTEN=127.0.0.1:38545 has the port of ADMIN_LISTEN -> give P2P_LISTEN another/,
    ],
    [
      'an address of another machine',
      () => set('API_LISTEN=192.0.2.1:8545\n'),
      'ports',
      /API_LISTEN=192.0.2.1:8545 cannot be listened on: .*EADDRNOTAVAIL.*-> set API_LISTEN/,
    ],
    // Peers.
    [
      'an address of nobody',
      () => set('P2P_PEERS=library=/ip4/10.0.0.1/tcp/1\n'),
      'peers',
      /no validator of the name "library" -> write NAME=MULTIADDR/,
    ],
    [
      'a peer’s address that is none',
      () => set('P2P_PEERS=archive=10.0.0.1:1\n'),
      'peers',
      /is not a multiaddr -> write NAME=MULTIADDR/,
    ],
  ];

  const makeKeys = async (name = 'keys'): Promise<void> => {
    rmSync(at(name), { recursive: true, force: true });
    await writeKeys(at(name), generateKeys());
  };
  /** Encrypts one key file, with less work than a real one takes. */
  const encryptKey = async (): Promise<void> => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase('secret');
    encrypter.setScryptWorkFactor(2);
    const file = at('keys', 'consensus.pem');
    const sealed = await encrypter.encrypt(readFileSync(file, 'utf8'));
    writeFileSync(file, armor.encode(sealed));
  };
  const flip = (file: string, index: number): void => {
    const bytes = readFileSync(file);
    bytes[index] = bytes[index]! ^ 1;
    writeFileSync(file, bytes);
  };
  const writeForeignLog = async (): Promise<void> => {
    const wal = await openWal(at('data', 'consensus.wal'));
    await wal.append([new Uint8Array(9)]);
    await wal.close();
  };
  const anotherChain = async (): Promise<void> => {
    const other = path.join(folder, 'another');
    await (await WholeNode.start(other)).stop();
    rmSync(at('data'), { recursive: true });
    copyFolder(path.join(other, 'data'), at('data'));
  };

  describe('of a node with', () => {
    for (const [what, harm, check, sentence] of cases) {
      it(`${what} says what is wrong and what to do, with exit code 1`, async () => {
        await harm();
        const before = contentOf(dir);
        const examination = await examineFolder(dir);

        expect([examination.code, examination.wouldStart]).to.deep.equal([1, false]);
        expect(saidOf(examination, check))
          .to.match(sentence)
          .and.match(/^problem/m);
        expect([...contentOf(dir)]).to.deep.equal([...before]);
      });
    }

    it('several problems names all of them', async () => {
      set('API_LISTEN=192.0.2.1:1\n');
      chmodSync(at('keys', 'consensus.pem'), 0o644);
      chmodSync(at('keys', 'cosigner.pem'), 0o644);
      rmSync(at('genesis.json'));
      flip(at('data', 'consensus.wal'), 20);

      expect(checksWith(await examineFolder(dir), 'problem')).to.deep.equal([
        'genesis',
        'keys',
        'keys',
        'log',
        'ports',
      ]);
    });

    it('a torn log and a torn audit says that this is how a crash leaves them', async () => {
      const wal = at('data', 'consensus.wal');
      writeFileSync(wal, readFileSync(wal).subarray(0, -3));
      edit('data/audit/audit-000001.jsonl', (text) => `${text}{"seq":4`);
      const examination = await examineFolder(dir);

      expect(examination.code).to.equal(0);
      expect(saidOf(examination, 'log')).to.match(
        /^ok .*the last \d+ bytes are torn, as a crash leaves them/,
      );
      expect(saidOf(examination, 'audit')).to.match(/^ok .*8 bytes are torn/);
    });

    it('a port that is taken says by whom', async () => {
      const busy = createServer();
      busy.listen(0, '127.0.0.1');
      await once(busy, 'listening');
      const { port } = busy.address() as AddressInfo;
      set(`API_LISTEN=127.0.0.1:${port}\n`);
      const said = saidOf(await examineFolder(dir), 'ports');
      busy.close();

      expect(said).to.match(new RegExp(`API_LISTEN=127.0.0.1:${port} is in use by .*-> stop that`));
      if (existsSync('/proc/net/tcp')) expect(said).to.include(`process ${process.pid} (node)`);
    });

    it('a genesis of tomorrow asks about the clock', async () => {
      const { genesis } = await readGenesis(at('genesis.json'));
      const tomorrow = { ...genesis, timestampMs: Date.now() + 86_400_000 };
      const document = formatGenesis({ genesis: tomorrow, signatures: [] });
      writeFileSync(at('genesis.json'), JSON.stringify(document));

      expect(saidOf(await examineFolder(dir), 'genesis')).to.match(
        /note the chain begins at .* ahead of this machine's clock -> look whether the clock/,
      );
    });
  });

  it('is refused without a folder, with exit code 2', async () => {
    const missing = await runCommand('doctor', at('none'));
    const file = await runCommand('doctor', at('genesis.json'));

    expect([missing.code, file.code]).to.deep.equal([2, 2]);
    expect(missing.notes.join()).to.match(/there is no folder .*none/);
  });

  it('knows the Node that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      readonly engines: { readonly node: string };
    };

    expect(engines.node).to.equal(`>=${NODE_MAJOR_MIN}`);
  });

  describe('of a node that runs', function () {
    this.timeout(40_000);
    const running = path.join(folder, 'running');
    let child: ChildProcess;

    before(async () => {
      copyFolder(sound, running);
      child = spawn(process.execPath, [MAIN, 'start', '--dir', running], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      await once(child, 'message');
    });
    after(() => {
      child.kill('SIGKILL');
    });

    it('says by which process, leaves it alone, and ends with exit code 1', async () => {
      const examination = await examineFolder(running);
      const said = saidOf(examination, 'lock');

      expect(examination.code).to.equal(1);
      expect(checksWith(examination, 'problem')).to.deep.equal(['lock']);
      expect(said).to.match(/is in use: .* runs this node -> leave it running, or stop it/);
      expect(saidOf(examination, 'stores')).to.match(/cannot be examined while the node runs/);
      if (existsSync('/proc/locks')) expect(said).to.include(`process ${child.pid ?? 0} (node)`);
      expect(child.exitCode).to.equal(null);
    });
  });
});
