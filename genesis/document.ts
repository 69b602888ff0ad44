/**
 * The genesis document: what a chain starts from, as JSON that people can read.
 *
 * The hash of its canonical form is the chain id; signatures over that id say which institutions have
 * checked it, and Q of them make it valid to start. Nothing in a node's configuration can override it.
 */
import { type Authority, authoritySchema } from '../chain/authority.ts';
import { equalBytes, formatBase64, formatHex } from '../chain/bytes.ts';
import { bin, encode, list, literal, str, tuple, uint } from '../chain/codec.ts';
import { quorumSize } from '../chain/consensus/quorum.ts';
import { ChainError } from '../chain/errors.ts';
import { hashDomain } from '../chain/hash.ts';
import { AUTHORITY_COUNT_MAX, ID_BYTES_MAX, VALIDATOR_COUNT_MAX } from '../chain/limits.ts';
import { type Params, paramsSchema } from '../chain/params.ts';
import {
  isAdmissibleEd25519Key,
  KEY_BYTES,
  type Signer,
  SIGNATURE_BYTES,
  verifySigned,
} from '../chain/signature.ts';
import type { GenesisFacts } from '../chain/state.ts';
import {
  ADDRESS_COUNT_MAX,
  type Validator,
  type ValidatorSet,
  validatorSetSchema,
} from '../chain/validatorSet.ts';
import { formatAuthority, parseAuthority } from './authorityFile.ts';
import { fieldsOf, JsonReader } from './json.ts';
import { formatParams, parseParams } from './paramsJson.ts';

/** What a chain starts from. */
export interface Genesis {
  /** Network name, `[a-z0-9.-]{1,64}`: the first part of the log's origin. */
  readonly network: string;
  /** Time of block 0, Unix milliseconds. */
  readonly timestampMs: number;
  readonly params: Params;
  /** Ed25519 public key of the log's publisher, held by every validator. */
  readonly logKey: Uint8Array;
  readonly validators: ValidatorSet;
  readonly authorities: readonly Authority[];
}

/** An institution's signature over the chain id, by its validator's name. */
export interface GenesisSignature {
  readonly validator: string;
  readonly signature: Uint8Array;
}

/** A genesis with the signatures that were collected. */
export interface SignedGenesis {
  readonly genesis: Genesis;
  readonly signatures: readonly GenesisSignature[];
}

const FORMAT = 'birthmark-genesis-v1';
const NETWORK = /^[a-z0-9.-]{1,64}$/;
const VALIDATOR_NAME = /^[a-z0-9_-]{1,64}$/;

const genesisSchema = tuple<Genesis & { readonly version: 1 }>({
  version: literal(1),
  network: str(ID_BYTES_MAX),
  timestampMs: uint(),
  params: paramsSchema,
  logKey: bin(KEY_BYTES),
  validators: validatorSetSchema,
  authorities: list(authoritySchema, AUTHORITY_COUNT_MAX),
});

/** Returns the chain id: the hash of the genesis' canonical form. */
export function chainIdOf(genesis: Genesis): Uint8Array {
  return hashDomain('genesis', encode(genesisSchema, { version: 1, ...genesis }));
}

/** Returns what block 0 is made from. */
export function factsOf(genesis: Genesis): GenesisFacts {
  return { chainId: chainIdOf(genesis), ...genesis };
}

/** Returns the log's origin: the network name and the first 16 hex digits of the chain id. */
export function logOriginOf(genesis: Genesis): string {
  return `${genesis.network}/${formatHex(chainIdOf(genesis)).slice(0, 16)}`;
}

/** Returns the genesis with the signature of one more validator. */
export function signGenesis(signed: SignedGenesis, validator: string, sign: Signer): SignedGenesis {
  const signature = sign('genesisSignature', chainIdOf(signed.genesis));
  const others = signed.signatures.filter((each) => each.validator !== validator);
  return { ...signed, signatures: [...others, { validator, signature }] };
}

/** Checks that Q of the validators signed. Throws ERR_QUORUM or ERR_SIGNATURE. */
export function checkGenesisSignatures({ genesis, signatures }: SignedGenesis): void {
  const chainId = chainIdOf(genesis);
  const signers = new Set<string>();
  for (const { validator: name, signature } of signatures) {
    const validator = genesis.validators.find((each) => each.name === name);
    const publicKey = validator?.consensusKey;
    const signed = { domain: 'genesisSignature', bytes: chainId, signature } as const;
    if (publicKey === undefined || !verifySigned({ ...signed, publicKey })) {
      throw new ChainError('ERR_SIGNATURE', `the genesis signature of ${name} does not verify`);
    }
    signers.add(name);
  }
  const quorum = quorumSize(genesis.validators.length);
  if (signers.size < quorum) {
    throw new ChainError(
      'ERR_QUORUM',
      `${signers.size} of ${genesis.validators.length} validators signed the genesis; ${quorum} must`,
    );
  }
}

/** Returns the document as JSON, for `JSON.stringify`. */
export function formatGenesis({ genesis, signatures }: SignedGenesis): unknown {
  return {
    format: FORMAT,
    network: genesis.network,
    time: new Date(genesis.timestampMs).toISOString(),
    parameters: formatParams(genesis.params),
    log_key: formatHex(genesis.logKey),
    validators: genesis.validators.map((validator) => ({
      name: validator.name,
      consensus_key: formatHex(validator.consensusKey),
      cosigner_key: formatHex(validator.cosignerKey),
      peer_id: validator.peerId,
      addresses: validator.addresses,
    })),
    authorities: genesis.authorities.map(formatAuthority),
    chain_id: formatHex(chainIdOf(genesis)),
    signatures: signatures.map(({ validator, signature }) => ({
      validator,
      signature: formatBase64(signature),
    })),
  };
}

