/** Answers of the node, from JSON to checked types: what is missing or of another type is refused here. */
import type { Absent, Found } from '../../schemas/verify.ts';
import type { RangeAdvice, RangeAnswer } from './range.ts';

/** What the node knows of a hash. */
export type Finding = Found | Absent;

/** An answer that cannot be used, or none. */
export class NodeRefusal extends Error {
  override readonly name = 'NodeRefusal';
}

const FOUND_VERDICTS: ReadonlySet<unknown> = new Set([
  'registered_original',
  'same_picture_data',
  'declared_edit',
  'registered_revoked',
] satisfies Found['verdict'][]);
const ABSENT_VERDICTS: ReadonlySet<unknown> = new Set([
  'pending',
  'not_found',
] satisfies Absent['verdict'][]);

type Kind = 'string' | 'number' | 'text or null' | 'texts' | 'objects';

const FOUND_FIELDS: Partial<Readonly<Record<keyof Found, Kind>>> = {
  timestamp: 'number',
  block_height: 'number',
  block_time: 'number',
  trust_window_s: 'number',
  log_index: 'number',
  aggregator: 'string',
  tx_hash: 'string',
  authority: 'text or null',
  authority_name: 'text or null',
  statement: 'string',
  parents: 'texts',
  derivatives: 'texts',
  checked: 'texts',
  not_checked: 'texts',
  also_registered: 'objects',
};

/** Words of which the page says each in sentences of its own. */
const WORDS: Readonly<Record<'kind' | 'camera_signature' | 'authority_check', readonly string[]>> =
  {
    kind: ['camera', 'legacy', 'edit'] satisfies Found['kind'][],
    camera_signature: ['v1', 'v1n', 'v2', 'not_checkable'] satisfies Found['camera_signature'][],
    authority_check: ['reported', 'signed'] satisfies Found['authority_check'][],
  };

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind === 'text or null') return value === null || typeof value === 'string';
  if (kind === 'texts') return isTexts(value);
  if (kind === 'objects') return Array.isArray(value) && value.every(isObject);
  return typeof value === kind;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Returns what the node knows of a hash. Throws NodeRefusal where the answer is about another, or is none. */
export function parseFinding(json: unknown, hash: string): Finding {
  if (isObject(json) && json['image_hash'] === hash && isAsOf(json['as_of'])) {
    if (isAbsent(json) || isFoundAnswer(json)) return json;
  }
  throw new NodeRefusal('the answer is not one of a node');
}

function isAsOf(value: unknown): boolean {
  return isObject(value) && isOf('number', value['height']) && isOf('number', value['block_time']);
}

function isAbsent(json: Json): json is Json & Absent {
  return ABSENT_VERDICTS.has(json['verdict']) && typeof json['statement'] === 'string';
}

function isFoundAnswer(json: Json): json is Json & Found {
  const fields = Object.entries(FOUND_FIELDS);
  const words = Object.entries(WORDS);
  return (
    FOUND_VERDICTS.has(json['verdict']) &&
    fields.every(([name, kind]) => isOf(kind, json[name])) &&
    words.every(([name, known]) => known.includes(String(json[name])))
  );
}

/** Returns whether a hash is registered. */
export function isFound(finding: Finding): finding is Found {
  return FOUND_VERDICTS.has(finding.verdict);
}

/** Returns how many digits of a hash the node recommends to send, of how many records. Throws NodeRefusal. */
export function parseRangeAdvice(json: unknown): RangeAdvice {
  const { range_digits: digits, total_hashes: total } = isObject(json) ? json : {};
  if (typeof digits === 'number' && Number.isInteger(digits) && digits >= 1 && digits <= 8)
    return { digits, total: typeof total === 'number' ? total : undefined };
  throw new NodeRefusal('the node does not say how many digits to send');
}

/** Returns what the node answers about a prefix. Throws NodeRefusal. */
export function parseRange(json: unknown, prefix: string): RangeAnswer {
  if (isObject(json) && json['prefix'] === prefix) {
    const { total, suffixes } = json;
    if (typeof total === 'number' && isTexts(suffixes)) return { prefix, total, suffixes };
  }
  throw new NodeRefusal('the answer is not one of a node');
}
