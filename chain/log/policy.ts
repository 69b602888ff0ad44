/**
 * Trust policies: whose signatures make a checkpoint one to believe.
 *
 * ```
 * log <verifier key> [<url>]                    exactly one; the key's name is the log's origin
 * witness <name> <verifier key> [<url>]
 * group <name> <k|any|all> <member> …           k of these witnesses and groups, named on lines before
 * quorum <name|none>                            exactly one
 * ```
 *
 * Words are parted by spaces and tabs; empty lines and those that begin with `#` say nothing. A name is a member
 * once in the whole policy, so nobody counts twice.
 *
 * Stricter than the standard: one log, names and URLs are UTF-8, a key has one line, whatever it is for, and no two keys
 * share name and id.
 *
 * Source: C2SP tlog-policy.
 */
import { quorumSize } from '../consensus/quorum.ts';
import type { ValidatorSet } from '../validatorSet.ts';
import { type LogName, originOf } from './checkpoint.ts';
import { createVerifierKey, formatVerifierKey, KEY_TYPE, type VerifierKey } from './verifierKey.ts';

/** Who signs checkpoints as the log. */
export interface TrustedLog {
  /** Its name is the origin. */
  readonly key: VerifierKey;
  readonly url: string | undefined;
}

/** Somebody who cosigns. */
export interface Witness {
  /** Within the policy; what is signed has the name of the key. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly url: string | undefined;
}

/** Members, of which at least `threshold` have to have cosigned. */
export interface Group {
  readonly name: string;
  readonly threshold: number;
  /** Names of witnesses and groups, at least one. */
  readonly members: readonly string[];
}

/** A trust policy. */
export interface Policy {
  readonly log: TrustedLog;
  readonly witnesses: readonly Witness[];
  /** Each after its members. */
  readonly groups: readonly Group[];
  /** A witness or a group, or `none`: nobody has to cosign. */
  readonly quorum: string;
}

/** The name of a quorum that asks for nobody. */
export const NO_QUORUM = 'none';
/** The group of a network's validators. */
const VALIDATORS = 'pbft';

/** A network's log, and the key that signs for it. */
export interface NetworkLog extends LogName {
  /** Ed25519; every validator has it. */
  readonly logKey: Uint8Array;
}

/** Returns the key under which the network's log signs: its name is the origin. */
export function logKeyOf(log: NetworkLog): VerifierKey {
  return createVerifierKey(KEY_TYPE.ed25519, originOf(log), log.logKey);
}

/**
 * Returns the key under which a validator cosigns: its name is `<network>/<validator>`.
 *
 * The slash keeps a validator's name apart from the words of a policy, such as `none`.
 */
export function cosignerKeyOf(
  { network }: Pick<LogName, 'network'>,
  { name, cosignerKey }: Pick<ValidatorSet[number], 'name' | 'cosignerKey'>,
): VerifierKey {
  return createVerifierKey(KEY_TYPE.cosignature, `${network}/${name}`, cosignerKey);
}

/** Returns the policy of a network: its log, and the quorum of PBFT of its validators. */
export function policyOf(log: NetworkLog, validators: ValidatorSet): Policy {
  const witnesses = validators.map((validator) => {
    const key = cosignerKeyOf(log, validator);
    return { name: key.name, key, url: undefined };
  });
  const members = witnesses.map(({ name }) => name);
  const threshold = quorumSize(validators.length);
  return {
    log: { key: logKeyOf(log), url: undefined },
    witnesses,
    groups: [{ name: VALIDATORS, threshold, members }],
    quorum: VALIDATORS,
  };
}

/** Returns the text of a policy. */
export function formatPolicy({ log, witnesses, groups, quorum }: Policy): string {
  const lines = [
    ['log', formatVerifierKey(log.key), log.url],
    ...witnesses.map(({ name, key, url }) => ['witness', name, formatVerifierKey(key), url]),
    ...groups.map(({ name, threshold, members }) => ['group', name, String(threshold), ...members]),
    ['quorum', quorum],
  ];
  return lines.map((words) => `${words.filter((word) => word !== undefined).join(' ')}\n`).join('');
}

/**
 * Returns a smallest set of these cosigners that makes the quorum, as names of witnesses, or undefined where they do
 * not make it. The policy was parsed or made here.
 */
export function findQuorum(
  { witnesses, groups, quorum }: Policy,
  cosigned: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  if (quorum === NO_QUORUM) return new Set();
  // What each name needs; a group finds its members here, since their lines are before its own.
  const needed = new Map<string, readonly string[]>();
  for (const { name } of witnesses) if (cosigned.has(name)) needed.set(name, [name]);
  for (const { name, threshold, members } of groups) {
    const reached = members
      .map((member) => needed.get(member))
      .filter((cosigners) => cosigners !== undefined)
      .sort((a, b) => a.length - b.length);
    if (reached.length >= threshold) needed.set(name, reached.slice(0, threshold).flat());
  }
  const cosigners = needed.get(quorum);
  return cosigners === undefined ? undefined : new Set(cosigners);
}
