import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { expect } from 'chai';

import { formatGenesis, type SignedGenesis } from '../../genesis/document.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { createSigner } from '../../chain/signature.ts';
import { formatHex } from '../../chain/bytes.ts';
import { readConfig } from '../../node/config.ts';
import type { Environment } from '../../node/settingReader.ts';
import type { CrashPoint } from '../../node/crashPoint.ts';
import { generateKeys, type Keys, publicKeysOf, writeKeys } from '../../node/keys.ts';
import { type RunningNode, startNode } from '../../node/node.ts';
import { createQuery, encodeQuery } from '../../node/timestamp/query.ts';
import { decodeReply } from '../../node/timestamp/reply.ts';
import { signGenesis } from '../../genesis/signatures.ts';
import { createGenesis } from '../../scripts/cli/newGenesis.ts';
import { createSelfSigned } from './authority/selfSigned.ts';
import { captureLog, messagesOf } from '../support/capturedLog.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { type IssuedTsa, issueTsa, POLICY, writeTsa } from '../support/testTsa.ts';

const START_MS = 1_800_000_000_000;
const FREE = {
  API_LISTEN: '127.0.0.1:0',
  ADMIN_LISTEN: '127.0.0.1:0',
  P2P_LISTEN: '127.0.0.1:0',
};

interface Attempt {
  /** `started`, or the code and message of the refusal. */
  readonly outcome: string;
  readonly timerCount: number;
}

