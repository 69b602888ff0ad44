/** What the figures were measured on. */
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

import { fileText } from './files.ts';

/** The machine of a run. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly openssl: string;
}

const TMPFS_MAGIC = 0x01021994;

/** Returns the machine that this process runs on. */
export function readMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    openssl: process.versions.openssl,
  };
}

/** Whether a folder lies in memory, where a sync costs nothing. */
export async function isInMemory(dir: string): Promise<boolean> {
  return (await statfs(dir)).type === TMPFS_MAGIC;
}

/** Memory of a process. */
export interface ProcessMemory {
  /** Resident now. */
  readonly rssBytes: number;
  /** Of these, pages of files: LevelDB maps its tables, and the system takes them back when it needs them. */
  readonly fileBytes: number;
  /** Resident at most so far; where the system does not tell, as now. */
  readonly peakBytes: number;
}

/** Returns the memory of a process, or undefined where there is no /proc. */
export async function readMemory(pid: number): Promise<ProcessMemory | undefined> {
  const status = await fileText(`/proc/${pid}/status`);
  const rssBytes = kibibytesOf(status, 'VmRSS');
  if (rssBytes === undefined) return undefined;
  const fileBytes = kibibytesOf(status, 'RssFile') ?? 0;
  return { rssBytes, fileBytes, peakBytes: kibibytesOf(status, 'VmHWM') ?? rssBytes };
}

function kibibytesOf(status: string, field: string): number | undefined {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status);
  return match?.[1] === undefined ? undefined : Number(match[1]) * 1_024;
}

const TICKS_PER_S = 100;
const USER_FIELD = 11;

/** Returns the processor seconds that a process has used, or undefined where there is no /proc. */
export async function readCpuSeconds(pid: number): Promise<number | undefined> {
  // The second field is the name in parentheses, which may hold spaces: fields are counted behind it.
  const [, fields] = (await fileText(`/proc/${pid}/stat`)).split(') ');
  if (fields === undefined) return undefined;
  const [user, system] = fields.split(' ').slice(USER_FIELD, USER_FIELD + 2);
  return (Number(user) + Number(system)) / TICKS_PER_S;
}
