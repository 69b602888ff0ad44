/** Files of a run: all lie in one folder that goes when the run ends. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns a file's text; empty if it cannot be read. */
export async function fileText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Returns the bytes of all files of a folder, the folders in it included; one that goes meanwhile has none. */
export async function folderBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map((file) => sizeOf(join(file.parentPath, file.name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
