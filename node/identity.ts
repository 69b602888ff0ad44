/**
 * Who this node is: its genesis, its keys, and the validator of the genesis that they make it.
 *
 * A node whose genesis or keys do not fit says exactly what differs and refuses to start.
 */
import { readFile } from 'node:fs/promises';

import { equalBytes, formatHex } from '../chain/bytes.ts';
import { createSigner, type Signer } from '../chain/signature.ts';
import type { Validator } from '../chain/validatorSet.ts';
import {
  chainIdOf,
  checkGenesisSignatures,
  formatGenesis,
  type Genesis,
  parseGenesis,
} from '../genesis/document.ts';
import { peerIdOf } from '../p2p/peerId.ts';
import type { Config } from './config.ts';
import { NodeError } from './errors.ts';
import { type Keys, publicKeysOf, readKeys } from './keys.ts';

/** A node's place in its network. */
export interface Identity {
  readonly genesis: Genesis;
  /** The genesis document as it is served. */
  readonly document: unknown;
  readonly chainId: Uint8Array;
  readonly validator: Validator;
  readonly commitmentKey: Uint8Array;
  /** Signs with the consensus key. */
  readonly sign: Signer;
}

/** Reads genesis and keys and checks that they fit. Rejects with an error that says what to do. */
export async function readIdentity(config: Config): Promise<Identity> {
  const signed = parseGenesis(await readGenesisJson(config.genesisPath));
  checkGenesisSignatures(signed);
  const keys = await readKeys(config.keysDir, await readPassphrase(config.keysPassphraseFile));
  const { genesis } = signed;
  const validator = findSelf(genesis, keys, config);
  return {
    genesis,
    document: formatGenesis(signed),
    chainId: chainIdOf(genesis),
    validator,
    commitmentKey: keys.commitment,
    sign: createSigner(keys.consensus),
  };
}

async function readGenesisJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new NodeError('ERR_GENESIS_FILE', `cannot read the genesis document ${path}`, { cause });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new NodeError('ERR_GENESIS_FILE', `${path} is not JSON`, { cause });
  }
}

/** Resolves to the first line of a passphrase file; undefined where none is set. Rejects with ERR_KEYS. */
export async function readPassphrase(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new NodeError('ERR_KEYS', `cannot read the passphrase file ${path}`, { cause });
  });
  return text.split('\n')[0];
}

/** Returns the validator of the genesis that these keys are. Throws ERR_IDENTITY that says what differs. */
export function findSelf(genesis: Genesis, keys: Keys, { nodeId, keysDir }: Config): Validator {
  const own = publicKeysOf(keys);
  const validator =
    nodeId === ''
      ? genesis.validators.find((each) => equalBytes(each.consensusKey, own.consensus))
      : genesis.validators.find(({ name }) => name === nodeId);
  if (validator === undefined) {
    const names = genesis.validators.map(({ name }) => name).join(', ');
    const what = nodeId === '' ? `the consensus key in ${keysDir}` : `NODE_ID ${nodeId}`;
    throw new NodeError(
      'ERR_IDENTITY',
      `${what} belongs to no validator of the genesis (${names})`,
    );
  }
  const differences = [
    difference('consensus key', formatHex(own.consensus), formatHex(validator.consensusKey)),
    difference('cosigner key', formatHex(own.cosigner), formatHex(validator.cosignerKey)),
    difference('peer id', peerIdOf(own.network), validator.peerId),
    difference('log key', formatHex(own.publisher), formatHex(genesis.logKey)),
  ].filter((each) => each !== undefined);
  if (differences.length === 0) return validator;
  throw new NodeError(
    'ERR_IDENTITY',
    `the keys in ${keysDir} are not those of validator ${validator.name}:\n  ${differences.join('\n  ')}`,
  );
}

function difference(what: string, ours: string, theirs: string): string | undefined {
  return ours === theirs ? undefined : `${what} ${ours} here, ${theirs} in the genesis`;
}