describe('the start of a node', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';
  let keys: Keys;
  let clock: FakeClock;
  const running: RunningNode[] = [];

  const genesisOf = (
    names: readonly string[],
    mine = keys,
    timestampMs = START_MS - 1_000,
  ): SignedGenesis =>
    createGenesis({
      network: 'birthmark.test',
      timestampMs,
      params: DEFAULT_PARAMS,
      validators: names.map((name, i) => ({
        name,
        keys: i === 0 ? mine : generateKeys(),
        addresses: [],
      })),
      authorities: [],
    });
  const writeGenesis = (signed: SignedGenesis): void =>
    writeFileSync(path.join(dir, 'genesis.json'), JSON.stringify(formatGenesis(signed)));

  beforeEach(async () => {
    dir = path.join(folder, `node-${count++}`);
    keys = generateKeys();
    clock = new FakeClock(START_MS);
    await writeKeys(path.join(dir, 'keys'), keys);
    writeGenesis(genesisOf(['archive']));
  });
  afterEach(async () => {
    for (const node of running.splice(0)) await node.stop();
  });

  const start = async (
    environment: Environment = {},
    onPoint: (point: CrashPoint) => void = () => undefined,
  ): Promise<RunningNode> => {
    const { log } = captureLog();
    const config = readConfig({ ...FREE, ...environment }, dir);
    const node = await startNode(config, { log, clock, onPoint });
    running.push(node);
    return node;
  };

  const attempt = async (environment: Environment = {}): Promise<Attempt> => {
    try {
      await start(environment);
      return { outcome: 'started', timerCount: clock.timerCount };
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      return { outcome: `${String(error.code)}: ${error.message}`, timerCount: clock.timerCount };
    }
  };

  it('ends with a node that answers on both addresses', async () => {
    const { apiUrl, adminUrl } = await start();
    const [api, admin] = await Promise.all([fetch(new URL('/health', apiUrl)), fetch(adminUrl)]);

    expect([api.status, admin.status]).to.deep.equal([200, 404]);
  });

  it('says that it is ready', async () => {
    const captured = captureLog();
    const node = await startNode(readConfig(FREE, dir), { log: captured.log, clock });
    await node.stop();

    expect(messagesOf(captured)).to.deep.equal(['node ready', 'audit head', 'node stopped']);
  });

  const refusals: readonly (readonly [string, RegExp, () => Promise<void> | void])[] = [
    [
      'a genesis that is not there',
      /^ERR_GENESIS_FILE: cannot read/,
      () => rmSync(path.join(dir, 'genesis.json')),
    ],
    [
      'a genesis that is not JSON',
      /^ERR_GENESIS_FILE: .*is not JSON/,
      () => writeFileSync(path.join(dir, 'genesis.json'), '{'),
    ],
    [
      'a genesis that is not one',
      /^ERR_GENESIS: /,
      () => writeFileSync(path.join(dir, 'genesis.json'), '{}'),
    ],
    [
      'a genesis that says something twice',
      /^ERR_GENESIS: .*genesis\.json: an object has the field "network" twice/,
      () => {
        const text = JSON.stringify(formatGenesis(genesisOf(['archive'])));
        writeFileSync(path.join(dir, 'genesis.json'), `{"network":"other",${text.slice(1)}`);
      },
    ],
    [
      'a genesis that nobody signed',
      /^ERR_QUORUM: /,
      () => writeGenesis({ ...genesisOf(['archive']), signatures: [] }),
    ],
    [
      'keys that are not there',
      /^ERR_KEYS: .*birthmark keys create/,
      () => rmSync(path.join(dir, 'keys'), { recursive: true }),
    ],
    [
      'keys of nobody in the genesis',
      /^ERR_IDENTITY: the consensus key in .*belongs to no validator of the genesis \(archive\)/,
      () => writeGenesis(genesisOf(['archive'], generateKeys())),
    ],
  ];
  for (const [aheadMs, pattern] of [
    [600_000, /^started$/],
    [
      600_001,
      /^ERR_CLOCK: the chain begins at 2027-01-15T08:10:00.001Z and this machine's clock says 2027-01-15T08:00:00.000Z: set the clock/,
    ],
  ] as const) {
    it(`with a genesis ${aheadMs} ms ahead is ${pattern.source.slice(1, 10)}`, async () => {
      writeGenesis(genesisOf(['archive'], keys, START_MS + aheadMs));

      expect((await attempt()).outcome).to.match(pattern);
    });
  }

  describe('with TLS', () => {
    const TLS = { API_TLS_CERT: 'cert.pem', API_TLS_KEY: 'key.pem' };
    const write = (name: string, text: string): void => writeFileSync(path.join(dir, name), text);

    it('ends with a node that answers over it', async () => {
      const { cert, key } = await createSelfSigned('archive.test');
      write('cert.pem', cert);
      write('key.pem', key);

      expect((await start(TLS)).apiUrl).to.match(/^https:/);
    });

    it('is refused without the certificate, which is named, and leaves nothing running', async () => {
      write('key.pem', 'key');
      const { outcome, timerCount } = await attempt(TLS);

      expect(outcome).to.match(/^ERR_TLS: cannot read API_TLS_CERT=.*cert\.pem \(ENOENT/);
      expect(timerCount).to.equal(0);
    });

    it('is refused without the key, which is named', async () => {
      write('cert.pem', 'certificate');

      expect((await attempt(TLS)).outcome).to.match(/^ERR_TLS: cannot read API_TLS_KEY=.*key\.pem/);
    });

    it('is refused with what is no certificate and its key', async () => {
      write('cert.pem', 'certificate');
      write('key.pem', 'key');

      expect((await attempt(TLS)).outcome).to.match(
        /^ERR_TLS: API_TLS_CERT=.*cert\.pem and API_TLS_KEY=.*key\.pem are not a certificate and its key/,
      );
    });
  });

  describe('with time stamps', () => {
    const stamping = (): Environment => {
      const tsa = writeTsa(path.join(dir, 'tsa'), issued);
      return { TSA_CERT: tsa.certPath, TSA_KEY: tsa.keyPath, TSA_POLICY: tsa.policy };
    };
    const query = encodeQuery(createQuery(new Uint8Array(32)));
    const ask = async ({ apiUrl }: RunningNode): Promise<string> => {
      const init = { method: 'POST', body: new Uint8Array(query) };
      const answer = await fetch(new URL('/api/v1/timestamp', apiUrl), init);
      const reply = decodeReply(new Uint8Array(await answer.arrayBuffer()));
      return reply.status === 'granted'
        ? new Date(reply.info.timeMs).toISOString()
        : String(reply.failure);
    };
    const read = async ({ apiUrl }: RunningNode, route: string): Promise<string> =>
      (await fetch(new URL(route, apiUrl))).text();
    let issued: IssuedTsa;

    before(async () => {
      issued = await issueTsa();
    });

    it('ends with a validator that stamps by its own clock, says so, and counts', async () => {
      const node = await start(stamping());

      expect(await ask(node)).to.equal('2027-01-15T08:00:00.000Z');
      expect(await read(node, '/api/v1/status')).to.include(`"policy":"${POLICY}"`);
      expect(await read(node, '/metrics')).to.match(
        /^birthmark_timestamps_total\{outcome="granted"\} 1$/m,
      );
    });

    it('ends with an observer that stamps', async () => {
      writeGenesis(genesisOf(['archive'], generateKeys()));
      const node = await start({ ...stamping(), OBSERVER: 'true' });

      expect(await ask(node)).to.equal('2027-01-15T08:00:00.000Z');
      expect(await read(node, '/api/v1/status')).to.include(`"policy":"${POLICY}"`);
      expect(await read(node, '/metrics')).to.include('birthmark_timestamps_total{');
    });

    it('stamps nothing once the clock is set back behind the chain', async () => {
      const node = await start(stamping());
      const behindMs = 1_000 + DEFAULT_PARAMS.clockAheadMs; // The genesis lies a second back.
      clock.set(-behindMs);
      const atEdge = await ask(node);
      clock.set(-1);

      expect([atEdge, await ask(node)]).to.deep.equal([
        '2027-01-15T07:59:54.000Z',
        'timeNotAvailable',
      ]);
    });

    it('is refused with files that cannot be used, and leaves nothing running', async () => {
      const { outcome, timerCount } = await attempt({ ...stamping(), TSA_CERT: 'none.pem' });

      expect(outcome).to.match(/^ERR_TSA: cannot read TSA_CERT=.*none\.pem/);
      expect(timerCount).to.equal(0);
    });

    it('is refused to an observer with such files, too', async () => {
      writeGenesis(genesisOf(['archive'], generateKeys()));
      const environment = { ...stamping(), TSA_KEY: 'none.key', OBSERVER: 'true' };

      expect((await attempt(environment)).outcome).to.match(/^ERR_TSA: cannot read TSA_KEY=/);
    });
  });

  for (const [what, pattern, prepare] of refusals) {
    it(`is refused with ${what}`, async () => {
      await prepare();

      expect((await attempt()).outcome).to.match(pattern);
    });
  }

  it('ends where another validator is not there: it waits for it, and signs nothing', async () => {
    writeGenesis(genesisOf(['archive', 'museum']));
    const points: CrashPoint[] = [];
    const { apiUrl } = await start({}, (point) => points.push(point));
    points.length = 0;
    await clock.advance(120_000);
    const { status } = await fetch(new URL('/health', apiUrl));

    expect(status).to.equal(200);
    expect(points).to.not.include('before-log-append');
  });

  it('is refused with a NODE_ID that is not in the genesis', async () => {
    expect((await attempt({ NODE_ID: 'museum' })).outcome).to.match(
      /^ERR_IDENTITY: NODE_ID museum belongs to no validator/,
    );
  });

  it('is refused with a passphrase file that is not there', async () => {
    expect((await attempt({ KEYS_PASSPHRASE_FILE: 'none' })).outcome).to.match(
      /^ERR_KEYS: cannot read the passphrase file/,
    );
  });

  it('is refused with keys of another, naming each that differs', async () => {
    const others = generateKeys();
    const mixed: Keys = { ...others, consensus: keys.consensus };
    const { genesis } = genesisOf(['archive'], mixed);
    const signatures = { genesis, signatures: [] };
    writeGenesis(signGenesis(signatures, 'archive', createSigner(keys.consensus)));
    const { outcome } = await attempt();

    expect(outcome).to.match(/^ERR_IDENTITY: the keys in .* are not those of validator archive:/);
    expect(outcome).to.include(`cosigner key ${formatHex(publicKeysOf(keys).cosigner)} here`);
    expect(outcome).to.match(/peer id .* here, .* in the genesis$/);
    expect(outcome).to.not.include('consensus key');
  });

  it('is refused on a data folder of another chain', async () => {
    await (await start()).stop();
    const { genesis } = genesisOf(['archive']);
    const other = { genesis: { ...genesis, network: 'other.test' }, signatures: [] };
    writeGenesis(signGenesis(other, 'archive', createSigner(keys.consensus)));

    expect((await attempt()).outcome).to.match(/^ERR_OTHER_CHAIN: /);
  });

  it('is refused while another process uses the data folder, and not after', async () => {
    const first = await start();
    const locked = await attempt();
    await first.stop();

    expect(locked.outcome).to.match(/^ERR_LOCKED: .*data is in use/);
    expect((await attempt()).outcome).to.equal('started');
  });

  describe('on a busy port', () => {
    let busy: Server;
    let address = '';

    beforeEach(async () => {
      busy = createServer();
      busy.listen(0, '127.0.0.1');
      await once(busy, 'listening');
      address = `127.0.0.1:${(busy.address() as AddressInfo).port}`;
    });
    afterEach(() => void busy.close());

    for (const setting of ['API_LISTEN', 'ADMIN_LISTEN']) {
      it(`is refused with ${setting} named, and leaves nothing running`, async () => {
        const { outcome, timerCount } = await attempt({ [setting]: address });

        expect(outcome).to.match(new RegExp(`^ERR_LISTEN: cannot listen on ${setting}=${address}`));
        expect(timerCount).to.equal(0);
        expect((await attempt()).outcome).to.equal('started');
      });
    }

    it('is refused with the address for other validators, and leaves nothing running', async () => {
      writeGenesis(genesisOf(['archive', 'museum']));
      const { outcome, timerCount } = await attempt({ P2P_LISTEN: address });

      expect(outcome).to.match(/^ERR_LISTEN: /);
      expect(timerCount).to.equal(0);
      expect((await attempt()).outcome).to.equal('started');
    });

    it('does not need that address where it is alone', async () => {
      expect((await attempt({ P2P_LISTEN: address })).outcome).to.equal('started');
    });

    it('closes the public address again where only the other is busy', async () => {
      const free = createServer();
      free.listen(0, '127.0.0.1');
      await once(free, 'listening');
      const { port } = free.address() as AddressInfo;
      free.close();
      await once(free, 'close');
      await attempt({ API_LISTEN: `127.0.0.1:${port}`, ADMIN_LISTEN: address });

      expect((await attempt({ API_LISTEN: `127.0.0.1:${port}` })).outcome).to.equal('started');
    });
  });

  /** Runs a node until it has written, or failed to write, its first block: an empty one. */
  const runToFirstBlock = async (atWrite: () => void = () => undefined): Promise<void> => {
    const written = Promise.withResolvers<undefined>();
    const node = await start({}, (point) => {
      if (clock.nowMs() === START_MS) return; // Block 0.
      if (point === 'before-block-write') atWrite();
      if (point === 'after-block-write') written.resolve(undefined);
    });
    await clock.advance(61_000);
    await Promise.race([written.promise, node.ended]);
    await node.stop();
  };

  it('is refused with a damaged log, which it leaves as it is', async () => {
    await runToFirstBlock();
    const wal = path.join(dir, 'data', 'consensus.wal');
    const whole = readFileSync(wal);
    writeFileSync(wal, Buffer.concat([Buffer.from('damage'), whole]));
    const { outcome } = await attempt();

    expect(outcome).to.match(/^ERR_WAL_DAMAGED: .*must not sign/);
    expect(readFileSync(wal).subarray(0, 6).toString()).to.equal('damage');
  });

  it('writes the block that was said and not written', async () => {
    const cut = await runToFirstBlock(() => {
      throw new Error('no power');
    }).catch(String);
    const node = await start();
    const { body } = await fetch(new URL('/api/v1/status', node.apiUrl)).then(async (answer) => ({
      body: (await answer.json()) as object,
    }));

    expect(cut).to.equal('Error: no power');
    expect(body).to.include({ block_height: 1 });
  });

  it('is refused where writing that block fails again, and leaves nothing running', async () => {
    const fail = (): void => {
      throw new Error('no power');
    };
    await runToFirstBlock(fail).catch(String);
    const failure = await start({}, (point) => {
      if (point === 'before-block-write') fail();
    }).catch(String);

    expect(failure).to.equal('Error: no power');
    expect(clock.timerCount).to.equal(0);
    expect((await attempt()).outcome).to.equal('started');
  });
});

