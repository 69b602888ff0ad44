/**
 * The text of a JSON document that is hashed or signed: one that all who read it read alike.
 *
 * RFC 8259, section 4, leaves open what a name stands for that an object has twice. Here the last one would
 * count, and whoever reads the document before signing it may see the first: such a document is refused.
 */
import { ChainError } from '../chain/errors.ts';

/** Returns the value of a JSON text. Throws a SyntaxError, or ERR_GENESIS where an object has a name twice. */
export function parseJsonText(text: string): unknown {
  const value: unknown = JSON.parse(text);
  checkNames(text);
  return value;
}

const NAME_CHARACTERS_MAX = 64;

/** Checks the names of a text that is JSON. Throws ERR_GENESIS. */
function checkNames(text: string): void {
  /** Names of each object around this place, from the outermost on; of an array there are none. */
  const open: Set<string>[] = [];
  let last = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
    else if (character === ':') noteName(last, open.at(-1));
    else if (character === '"') {
      const start = at;
      at = endOfString(text, start);
      last = text.slice(start, at + 1);
    }
  }
}

/** The place of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Notes a name as it is written, quotes and escapes included. Throws ERR_GENESIS for one that is there already. */
function noteName(quoted: string, names: Set<string> | undefined): void {
  const name = String(JSON.parse(quoted));
  if (names?.has(name) === true) {
    const shown = JSON.stringify(name.slice(0, NAME_CHARACTERS_MAX));
    throw new ChainError('ERR_GENESIS', `an object has the field ${shown} twice`);
  }
  names?.add(name);
}
