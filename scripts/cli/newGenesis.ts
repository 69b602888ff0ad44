/** Makes a genesis document from validators, authority files and parameters. */
import type { Authority } from '../../chain/authority.ts';
import { ChainError } from '../../chain/errors.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import { createSigner } from '../../chain/signature.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import { parseAuthority } from '../../genesis/authorityFile.ts';
import { formatGenesis, parseGenesis, type SignedGenesis } from '../../genesis/document.ts';
import { JsonReader } from '../../genesis/json.ts';
import { parseParams, parseParamText } from '../../genesis/paramsJson.ts';
import { signGenesis } from '../../genesis/signatures.ts';
import { type Keys, publicKeysOf } from '../../node/keys.ts';
import { peerIdOf } from '../../p2p/peerId.ts';
import { readJson } from './files.ts';
import { CommandError, EXIT_USAGE } from './output.ts';

/** A validator with its secrets, as far as they are on this machine. */
export interface LocalValidator {
  readonly name: string;
  readonly keys: Keys;
  readonly addresses: readonly string[];
}

/** Returns the public entry of a validator. */
export function validatorOf({ name, keys, addresses }: LocalValidator): Validator {
  const { consensus, cosigner, network } = publicKeysOf(keys);
  return {
    name,
    consensusKey: consensus,
    cosignerKey: cosigner,
    peerId: peerIdOf(network),
    addresses,
  };
}

/** Returns the registry entries of authority files, in their order. */
export async function readAuthorityFiles(paths: readonly string[]): Promise<readonly Authority[]> {
  return Promise.all(paths.map(readAuthorityFile));
}

/** Returns the registry entry of an authority file. */
export async function readAuthorityFile(path: string): Promise<Authority> {
  const json = await readJson(path);
  const reader = new JsonReader();
  const authority = parseAuthority(json, path, reader);
  return usable(() => {
    reader.finish('the authority file');
    return authority;
  });
}

/** Returns the parameters of a JSON file; all take their defaults where no file is named. */
export async function readParamFile(path: string | undefined): Promise<Params> {
  if (path === undefined) return DEFAULT_PARAMS;
  const json = await readJson(path);
  const reader = new JsonReader();
  const params = parseParams(json, path, reader);
  return usable(() => {
    reader.finish('the file of parameters');
    return params;
  });
}

/** Returns the parameters of `NAME=VALUE` settings; the others take their defaults. */
export function readParamSettings(settings: readonly string[]): Params {
  const pairs = settings.map((setting): [string, unknown] => {
    const at = setting.indexOf('=');
    if (at < 1) {
      throw new CommandError(
        `--param ${setting} is not NAME=VALUE, such as batch_wait_ms=100`,
        EXIT_USAGE,
      );
    }
    return [setting.slice(0, at), parseParamText(setting.slice(at + 1))];
  });
  const reader = new JsonReader();
  const params = parseParams(Object.fromEntries(pairs), '--param', reader);
  return usable(() => {
    reader.finish('a parameter');
    return params;
  }, EXIT_USAGE);
}

/** What a genesis is made from. */
export interface GenesisParts {
  readonly network: string;
  readonly timestampMs: number;
  readonly params: Params;
  readonly validators: readonly LocalValidator[];
  readonly authorities: readonly Authority[];
}

/** Returns a genesis, signed by all its validators, after reading back what it will be read as. */
export function createGenesis(parts: GenesisParts): SignedGenesis {
  const [first] = parts.validators;
  if (first === undefined) throw new CommandError('a genesis needs a validator', EXIT_USAGE);
  const genesis = {
    network: parts.network,
    timestampMs: parts.timestampMs,
    params: parts.params,
    logKey: publicKeysOf(first.keys).publisher,
    validators: parts.validators.map(validatorOf),
    authorities: parts.authorities,
  };
  const signed = parts.validators.reduce<SignedGenesis>(
    (each, { name, keys }) => signGenesis(each, name, createSigner(keys.consensus)),
    { genesis, signatures: [] },
  );
  return usable(() => parseGenesis(formatGenesis(signed)));
}

/** Returns what `read` yields; a refusal by the chain's rules becomes the end of a command. */
export function usable<T>(read: () => T, exitCode = 1): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ChainError) throw new CommandError(cause.message, exitCode, { cause });
    throw cause;
  }
}