describe('a running node', () => {
  const folder = temporaryFolder();
  let count = 0;

  const begin = async (
    onPoint: (point: CrashPoint) => void = () => undefined,
  ): Promise<{
    readonly node: RunningNode;
    readonly clock: FakeClock;
    readonly log: ReturnType<typeof captureLog>;
  }> => {
    const dir = path.join(folder, `node-${count++}`);
    const keys = generateKeys();
    const clock = new FakeClock(START_MS);
    await writeKeys(path.join(dir, 'keys'), keys);
    const signed = createGenesis({
      network: 'birthmark.test',
      timestampMs: START_MS - 1_000,
      params: DEFAULT_PARAMS,
      validators: [{ name: 'archive', keys, addresses: [] }],
      authorities: [],
    });
    writeFileSync(path.join(dir, 'genesis.json'), JSON.stringify(formatGenesis(signed)));
    const log = captureLog();
    const node = await startNode(readConfig(FREE, dir), { log: log.log, clock, onPoint });
    return { node, clock, log };
  };

  it('stops once, however often it is told to', async () => {
    const { node, clock } = await begin();
    await Promise.all([node.stop(), node.stop()]);
    await node.stop();

    await node.ended;
    expect(clock.timerCount).to.equal(0);
    const answer = await fetch(new URL('/health', node.apiUrl)).catch(() => 'nobody answers');
    expect(answer).to.equal('nobody answers');
  });

  it('ends by itself where its disk fails, and says why', async () => {
    let isGone = false;
    const { node, clock, log } = await begin((point) => {
      if (isGone && point === 'before-log-append') throw new Error('the disk is gone');
    });
    isGone = true;
    await clock.advance(61_000);
    const failure = await node.ended.catch((error: unknown) => error);

    expect(String(failure)).to.equal('Error: the disk is gone');
    expect(messagesOf(log).filter((each) => each !== 'audit head')).to.deep.equal([
      'node ready',
      'node must stop',
      'node stopped',
    ]);
    expect(clock.timerCount).to.equal(0);
  });

  it('shows its status as one of one', async () => {
    const { node } = await begin();
    const status = (await (await fetch(new URL('/api/v1/status', node.apiUrl))).json()) as object;
    await node.stop();

    expect(status).to.include({
      node_id: 'archive',
      consensus_mode: 'single',
      block_height: 0,
      total_hashes: 0,
      pending_submissions: 0,
      chain_id: formatHex(node.chainId),
    });
  });
});
