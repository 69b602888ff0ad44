/**
 * The folder of a development network.
 *
 * ```
 * DIR/genesis.json
 * DIR/v1/genesis.json, node.env, keys/, tsa/, sigstore/, witness/, data/, node.log
 * DIR/v2/…
 * ```
 *
 * On an existing folder the genesis stands: an authority or parameter that differs is refused by name.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { authoritySchema } from '../../chain/authority.ts';
import { equalBytes, formatHex } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { chainIdOf, formatGenesis, type Genesis } from '../../genesis/document.ts';
import { formatParams, paramName } from '../../genesis/paramsJson.ts';
import type { Params } from '../../chain/params.ts';
import { generateKeys, readKeys, writeKeys } from '../../node/keys.ts';
import { createFile, formatJson, readGenesis, readText } from '../cli/files.ts';
import {
  createGenesis,
  type LocalValidator,
  readAuthorityFile,
  readAuthorityFiles,
  readParamSettings,
} from '../cli/newGenesis.ts';
import { CommandError } from '../cli/output.ts';
import { createLog } from '../sigstore/newLog.ts';
import { createTestTsa, TSA_FILE, writeTestTsa } from '../timestamp/testTsa.ts';
import { createWitness } from '../witness/witnessFolder.ts';
import {
  addressOf,
  choosePlaces,
  type NodePlace,
  SIGSTORE_DIR,
  TSA_DIR,
  WITNESS_DIR,
  witnessNameOf,
  writeSettings,
} from './settings.ts';

/** What a development network is asked to be. */
export interface DevnetOptions {
  /** How many; undefined: as many as an existing folder has, or one. */
  readonly validators?: number | undefined;
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
  await mkdir(dir, { recursive: true, mode: DIR_MODE });
  const genesisPath = join(dir, 'genesis.json');
  const found = existsSync(genesisPath) ? await checkGenesis(genesisPath, options) : undefined;
  const count = found?.validators.length ?? options.validators ?? 1;
  const dirs = Array.from({ length: count }, (_each, i) => join(dir, `v${i + 1}`));
  const places = await choosePlaces(dirs);
  const genesis = found ?? (await makeGenesis(genesisPath, places, options));
  for (const each of dirs) {
    if (!existsSync(join(each, 'genesis.json'))) {
      await copyFile(genesisPath, join(each, 'genesis.json'));
    }
    await makeTsa(each);
    await makeSigstore(each);
    await makeWitness(each);
  }
  await writeSettings(places, genesis, options.apiPort);
  return { chainId: formatHex(chainIdOf(genesis)), dirs };
}

async function makeGenesis(
  path: string,
  places: readonly NodePlace[],
  options: DevnetOptions,
): Promise<Genesis> {
  const params = readParamSettings(options.param);
  const authorities = await readAuthorityFiles(options.authority);
  const validators: LocalValidator[] = [];
  for (const place of places) {
    const keysDir = join(place.dir, 'keys');
    // The first one's publisher key is the log's; all hold it.
    const [first] = validators;
    const shared = first === undefined ? {} : { publisher: first.keys.publisher };
    if (!existsSync(keysDir)) await writeKeys(keysDir, { ...generateKeys(), ...shared });
    const keys = await readKeys(keysDir);
    validators.push({ name: place.name, keys, addresses: [addressOf(place)] });
  }
  const parts = { network: NETWORK, timestampMs: Date.now(), params, validators, authorities };
  const signed = createGenesis(parts);
  await createFile(path, formatJson(formatGenesis(signed)));
  return signed.genesis;
}

/** A time-stamping authority of the institution's own, as a whole folder or not at all. */
async function makeTsa(dir: string): Promise<void> {
  const place = join(dir, TSA_DIR);
  if (existsSync(place)) return;
  const next = `${place}.next`;
  await rm(next, { recursive: true, force: true });
  await writeTestTsa(next, await createTestTsa(basename(dir), Date.now()));
  await rename(next, place);
}

/** A Sigstore log of the institution's own, likewise. Its time stamps are those of the authority beside it. */
async function makeSigstore(dir: string): Promise<void> {
  const place = join(dir, SIGSTORE_DIR);
  if (existsSync(place)) return;
  const next = `${place}.next`;
  await rm(next, { recursive: true, force: true });
  const tsaCa = await readText(join(dir, TSA_DIR, TSA_FILE.ca));
  await createLog(next, { name: basename(dir), identity: undefined, tsaCa, nowMs: Date.now() });
  await rename(next, place);
}

/** A witness key of the institution's own, which witnesses no log before its list names one. */
async function makeWitness(dir: string): Promise<void> {
  const place = join(dir, WITNESS_DIR);
  if (existsSync(place)) return;
  const next = `${place}.next`;
  await rm(next, { recursive: true, force: true });
  await createWitness({ dir: next, name: witnessNameOf(basename(dir)) });
  await rename(next, place);
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

function differingCount({ validators }: Genesis, asked: number | undefined): readonly string[] {
  return asked === undefined || validators.length === asked
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
