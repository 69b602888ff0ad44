/** Files that commands read and write, with errors that name the file and say what to do. */
import { open, readFile, stat } from 'node:fs/promises';

import { ChainError } from '../../chain/errors.ts';
import { parseGenesis, type SignedGenesis } from '../../genesis/document.ts';
import { parseJsonText } from '../../genesis/jsonText.ts';
import { CommandError } from './output.ts';

/** A thousand authorities fit with four certificates each; whoever sends more sends something else. */
const TEXT_BYTES_MAX = 16 * 1_048_576;

/** Returns a file's text. */
export async function readText(path: string): Promise<string> {
  const failed = (cause: unknown): never => {
    throw new CommandError(`cannot read ${path}: ${reasonOf(cause)}`, 1, { cause });
  };
  const { size } = await stat(path).catch(failed);
  if (size > TEXT_BYTES_MAX) {
    throw new CommandError(`${path} holds ${size} bytes; ${TEXT_BYTES_MAX} are allowed`);
  }
  return readFile(path, 'utf8').catch(failed);
}

/** Returns the passphrase of a file, its first line; undefined where no file is named. */
export async function readPassphrase(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : (await readText(path)).split('\n')[0];
}

/** Returns a file's JSON, in which no object has a name twice. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return parseJsonText(text);
  } catch (cause) {
    if (cause instanceof ChainError) {
      throw new CommandError(`${path}: ${cause.message}`, 1, { cause });
    }
    throw new CommandError(`${path} is not JSON: ${reasonOf(cause)}`, 1, { cause });
  }
}

/** Returns the genesis document of a file. */
export function readGenesis(path: string): Promise<SignedGenesis> {
  return readParsed(path, parseGenesis);
}

/** Returns what `parse` makes of a file's JSON; a refusal names the file. */
export async function readParsed<T>(path: string, parse: (json: unknown) => T): Promise<T> {
  const json = await readJson(path);
  try {
    return parse(json);
  } catch (cause) {
    if (cause instanceof ChainError)
      throw new CommandError(`${path}: ${cause.message}`, 1, { cause });
    throw cause;
  }
}

/** Writes a file that must not exist yet; durable when it resolves. */
export async function createFile(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const file = await open(path, 'wx', mode).catch((cause: unknown) => {
    throw new CommandError(`cannot create ${path}: ${reasonOf(cause)}`, 1, { cause });
  });
  try {
    await file.writeFile(content);
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
