/** The settings of a node: their names, defaults and what they are for. */
import { WITNESS_SETTINGS } from './witness/settings.ts';

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
    name: 'PUBLIC_URL',
    default: '',
    about: 'address in certificates, like https://node.example; empty: the one asked',
  },
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

/** Returns what a setting is where nobody set it; empty where there is none of the name. */
export function defaultOf(name: string): string {
  return SETTINGS.find((setting) => setting.name === name)?.default ?? '';
}
