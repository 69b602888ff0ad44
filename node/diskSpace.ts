/** How much room a disk has left. */
import { statfs } from 'node:fs/promises';

/** Resolves to the bytes that may still be written on the disk of a folder. */
export async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
