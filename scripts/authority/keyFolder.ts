/**
 * The authority's folder: what must be kept, and kept secret.
 *
 * | file               | what                                          | mode |
 * | ------------------ | --------------------------------------------- | ---- |
 * | ca.pem             | CA private key and certificate                | 0600 |
 * | verdict.pem        | Ed25519 private key that signs verdicts       | 0600 |
 * | key-tables.secret  | hex of the secret behind all key tables       | 0600 |
 * | admin.token        | bearer token of the administrator's routes    | 0600 |
 * | authority.json     | the entry for a chain's registry; public      | 0644 |
 * | devices/           | the register of cameras (LevelDB)             |      |
 *
 * A file that is absent is made at the start; one that is there is never replaced, but authority.json.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { formatHex, parseHex } from '../../chain/bytes.ts';
import { createSigner, type Signer } from '../../chain/signature.ts';
import { type Ca, createCaPem, type Manufacturer, openCa } from './ca.ts';
import { readIfPresent, syncFolder, writeDurably } from './durableFile.ts';
import { StartError } from './errors.ts';
import { createKeyTables, type KeyTables, MASTER_KEY_BYTES } from './keyTables.ts';
import type { Log } from './log.ts';

/** The secrets of a folder, ready for use. */
export interface Keys {
  readonly ca: Ca;
  readonly tables: KeyTables;
  readonly sign: Signer;
  /** PEM of the Ed25519 key with which nodes check verdicts. */
  readonly verdictKeyPem: string;
  readonly adminToken: string;
}

const FOLDER_MODE = 0o700;
const OTHERS = 0o077;
const TOKEN_BYTES = 32;

/** Makes the folder where absent, for its owner only. One that others can read is left and warned of. */
export async function createFolder(folder: string, log: Log): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  await syncFolder(path.dirname(path.resolve(folder)));
  if (((await stat(folder)).mode & OTHERS) !== 0) {
    log.warn({}, 'the folder of the authority can be read by other users of this machine');
  }
}

/**
 * Resolves to the keys in an existing folder; those that are absent are made.
 *
 * Rejects with ERR_FOLDER_DAMAGED if a file cannot be read as what it should be.
 */
export async function openKeys(
  folder: string,
  manufacturer: Manufacturer,
  clock: () => number,
): Promise<Keys> {
  const nowS = Math.floor(clock() / 1_000);
  const verdictKey = await open(folder, 'verdict.pem', {
    create: () => exportPem(generateKeyPairSync('ed25519').privateKey),
    read: (text) => createPrivateKey(text),
  });
  return {
    ca: await open(folder, 'ca.pem', {
      create: () => createCaPem(manufacturer, nowS),
      read: openCa,
    }),
    tables: await open(folder, 'key-tables.secret', {
      create: () => drawHex(MASTER_KEY_BYTES),
      read: (text) => createKeyTables(readSecret(text, MASTER_KEY_BYTES)),
    }),
    adminToken: await open(folder, 'admin.token', {
      create: () => drawHex(TOKEN_BYTES),
      read: (text) => formatHex(readSecret(text, TOKEN_BYTES)),
    }),
    sign: createSigner(seedOf(verdictKey)),
    verdictKeyPem: createPublicKey(verdictKey).export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/** How a file of the folder is made, and what it means. */
interface Kind<T> {
  readonly create: () => string | Promise<string>;
  readonly read: (text: string) => T | Promise<T>;
}

async function open<T>(folder: string, name: string, { create, read }: Kind<T>): Promise<T> {
  const file = path.join(folder, name);
  let text = await readIfPresent(file);
  if (text === undefined) {
    text = await create();
    await writeDurably(file, text);
  }
  try {
    return await read(text);
  } catch (cause) {
    throw new StartError(
      'ERR_FOLDER_DAMAGED',
      `${file} cannot be read; put back your copy of it, or start with another folder`,
      { cause },
    );
  }
}

function exportPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function drawHex(size: number): string {
  return `${formatHex(randomBytes(size))}\n`;
}

function readSecret(text: string, size: number): Uint8Array {
  const secret = parseHex(text.trim());
  if (secret.length !== size) throw new Error(`${secret.length} bytes in place of ${size}`);
  return secret;
}

function seedOf(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the key is not Ed25519');
  return new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));
}
