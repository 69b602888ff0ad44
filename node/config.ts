/**
 * A node's local settings, from the environment and from nowhere else.
 *
 * Nothing here can change whether a block is valid: what consensus rests on stands in the genesis. All
 * problems are reported at once.
 */
import { join } from 'node:path';

import ipaddr from 'ipaddr.js';

import { parseHex } from '../chain/bytes.ts';
import { readWitnessFiles, WITNESS_SETTINGS, type WitnessFiles } from './witness/settings.ts';

/** A host and port to listen on; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Names of the log levels. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** A name of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a time-stamping authority has its certificate and key, and the policy of its tokens. */
export interface TsaFiles {
  readonly certPath: string;
  readonly keyPath: string;
  /** Dotted decimals. */
  readonly policy: string;
}

/** What an operator sets for one node. */
export interface Config {
  /** Name of this validator in the genesis; empty: found by its consensus key. */
  readonly nodeId: string;
  readonly dataDir: string;
  readonly genesisPath: string;
  readonly keysDir: string;
  readonly keysPassphraseFile: string | undefined;
  readonly apiListen: ListenAddress;
  readonly adminListen: ListenAddress;
  readonly apiTls: { readonly certPath: string; readonly keyPath: string } | undefined;
  /** Undefined: this node makes no time stamps. */
  readonly tsa: TsaFiles | undefined;
  /** Folder of this institution's Sigstore log; undefined: it has none. */
  readonly sigstoreDir: string | undefined;
  /** Undefined: this node witnesses no other log. */
  readonly witness: WitnessFiles | undefined;
  /** List of the outside witnesses of this log; undefined: none is asked. */
  readonly witnessesPath: string | undefined;
  readonly witnessesPrivate: boolean;
  /** CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly p2pListen: ListenAddress;
  /** Multiaddrs told to peers. */
  readonly p2pAnnounce: readonly string[];
  /** name=multiaddr pairs that override a genesis address. */
  readonly p2pPeers: readonly string[];
  /** Peer ids of nodes that follow the chain and do not vote. */
  readonly p2pObservers: readonly string[];
  /** Whether this node is such a node itself: none of the genesis, with a network key alone. */
  readonly observer: boolean;
  /** Whether to vote before others have said what they hold of this validator. */
  readonly signAtOnce: boolean;
  /** The block that an empty data folder must find in the chain that it fetches; undefined: it begins at genesis. */
  readonly fastStart: { readonly height: number; readonly blockHash: Uint8Array } | undefined;
  /** CIDR ranges from which peers may connect; empty: any. */
  readonly allowedIps: readonly string[];
  readonly logLevel: LogLevel;
  readonly limits: LocalLimits;
}

/** Limits that are a node's own. */
export interface LocalLimits {
  readonly mempoolBytesMax: number;
  readonly pendingMax: number;
  readonly evidenceBytesMax: number;
  readonly certificateRatePerS: number;
  readonly certificateBurst: number;
  readonly addressRatePerS: number;
  readonly authorityConcurrency: number;
  readonly logCheckEntriesPerS: number;
}

/** One setting, for the help text, the documents and the reader. */
export interface Setting {
  readonly name: string;
  readonly default: string;
  readonly about: string;
}

