/** A network to look at: nodes, and pictures of every kind that the pages tell apart, as files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { capture } from '../camera/camera.ts';
import { createPhoto } from '../camera/photo.ts';
import { createCameraWorld } from '../camera/world.ts';
import { BenchError } from '../bench/children.ts';
import { type BenchOptions, SETTINGS } from '../bench/options.ts';
import { untilFinal } from '../bench/rows/ledger.ts';
import { prepareNetwork, type RunningNode, startNodes, type World } from '../bench/world.ts';

/** Files of pictures, and the hashes of those that are registered. */
export interface Pictures {
  readonly original: string;
  readonly edit: string;
  /** The original with one byte changed. */
  readonly changed: string;
  /** Nobody has registered it. */
  readonly unknown: string;
  readonly originalHash: string;
  readonly editHash: string;
}

/** A running network. */
export interface Site {
  readonly nodes: readonly RunningNode[];
  /** Address of the first. */
  readonly api: string;
  readonly pictures: Pictures;
}

const NEVER = new AbortController().signal;

/** Returns what a run needs of options that it has not. */
export function worldOptions(
  validators: number,
  options: Pick<BenchOptions, 'runs' | 'seconds' | 'out'>,
): BenchOptions {
  const { pendingMax } = SETTINGS;
  return { ...options, validators, parts: [], records: 0, entries: 0, profile: false, pendingMax };
}

/** Starts the nodes and registers the pictures; resolves when a quorum has cosigned them. */
export async function startSite(world: World): Promise<Site> {
  const { validators } = world.options;
  const { dirs } = await prepareNetwork('site', world, { validators });
  const nodes = await startNodes(dirs, world);
  const [node] = nodes;
  if (node === undefined) throw new BenchError('the network has no node');
  const pictures = await registerPictures(node, world);
  await Promise.all(nodes.map(untilFinal));
  return { nodes, api: node.api, pictures };
}

async function registerPictures({ api }: RunningNode, world: World): Promise<Pictures> {
  const dir = join(world.dir, 'pictures');
  await mkdir(dir, { recursive: true });
  const provisioning = join(dir, 'camera.json');
  await writeFile(provisioning, await provision(world), { mode: 0o600 });
  const write = async (name: string, bytes: Uint8Array): Promise<string> => {
    const file = join(dir, name);
    await writeFile(file, bytes);
    return file;
  };
  const register = async (photo: string, parents: readonly string[]): Promise<string> => {
    const place = { dir: join(dir, 'camera'), node: api, provisioning, wait: true, signal: NEVER };
    const cameraWorld = createCameraWorld((line) => world.note(line));
    const [result] = await capture({ ...place, photo, parents }, cameraWorld);
    if (result?.state === 'committed') return result.imageHash;
    throw new BenchError(`${photo} is not registered: ${String(result?.state)}`);
  };
  const bytes = createPhoto(1);
  const original = await write('harbour.jpg', bytes);
  const edit = await write('harbour-cropped.jpg', createPhoto(2));
  const changed = await write('harbour-from-a-chat.jpg', withOneByteChanged(bytes));
  const unknown = await write('square.jpg', createPhoto(3));
  const originalHash = await register(original, []);
  const editHash = await register(edit, [originalHash]);
  return { original, edit, changed, unknown, originalHash, editHash };
}

async function provision({ authority }: World): Promise<string> {
  const answer = await fetch(new URL('api/v1/devices/provision', authority.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ device_serial: 'SITE-1', device_family: 'Simulated camera' }),
  });
  if (answer.status !== 201) throw new BenchError(`the authority answered ${answer.status}`);
  return answer.text();
}

function withOneByteChanged(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const middle = Math.floor(changed.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}
