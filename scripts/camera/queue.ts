/**
 * Submissions on the camera's disk, one file each, until the node has them for good.
 *
 * | folder    | what                                                                      |
 * | --------- | ------------------------------------------------------------------------- |
 * | queue/    | submissions, with their receipt once there is one; sent until settled     |
 * | receipts/ | submissions that the node has taken or committed, with the salt of the GPS |
 * | refused/  | submissions that the node refused or rejected, with its reason            |
 *
 * A submission is on disk before it is first sent. To move one, it is written at its new place before it
 * leaves the old: whenever the power fails it is in at least one, and sending it again is harmless, since
 * the node answers with the same receipt.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

import { removeDurably, syncFolder, writeDurably } from '../authority/durableFile.ts';
import { CameraError } from './errors.ts';

const bodySchema = z.object({
  image_hash: z.string(),
  camera_cert: z.string(),
  software_cert: z.null(),
  timestamp: z.number(),
  gps_hash: z.string().exactOptional(),
  parents: z.array(z.string()).readonly().exactOptional(),
  bundle_signature: z.string(),
});

const entrySchema = z.object({
  /** Name of its file; sorts by the time of capture. */
  id: z.string(),
  body: bodySchema,
  /** What opens `gps_hash`: never sent. */
  gps: z.object({ position: z.string(), salt: z.string() }).exactOptional(),
  /** Set once the node has answered 200 or 202. */
  receipt_id: z.string().exactOptional(),
});

/** A submission on disk. */
export type QueueEntry = Readonly<z.output<typeof entrySchema>>;

/** The queue of a camera. */
export interface Queue {
  /** Resolves when the entry is durable; one with the same id is replaced. */
  put(entry: QueueEntry): Promise<void>;
  /** Resolves to the entries, the oldest first. Rejects with ERR_QUEUE on a file that is none. */
  list(): Promise<readonly QueueEntry[]>;
  /** Moves an entry to receipts/, with what the node said last. */
  settle(entry: QueueEntry, answer: unknown): Promise<void>;
  /** Moves an entry to refused/, with the reason. */
  refuse(entry: QueueEntry, problem: unknown): Promise<void>;
}

const FOLDER_MODE = 0o700;
const SUFFIX = '.json';

/** Opens the queue in `dir`, which is made where absent. */
export async function openQueue(dir: string): Promise<Queue> {
  const folders = {
    queue: path.join(dir, 'queue'),
    receipts: path.join(dir, 'receipts'),
    refused: path.join(dir, 'refused'),
  };
  for (const folder of Object.values(folders)) {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  }
  await syncFolder(dir);
  await syncFolder(path.dirname(path.resolve(dir)));
  const fileOf = (folder: string, { id }: QueueEntry): string =>
    path.join(folder, `${id}${SUFFIX}`);
  const move = async (entry: QueueEntry, folder: string, more: object): Promise<void> => {
    await writeJson(fileOf(folder, entry), { ...entry, ...more });
    await removeDurably(fileOf(folders.queue, entry));
  };
  return {
    put: (entry) => writeJson(fileOf(folders.queue, entry), entry),
    list: () => readEntries(folders.queue),
    settle: (entry, answer) => move(entry, folders.receipts, { answer }),
    refuse: (entry, problem) => move(entry, folders.refused, { problem }),
  };
}

async function readEntries(folder: string): Promise<readonly QueueEntry[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
  return Promise.all(names.sort().map((name) => readEntry(path.join(folder, name))));
}

async function readEntry(file: string): Promise<QueueEntry> {
  try {
    return entrySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new CameraError('ERR_QUEUE', `${file} is no submission; move it away`, { cause });
  }
}

async function writeJson(file: string, value: object): Promise<void> {
  await writeDurably(file, `${JSON.stringify(value, null, 2)}\n`);
}