/** Every setting, in the order in which help shows them. */
export const SETTINGS: readonly Setting[] = [
  { name: 'NODE_ID', default: '', about: 'validator name in the genesis; empty: found by its key' },
  { name: 'DATA_DIR', default: 'data', about: 'folder of the chain and of work in progress' },
  { name: 'GENESIS', default: 'genesis.json', about: 'genesis document' },
  { name: 'KEYS_DIR', default: 'keys', about: 'folder of the key files' },
  { name: 'KEYS_PASSPHRASE_FILE', default: '', about: 'file with the passphrase of the key files' },
  { name: 'API_LISTEN', default: '127.0.0.1:8545', about: 'address of the public interface' },
  { name: 'ADMIN_LISTEN', default: '127.0.0.1:8546', about: 'address of the admin interface' },
  { name: 'API_TLS_CERT', default: '', about: 'PEM certificate chain of the public interface' },
  { name: 'API_TLS_KEY', default: '', about: 'PEM key of the public interface' },
  {
    name: 'TSA_CERT',
    default: '',
    about: 'PEM time-stamping certificate with its issuers; empty: no time stamps',
  },
  { name: 'TSA_KEY', default: '', about: 'PEM key of that certificate' },
  { name: 'TSA_POLICY', default: '', about: 'object identifier of the policy of time stamps' },
  {
    name: 'SIGSTORE_DIR',
    default: '',
    about: 'folder of the Sigstore log with its keys; empty: none',
  },
  ...WITNESS_SETTINGS,
  { name: 'TRUSTED_PROXIES', default: '', about: 'comma-separated CIDR ranges of reverse proxies' },
  { name: 'P2P_LISTEN', default: '0.0.0.0:26656', about: 'address for other validators' },
  { name: 'P2P_ANNOUNCE', default: '', about: 'comma-separated multiaddrs told to peers' },
  {
    name: 'P2P_PEERS',
    default: '',
    about: 'comma-separated name=multiaddr, overriding the genesis',
  },
  {
    name: 'P2P_OBSERVERS',
    default: '',
    about: 'comma-separated peer ids of nodes that may follow the chain',
  },
  {
    name: 'OBSERVER',
    default: 'false',
    about: 'true: follow the chain and do not vote, with a network key alone',
  },
  {
    name: 'FAST_START',
    default: '',
    about: 'HEIGHT:BLOCKHASH of a recent block: fetch the chain whole if there is none yet',
  },
  { name: 'ALLOWED_IPS', default: '', about: 'comma-separated CIDR ranges of peers; empty: any' },
  {
    name: 'SIGN_AT_ONCE',
    default: 'false',
    about: 'true: vote before others have said what they hold of this validator, at your risk',
  },
  { name: 'LOG_LEVEL', default: 'info', about: 'error, warn, info or debug' },
  {
    name: 'MEMPOOL_BYTES_MAX',
    default: '67108864',
    about: 'bytes of batches and evidence that wait for a block',
  },
  {
    name: 'PENDING_MAX',
    default: '200000',
    about: 'pending submissions before intake answers 503',
  },
  {
    name: 'EVIDENCE_BYTES_MAX',
    default: '68719476736',
    about: 'bytes of kept evidence before 503',
  },
  {
    name: 'CERTIFICATE_RATE_PER_S',
    default: '1000',
    about: 'submissions a second per certificate',
  },
  { name: 'CERTIFICATE_BURST', default: '20000', about: 'submissions at once per certificate' },
  { name: 'ADDRESS_RATE_PER_S', default: '5000', about: 'requests a second per client address' },
  { name: 'AUTHORITY_CONCURRENCY', default: '64', about: 'questions at a time to each authority' },
  {
    name: 'LOG_CHECK_ENTRIES_PER_S',
    default: '1000',
    about: 'entries a second at which the stored log is checked in the background',
  },
];

/** Names that other implementations of this idea use, and where the setting lives here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  SMA_VALIDATION_ENDPOINT: 'authorities and their endpoints stand in the genesis ("authorities")',
  BATCH_SIZE_MIN: 'the batch size stands in the genesis ("parameters.batch_target")',
  BATCH_SIZE_MAX: 'the batch size stands in the genesis ("parameters.batch_max")',
  CONSENSUS_MODE: 'the mode follows from the number of validators in the genesis',
  DATABASE_URL: 'the database is embedded; its folder is DATA_DIR',
};

/** Settings that cannot be used: one line for each problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'ERR_CONFIG';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the settings cannot be used:\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

/** Environment variables, or what stands for them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the configuration of an environment, frozen. Throws a ConfigError with every problem.
 *
 * @param baseDir - what relative paths are relative to.
 */
