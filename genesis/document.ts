/**
 * The genesis document: what a chain starts from, as JSON that people can read.
 *
 * The hash of its canonical form is the chain id; signatures over that id say which institutions have
 * checked it, and Q of them make it valid to start. Nothing in a node's configuration can override it.
 */
import { type Authority, authoritySchema } from '../chain/authority.ts';
import { formatHex } from '../chain/bytes.ts';
import { bin, encode, list, literal, str, tuple, uint } from '../chain/codec.ts';
import { ChainError } from '../chain/errors.ts';
import { hashDomain } from '../chain/hash.ts';
import { originOf } from '../chain/log/checkpoint.ts';
import { AUTHORITY_COUNT_MAX, ID_BYTES_MAX, VALIDATOR_COUNT_MAX } from '../chain/limits.ts';
import { type Params, paramsSchema } from '../chain/params.ts';
import { KEY_BYTES } from '../chain/signature.ts';
import type { GenesisFacts } from '../chain/state.ts';
import { type ValidatorSet, validatorSetSchema } from '../chain/validatorSet.ts';
import { formatAuthority, parseAuthority } from './authorityFile.ts';
import { JsonReader } from './json.ts';
import { formatParams, parseParams } from './paramsJson.ts';
import { formatSignature, type GenesisSignature, parseSignature } from './signatureJson.ts';
import {
  formatValidator,
  NETWORK_NAME,
  parseKey,
  parseValidator,
  reportRepeats,
} from './validatorJson.ts';

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

/** A genesis with the signatures that were collected. */
export interface SignedGenesis {
  readonly genesis: Genesis;
  readonly signatures: readonly GenesisSignature[];
}

/** What the field `format` of a genesis document says. */
export const GENESIS_FORMAT = 'birthmark-genesis-v1';

const FIELDS = [
  'format',
  'network',
  'time',
  'parameters',
  'log_key',
  'validators',
  'authorities',
  'chain_id',
  'signatures',
];

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
  return originOf({ network: genesis.network, chainId: chainIdOf(genesis) });
}

/** Returns the document as JSON, for `JSON.stringify`. */
export function formatGenesis({
  genesis,
  signatures,
}: SignedGenesis): Readonly<Record<string, unknown>> {
  return {
    format: GENESIS_FORMAT,
    network: genesis.network,
    time: new Date(genesis.timestampMs).toISOString(),
    parameters: formatParams(genesis.params),
    log_key: formatHex(genesis.logKey),
    validators: genesis.validators.map(formatValidator),
    authorities: genesis.authorities.map(formatAuthority),
    chain_id: formatHex(chainIdOf(genesis)),
    signatures: signatures.map(formatSignature),
  };
}

/**
 * Returns the genesis of a parsed JSON document. Throws ERR_GENESIS that lists every problem, one a line.
 *
 * Signatures are read, not judged: see `checkGenesisSignatures`.
 */
export function parseGenesis(json: unknown): SignedGenesis {
  const reader = new JsonReader();
  const fields = reader.fields(json, '', FIELDS);
  if (fields['format'] !== GENESIS_FORMAT) reader.report('format', `must be "${GENESIS_FORMAT}"`);
  const genesis: Genesis = {
    network: reader.text(fields['network'], 'network', NETWORK_NAME),
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
  reportShared(genesis, reader);
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

function reportShared({ validators, authorities, logKey }: Genesis, reader: JsonReader): void {
  if (validators.length === 0) reader.report('validators', 'must name at least one');
  const placed = validators.map((validator, i) => ({ path: `validators[${i}]`, validator }));
  reportRepeats(placed, new Map([['log_key', logKey]]), reader);
  const ids = authorities.map(({ id }) => id);
  for (const [i, id] of ids.entries()) {
    const first = ids.indexOf(id);
    if (first < i && id !== '') {
      reader.report(`authorities[${i}].id`, `is the same as authorities[${first}].id`);
    }
  }
}
