/** The processes that are measured: the authority and the nodes, started as an operator starts them. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import getPort from 'get-port';

import { NODE_FLAGS } from '../../bin/launch.js';
import { fieldsOf } from '../../genesis/json.ts';
import type { Provisioning } from '../camera/provisioning.ts';
import type { ReadyMessage } from '../cli/commands/start.ts';
import { type Devnet, type DevnetOptions, prepareDevnet } from '../devnet/folder.ts';
import { BenchError, type Child, type Children } from './children.ts';
import type { LoadClient } from './load/client.ts';
import { type BenchOptions, SETTINGS } from './options.ts';

/** What every part of a run uses. */
export interface World {
  readonly options: BenchOptions;
  /** Folder of the run's own files. */
  readonly dir: string;
  readonly children: Children;
  readonly load: LoadClient;
  readonly authority: Authority;
  /** Cameras of that authority. */
  readonly cameras: readonly Provisioning[];
  /** Says what is being done. */
  note(text: string): void;
}

/** The reference authority. */
export interface Authority {
  /** With a slash at its end. */
  readonly url: string;
  readonly registryFile: string;
  readonly child: Child;
}

/** A node that is ready. */
export interface RunningNode {
  /** Folder of its genesis, keys and data. */
  readonly dir: string;
  /** Its validator's name, which is the folder's. */
  readonly name: string;
  readonly api: string;
  readonly port: number;
  readonly child: Child;
  /** From the start of its process until /ready says yes. */
  readonly startMs: number;
}

/** The command of an operator. */
export const BIRTHMARK = new URL('../../bin/birthmark.js', import.meta.url).pathname;
const POLL_MS = 10;
const READY_TIMEOUT_MS = 60_000;

/** Starts the authority in a folder of its own. */
export async function startAuthority(children: Children, dir: string): Promise<Authority> {
  const port = await getPort({ host: '127.0.0.1' });
  const authorityDir = join(dir, 'authority');
  const child = await children.start({
    name: 'authority',
    script: BIRTHMARK,
    args: ['authority', 'start', '--dir', authorityDir, '--listen', `127.0.0.1:${port}`],
  });
  const url = `http://127.0.0.1:${port}/`;
  await untilAnswered(new URL('health', url), child);
  const registryFile = join(authorityDir, 'authority.json');
  const isWritten = async (): Promise<boolean> => existsSync(registryFile);
  await waitUntil('the authority has written its entry', READY_TIMEOUT_MS, isWritten);
  return { url, registryFile, child };
}

/** Makes keys and genesis of a network. */
export async function prepareNetwork(
  name: string,
  world: World,
  { param = [], validators = 1 }: Partial<Pick<DevnetOptions, 'param' | 'validators'>> = {},
): Promise<Devnet> {
  const dir = join(world.dir, name);
  await mkdir(dir, { recursive: true });
  const authority = [world.authority.registryFile];
  return prepareDevnet({ validators, dir, apiPort: 0, authority, param });
}

/** How a node is started. */
export interface NodeOptions {
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Settings that override those of its folder. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts the node of a folder; resolves when it is ready. */
export async function startNode(
  dir: string | undefined,
  { children }: World,
  { nodeArgs = [], settings = {} }: NodeOptions = {},
): Promise<RunningNode> {
  if (dir === undefined || !existsSync(dir)) throw new BenchError(`${String(dir)} is not there`);
  const name = basename(dir);
  const startedMs = performance.now();
  const child = await children.start({
    name: `${basename(dirname(dir))}-${name}`,
    script: BIRTHMARK,
    args: ['start', '--dir', dir],
    nodeArgs: [...NODE_FLAGS, ...nodeArgs],
    env: { ADDRESS_RATE_PER_S: String(SETTINGS.addressRatePerS), ...settings },
  });
  const { api } = (await child.reply()) as ReadyMessage;
  await untilAnswered(new URL('/ready', api), child);
  const startMs = performance.now() - startedMs;
  return { dir, name, api, port: Number(new URL(api).port), child, startMs };
}

/** Starts the nodes of folders; resolves when each is ready and none misses another. */
export async function startNodes(
  dirs: readonly string[],
  world: World,
  options: NodeOptions = {},
): Promise<readonly RunningNode[]> {
  const nodes = await Promise.all(dirs.map((dir) => startNode(dir, world, options)));
  for (const node of nodes) await untilConnected(node, nodes);
  return nodes;
}

/** Resolves when a node misses none of these. */
export async function untilConnected(
  node: RunningNode,
  others: readonly RunningNode[],
): Promise<void> {
  const names = others.map(({ name }) => name);
  await waitUntil(`${node.name} is connected`, READY_TIMEOUT_MS, async () => {
    const { missing } = await readStatus(node);
    return !missing.some((name) => names.includes(name));
  });
}

async function untilAnswered(url: URL, child: Child): Promise<void> {
  await waitUntil(`${child.name} answers`, READY_TIMEOUT_MS, async () => {
    if (child.hasEnded()) await child.reply(); // Rejects, and shows its log.
    return (await fetch(url).catch(() => undefined))?.ok === true;
  });
}

/** Asks until the answer is yes. Rejects with a BenchError, naming `what`, when the time is up. */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  isTrue: () => Promise<boolean>,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new BenchError(`in vain waited until ${what}`);
    await pause(POLL_MS);
  }
}

/** Resolves after a time. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What a node says of itself, as far as it is measured. */
export interface NodeStatus {
  readonly height: number;
  readonly committed: number;
  readonly pending: number;
  /** Name of the validator whose turn it is. */
  readonly proposer: string;
  /** Names of the validators that are not connected. */
  readonly missing: readonly string[];
}

/** Asks a node how it stands. */
export async function readStatus({ api }: RunningNode): Promise<NodeStatus> {
  const answer = await fetch(new URL('/api/v1/status', api));
  const fields = fieldsOf(await answer.json());
  return {
    height: Number(fields['block_height']),
    committed: Number(fields['total_hashes']),
    pending: Number(fields['pending_submissions']),
    proposer: String(fields['proposer']),
    missing: fields['missing'] as readonly string[],
  };
}
