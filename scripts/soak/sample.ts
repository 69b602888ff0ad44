/** What a node's process holds at a moment. */
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

import { BenchError } from '../bench/children.ts';
import { folderBytes } from '../bench/files.ts';
import { readMemory } from '../bench/machine.ts';
import { readStatus, type RunningNode } from '../bench/world.ts';

/** A moment of one node. */
export interface Sample {
  /** Seconds since the load began. */
  readonly atS: number;
  /** Resident memory without pages of files, which the system takes back when it needs them. */
  readonly memoryBytes: number;
  readonly heapBytes: number;
  /** What keeps the event loop up: sockets, timers of the system, watched files. */
  readonly handles: number;
  /** Open files and sockets; tables of LevelDB are left out, which grow in number with the chain. */
  readonly files: number;
  /** All files of its data folder. */
  readonly diskBytes: number;
  /** Records on the chain. */
  readonly records: number;
}

const TABLE = '.ldb';

/** Takes a sample. */
export async function takeSample(node: RunningNode, atS: number): Promise<Sample> {
  const [memory, metrics, files, diskBytes, { committed }] = await Promise.all([
    readMemory(node.child.pid),
    readMetrics(node),
    countFiles(node.child.pid),
    folderBytes(join(node.dir, 'data')),
    readStatus(node),
  ]);
  if (memory === undefined)
    throw new BenchError('this system does not tell how much memory a process has');
  return {
    atS,
    memoryBytes: memory.rssBytes - memory.fileBytes,
    heapBytes: valueOf(metrics, 'birthmark_nodejs_heap_size_used_bytes'),
    handles: valueOf(metrics, 'birthmark_nodejs_active_handles_total'),
    files,
    diskBytes,
    records: committed,
  };
}

async function readMetrics({ api }: RunningNode): Promise<string> {
  return (await fetch(new URL('/metrics', api))).text();
}

function valueOf(metrics: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1];
  if (value === undefined) throw new BenchError(`the node counts no ${name}`);
  return Number(value);
}

async function countFiles(pid: number): Promise<number> {
  const dir = `/proc/${pid}/fd`;
  const names = await readdir(dir);
  // One may be closed before it is looked at.
  const links = await Promise.all(
    names.map((name) => readlink(join(dir, name)).catch(() => undefined)),
  );
  return links.filter((link) => link !== undefined && !link.endsWith(TABLE)).length;
}
