/** What a folder takes of its disk, and what the disk has left. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Resolves to the bytes that may still be written on the disk of a folder. */
export async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** Resolves to the bytes of the files in a folder; one that is removed meanwhile counts nothing. */
export async function bytesIn(dir: string): Promise<number> {
  const names = await readdir(dir);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
