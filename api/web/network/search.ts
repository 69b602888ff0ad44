/** What the one search field and the addresses of this page name. */

/** Something that can be looked at. */
export type Place =
  | { readonly type: 'block'; readonly block: string }
  | { readonly type: 'blocks'; readonly from: number }
  /** A batch, and the first of its photographs that is listed, from 0. */
  | { readonly type: 'transaction'; readonly hash: string; readonly from: number }
  | { readonly type: 'photograph'; readonly hash: string }
  /** A hash of which nobody has said what it is of. */
  | { readonly type: 'hash'; readonly hash: string };

/** What was typed, or what is wrong with it. */
export type Query = { readonly place: Place } | { readonly problem: string };

const HEIGHT = /^\d{1,15}$/;
const HASH = /^[0-9a-f]{64}$/;

/** Returns what a text names: a height, with commas or without, or a hash. */
export function parseQuery(text: string): Query {
  const typed = text.trim().toLowerCase();
  const digits = typed.replaceAll(/[,_ ]/g, '');
  if (HEIGHT.test(digits)) return { place: { type: 'block', block: String(Number(digits)) } };
  if (typed === 'latest') return { place: { type: 'block', block: typed } };
  if (HASH.test(typed)) return { place: { type: 'hash', hash: typed } };
  if (typed === '') return { problem: 'Type a height or a hash.' };
  const isHex = /^(0x)?[0-9a-f]+$/.test(typed);
  return {
    problem: isHex
      ? `A hash has 64 hex digits; this has ${typed.replace('0x', '').length}.`
      : 'A height is a number, and a hash has 64 digits: 0 to 9 and the letters a to f.',
  };
}

/** Returns the part of this page's address that names a place. */
export function addressOf(place: Place): string {
  switch (place.type) {
    case 'block':
      return `#/block/${place.block}`;
    case 'blocks':
      return `#/blocks/${place.from}`;
    case 'transaction':
      return `#/transaction/${place.hash}${place.from === 0 ? '' : `/${place.from}`}`;
    default:
      return `#/${place.type}/${place.hash}`;
  }
}

type Reader = (value: string, from: string) => Place | undefined;

/** What an address may name, by its first word. */
const READERS: Readonly<Record<string, Reader>> = {
  block: (block) =>
    HEIGHT.test(block) || HASH.test(block) || block === 'latest'
      ? { type: 'block', block }
      : undefined,
  blocks: (from) => (HEIGHT.test(from) ? { type: 'blocks', from: Number(from) } : undefined),
  transaction: (hash, from) =>
    HASH.test(hash) && HEIGHT.test(from || '0')
      ? { type: 'transaction', hash, from: Number(from) }
      : undefined,
  photograph: (hash) => (HASH.test(hash) ? { type: 'photograph', hash } : undefined),
  hash: (hash) => (HASH.test(hash) ? { type: 'hash', hash } : undefined),
};

/** Returns the place that an address names; undefined where it names none. */
export function parseAddress(fragment: string): Place | undefined {
  const [, type = '', value = '', from = ''] = /^#\/(\w+)\/(\w+)(?:\/(\w+))?$/.exec(fragment) ?? [];
  // A batch alone is listed page by page.
  if (!Object.hasOwn(READERS, type) || (from !== '' && type !== 'transaction')) return undefined;
  return READERS[type]?.(value, from);
}
