/**
 * Lists in the form of a trust policy's lines: which logs a witness knows, and which witnesses a log asks.
 *
 * ```
 * log <verifier key> [<url>]                    the key's name is the log's origin; a log may have several keys
 * witness <name> <verifier key> <url>           the URL is the witness's submission prefix
 * ```
 *
 * Source: C2SP tlog-policy, of which a list has lines of one kind alone.
 */
import { formatHex, formatUtf8 } from '../bytes.ts';
import {
  OUTSIDE_WITNESS_COUNT_MAX,
  POLICY_NAME_BYTES_MAX,
  WITNESSED_LOG_COUNT_MAX,
} from './limits.ts';
import { placeOf } from './note.ts';
import { checkLimit, readPolicyLines, readUrl, refused, wordsBetween } from './policyLines.ts';
import { KEY_TYPE, type KeyType, parseVerifierKey, type VerifierKey } from './verifierKey.ts';
import type { WitnessedLogs } from './witness.ts';

/** A witness that is asked. */
export interface AskedWitness {
  /** Within the list; what is signed has the name of the key. */
  readonly name: string;
  readonly key: VerifierKey;
  /** Of its submission prefix, as it stands in the list. */
  readonly url: string;
}

/** Returns the logs of a list; there may be none. Throws ERR_LIMIT, or ERR_POLICY with the number of the line. */
export function parseLogList(bytes: Uint8Array): WitnessedLogs {
  const logs = new Map<string, readonly VerifierKey[]>();
  const keys = new Keys(KEY_TYPE.ed25519);
  readPolicyLines(bytes, (line) => {
    const [text = '', url] = wordsAfter('log', line, [1, 2]);
    readUrl(url);
    checkLimit('logs', keys.count + 1, WITNESSED_LOG_COUNT_MAX);
    const key = keys.read(text);
    logs.set(key.name, [...(logs.get(key.name) ?? []), key]);
  });
  return logs;
}

/** Returns the witnesses of a list; there may be none. Throws ERR_LIMIT, or ERR_POLICY with the number of the line. */
export function parseWitnessList(bytes: Uint8Array): readonly AskedWitness[] {
  const witnesses: AskedWitness[] = [];
  const keys = new Keys(KEY_TYPE.cosignature);
  readPolicyLines(bytes, (line) => {
    const [name = '', text = '', url = ''] = wordsAfter('witness', line, [3, 3]);
    checkLimit('witnesses', keys.count + 1, OUTSIDE_WITNESS_COUNT_MAX);
    checkLimit('bytes of a name', formatUtf8(name).length, POLICY_NAME_BYTES_MAX);
    if (witnesses.some((each) => each.name === name)) {
      throw refused('the name stands on a line before');
    }
    readUrl(url);
    witnesses.push({ name, key: keys.read(text), url });
  });
  return witnesses;
}

function wordsAfter(
  wanted: string,
  [keyword = '', ...words]: readonly string[],
  [min, max]: readonly [number, number],
): readonly string[] {
  if (keyword !== wanted) throw refused(`the first word is not ${wanted}`);
  return wordsBetween(words, min, max);
}

/** Keys of one list: each stands there once, and no two share name and id. */
class Keys {
  readonly #type: KeyType;
  readonly #seen = new Set<string>();
  count = 0;

  constructor(type: KeyType) {
    this.#type = type;
  }

  read(text: string): VerifierKey {
    const key = parseVerifierKey(text);
    if (key.type !== this.#type) {
      throw refused(`the key has signature type ${key.type} where ${this.#type} is wanted`);
    }
    for (const fact of [formatHex(key.publicKey), placeOf(key)]) {
      if (this.#seen.has(fact)) throw refused('the key, or one of its name and id, stands before');
      this.#seen.add(fact);
    }
    this.count += 1;
    return key;
  }
}
