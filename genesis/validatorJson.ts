/** A validator as it stands in a genesis document and in an application. */
import { formatHex } from '../chain/bytes.ts';
import { isAdmissibleEd25519Key, KEY_BYTES } from '../chain/signature.ts';
import { ADDRESS_COUNT_MAX, type Validator } from '../chain/validatorSet.ts';
import type { JsonReader } from './json.ts';
import { networkKeyOf } from './peerId.ts';

/** What a network may be called. */
export const NETWORK_NAME = /^[a-z0-9.-]{1,64}$/;
/** What a validator may be called. */
export const VALIDATOR_NAME = /^[a-z0-9_-]{1,64}$/;

const ADDRESS = /^\/[\x21-\x7e]{1,256}$/;
const FIELDS = ['name', 'consensus_key', 'cosigner_key', 'peer_id', 'addresses'];

/** Returns a validator, reporting what is wrong with it. */
export function parseValidator(json: unknown, path: string, reader: JsonReader): Validator {
  const fields = reader.fields(json, path, FIELDS);
  return {
    name: reader.text(fields['name'], `${path}.name`, VALIDATOR_NAME),
    consensusKey: parseKey(fields['consensus_key'], `${path}.consensus_key`, reader),
    cosignerKey: parseKey(fields['cosigner_key'], `${path}.cosigner_key`, reader),
    peerId: parsePeerId(fields['peer_id'], `${path}.peer_id`, reader),
    addresses: reader.list(fields['addresses'] ?? [], `${path}.addresses`, {
      read: (each, at) => reader.text(each, at, ADDRESS),
      countMax: ADDRESS_COUNT_MAX,
    }),
  };
}

/** Returns a validator as JSON, for `JSON.stringify`. */
export function formatValidator(validator: Validator): Readonly<Record<string, unknown>> {
  return {
    name: validator.name,
    consensus_key: formatHex(validator.consensusKey),
    cosigner_key: formatHex(validator.cosignerKey),
    peer_id: validator.peerId,
    addresses: validator.addresses,
  };
}

/** Returns an admissible Ed25519 key, reporting what is wrong with it. */
export function parseKey(json: unknown, path: string, reader: JsonReader): Uint8Array {
  const key = reader.hex(json, path, KEY_BYTES);
  if (key.length === KEY_BYTES && !isAdmissibleEd25519Key(key)) {
    reader.report(path, 'is not a canonical Ed25519 public key');
  }
  return key;
}

function parsePeerId(json: unknown, path: string, reader: JsonReader): string {
  if (typeof json === 'string' && networkKeyOf(json) !== undefined) return json;
  reader.report(path, 'must be the peer id of an Ed25519 key, such as 12D3KooW…');
  return '';
}

/** A validator, and where it was read. */
export interface PlacedValidator {
  readonly path: string;
  readonly validator: Validator;
}

/**
 * Reports what no two validators may share: names, addresses, and keys, of which each has one purpose.
 *
 * @param otherKeys - keys of the network, by their paths.
 */
export function reportRepeats(
  placed: readonly PlacedValidator[],
  otherKeys: ReadonlyMap<string, Uint8Array>,
  reader: JsonReader,
): void {
  const names = placed.map(({ path, validator }) => [`${path}.name`, validator.name] as const);
  reportEqual(names, 'is the same as', reader);
  const addresses = placed.flatMap(({ path, validator }) =>
    validator.addresses.map(
      (address, i) => [`${path}.addresses[${i}]`, address.replace(/\/p2p\/[^/]*$/, '')] as const,
    ),
  );
  reportEqual(addresses, 'is the same as', reader);
  const keys = [...otherKeys, ...placed.flatMap(keysOf)];
  const texts = keys.map(([path, key]) => [path, formatHex(key)] as const);
  reportEqual(texts, 'is the key that is also', reader);
}

function keysOf({ path, validator }: PlacedValidator): (readonly [string, Uint8Array])[] {
  return [
    [`${path}.consensus_key`, validator.consensusKey],
    [`${path}.cosigner_key`, validator.cosignerKey],
    [`${path}.peer_id`, networkKeyOf(validator.peerId) ?? new Uint8Array()],
  ];
}

function reportEqual(
  values: readonly (readonly [path: string, value: string])[],
  relation: string,
  reader: JsonReader,
): void {
  const firstPath = new Map<string, string>();
  for (const [path, value] of values) {
    const first = firstPath.get(value);
    // What could not be read is empty, and has been reported.
    if (first === undefined || value === '') firstPath.set(value, path);
    else reader.report(path, `${relation} ${first}`);
  }
}
