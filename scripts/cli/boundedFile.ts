/** Files of strangers: read up to a limit, whatever they are, so that the reader decides what is too long. */
import { createReadStream } from 'node:fs';

import { concatBytes } from '../../chain/bytes.ts';
import { reasonOf } from './files.ts';
import { CommandError, EXIT_USAGE } from './output.ts';

/**
 * Resolves to a file's bytes, or to its first `bytesMax + 1` where it has more. Rejects with a CommandError for what
 * cannot be read.
 *
 * @param option - what named the file on the command line.
 */
export async function readAtMost(
  path: string,
  bytesMax: number,
  option: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  try {
    const stream = createReadStream(path, { end: bytesMax });
    for await (const part of stream as AsyncIterable<Uint8Array>) parts.push(part);
  } catch (cause) {
    throw new CommandError(`cannot read ${option} ${path}: ${reasonOf(cause)}`, EXIT_USAGE, {
      cause,
    });
  }
  return concatBytes(...parts);
}
