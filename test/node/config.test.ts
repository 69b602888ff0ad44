import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import { parse } from 'yaml';

import { type Config, ConfigError, readConfig } from '../../node/config.ts';
import type { Environment } from '../../node/settingReader.ts';
import { SETTINGS } from '../../node/settings.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Returns the problems of an environment, in order. */
function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** What each setting does to the configuration: a value, and what is read of it. */
const CASES: Readonly<Record<string, readonly [string, (config: Config) => unknown, unknown]>> = {
  NODE_ID: ['archive', (config) => config.nodeId, 'archive'],
  DATA_DIR: ['/srv/data', (config) => config.dataDir, '/srv/data'],
  GENESIS: ['net.json', (config) => config.genesisPath, 'base/net.json'],
  KEYS_DIR: ['secret', (config) => config.keysDir, 'base/secret'],
  KEYS_PASSPHRASE_FILE: ['pass', (config) => config.keysPassphraseFile, 'base/pass'],
  API_LISTEN: ['0.0.0.0:80', (config) => config.apiListen, { host: '0.0.0.0', port: 80 }],
  ADMIN_LISTEN: ['[::1]:0', (config) => config.adminListen, { host: '::1', port: 0 }],
  API_TLS_CERT: ['cert.pem', (config) => config.apiTls?.certPath, 'base/cert.pem'],
  API_TLS_KEY: ['key.pem', (config) => config.apiTls?.keyPath, 'base/key.pem'],
  PUBLIC_URL: ['https://node.example/', (config) => config.publicUrl, 'https://node.example'],
  TSA_CERT: ['tsa.pem', (config) => config.tsa?.certPath, 'base/tsa.pem'],
  TSA_KEY: ['tsa.key', (config) => config.tsa?.keyPath, 'base/tsa.key'],
  TSA_POLICY: ['2.999.1', (config) => config.tsa?.policy, '2.999.1'],
  SIGSTORE_DIR: ['sigstore', (config) => config.sigstoreDir, 'base/sigstore'],
  WITNESS_KEY: ['w.pem', (config) => config.witness?.keyPath, 'base/w.pem'],
  WITNESS_NAME: ['museum.example/w', (config) => config.witness?.name, 'museum.example/w'],
  WITNESS_LOGS: ['logs.txt', (config) => config.witness?.logsPath, 'base/logs.txt'],
  WITNESSES: ['others.txt', (config) => config.witnessesPath, 'base/others.txt'],
  WITNESSES_PRIVATE: ['true', (config) => config.witnessesPrivate, true],
  TRUSTED_PROXIES: [
    '10.0.0.0/8, ::1/128',
    (config) => config.trustedProxies,
    ['10.0.0.0/8', '::1/128'],
  ],
  P2P_LISTEN: ['localhost:1', (config) => config.p2pListen, { host: 'localhost', port: 1 }],
  P2P_ANNOUNCE: ['/dns/a/tcp/1,', (config) => config.p2pAnnounce, ['/dns/a/tcp/1']],
  P2P_PEERS: [
    'a=/ip4/1.2.3.4/tcp/1,b=/dns/b/tcp/2',
    (config) => config.p2pPeers,
    ['a=/ip4/1.2.3.4/tcp/1', 'b=/dns/b/tcp/2'],
  ],
  P2P_OBSERVERS: ['12D3a, 12D3b', (config) => config.p2pObservers, ['12D3a', '12D3b']],
  OBSERVER: ['false', (config) => config.observer, false],
  FAST_START: [
    `1200:${'A1'.repeat(32)}`,
    (config) => config.fastStart,
    { height: 1_200, blockHash: new Uint8Array(32).fill(0xa1) },
  ],
  ALLOWED_IPS: ['192.168.0.0/16', (config) => config.allowedIps, ['192.168.0.0/16']],
  SIGN_AT_ONCE: ['true', (config) => config.signAtOnce, true],
  LOG_LEVEL: ['debug', (config) => config.logLevel, 'debug'],
  MEMPOOL_BYTES_MAX: ['11', (config) => config.limits.mempoolBytesMax, 11],
  PENDING_MAX: ['12', (config) => config.limits.pendingMax, 12],
  EVIDENCE_BYTES_MAX: ['13', (config) => config.limits.evidenceBytesMax, 13],
  CERTIFICATE_RATE_PER_S: ['14', (config) => config.limits.certificateRatePerS, 14],
  CERTIFICATE_BURST: ['15', (config) => config.limits.certificateBurst, 15],
  ADDRESS_RATE_PER_S: ['16', (config) => config.limits.addressRatePerS, 16],
  AUTHORITY_CONCURRENCY: ['17', (config) => config.limits.authorityConcurrency, 17],
  LOG_CHECK_ENTRIES_PER_S: ['18', (config) => config.limits.logCheckEntriesPerS, 18],
};

