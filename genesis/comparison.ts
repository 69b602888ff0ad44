/**
 * What differs between two geneses, field by field.
 *
 * Validators are matched by name, then by consensus key, authorities by id: one that was added or renamed
 * is named as such, and does not make all that follow it differ.
 */
import { sha256 } from '#crypto';

import { equalBytes, formatHex, formatUtf8 } from '../chain/bytes.ts';
import type { Validator } from '../chain/validatorSet.ts';
import { chainIdOf, formatGenesis, type Genesis } from './document.ts';
import { fieldsOf, isObject } from './json.ts';
import { formatValidator } from './validatorJson.ts';

type Fields = Readonly<Record<string, unknown>>;

const TEXT_CHARACTERS_MAX = 200;
const IDENTITIES: Readonly<Record<string, readonly string[]>> = {
  validators: ['name', 'consensus_key'],
  authorities: ['id'],
};

/** Returns what differs between two geneses, a line each; empty where nothing does. */
export function compareGenesis(ours: Genesis, theirs: Genesis): readonly string[] {
  if (equalBytes(chainIdOf(ours), chainIdOf(theirs))) return [];
  const mine = contentOf(ours);
  const other = contentOf(theirs);
  return Object.keys(mine).flatMap((name) => {
    const identities = IDENTITIES[name];
    return identities === undefined
      ? compare(name, mine[name], other[name])
      : compareMembers(name, [listOf(mine[name]), listOf(other[name])], identities);
  });
}

/** Returns what differs between two entries of a validator, a line each. */
export function compareValidators(ours: Validator, theirs: Validator): readonly string[] {
  return compare(ours.name, formatValidator(ours), formatValidator(theirs));
}

function contentOf(genesis: Genesis): Fields {
  const {
    chain_id: _id,
    signatures: _signatures,
    ...content
  } = formatGenesis({
    genesis,
    signatures: [],
  });
  return content;
}

function compareMembers(
  name: string,
  [ours, theirs]: readonly [readonly Fields[], readonly Fields[]],
  identities: readonly string[],
): readonly string[] {
  const label = identities[0] ?? '';
  const pairs = new Map<Fields, Fields>();
  const free = new Set(theirs);
  for (const identity of identities) {
    for (const each of ours.filter((member) => !pairs.has(member))) {
      const found = [...free].find((member) => member[identity] === each[identity]);
      if (found === undefined) continue;
      pairs.set(each, found);
      free.delete(found);
    }
  }
  const at = (member: Fields): string => `${name}[${String(member[label])}]`;
  const here = ours.filter((each) => !pairs.has(each)).map((each) => `${at(each)}: only here`);
  const there = [...free].map((each) => `${at(each)}: only there`);
  const changed = [...pairs].flatMap(([mine, other]) => compare(at(mine), mine, other));
  return [...changed, ...here, ...there, ...compareOrder(name, ours, { theirs, pairs })];
}

/** The order counts: it gives votes their index. It is told only where all members are in both. */
function compareOrder(
  name: string,
  ours: readonly Fields[],
  { theirs, pairs }: { readonly theirs: readonly Fields[]; readonly pairs: Map<Fields, Fields> },
): readonly string[] {
  if (ours.length !== theirs.length || pairs.size !== ours.length) return [];
  const isSame = ours.every((each, i) => pairs.get(each) === theirs[i]);
  return isSame ? [] : [`${name}: in another order`];
}

function compare(path: string, ours: unknown, theirs: unknown): readonly string[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const count = Math.max(ours.length, theirs.length);
    return Array.from({ length: count }).flatMap((_each, i) =>
      compare(`${path}[${i}]`, ours[i], theirs[i]),
    );
  }
  if (isObject(ours) && isObject(theirs)) {
    return Object.keys(ours).flatMap((name) =>
      compare(`${path}.${name}`, ours[name], theirs[name]),
    );
  }
  const [mine, other] = [valueText(ours), valueText(theirs)];
  return mine === other ? [] : [`${path}: ${mine} here, ${other} there`];
}

function valueText(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length <= TEXT_CHARACTERS_MAX
    ? text
    : `text with SHA-256 ${formatHex(sha256(formatUtf8(text)))}`;
}

function listOf(json: unknown): readonly Fields[] {
  return Array.isArray(json) ? json.map(fieldsOf) : [];
}
