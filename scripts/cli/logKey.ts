/**
 * The log's secret key on its way from the coordinator to the institutions: an age file that each of them
 * can open (https://age-encryption.org/v1), and nobody else.
 *
 * An institution's X25519 key is made from its commitment key, so that there is no further secret to keep:
 * whoever has restored the keys folder can open the file again.
 */
import { webcrypto } from 'node:crypto';

import { armor, Decrypter, Encrypter, identityToRecipient } from 'age-encryption';

import { concatBytes, formatHex, parseHex } from '../../chain/bytes.ts';
import { hashDomain } from '../../chain/hash.ts';
import { KEY_BYTES } from '../../chain/signature.ts';

const PKCS8_X25519 = parseHex('302e020100300506032b656e04220420');

/** Returns the recipient of whoever holds this commitment key: `age1…`. */
export async function recipientOf(commitment: Uint8Array): Promise<string> {
  return identityToRecipient(await identityOf(commitment));
}

/** Resolves to whether something can be sealed for a recipient that a stranger named. */
export async function isRecipient(text: string): Promise<boolean> {
  try {
    const encrypter = new Encrypter();
    encrypter.addRecipient(text);
    await encrypter.encrypt('');
    return true;
  } catch {
    return false; // A checksum that is wrong, or a point of small order.
  }
}

/** Returns the log's secret key, sealed for these recipients, each of which is one. */
export async function sealLogKey(
  secret: Uint8Array,
  recipients: readonly string[],
): Promise<string> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(`${formatHex(secret)}\n`));
}

/** Returns the log's secret key of a sealed file; undefined if it was not sealed for this institution. */
export async function openLogKey(
  sealed: string,
  commitment: Uint8Array,
): Promise<Uint8Array | undefined> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(await identityOf(commitment));
  try {
    const secret = parseHex((await decrypter.decrypt(armor.decode(sealed), 'text')).trimEnd());
    return secret.length === KEY_BYTES ? secret : undefined;
  } catch {
    return undefined; // Whatever the package throws: there is nothing in it for this key.
  }
}

async function identityOf(commitment: Uint8Array): Promise<webcrypto.CryptoKey> {
  const pkcs8 = concatBytes(PKCS8_X25519, hashDomain('recipient', commitment));
  return webcrypto.subtle.importKey('pkcs8', pkcs8, { name: 'X25519' }, false, ['deriveBits']);
}
