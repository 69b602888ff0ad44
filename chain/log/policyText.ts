/** Reads the text of a trust policy, which a stranger may have written; what it means stands in `policy.ts`. */
import { formatHex, formatUtf8 } from '../bytes.ts';
import { parseDecimal } from './decimal.ts';
import {
  POLICY_GROUP_COUNT_MAX,
  POLICY_GROUP_DEPTH_MAX,
  POLICY_NAME_BYTES_MAX,
  POLICY_WITNESS_COUNT_MAX,
} from './limits.ts';
import { placeOf } from './note.ts';
import { type Group, NO_QUORUM, type Policy, type TrustedLog, type Witness } from './policy.ts';
import { checkLimit, readPolicyLines, readUrl, refused, wordsBetween } from './policyLines.ts';
import { type KeyType, KEY_TYPE, parseVerifierKey, type VerifierKey } from './verifierKey.ts';

/**
 * Returns the policy of a text. Each line ends with a line feed.
 *
 * Throws ERR_LIMIT, or ERR_POLICY with the number of the line.
 */
export function parsePolicy(bytes: Uint8Array): Policy {
  const draft = new Draft();
  readPolicyLines(bytes, (words) => {
    draft.add(words);
  });
  return draft.finish();
}

/** A policy, line by line. */
class Draft {
  readonly #logs: TrustedLog[] = [];
  readonly #witnesses: Witness[] = [];
  readonly #groups: Group[] = [];
  #quorum: string | undefined;

  /** Names with the depth of their groups, 0 for a witness. */
  readonly #depths = new Map<string, number>();
  readonly #members = new Set<string>();
  readonly #publicKeys = new Set<string>();
  /** Names and ids of keys: two of one place could not be told apart in a note. */
  readonly #places = new Set<string>();

  /** Reads the words of a line, of which there is one at least. Throws ChainError. */
  add([keyword = '', ...words]: readonly string[]): void {
    switch (keyword) {
      case 'log':
        this.#addLog(words);
        return;
      case 'witness':
        this.#addWitness(words);
        return;
      case 'group':
        this.#addGroup(words);
        return;
      case 'quorum':
        this.#setQuorum(words);
        return;
      default:
        throw refused('the first word is none of log, witness, group and quorum');
    }
  }

  /** Returns the policy. Throws ERR_POLICY where a line is missing. */
  finish(): Policy {
    const [log] = this.#logs;
    if (log === undefined) throw refused('no line says which log is trusted');
    if (this.#quorum === undefined) throw refused('no line says what the quorum is');
    return { log, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum };
  }

  #addLog(words: readonly string[]): void {
    const [text, url] = wordsBetween(words, 1, 2);
    if (this.#logs.length > 0) throw refused('there is a second log');
    const key = this.#readKey(text, KEY_TYPE.ed25519);
    this.#logs.push({ key, url: readUrl(url) });
  }

  #addWitness(words: readonly string[]): void {
    const [name, text, url] = wordsBetween(words, 2, 3);
    checkLimit('witnesses', this.#witnesses.length + 1, POLICY_WITNESS_COUNT_MAX);
    const key = this.#readKey(text, KEY_TYPE.cosignature);
    this.#define(name, 0);
    this.#witnesses.push({ name: name ?? '', key, url: readUrl(url) });
  }

  #addGroup(words: readonly string[]): void {
    const [name = '', wanted = '', ...members] = wordsBetween(words, 3, Infinity);
    checkLimit('groups', this.#groups.length + 1, POLICY_GROUP_COUNT_MAX);
    const depth = 1 + Math.max(...members.map((member) => this.#takeMember(member)));
    checkLimit('groups within groups', depth, POLICY_GROUP_DEPTH_MAX);
    this.#define(name, depth);
    this.#groups.push({ name, threshold: readThreshold(wanted, members.length), members });
  }

  #setQuorum(words: readonly string[]): void {
    const [name = ''] = wordsBetween(words, 1, 1);
    if (this.#quorum !== undefined) throw refused('there is a second quorum');
    if (name !== NO_QUORUM && !this.#depths.has(name)) {
      throw refused('the quorum is neither none nor named on a line before');
    }
    this.#quorum = name;
  }

  /** A key may stand for one thing only: whoever signs twice is still one. */
  #readKey(text: string | undefined, type: KeyType): VerifierKey {
    const key = parseVerifierKey(text ?? '');
    if (key.type !== type) {
      throw refused(`the key has signature type ${key.type} where ${type} is wanted`);
    }
    const publicKey = formatHex(key.publicKey);
    if (this.#publicKeys.has(publicKey)) throw refused('the key stands on a line before');
    this.#publicKeys.add(publicKey);
    if (this.#places.has(placeOf(key))) throw refused('a key before has the same name and id');
    this.#places.add(placeOf(key));
    return key;
  }

  #define(name: string | undefined, depth: number): void {
    if (name === undefined || name === NO_QUORUM || this.#depths.has(name)) {
      throw refused('the name is none, or stands on a line before');
    }
    checkLimit('bytes of a name', formatUtf8(name).length, POLICY_NAME_BYTES_MAX);
    this.#depths.set(name, depth);
  }

  /** Returns the depth of a member. */
  #takeMember(name: string): number {
    const depth = this.#depths.get(name);
    if (depth === undefined) throw refused('a member is not named on a line before');
    if (this.#members.has(name)) throw refused('a member is one already, here or of another group');
    this.#members.add(name);
    return depth;
  }
}

function readThreshold(text: string, memberCount: number): number {
  if (text === 'any') return 1;
  if (text === 'all') return memberCount;
  const threshold = parseDecimal(text);
  if (threshold < 1 || threshold > memberCount) {
    throw refused(`${threshold} of ${memberCount} members cannot be asked for`);
  }
  return threshold;
}
