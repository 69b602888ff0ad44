/**
 * A validator's keys, each in a file of its own that only its owner may read. An observer has `network.pem` alone.
 *
 * | file             | kind                | used for                                        |
 * | ---------------- | ------------------- | ----------------------------------------------- |
 * | consensus.pem    | Ed25519, PKCS #8    | votes and batches, under separate domains       |
 * | cosigner.pem     | Ed25519, PKCS #8    | cosignatures over checkpoints                   |
 * | network.pem      | Ed25519, PKCS #8    | libp2p                                          |
 * | publisher.pem    | Ed25519, PKCS #8    | the log's own signature; one for the network,   |
 * |                  |                     | which the ceremony puts here                    |
 * | commitment.key   | 32 bytes in hex     | salts of device commitments, and receipt ids    |
 *
 * They are separate because the formats of the last ones carry no domain of ours. With a passphrase each
 * file is an armored age file (https://age-encryption.org/v1) around the same text.
 */
import { createPrivateKey, randomBytes } from 'node:crypto';
import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { join } from 'node:path';

import { ed25519PublicKey } from '#crypto';
import { armor, Decrypter, Encrypter } from 'age-encryption';

import { formatHex, parseHex } from '../chain/bytes.ts';

/** Names of the key files, by purpose. */
export const KEY_FILES = {
  consensus: 'consensus.pem',
  cosigner: 'cosigner.pem',
  network: 'network.pem',
  publisher: 'publisher.pem',
  commitment: 'commitment.key',
} as const;
/** What a key is for. */
export type KeyPurpose = keyof typeof KEY_FILES;
/** What a key file may be for: a witness's lies where its setting says. */
export type KeyFilePurpose = KeyPurpose | 'witness';

const PURPOSES = Object.keys(KEY_FILES) as KeyPurpose[];
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;
const KEY_ID_DIGITS = 16;
const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;
/** Binary logarithm of scrypt's cost: about 0.3 s for each of the five files, at each start. */
const SCRYPT_WORK_FACTOR = 16;

/** The 32-byte secrets of a validator: Ed25519 seeds, and the commitment key. */
export type Keys = Readonly<Record<KeyPurpose, Uint8Array>>;

/** The secret of an observer. */
export type ObserverKeys = Pick<Keys, 'network'>;

/** The public half of what a validator signs with, 32 bytes each. */
export type PublicKeys = Readonly<Record<Exclude<KeyPurpose, 'commitment'>, Uint8Array>>;

/** A key file that cannot be used, with what to do about it. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code = 'ERR_KEYS';
}

/** Returns fresh keys of a validator from the system's randomness. */
export function generateKeys(): Keys {
  return Object.fromEntries(PURPOSES.map((purpose) => [purpose, generateSecret()])) as Keys;
}

/** Returns the fresh key of an observer. */
export function generateObserverKeys(): ObserverKeys {
  return { network: generateSecret() };
}

function generateSecret(): Uint8Array {
  return new Uint8Array(randomBytes(SEED_BYTES));
}

/** Returns the public half. */
export function publicKeysOf(keys: Keys): PublicKeys {
  return {
    consensus: ed25519PublicKey(keys.consensus),
    cosigner: ed25519PublicKey(keys.cosigner),
    network: ed25519PublicKey(keys.network),
    publisher: ed25519PublicKey(keys.publisher),
  };
}

/**
 * Writes key files into a folder that has none yet. Throws a KeyError where it has: a key is never overwritten.
 *
 * @param passphrase - undefined writes them in the clear, readable by their owner alone.
 */
export async function writeKeys(
  dir: string,
  keys: Keys | ObserverKeys,
  passphrase?: string,
): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const present = new Set(await readdir(dir));
  const found = PURPOSES.find((purpose) => present.has(KEY_FILES[purpose]));
  // Before anything is written: half of two sets of keys is of no use.
  if (found !== undefined) {
    throw new KeyError(`${join(dir, KEY_FILES[found])} exists: keys are never overwritten`);
  }
  for (const [purpose, secret] of Object.entries(keys) as [KeyPurpose, Uint8Array][]) {
    await writeKeyFile(join(dir, KEY_FILES[purpose]), { purpose, secret }, passphrase);
  }
}

/** A 32-byte secret and what it is for. */
export interface Key {
  readonly purpose: KeyPurpose;
  readonly secret: Uint8Array;
}

/** A secret for a file of its own. */
export interface FiledKey {
  readonly purpose: KeyFilePurpose;
  readonly secret: Uint8Array;
}

