/**
 * The files of witnessing, read once at a start: a node that is told what it cannot use does not start, and says why.
 *
 * Keys are compared with those of the network: a cosignature does not name who made it, so that one key in two places
 * would speak for both.
 */
import { readFile, stat } from 'node:fs/promises';

import { createEd25519Signer, ed25519PublicKey } from '#crypto';

import { parseEndpoint } from '../../chain/authority.ts';
import { equalBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { originOf } from '../../chain/log/checkpoint.ts';
import { createVerifierKey, KEY_TYPE } from '../../chain/log/verifierKey.ts';
import { type AskedWitness, parseLogList, parseWitnessList } from '../../chain/log/witnessLists.ts';
import type { Genesis } from '../../genesis/document.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { NodeError } from '../errors.ts';
import { KeyError, readKeyFile } from '../keys.ts';
import { LIST_BYTES_MAX } from './limits.ts';
import type { WitnessFiles } from './settings.ts';
import type { WitnessOptions } from './witness.ts';

/** The network whose keys must not stand elsewhere. */
export interface OwnNetwork {
  readonly genesis: Pick<Genesis, 'network' | 'logKey' | 'validators'>;
  readonly chainId: Uint8Array;
}

/** A witness to ask, and where. */
export interface AskedPlace extends AskedWitness {
  /** `<submission prefix>/add-checkpoint`. */
  readonly target: URL;
}

/** Resolves to whom these files make a witness. Rejects with ERR_WITNESS. */
export async function readWitnessOptions(
  { keyPath, name, logsPath }: WitnessFiles,
  passphrase: string | undefined,
  network: OwnNetwork,
): Promise<WitnessOptions> {
  const where = `WITNESS_KEY=${keyPath}`;
  const secret = await readSecret(keyPath, passphrase);
  const publicKey = ed25519PublicKey(secret);
  if (isOfNetwork(publicKey, network)) {
    throw refused(`${where} is a key of this network: a witness needs one of its own`);
  }
  const logs = await readList('WITNESS_LOGS', logsPath, parseLogList);
  if (logs.has(originOf({ network: network.genesis.network, chainId: network.chainId }))) {
    throw refused(
      `WITNESS_LOGS=${logsPath} names this network's own log, which its validators cosign: leave it out`,
    );
  }
  const key = createVerifierKey(KEY_TYPE.cosignature, name, publicKey);
  return { signer: { key, sign: createEd25519Signer(secret) }, logs };
}

/** Resolves to the witnesses of a list. Rejects with ERR_WITNESS. */
export async function readAskedWitnesses(
  path: string,
  network: OwnNetwork,
): Promise<readonly AskedPlace[]> {
  const witnesses = await readList('WITNESSES', path, parseWitnessList);
  return witnesses.map((witness) => {
    const where = `WITNESSES=${path}: ${witness.name}`;
    if (isOfNetwork(witness.key.publicKey, network)) {
      throw refused(`${where} has a key of this network, which is no outside witness`);
    }
    const url = parseEndpoint(witness.url);
    if (url === undefined) {
      throw refused(
        `${where} has a URL that cannot be asked: it must be like https://witness.example/prefix`,
      );
    }
    const target = new URL(url);
    target.pathname = `${url.pathname.replace(/\/$/, '')}/add-checkpoint`;
    return { ...witness, target };
  });
}

async function readSecret(path: string, passphrase: string | undefined): Promise<Uint8Array> {
  try {
    return await readKeyFile(path, 'witness', passphrase);
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause;
    throw new NodeError('ERR_WITNESS', `WITNESS_KEY: ${cause.message}`, { cause });
  }
}

async function readList<T>(
  setting: string,
  path: string,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  const where = `${setting}=${path}`;
  const unreadable = (cause: unknown): never => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused(`cannot read ${where} (${reason})`, cause);
  };
  const { size } = await stat(path).catch(unreadable);
  if (size > LIST_BYTES_MAX) {
    throw refused(`${where} holds ${size} bytes; ${LIST_BYTES_MAX} are allowed`);
  }
  const bytes = await readFile(path).catch(unreadable);
  try {
    return parse(new Uint8Array(bytes));
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    throw refused(`${where}: ${cause.message}`, cause);
  }
}

function isOfNetwork(publicKey: Uint8Array, { genesis }: OwnNetwork): boolean {
  const keys = genesis.validators.flatMap(({ consensusKey, cosignerKey }) => [
    consensusKey,
    cosignerKey,
  ]);
  const peerId = peerIdOf(publicKey);
  return (
    [genesis.logKey, ...keys].some((each) => equalBytes(each, publicKey)) ||
    genesis.validators.some((each) => each.peerId === peerId)
  );
}

function refused(message: string, cause?: unknown): NodeError {
  return new NodeError('ERR_WITNESS', message, { cause });
}