describe('the configuration', () => {
  const all = Object.fromEntries(Object.entries(CASES).map(([name, [value]]) => [name, value]));

  for (const { name } of SETTINGS) {
    it(`takes ${name} from the environment`, () => {
      const [, read, expected] = CASES[name] ?? ['', () => 'no case', 'a case'];

      expect(read(readConfig(all, 'base'))).to.deep.equal(expected);
    });
  }

  it('has a default for every setting', () => {
    const config = readConfig({}, '/base');

    expect(config).to.deep.include({
      nodeId: '',
      dataDir: '/base/data',
      keysPassphraseFile: undefined,
      apiListen: { host: '127.0.0.1', port: 8545 },
      adminListen: { host: '127.0.0.1', port: 8546 },
      apiTls: undefined,
      publicUrl: undefined,
      tsa: undefined,
      sigstoreDir: undefined,
      witness: undefined,
      witnessesPath: undefined,
      witnessesPrivate: false,
      p2pListen: { host: '0.0.0.0', port: 26656 },
      p2pObservers: [],
      observer: false,
      signAtOnce: false,
      fastStart: undefined,
      logLevel: 'info',
    });
  });

  it('has the defaults that the help text shows', () => {
    const shown = Object.fromEntries(SETTINGS.map((setting) => [setting.name, setting.default]));

    expect(readConfig(shown)).to.deep.equal(readConfig({}));
  });

  it('listens on all addresses where no host is given', () => {
    expect(readConfig({ API_LISTEN: ':9000' }).apiListen).to.deep.equal({
      host: '0.0.0.0',
      port: 9000,
    });
  });

  it('is frozen, its limits too', () => {
    const config = readConfig({});

    expect([Object.isFrozen(config), Object.isFrozen(config.limits)]).to.deep.equal([true, true]);
  });

  it('does not read the environment of the process', () => {
    const before = readConfig({}).nodeId;

    expect(before).to.equal('');
  });

  const refused: readonly (readonly [string, string])[] = [
    ['API_LISTEN', 'localhost'],
    ['API_LISTEN', 'localhost:'],
    ['API_LISTEN', 'localhost:65536'],
    ['API_LISTEN', '::1:80'],
    ['API_LISTEN', ''],
    ['ADMIN_LISTEN', '[::1]'],
    ['P2P_LISTEN', 'a:b'],
    ['TRUSTED_PROXIES', '10.0.0.1'],
    ['ALLOWED_IPS', 'anyone'],
    ['SIGN_AT_ONCE', 'yes'],
    ['SIGN_AT_ONCE', '1'],
    ['SIGN_AT_ONCE', 'TRUE'],
    ['SIGN_AT_ONCE', ''],
    ['FAST_START', '1200'],
    ['FAST_START', 'a1'.repeat(32)],
    ['FAST_START', `0:${'a1'.repeat(32)}`],
    ['FAST_START', `-1:${'a1'.repeat(32)}`],
    ['FAST_START', `1e3:${'a1'.repeat(32)}`],
    ['FAST_START', `1000000000000000:${'a1'.repeat(32)}`],
    ['FAST_START', `1200:${'a1'.repeat(31)}`],
    ['FAST_START', `1200:${'a1'.repeat(33)}`],
    ['FAST_START', `1200:${'g1'.repeat(32)}`],
    ['FAST_START', `latest:${'a1'.repeat(32)}`],
    ['PUBLIC_URL', 'node.example'],
    ['PUBLIC_URL', 'ftp://node.example'],
    ['PUBLIC_URL', 'https://node.example/path'],
    ['PUBLIC_URL', 'https://node.example/?x'],
    ['PUBLIC_URL', 'https://node.example/#x'],
    ['PUBLIC_URL', 'https://user:word@node.example'],
    ['OBSERVER', 'yes'],
    ['OBSERVER', ''],
    ['WITNESSES_PRIVATE', 'yes'],
    ['LOG_LEVEL', 'verbose'],
    ['PENDING_MAX', '0'],
    ['PENDING_MAX', '-1'],
    ['PENDING_MAX', '1.5'],
    ['PENDING_MAX', '1e3'],
    ['PENDING_MAX', '1000000000000000'],
    ['CERTIFICATE_BURST', ''],
    ['ADDRESS_RATE_PER_S', 'many'],
  ];
  for (const [name, value] of refused) {
    it(`refuses ${name} "${value}", naming it`, () => {
      const problems = problemsOf({ [name]: value });

      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(new RegExp(`^${name} `));
    });
  }

  it('makes an observer of a node that is told so', () => {
    expect(readConfig({ OBSERVER: 'true' }).observer).to.equal(true);
  });

  it('takes FAST_START of an observer too', () => {
    const { fastStart } = readConfig({ OBSERVER: 'true', FAST_START: `7:${'0b'.repeat(32)}` });

    expect(fastStart?.height).to.equal(7);
  });

  for (const [name, value] of [
    ['NODE_ID', 'archive'],
    ['P2P_OBSERVERS', '12D3a'],
    ['SIGN_AT_ONCE', 'true'],
    ['WITNESSES', 'others.txt'],
  ] as const) {
    it(`refuses an observer with ${name}, which is for validators`, () => {
      const [problem = ''] = problemsOf({ OBSERVER: 'true', [name]: value });

      expect(problem).to.match(new RegExp(`^${name} and OBSERVER=true contradict each other: `));
      expect(problemsOf({ OBSERVER: 'false', [name]: value })).to.deep.equal([]);
    });
  }

  it('wants certificate and key of the interface together', () => {
    expect(problemsOf({ API_TLS_CERT: 'a' })).to.have.length(1);
    expect(problemsOf({ API_TLS_KEY: 'a' })).to.have.length(1);
  });

  it('wants certificate, key and policy of time stamps together', () => {
    const whole = { TSA_CERT: 'a', TSA_KEY: 'b', TSA_POLICY: '2.999' };

    expect(problemsOf({ ...whole, TSA_POLICY: '2.999.1' })).to.deep.equal([]);
    for (const name of Object.keys(whole)) {
      const [problem = ''] = problemsOf({ ...whole, [name]: '' });
      expect(problem).to.match(/^TSA_CERT, TSA_KEY and TSA_POLICY are given together/);
    }
  });

  it('wants time stamps for a Sigstore log, which only a validator has', () => {
    const stamping = { TSA_CERT: 'a', TSA_KEY: 'b', TSA_POLICY: '2.999.1' };
    const [alone = ''] = problemsOf({ SIGSTORE_DIR: 'sigstore' });
    const [observed = ''] = problemsOf({ ...stamping, SIGSTORE_DIR: 's', OBSERVER: 'true' });

    expect(alone).to.match(/^SIGSTORE_DIR needs TSA_CERT, TSA_KEY and TSA_POLICY: /);
    expect(observed).to.match(/^SIGSTORE_DIR and OBSERVER=true contradict each other: /);
    expect(problemsOf({ ...stamping, SIGSTORE_DIR: 's' })).to.deep.equal([]);
  });

  it('wants key, name and logs of a witness together, of a validator', () => {
    const whole = { WITNESS_KEY: 'a', WITNESS_NAME: 'museum.example/w', WITNESS_LOGS: 'b' };

    expect(problemsOf(whole)).to.deep.equal([]);
    for (const name of Object.keys(whole)) {
      const [problem = ''] = problemsOf({ ...whole, [name]: '' });
      expect(problem).to.match(/^WITNESS_KEY, WITNESS_NAME and WITNESS_LOGS are given together/);
    }
    const [observer = ''] = problemsOf({ ...whole, OBSERVER: 'true' });
    expect(observer).to.match(/^WITNESS_KEY and OBSERVER=true contradict each other: /);
  });

  for (const name of ['a name', 'a+b', 'm\u00fcseum', 'a\tb', 'n'.repeat(256)]) {
    it(`refuses the name ${JSON.stringify(name)} of a witness`, () => {
      const [problem = ''] = problemsOf({
        WITNESS_KEY: 'a',
        WITNESS_NAME: name,
        WITNESS_LOGS: 'b',
      });

      expect(problem).to.match(/^WITNESS_NAME is .*without space and plus$/);
    });
  }

  const policies: readonly (readonly [string, boolean])[] = [
    ['1.3.6.1.4.1.32473.1', true],
    ['0.4.0.2023.1.1', true],
    ['2.25.340282366920938463463374607431768211455', true],
    [`1.2.3${'.1'.repeat(15)}`, true],
    ['2.999', false],
    ['1', false],
    ['3.1.1', false],
    ['1.40.1', false],
    ['1.2.03', false],
    ['1.2.3.', false],
    ['1.2.-3', false],
    ['1.2.3 ', false],
    ['anyPolicy', false],
    [`1.2.3${'.1'.repeat(16)}`, false],
    [`1.2.${'9'.repeat(40)}`, false],
    [`1.2${'.1000000000000'.repeat(8)}`, false],
  ];
  for (const [policy, isOne] of policies) {
    it(`${isOne ? 'takes' : 'refuses'} the policy ${policy}`, () => {
      const problems = problemsOf({ TSA_CERT: 'a', TSA_KEY: 'b', TSA_POLICY: policy });

      expect(problems).to.have.length(isOne ? 0 : 1);
      expect(problems.join()).to.match(isOne ? /^$/ : /^TSA_POLICY is .*like 1\.3\.6\.1/);
    });
  }

  it('reports all problems at once', () => {
    const env = { LOG_LEVEL: 'x', API_LISTEN: 'x', PENDING_MAX: 'x', API_TLS_KEY: 'x' };

    expect(problemsOf(env)).to.have.length(4);
  });

  const foreign = [
    'SMA_VALIDATION_ENDPOINT',
    'BATCH_SIZE_MIN',
    'BATCH_SIZE_MAX',
    'CONSENSUS_MODE',
    'DATABASE_URL',
  ];
  for (const name of foreign) {
    it(`refuses ${name}, saying where that stands here`, () => {
      const [problem = ''] = problemsOf({ [name]: '' });

      expect(problem).to.match(new RegExp(`^${name} is not a setting of this node: \\w`));
    });
  }
});

describe('the documents of the settings', () => {
  it('have one row for each setting, in order', () => {
    const text = readFileSync(path.join(ROOT, 'docs', 'configuration.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([A-Z0-9_]+)` +\| (?:`([^`]*)`|none) +\| (.*?) *\|$/gm)];

    expect(rows.map(([, name, value = '', about]) => [name, value, about])).to.deep.equal(
      SETTINGS.map((setting) => [setting.name, setting.default, setting.about]),
    );
  });

  it('name only settings in the compose file', () => {
    const compose = parse(readFileSync(path.join(ROOT, 'docker', 'compose.yaml'), 'utf8'), {
      merge: true,
    }) as { services: Record<string, { environment?: Record<string, string> }> };
    const given = Object.values(compose.services).flatMap(({ environment }) =>
      environment === undefined ? [] : [environment],
    );

    expect(given).to.have.length(4);
    for (const environment of given) {
      expect(SETTINGS.map(({ name }) => name)).to.include.members(Object.keys(environment));
      expect(problemsOf(environment)).to.deep.equal([]);
    }
  });
});
