/**
 * A node's local settings, from the environment and from nowhere else.
 *
 * Nothing here can change whether a block is valid: what consensus rests on stands in the genesis. All
 * problems are reported at once.
 */
import {
  type Environment,
  type ListenAddress,
  type LogLevel,
  SettingReader,
  type TrustedBlock,
} from './settingReader.ts';
import { readWitnessFiles, type WitnessFiles } from './witness/settings.ts';

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
  /** Scheme and host under which the public knows this node; undefined: those at which it is asked. */
  readonly publicUrl: string | undefined;
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
  readonly fastStart: TrustedBlock | undefined;
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
    publicUrl: reader.webOrigin('PUBLIC_URL'),
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
