/**
 * Which process holds a lock or a port, as far as Linux tells in /proc. Elsewhere, and for processes that
 * this user may not look into, nothing is known.
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A process of this machine. */
export interface Owner {
  readonly pid: number;
  /** Its program; undefined where that cannot be read. */
  readonly name: string | undefined;
}

const LISTENING = '0A';

/** Returns an owner in a few words. */
export function formatOwner(owner: Owner | undefined): string {
  if (owner === undefined) return 'another process';
  const { pid, name } = owner;
  return name === undefined ? `process ${pid}` : `process ${pid} (${name})`;
}

/** Resolves to the process that has locked a file, where that is known. */
export async function findLockOwner(path: string): Promise<Owner | undefined> {
  const inode = await stat(path).then(({ ino }) => ino, nothing);
  if (inode === undefined) return undefined;
  // 1: POSIX  ADVISORY  WRITE 4711 fe:01:1234 0 EOF
  const locks = await readText('/proc/locks');
  const pattern = new RegExp(`^\\d+: \\w+ +\\w+ +WRITE +(\\d+) \\S+:${inode} `, 'm');
  return describeProcess(Number(pattern.exec(locks)?.[1] ?? 0));
}

/** Resolves to the process that listens on a TCP port, where that is known. */
export async function findPortOwner(port: number): Promise<Owner | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readText));
  const sockets = tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((row) => row.trim().split(/ +/))
    .filter(([, local = '', , state]) => state === LISTENING && portOf(local) === port)
    .map((fields) => `socket:[${fields[9] ?? ''}]`);
  if (sockets.length === 0) return undefined;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (await holds(pid, sockets)) return describeProcess(Number(pid));
  }
  return undefined;
}

function portOf(local: string): number {
  return Number.parseInt(local.split(':')[1] ?? '', 16);
}

async function holds(pid: string, sockets: readonly string[]): Promise<boolean> {
  const dir = join('/proc', pid, 'fd');
  const names = await readdir(dir).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(join(dir, name)).catch(nothing)));
  return targets.some((target) => target !== undefined && sockets.includes(target));
}

async function describeProcess(pid: number): Promise<Owner | undefined> {
  if (pid <= 0) return undefined;
  const [command = ''] = (await readText(`/proc/${pid}/cmdline`)).split('\0');
  return { pid, name: command === '' ? undefined : basename(command) };
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function nothing(): undefined {
  return undefined;
}
