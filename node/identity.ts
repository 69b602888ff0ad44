/**
 * Who this node is: its genesis, its keys, and the validator of the genesis that they make it, or an observer.
 *
 * A node whose genesis or keys do not fit says exactly what differs and refuses to start.
 */
import { readFile } from 'node:fs/promises';

import { createEd25519Signer, ed25519PublicKey } from '#crypto';

import { equalBytes, formatHex } from '../chain/bytes.ts';
import { CLOCK_AHEAD_MS_MAX } from '../chain/consensus/blockTime.ts';
import { ChainError } from '../chain/errors.ts';
import type { RawSigner } from '../chain/log/note.ts';
import type { NetworkLog } from '../chain/log/policy.ts';
import { createSigner, type Signer } from '../chain/signature.ts';
import type { Validator } from '../chain/validatorSet.ts';
import {
  chainIdOf,
  formatGenesis,
  type Genesis,
  parseGenesis,
  type SignedGenesis,
} from '../genesis/document.ts';
import { parseJsonText } from '../genesis/jsonText.ts';
import { checkGenesisSignatures } from '../genesis/signatures.ts';
import { peerIdOf } from '../p2p/peerId.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { NodeError } from './errors.ts';
import {
  KEY_FILES,
  type Keys,
  type PublicKeys,
  publicKeysOf,
  readKeys,
  readObserverKeys,
} from './keys.ts';
import { signOnce } from './signOnce.ts';

/** What validators and observers have. */
interface AnyIdentity {
  readonly genesis: Genesis;
  /** The genesis document as it is served. */
  readonly document: unknown;
  readonly chainId: Uint8Array;
  /** Secret of the peer id. */
  readonly networkKey: Uint8Array;
}

/** The place of a node that votes. */
export interface ValidatorIdentity extends AnyIdentity {
  readonly role: 'validator';
  readonly validator: Validator;
  readonly commitmentKey: Uint8Array;
  /** Signs with the consensus key. */
  readonly sign: Signer;
  /** Signs checkpoints with the cosigner key. */
  readonly cosign: RawSigner;
  /** Signs checkpoints with the log's key. */
  readonly signLog: RawSigner;
}

/** The place of a node that follows: it has nothing to sign with but the handshake with its peers. */
export interface ObserverIdentity extends AnyIdentity {
  readonly role: 'observer';
  /** The name by which validators admit it. */
  readonly peerId: string;
}

/** A node's place in its network. */
export type Identity = ValidatorIdentity | ObserverIdentity;

/** Returns what names the log of a node's network, and its key. */
export function networkLogOf({
  genesis,
  chainId,
}: Pick<Identity, 'genesis' | 'chainId'>): NetworkLog {
  const { network, logKey } = genesis;
  return { network, chainId, logKey };
}

/** Reads genesis and keys and checks that they fit. Rejects with an error that says what to do. */
export function readIdentity(config: Config): Promise<Identity> {
  return config.observer ? readObserver(config) : readValidator(config);
}

/** The same for a node that must be a validator's. */
export async function readValidator(config: Config): Promise<ValidatorIdentity> {
  const common = await readCommon(config);
  const passphrase = await readPassphrase(config.keysPassphraseFile);
  const keys = await readKeys(config.keysDir, passphrase);
  return {
    ...common,
    role: 'validator',
    validator: findSelf(common.genesis, keys, config),
    commitmentKey: keys.commitment,
    networkKey: keys.network,
    sign: createSigner(keys.consensus),
    cosign: createEd25519Signer(keys.cosigner),
    signLog: signOnce(createEd25519Signer(keys.publisher)),
  };
}

async function readObserver(config: Config): Promise<ObserverIdentity> {
  const common = await readCommon(config);
  const passphrase = await readPassphrase(config.keysPassphraseFile);
  const { network: networkKey } = await readObserverKeys(config.keysDir, passphrase);
  const peerId = findObserver(common.genesis, networkKey, config);
  return { ...common, role: 'observer', networkKey, peerId };
}

async function readCommon({ genesisPath }: Config): Promise<Omit<AnyIdentity, 'networkKey'>> {
  const signed = await readGenesis(genesisPath);
  const { genesis } = signed;
  return { genesis, document: formatGenesis(signed), chainId: chainIdOf(genesis) };
}

/** A document that is refused is named, since it may be another file than the operator believes. */
async function readGenesis(path: string): Promise<SignedGenesis> {
  const text = await readGenesisText(path);
  try {
    const signed = parseGenesis(parseJsonText(text));
    checkGenesisSignatures(signed);
    return signed;
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new NodeError('ERR_GENESIS_FILE', `${path} is not JSON`, { cause });
    }
    if (!(cause instanceof ChainError)) throw cause;
    throw new ChainError(cause.code, `${path}: ${cause.message}`, { cause });
  }
}