/** Writes a key into a file that does not exist yet; durable when it resolves. Rejects with a KeyError. */
export async function writeKeyFile(
  path: string,
  key: FiledKey,
  passphrase?: string,
): Promise<void> {
  const text = await seal(formatKey(key.purpose, key.secret), passphrase);
  const file = await open(path, 'wx', OWNER_ONLY).catch((cause: unknown) => {
    throw new KeyError(`cannot create ${path}: keys are never overwritten`, { cause });
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Puts another key in the place of one in a folder, whole or not at all.
 *
 * The one that stood there stays under its public key, as `publisher-1f0c….pem`: no key is ever lost.
 */
export async function replaceKey(dir: string, key: Key, passphrase?: string): Promise<void> {
  const path = join(dir, KEY_FILES[key.purpose]);
  const before = await readKeyFile(path, key.purpose, passphrase);
  const id = formatHex(ed25519PublicKey(before)).slice(0, KEY_ID_DIGITS);
  const kept = path.replace(/(?=\.[a-z]+$)/, `-${id}`);
  await copyFile(path, kept);
  const next = `${path}.next`;
  await rm(next, { force: true });
  await writeKeyFile(next, key, passphrase);
  await rename(next, path);
}

/** Reads all keys of a validator's folder. Throws a KeyError that names the file and what to do. */
export async function readKeys(dir: string, passphrase?: string): Promise<Keys> {
  const entries: [KeyPurpose, Uint8Array][] = [];
  for (const purpose of PURPOSES) {
    entries.push([purpose, await readKeyFile(join(dir, KEY_FILES[purpose]), purpose, passphrase)]);
  }
  return Object.fromEntries(entries) as Keys;
}

/** Reads the key of an observer's folder. Throws a KeyError that names the file and what to do. */
export async function readObserverKeys(dir: string, passphrase?: string): Promise<ObserverKeys> {
  return { network: await readKeyFile(join(dir, KEY_FILES.network), 'network', passphrase) };
}

/** Reads one key. Throws a KeyError that names the file and what to do. */
export async function readKeyFile(
  path: string,
  purpose: KeyFilePurpose,
  passphrase?: string,
): Promise<Uint8Array> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    const command = purpose === 'witness' ? 'birthmark witness create' : 'birthmark keys create';
    throw new KeyError(`cannot read ${path}: make keys with "${command}"`, { cause });
  });
  if ((mode & GROUP_AND_OTHERS) !== 0) {
    throw new KeyError(`${path} can be read by others: run "chmod 600 ${path}"`);
  }
  const text = await unseal(await readFile(path, 'utf8'), path, passphrase);
  const seed = parseKey(purpose, text);
  if (seed === undefined) throw new KeyError(`${path} does not hold a ${purpose} key`);
  return seed;
}

function formatKey(purpose: KeyFilePurpose, seed: Uint8Array): string {
  if (purpose === 'commitment') return `${formatHex(seed)}\n`;
  const key = Buffer.concat([PKCS8_ED25519, seed]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}

function parseKey(purpose: KeyFilePurpose, text: string): Uint8Array | undefined {
  try {
    if (purpose === 'commitment') {
      const key = parseHex(text.trim());
      return key.length === SEED_BYTES ? key : undefined;
    }
    const der = createPrivateKey(text).export({ format: 'der', type: 'pkcs8' });
    const isEd25519 = der.subarray(0, PKCS8_ED25519.length).equals(PKCS8_ED25519);
    return isEd25519 ? new Uint8Array(der.subarray(PKCS8_ED25519.length)) : undefined;
  } catch {
    return undefined;
  }
}

async function seal(text: string, passphrase: string | undefined): Promise<string> {
  if (passphrase === undefined) return text;
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(SCRYPT_WORK_FACTOR);
  return armor.encode(await encrypter.encrypt(text));
}

async function unseal(text: string, path: string, passphrase: string | undefined): Promise<string> {
  if (!text.startsWith('-----BEGIN AGE ENCRYPTED FILE-----')) return text;
  if (passphrase === undefined) {
    throw new KeyError(
      `${path} is encrypted: name a file with its passphrase, as --passphrase-file or in KEYS_PASSPHRASE_FILE`,
    );
  }
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(armor.decode(text), 'text');
  } catch (cause) {
    throw new KeyError(`${path} cannot be decrypted: the passphrase is another one`, { cause });
  }
}
