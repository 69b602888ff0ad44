/**
 * Ports and settings of a development network's nodes.
 *
 * A port that a node had is kept while it is free. The genesis names the p2p ports of the first start; where
 * one is taken later, the other nodes are told the node's address in `P2P_PEERS`.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';

import getPort from 'get-port';

import type { Genesis } from '../../genesis/document.ts';
import { NODE_ENV_FILE } from '../cli/commands/start.ts';
import { readText } from '../cli/files.ts';
import { EXAMPLE_POLICY, TSA_FILE } from '../timestamp/testTsa.ts';
import { WITNESS_FILE } from '../witness/witnessFolder.ts';

/** Folder of a node's time-stamping authority. */
export const TSA_DIR = 'tsa';
/** Folder of a node's Sigstore log. */
export const SIGSTORE_DIR = 'sigstore';
/** Folder of a node as a witness of other logs. */
export const WITNESS_DIR = 'witness';

const HOST = '127.0.0.1';

type Settings = Readonly<Record<string, string | undefined>>;

/** A node's folder with the ports that it may listen on. */
export interface NodePlace {
  readonly dir: string;
  /** Its validator's name, which is the folder's. */
  readonly name: string;
  readonly adminPort: number;
  readonly p2pPort: number;
  /** Settings that stand there, which may be the developer's own. */
  readonly kept: Settings;
}

/** Returns the places of nodes, with ports that are free at this moment. */
export async function choosePlaces(dirs: readonly string[]): Promise<readonly NodePlace[]> {
  const places: NodePlace[] = [];
  for (const dir of dirs) {
    const path = join(dir, NODE_ENV_FILE);
    const kept: Settings = existsSync(path) ? parseEnv(await readText(path)) : {};
    places.push({
      dir,
      name: basename(dir),
      adminPort: await freePort(kept['ADMIN_LISTEN']),
      p2pPort: await freePort(kept['P2P_LISTEN']),
      kept,
    });
  }
  return places;
}

/** Returns where other nodes dial one, as a multiaddr. */
export function addressOf({ p2pPort }: NodePlace): string {
  return `/ip4/${HOST}/tcp/${p2pPort}`;
}

/**
 * Writes the settings of all nodes.
 *
 * @param apiPort - port of the first interface, the others follow; 0 takes free ones.
 */
export async function writeSettings(
  places: readonly NodePlace[],
  { validators }: Genesis,
  apiPort: number,
): Promise<void> {
  const moved = places.filter(
    (place, i) => validators[i]?.addresses.includes(addressOf(place)) !== true,
  );
  for (const [i, place] of places.entries()) {
    const others = moved.filter((each) => each !== place);
    const { P2P_PEERS: _before, ...kept } = place.kept;
    const settings = {
      ...stamping(kept),
      ...witnessing(place),
      ...kept,
      API_LISTEN: `${HOST}:${apiPort === 0 ? 0 : apiPort + i}`,
      ADMIN_LISTEN: `${HOST}:${place.adminPort}`,
      P2P_LISTEN: `${HOST}:${place.p2pPort}`,
      ...(others.length === 0
        ? {}
        : { P2P_PEERS: others.map((each) => `${each.name}=${addressOf(each)}`).join(',') }),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(place.dir, NODE_ENV_FILE), lines.join(''), { mode: 0o600 });
  }
}

/** A developer who has named another authority keeps it; the log beside it rests on the one that is made here. */
function stamping(kept: Settings): Settings {
  const certificate = join(TSA_DIR, TSA_FILE.certificate);
  if ('TSA_CERT' in kept && kept['TSA_CERT'] !== certificate) return {};
  return {
    TSA_CERT: certificate,
    TSA_KEY: join(TSA_DIR, TSA_FILE.key),
    TSA_POLICY: EXAMPLE_POLICY,
    SIGSTORE_DIR,
  };
}

/** Returns the name under which a validator of a development network witnesses other logs. */
export function witnessNameOf(validator: string): string {
  return `birthmark.devnet/${validator}/witness`;
}

function witnessing({ name, kept }: NodePlace): Settings {
  if ('WITNESS_KEY' in kept) return {};
  return {
    WITNESS_KEY: join(WITNESS_DIR, WITNESS_FILE.key),
    WITNESS_NAME: witnessNameOf(name),
    WITNESS_LOGS: join(WITNESS_DIR, WITNESS_FILE.logs),
  };
}

async function freePort(listen: string | undefined): Promise<number> {
  const port = Number(listen?.split(':').at(-1));
  return getPort({ host: HOST, ...(port > 0 ? { port } : {}) });
}
