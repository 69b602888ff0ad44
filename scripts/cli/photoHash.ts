/** A photograph that is named on the command line: by its file, or by its hash. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { reasonOf } from './files.ts';
import { CommandError, EXIT_USAGE } from './output.ts';

const HASH = /^[0-9a-fA-F]{64}$/;

/** Returns whether a photograph is named by its hash. */
export function isHash(photo: string): boolean {
  return HASH.test(photo);
}

/** Resolves to the SHA-256 in lower-case hex. Rejects with a CommandError for what is neither. */
export async function photoHashOf(photo: string): Promise<string> {
  return isHash(photo) ? photo.toLowerCase() : hashFile(photo);
}

/** Streams, whatever the size. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    throw new CommandError(
      `${path} is neither a readable file nor 64 hex digits (${reasonOf(cause)})`,
      EXIT_USAGE,
      { cause },
    );
  }
  return hash.digest('hex');
}
