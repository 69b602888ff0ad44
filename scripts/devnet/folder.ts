/**
 * The folder of a development network.
 *
 * ```
 * DIR/genesis.json
 * DIR/v1/genesis.json, node.env, keys/, data/, node.log
 * ```
 *
 * On an existing folder the genesis stands: an authority or parameter that differs is refused by name.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

import getPort from 'get-port';

import { authoritySchema } from '../../chain/authority.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { chainIdOf, formatGenesis, type Genesis } from '../../genesis/document.ts';
import { formatParams, paramName } from '../../genesis/paramsJson.ts';
import type { Params } from '../../chain/params.ts';
import { generateKeys, readKeys, writeKeys } from '../../node/keys.ts';
import { NODE_ENV_FILE } from '../cli/commands/start.ts';
import { createFile, formatJson, readGenesis, readText } from '../cli/files.ts';
import {
  createGenesis,
  type LocalValidator,
  readAuthorityFile,
  readParamSettings,
} from '../cli/newGenesis.ts';
import { CommandError } from '../cli/output.ts';

/** What a development network is asked to be. */
export interface DevnetOptions {
  readonly validators: number;
  readonly dir: string;
  /** 0 takes free ports. */
  readonly apiPort: number;
  /** Authority files. */
  readonly authority: readonly string[];
  /** `NAME=VALUE`. */
  readonly param: readonly string[];
}

/** A prepared folder. */
export interface Devnet {
  readonly chainId: string;
  /** Folders of the validators, in order. */
  readonly dirs: readonly string[];
}

const NETWORK = 'birthmark.devnet';
const DIR_MODE = 0o700;

/** Makes what is missing in the folder and checks what is there. */
export async function prepareDevnet(options: DevnetOptions): Promise<Devnet> {
  const dir = resolve(options.dir);
  const dirs = Array.from({ length: options.validators }, (_each, i) => join(dir, `v${i + 1}`));
  await mkdir(dir, { recursive: true, mode: DIR_MODE });
  const genesisPath = join(dir, 'genesis.json');
  const genesis = existsSync(genesisPath)
    ? await checkGenesis(genesisPath, options)
    : await makeGenesis(genesisPath, dirs, options);
  for (const [i, each] of dirs.entries()) {
    if (!existsSync(join(each, 'genesis.json'))) {
      await copyFile(genesisPath, join(each, 'genesis.json'));
    }
    await writeSettings(each, options.apiPort === 0 ? 0 : options.apiPort + i);
  }
  return { chainId: formatHex(chainIdOf(genesis)), dirs };
}

async function makeGenesis(
  path: string,
  dirs: readonly string[],
  options: DevnetOptions,
): Promise<Genesis> {
  const params = readParamSettings(options.param);
  const authorities = await Promise.all(options.authority.map(readAuthorityFile));
  const validators: LocalValidator[] = [];
  for (const [i, dir] of dirs.entries()) {
    const keysDir = join(dir, 'keys');
    if (!existsSync(keysDir)) await writeKeys(keysDir, generateKeys());
    validators.push({ name: `v${i + 1}`, keys: await readKeys(keysDir), addresses: [] });
  }
  const parts = { network: NETWORK, timestampMs: Date.now(), params, validators, authorities };
  const signed = createGenesis(parts);
  await createFile(path, formatJson(formatGenesis(signed)));
  return signed.genesis;
}

async function checkGenesis(path: string, options: DevnetOptions): Promise<Genesis> {
  const { genesis } = await readGenesis(path);
  const differences = [
    ...differingCount(genesis, options.validators),
    ...differingParams(genesis.params, options.param),
    ...(await differingAuthorities(genesis, options.authority)),
  ];
  if (differences.length === 0) return genesis;
  throw new CommandError(
    `${path} stands, and differs:\n  ${differences.join('\n  ')}\n` +
      'leave these options out, or choose another --dir for another chain',
  );
}

function differingCount({ validators }: Genesis, asked: number): readonly string[] {
  return validators.length === asked
    ? []
    : [`--validators ${asked}: the genesis names ${validators.length}`];
}

function differingParams(params: Params, settings: readonly string[]): readonly string[] {
  const asked = formatParams(readParamSettings(settings));
  const given = new Set(settings.map((setting) => setting.slice(0, setting.indexOf('='))));
  return (Object.keys(params) as (keyof Params)[])
    .map((name) => ({ name: paramName(name), value: params[name] }))
    .filter(({ name, value }) => given.has(name) && asked[name] !== value)
    .map(
      ({ name, value }) =>
        `--param ${name}=${String(asked[name])}: the genesis says ${String(value)}`,
    );
}

async function differingAuthorities(
  genesis: Genesis,
  paths: readonly string[],
): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const path of paths) {
    const asked = await readAuthorityFile(path);
    const found = genesis.authorities.find(({ id }) => id === asked.id);
    if (found === undefined)
      differences.push(`--authority ${path}: the genesis does not name ${asked.id}`);
    else if (!equalBytes(encode(authoritySchema, found), encode(authoritySchema, asked))) {
      differences.push(`--authority ${path}: the genesis has another entry for ${asked.id}`);
    }
  }
  return differences;
}

/** Writes the node's settings; ports that it had are kept while they are free. */
async function writeSettings(dir: string, apiPort: number): Promise<void> {
  const path = join(dir, NODE_ENV_FILE);
  const kept = existsSync(path) ? parseEnv(await readText(path)) : {};
  const settings = {
    ...kept,
    API_LISTEN: `127.0.0.1:${apiPort}`,
    ADMIN_LISTEN: `127.0.0.1:${await keptPort(kept['ADMIN_LISTEN'])}`,
    P2P_LISTEN: `127.0.0.1:${await keptPort(kept['P2P_LISTEN'])}`,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(path, lines.join(''), { mode: 0o600 });
}

async function keptPort(listen: string | undefined): Promise<number> {
  const port = Number(listen?.split(':').at(-1));
  return getPort({ host: '127.0.0.1', ...(port > 0 ? { port } : {}) });
}