function readGenesisText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new NodeError('ERR_GENESIS_FILE', `cannot read the genesis document ${path}`, { cause });
  });
}

/** Resolves to the first line of a passphrase file; undefined where none is set. Rejects with ERR_KEYS. */
export async function readPassphrase(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new NodeError('ERR_KEYS', `cannot read the passphrase file ${path}`, { cause });
  });
  return text.split('\n')[0];
}

/**
 * Checks that a genesis is not ahead of this node's clock by more than any block may be: until then the chain would
 * stand, and nobody would say why. Throws ERR_CLOCK.
 */
export function checkGenesisTime(
  { timestampMs }: Pick<Genesis, 'timestampMs'>,
  clock: Pick<Clock, 'nowMs'>,
): void {
  const nowMs = clock.nowMs();
  if (timestampMs <= nowMs + CLOCK_AHEAD_MS_MAX) return;
  const [time, now] = [timestampMs, nowMs].map((each) => new Date(each).toISOString());
  throw new NodeError(
    'ERR_CLOCK',
    `the chain begins at ${time} and this machine's clock says ${now}: set the clock, or start the node then`,
  );
}

/** Returns the peer id of an observer. Throws ERR_IDENTITY where it is a validator's. */
export function findObserver(
  { validators }: Genesis,
  networkKey: Uint8Array,
  { keysDir }: Config,
): string {
  const peerId = peerIdOf(ed25519PublicKey(networkKey));
  const owner = validators.find((validator) => validator.peerId === peerId);
  if (owner === undefined) return peerId;
  throw new NodeError(
    'ERR_IDENTITY',
    `OBSERVER=true, and ${KEY_FILES.network} in ${keysDir} is that of validator ${owner.name}: ` +
      'an observer has a key of its own ("birthmark keys create --observer")',
  );
}

/** Returns the validator of the genesis that these keys are. Throws ERR_IDENTITY that says what differs. */
export function findSelf(genesis: Genesis, keys: Keys, { nodeId, keysDir }: Config): Validator {
  const own = publicKeysOf(keys);
  const owner = findOwner(genesis, own);
  const validator = nodeId === '' ? owner : genesis.validators.find(({ name }) => name === nodeId);
  if (validator === undefined) {
    const names = genesis.validators.map(({ name }) => name).join(', ');
    const what = nodeId === '' ? `the consensus key in ${keysDir}` : `NODE_ID ${nodeId}`;
    const hint =
      owner === undefined
        ? '; a node that follows without voting is started with OBSERVER=true'
        : `; the keys in ${keysDir} are those of ${owner.name}`;
    throw new NodeError(
      'ERR_IDENTITY',
      `${what} belongs to no validator of the genesis (${names})${hint}`,
    );
  }
  const differences = [
    difference('consensus key', formatHex(own.consensus), formatHex(validator.consensusKey)),
    difference('cosigner key', formatHex(own.cosigner), formatHex(validator.cosignerKey)),
    difference('peer id', peerIdOf(own.network), validator.peerId),
  ].filter((each) => each !== undefined);
  if (differences.length > 0) {
    const hint =
      owner === undefined || owner === validator
        ? ''
        : `\n  they are those of validator ${owner.name}: is NODE_ID ${nodeId} right?`;
    throw new NodeError(
      'ERR_IDENTITY',
      `the keys in ${keysDir} are not those of validator ${validator.name}:\n  ${differences.join('\n  ')}${hint}`,
    );
  }
  checkLogKey(genesis, own, keysDir);
  return validator;
}

/** A validator of which at least one key is here: what differs is then said of that one. */
function findOwner({ validators }: Genesis, own: PublicKeys): Validator | undefined {
  const peerId = peerIdOf(own.network);
  return (
    validators.find((each) => equalBytes(each.consensusKey, own.consensus)) ??
    validators.find((each) => equalBytes(each.cosignerKey, own.cosigner)) ??
    validators.find((each) => each.peerId === peerId)
  );
}

function checkLogKey({ logKey }: Genesis, { publisher }: PublicKeys, keysDir: string): void {
  const problem = difference('log key', formatHex(publisher), formatHex(logKey));
  if (problem === undefined) return;
  throw new NodeError(
    'ERR_IDENTITY',
    `${KEY_FILES.publisher} in ${keysDir} is not the key of this network's log:\n  ${problem}\n  "birthmark genesis sign" puts it there`,
  );
}

function difference(what: string, ours: string, theirs: string): string | undefined {
  return ours === theirs ? undefined : `${what} ${ours} here, ${theirs} in the genesis`;
}
