/** Whether genesis and keys are there, are whole, and are those of one validator, or of an observer. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { formatHex } from '../../chain/bytes.ts';
import { quorumSize } from '../../chain/consensus/quorum.ts';
import { ChainError } from '../../chain/errors.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import { chainIdOf, type Genesis } from '../../genesis/document.ts';
import { checkGenesisSignatures } from '../../genesis/signatures.ts';
import type { Config } from '../../node/config.ts';
import { NodeError } from '../../node/errors.ts';
import { findObserver, findSelf, readPassphrase } from '../../node/identity.ts';
import {
  KEY_FILES,
  KeyError,
  type KeyPurpose,
  type Keys,
  type ObserverKeys,
  readKeyFile,
} from '../../node/keys.ts';
import { readGenesis } from '../cli/files.ts';
import { CommandError } from '../cli/output.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Who the node is, as far as that can be found out. */
export interface KnownIdentity {
  readonly genesis: Genesis | undefined;
  readonly validator: Validator | undefined;
  /** Whether it is known to be an observer. */
  readonly isObserver: boolean;
  readonly findings: readonly Finding[];
}

const PURPOSES = Object.keys(KEY_FILES) as KeyPurpose[];
const GET_GENESIS =
  'copy the genesis document of your network there, unchanged, or name its place in GENESIS';
const GET_KEYS =
  'restore the key files of this validator from their backup, or name their folder in KEYS_DIR; ' +
  'keys that are made anew are another validator';

/** Examines genesis and keys. */
export async function examineIdentity(config: Config, nowMs: number): Promise<KnownIdentity> {
  const document = await examineGenesis(config, nowMs);
  const own = await examineKeys(config);
  const fit = examineFit(config, document.genesis, own.keys);
  return {
    genesis: document.genesis,
    validator: fit.validator,
    isObserver: fit.isObserver,
    findings: [...document.findings, ...own.findings, ...fit.findings],
  };
}

async function examineGenesis(
  { genesisPath }: Config,
  nowMs: number,
): Promise<Pick<KnownIdentity, 'genesis' | 'findings'>> {
  try {
    const signed = await readGenesis(genesisPath);
    const { genesis } = signed;
    return { genesis, findings: [...examineSignatures(signed), ...examineStart(genesis, nowMs)] };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const findings = [problem('genesis', error.message, GET_GENESIS)];
    return { genesis: undefined, findings };
  }
}

function examineSignatures(signed: Awaited<ReturnType<typeof readGenesis>>): readonly Finding[] {
  const { genesis, signatures } = signed;
  const count = genesis.validators.length;
  try {
    checkGenesisSignatures(signed);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const remedy =
      'take the document that the institutions have signed, or have them sign this one';
    return [problem('genesis', error.message, remedy)];
  }
  const what =
    `chain ${formatHex(chainIdOf(genesis))}, network ${genesis.network}, ${count} validators ` +
    `(quorum ${quorumSize(count)}), ${signatures.length} signatures`;
  return [ok('genesis', what)];
}

function examineStart({ timestampMs }: Genesis, nowMs: number): readonly Finding[] {
  if (timestampMs <= nowMs) return [];
  const time = new Date(timestampMs).toISOString();
  const what = `the chain begins at ${time}, which is ahead of this machine's clock`;
  return [note('genesis', what, 'look whether the clock of this machine is right')];
}

interface FoundKeys {
  /** All that this node must have. */
  readonly keys: Keys | ObserverKeys | undefined;
  readonly findings: readonly Finding[];
}

async function examineKeys(config: Config): Promise<FoundKeys> {
  const { keysDir } = config;
  const purposes: readonly KeyPurpose[] = config.observer ? ['network'] : PURPOSES;
  const found: [KeyPurpose, Uint8Array][] = [];
  const findings: Finding[] = [];
  try {
    const passphrase = await readPassphrase(config.keysPassphraseFile);
    for (const purpose of purposes) {
      try {
        found.push([
          purpose,
          await readKeyFile(join(keysDir, KEY_FILES[purpose]), purpose, passphrase),
        ]);
      } catch (error) {
        findings.push(keyProblem(error, join(keysDir, KEY_FILES[purpose])));
      }
    }
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    findings.push(problem('keys', error.message, 'name the file in KEYS_PASSPHRASE_FILE'));
  }
  if (findings.length > 0) return { keys: undefined, findings };
  const what = `${found.length} key files in ${keysDir}, readable by their owner alone`;
  return { keys: Object.fromEntries(found) as Keys, findings: [ok('keys', what)] };
}

function keyProblem(error: unknown, path: string): Finding {
  if (!(error instanceof KeyError)) throw error;
  if (!existsSync(path)) return problem('keys', `${path} is not there`, GET_KEYS);
  // The others say themselves what to do, but for a file that holds something else.
  const isOther = error.message.includes('does not hold');
  return problem('keys', error.message, isOther ? GET_KEYS : undefined);
}

const NOBODY = { validator: undefined, isObserver: false };

function isWhole(keys: Keys | ObserverKeys): keys is Keys {
  return 'consensus' in keys;
}

function examineFit(
  config: Config,
  genesis: Genesis | undefined,
  keys: FoundKeys['keys'],
): Omit<KnownIdentity, 'genesis'> {
  if (genesis === undefined || keys === undefined) {
    const what = 'cannot be compared before both the genesis and the keys can be read';
    return { ...NOBODY, findings: [note('identity', what)] };
  }
  try {
    if (!isWhole(keys)) {
      const peerId = findObserver(genesis, keys.network, config);
      const what = `observer ${peerId}, which validators name in their P2P_OBSERVERS`;
      return { validator: undefined, isObserver: true, findings: [ok('identity', what)] };
    }
    const validator = findSelf(genesis, keys, config);
    const findings = [ok('identity', `validator ${validator.name}`)];
    return { validator, isObserver: false, findings };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    const remedy =
      'name the keys of a validator of this genesis in KEYS_DIR, or the genesis that names these keys in GENESIS';
    return { ...NOBODY, findings: [problem('identity', error.message, remedy)] };
  }
}
