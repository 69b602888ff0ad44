/** Files that commands read and write, with errors that name the file and say what to do. */
import { open, readFile } from 'node:fs/promises';

import { ChainError } from '../../chain/errors.ts';
import { parseGenesis, type SignedGenesis } from '../../genesis/document.ts';
import { CommandError } from './output.ts';

/** Returns a file's text. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError(`cannot read ${path}: ${reasonOf(cause)}`, 1, { cause });
  }
}

/** Returns a file's JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CommandError(`${path} is not JSON: ${reasonOf(cause)}`, 1, { cause });
  }
}

/** Returns the genesis document of a file. */
export async function readGenesis(path: string): Promise<SignedGenesis> {
  const json = await readJson(path);
  try {
    return parseGenesis(json);
  } catch (cause) {
    if (cause instanceof ChainError)
      throw new CommandError(`${path}: ${cause.message}`, 1, { cause });
    throw cause;
  }
}

/** Writes a file that must not exist yet; durable when it resolves. */
export async function createFile(path: string, text: string, mode = 0o644): Promise<void> {
  const file = await open(path, 'wx', mode).catch((cause: unknown) => {
    throw new CommandError(`cannot create ${path}: ${reasonOf(cause)}`, 1, { cause });
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Returns JSON as it is written to files: two spaces, a line end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Returns why something failed, in a few words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
