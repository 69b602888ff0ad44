/** Anchors: what this machine can do, so that the other rows can be read on any machine. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Level } from 'level';

import type { Child } from '../children.ts';
import { type JobPlan, rateOf } from '../load/client.ts';
import { SETTINGS } from '../options.ts';
import type { Listening } from '../servers/listen.ts';
import type { World } from '../world.ts';

const BARE = new URL('../servers/bare.ts', import.meta.url).pathname;
const APPEND_BYTES = 256;
const MESSAGE_BYTES = 74;
const DISK_SHARE = 0.5;

/** Calls `task` over and over; resolves to how often a second it resolved. */
async function ratePerSecond(
  seconds: number,
  lanes: number,
  task: () => Promise<unknown>,
): Promise<number> {
  const startMs = performance.now();
  const deadlineMs = startMs + seconds * 1_000;
  let count = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < deadlineMs) {
      await task();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (count * 1_000) / (performance.now() - startMs);
}

/** P-256 verifications a second on all processors, off the main thread as the node does them. */
export function measureVerifications(seconds: number): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = randomBytes(MESSAGE_BYTES);
  const signature = sign('sha256', message, privateKey);
  const task = (): Promise<void> => verifyOnce(publicKey, message, signature);
  return ratePerSecond(seconds, SETTINGS.verificationsInFlight, task);
}

function verifyOnce(key: KeyObject, message: Uint8Array, signature: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    verify('sha256', message, key, signature, (error, valid) => {
      if (error === null && valid) resolve();
      else reject(error ?? new Error('a good signature does not verify'));
    });
  });
}

/** Synced appends of a small record a second, one after another. */
export async function measureSyncs({ dir, options }: World): Promise<number> {
  const path = join(dir, 'appends');
  const file = await open(path, 'a');
  const bytes = randomBytes(APPEND_BYTES);
  try {
    return await ratePerSecond(options.seconds * DISK_SHARE, 1, async () => {
      await file.write(bytes);
      await file.datasync();
    });
  } finally {
    await file.close();
    await rm(path);
  }
}

/** Synced LevelDB batches of one small record a second, one after another. */
export async function measureSyncedBatches({ dir, options }: World): Promise<number> {
  const path = join(dir, 'batches');
  const database = new Level<string, Uint8Array>(path, { valueEncoding: 'view' });
  await database.open();
  const value = new Uint8Array(randomBytes(APPEND_BYTES));
  let number = 0;
  try {
    return await ratePerSecond(options.seconds * DISK_SHARE, 1, async () => {
      const key = `record ${number++}`;
      await database.batch([{ type: 'put', key, value }], { sync: true });
    });
  } finally {
    await database.close();
    await rm(path, { recursive: true });
  }
}

/** The bare Koa server, ready to be measured. */
export class BareServer {
  readonly #world: World;
  readonly #child: Child;
  readonly #port: number;

  private constructor(world: World, child: Child, port: number) {
    this.#world = world;
    this.#child = child;
    this.#port = port;
  }

  /** Starts its process and warms it up. */
  static async start(world: World): Promise<BareServer> {
    const child = await world.children.start({ name: 'bare', script: BARE });
    const { port } = (await child.reply()) as Listening;
    return new BareServer(world, child, port);
  }

  /** Requests a second, each with a body from the file. */
  post(file: string): Promise<number> {
    const connections = SETTINGS.singleConnections;
    return this.#measure({ method: 'POST', path: '/api/v1/submit-cert', file, connections });
  }

  /** Requests a second, each for a path that ends with a line of the file. */
  get(file: string): Promise<number> {
    const connections = SETTINGS.readConnections;
    return this.#measure({ method: 'GET', path: '/api/v1/verify/', file, connections });
  }

  async #measure(job: Omit<JobPlan, 'ports' | 'seconds'>): Promise<number> {
    const { load, options } = this.#world;
    return rateOf(await load.run({ ...job, ports: [this.#port], seconds: options.seconds }));
  }

  /** Ends its process. */
  stop(): Promise<void> {
    return this.#child.stop();
  }
}

/** Writes a file of hashes that nobody registered. */
export async function writeHashes(file: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, () => `${randomBytes(32).toString('hex')}\n`);
  await writeFile(file, lines.join(''));
}