export function readConfig(env: Environment, baseDir = '.'): Config {
  const problems = Object.entries(ELSEWHERE)
    .filter(([name]) => env[name] !== undefined)
    .map(([name, where]) => `${name} is not a setting of this node: ${where}`);
  const reader = new SettingReader(env, baseDir, problems);
  const config: Config = {
    nodeId: reader.text('NODE_ID'),
    dataDir: reader.path('DATA_DIR'),
    genesisPath: reader.path('GENESIS'),
    keysDir: reader.path('KEYS_DIR'),
    keysPassphraseFile: reader.optionalPath('KEYS_PASSPHRASE_FILE'),
    apiListen: reader.listen('API_LISTEN'),
    adminListen: reader.listen('ADMIN_LISTEN'),
    apiTls: readTls(reader, problems),
    tsa: readTsa(reader, problems),
    sigstoreDir: readSigstoreDir(reader, problems),
    witness: readWitnessFiles(reader, problems),
    witnessesPath: reader.optionalPath('WITNESSES'),
    witnessesPrivate: reader.flag('WITNESSES_PRIVATE'),
    trustedProxies: reader.ranges('TRUSTED_PROXIES'),
    p2pListen: reader.listen('P2P_LISTEN'),
    p2pAnnounce: reader.list('P2P_ANNOUNCE'),
    p2pPeers: reader.list('P2P_PEERS'),
    p2pObservers: reader.list('P2P_OBSERVERS'),
    observer: readObserver(reader, problems),
    signAtOnce: reader.flag('SIGN_AT_ONCE'),
    fastStart: reader.block('FAST_START'),
    allowedIps: reader.ranges('ALLOWED_IPS'),
    logLevel: reader.level('LOG_LEVEL'),
    limits: Object.freeze({
      mempoolBytesMax: reader.integer('MEMPOOL_BYTES_MAX'),
      pendingMax: reader.integer('PENDING_MAX'),
      evidenceBytesMax: reader.integer('EVIDENCE_BYTES_MAX'),
      certificateRatePerS: reader.integer('CERTIFICATE_RATE_PER_S'),
      certificateBurst: reader.integer('CERTIFICATE_BURST'),
      addressRatePerS: reader.integer('ADDRESS_RATE_PER_S'),
      authorityConcurrency: reader.integer('AUTHORITY_CONCURRENCY'),
      logCheckEntriesPerS: reader.integer('LOG_CHECK_ENTRIES_PER_S'),
    }),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function readTls(reader: SettingReader, problems: string[]): Config['apiTls'] {
  const certPath = reader.optionalPath('API_TLS_CERT');
  const keyPath = reader.optionalPath('API_TLS_KEY');
  if (certPath !== undefined && keyPath !== undefined) return { certPath, keyPath };
  if (certPath !== keyPath)
    problems.push('API_TLS_CERT and API_TLS_KEY are given together or not at all');
  return undefined;
}

function readTsa(reader: SettingReader, problems: string[]): Config['tsa'] {
  const given = ['TSA_CERT', 'TSA_KEY', 'TSA_POLICY'].filter((name) => reader.text(name) !== '');
  if (given.length === 0) return undefined;
  if (given.length < 3) {
    problems.push('TSA_CERT, TSA_KEY and TSA_POLICY are given together or not at all');
  }
  return {
    certPath: reader.path('TSA_CERT'),
    keyPath: reader.path('TSA_KEY'),
    policy: reader.objectIdentifier('TSA_POLICY'),
  };
}

function readSigstoreDir(reader: SettingReader, problems: string[]): Config['sigstoreDir'] {
  const dir = reader.optionalPath('SIGSTORE_DIR');
  if (dir !== undefined && reader.text('TSA_CERT') === '') {
    problems.push(
      'SIGSTORE_DIR needs TSA_CERT, TSA_KEY and TSA_POLICY: no client takes a signature without a time stamp',
    );
  }
  return dir;
}

/** What only a validator can be told: on an observer it would be believed and have no effect. */
const VALIDATOR_SETTINGS: Readonly<Record<string, string>> = {
  NODE_ID: 'it names a validator',
  P2P_OBSERVERS: 'observers follow validators',
  SIGN_AT_ONCE: 'an observer signs nothing',
  SIGSTORE_DIR: 'a Sigstore log bears the name of a validator',
  WITNESS_KEY: 'an observer cosigns nothing',
  WITNESSES: 'validators ask witnesses',
};

function readObserver(reader: SettingReader, problems: string[]): boolean {
  const isObserver = reader.flag('OBSERVER');
  if (!isObserver) return false;
  for (const [name, why] of Object.entries(VALIDATOR_SETTINGS)) {
    if (reader.isDefault(name)) continue;
    problems.push(`${name} and OBSERVER=true contradict each other: ${why}`);
  }
  return true;
}

/** Arcs of up to 128 bits: one made from a UUID has as many. The first two stand in one byte, or begin with 2. */
const OBJECT_IDENTIFIER =
  /^(?:[01]\.[1-3]?\d|2\.(?:0|[1-9]\d{0,38}))(?:\.(?:0|[1-9]\d{0,38})){1,16}$/;
const OBJECT_IDENTIFIER_CHARACTERS_MAX = 100;

class SettingReader {
  readonly #env: Environment;
  readonly #baseDir: string;
  readonly #problems: string[];

  constructor(env: Environment, baseDir: string, problems: string[]) {
    this.#env = env;
    this.#baseDir = baseDir;
    this.#problems = problems;
  }

  text(name: string): string {
    return this.#env[name] ?? defaultOf(name);
  }

  isDefault(name: string): boolean {
    return this.text(name) === defaultOf(name);
  }

  path(name: string): string {
    const path = this.text(name);
    return path.startsWith('/') ? path : join(this.#baseDir, path);
  }

  optionalPath(name: string): string | undefined {
    return this.text(name) === '' ? undefined : this.path(name);
  }

  list(name: string): readonly string[] {
    return this.text(name)
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  }

  ranges(name: string): readonly string[] {
    const ranges = this.list(name);
    for (const range of ranges.filter((each) => !ipaddr.isValidCIDR(each))) {
      this.#problems.push(`${name} holds ${range}, which is no range like 10.0.0.0/8`);
    }
    return ranges;
  }

  objectIdentifier(name: string): string {
    const text = this.text(name);
    const isShort = text.length <= OBJECT_IDENTIFIER_CHARACTERS_MAX;
    if (!isShort || !OBJECT_IDENTIFIER.test(text)) {
      this.#problems.push(
        `${name} is ${text}; it must be an object identifier like 1.3.6.1.4.1.32473.1`,
      );
    }
    return text;
  }

  integer(name: string): number {
    const text = this.text(name);
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
    this.#problems.push(`${name} is ${text}; it must be an integer above 0`);
    return 1;
  }

  listen(name: string): ListenAddress {
    const text = this.text(name);
    const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text);
    const port = Number(match?.groups?.['port']);
    if (match === null || port > 65_535) {
      this.#problems.push(`${name} is ${text}; it must be an address like 127.0.0.1:8545`);
      return { host: '127.0.0.1', port: 0 };
    }
    const host = match.groups?.['v6'] ?? match.groups?.['host'] ?? '';
    return { host: host === '' ? '0.0.0.0' : host, port };
  }

  block(name: string): Config['fastStart'] {
    const text = this.text(name);
    if (text === '') return undefined;
    const match = /^(?<height>[1-9]\d{0,14}):(?<hash>[0-9a-fA-F]{64})$/.exec(text);
    if (match?.groups === undefined) {
      this.#problems.push(
        `${name} is ${text}; it must be the height and the hash of a block, like 1200:8f0c… with 64 hex digits`,
      );
      return undefined;
    }
    const { height, hash = '' } = match.groups;
    return { height: Number(height), blockHash: parseHex(hash.toLowerCase()) };
  }

  flag(name: string): boolean {
    const text = this.text(name);
    if (text !== 'true' && text !== 'false')
      this.#problems.push(`${name} is ${text}; it must be true or false`);
    return text === 'true';
  }

  level(name: string): LogLevel {
    const text = this.text(name);
    const level = LOG_LEVELS.find((each) => each === text);
    if (level === undefined)
      this.#problems.push(`${name} is ${text}; it must be one of ${LOG_LEVELS.join(', ')}`);
    return level ?? 'info';
  }
}

function defaultOf(name: string): string {
  return SETTINGS.find((setting) => setting.name === name)?.default ?? '';
}