/**
 * Returns the genesis of a parsed JSON document. Throws ERR_GENESIS that lists every problem, one a line.
 *
 * Signatures are read, not judged: see `checkGenesisSignatures`.
 */
export function parseGenesis(json: unknown): SignedGenesis {
  const reader = new JsonReader();
  const fields = fieldsOf(json);
  if (fields['format'] !== FORMAT) reader.report('format', `must be "${FORMAT}"`);
  const genesis: Genesis = {
    network: reader.text(fields['network'], 'network', NETWORK),
    timestampMs: reader.time(fields['time'], 'time'),
    params: parseParams(fields['parameters'], 'parameters', reader),
    logKey: parseKey(fields['log_key'], 'log_key', reader),
    validators: reader.list(fields['validators'], 'validators', {
      read: parseValidator,
      countMax: VALIDATOR_COUNT_MAX,
    }),
    authorities: reader.list(fields['authorities'], 'authorities', {
      read: parseAuthority,
      countMax: AUTHORITY_COUNT_MAX,
    }),
  };
  const signatures = reader.list(fields['signatures'] ?? [], 'signatures', {
    read: parseSignature,
    countMax: VALIDATOR_COUNT_MAX,
  });
  checkUnique(genesis, reader);
  reader.finish('the genesis document');
  const chainId = formatHex(chainIdOf(genesis));
  if (fields['chain_id'] !== undefined && fields['chain_id'] !== chainId) {
    throw new ChainError(
      'ERR_GENESIS',
      `the genesis document says another chain_id than its content gives, ${chainId}: it was edited after it was made`,
    );
  }
  return { genesis, signatures };
}

function parseKey(json: unknown, path: string, reader: JsonReader): Uint8Array {
  const key = reader.hex(json, path, KEY_BYTES);
  if (key.length === KEY_BYTES && !isAdmissibleEd25519Key(key)) {
    reader.report(path, 'is not a canonical Ed25519 public key');
  }
  return key;
}

function parseValidator(json: unknown, path: string, reader: JsonReader): Validator {
  const fields = fieldsOf(json);
  return {
    name: reader.text(fields['name'], `${path}.name`, VALIDATOR_NAME),
    consensusKey: parseKey(fields['consensus_key'], `${path}.consensus_key`, reader),
    cosignerKey: parseKey(fields['cosigner_key'], `${path}.cosigner_key`, reader),
    peerId: reader.text(fields['peer_id'], `${path}.peer_id`, /^[1-9A-HJ-NP-Za-km-z]{40,64}$/),
    addresses: reader.list(fields['addresses'] ?? [], `${path}.addresses`, {
      read: (each, at) => reader.text(each, at, /^\/[\x21-\x7e]{1,256}$/),
      countMax: ADDRESS_COUNT_MAX,
    }),
  };
}

function parseSignature(json: unknown, path: string, reader: JsonReader): GenesisSignature {
  const fields = fieldsOf(json);
  return {
    validator: reader.text(fields['validator'], `${path}.validator`, VALIDATOR_NAME),
    signature: reader.base64(fields['signature'], `${path}.signature`, SIGNATURE_BYTES),
  };
}

function checkUnique({ validators, authorities, logKey }: Genesis, reader: JsonReader): void {
  if (validators.length === 0) reader.report('validators', 'must name at least one');
  const keys = [logKey, ...validators.flatMap((each) => [each.consensusKey, each.cosignerKey])];
  const repeats = (values: readonly string[]): boolean => new Set(values).size !== values.length;
  if (repeats(keys.map(formatHex))) reader.report('validators', 'use one key for two purposes');
  if (repeats(validators.map(({ name }) => name))) reader.report('validators', 'share a name');
  if (repeats(validators.map(({ peerId }) => peerId)))
    reader.report('validators', 'share a peer_id');
  if (repeats(authorities.map(({ id }) => id))) reader.report('authorities', 'share an id');
}

/** Returns what differs between two geneses, a line each; empty where nothing does. */
export function compareGenesis(ours: Genesis, theirs: Genesis): readonly string[] {
  if (equalBytes(chainIdOf(ours), chainIdOf(theirs))) return [];
  const mine = flatten(formatGenesis({ genesis: ours, signatures: [] }), '');
  const other = flatten(formatGenesis({ genesis: theirs, signatures: [] }), '');
  const paths = [...new Set([...mine.keys(), ...other.keys()])].filter(
    (path) => path !== '.chain_id',
  );
  return paths
    .filter((path) => mine.get(path) !== other.get(path))
    .map(
      (path) =>
        `${path.slice(1)}: ${mine.get(path) ?? 'absent'} here, ${other.get(path) ?? 'absent'} there`,
    );
}

function flatten(json: unknown, path: string): ReadonlyMap<string, string> {
  if (typeof json !== 'object' || json === null) return new Map([[path, JSON.stringify(json)]]);
  return new Map(
    Object.entries(json).flatMap(([name, value]) => [...flatten(value, `${path}.${name}`)]),
  );
}
