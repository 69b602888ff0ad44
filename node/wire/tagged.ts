/** Tagged bytes: what goes over a channel begins with one byte that says what the rest is. */
import { concatBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';

/** Returns bytes behind their tag. */
export function withTag(tag: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(tag), bytes);
}

/** What came, taken apart. */
export interface Tagged {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/** Returns the tag and what stands behind it. Throws ERR_MALFORMED where nothing came. */
export function takeTag(tagged: Uint8Array): Tagged {
  const [tag] = tagged;
  if (tag === undefined) throw new ChainError('ERR_MALFORMED', 'a message has at least a tag');
  return { tag, bytes: tagged.subarray(1) };
}

/** Returns the error for a tag that stands for nothing on a channel. */
export function unknownTag(tag: number, channel: string): ChainError {
  return new ChainError('ERR_MALFORMED', `tag ${tag} means nothing on the ${channel} channel`);
}
