/**
 * A new Sigstore log: its keys, and a store that is begun for them.
 *
 * Its certificate, where one is wanted, is one for development: it stands under a CA whose key is thrown away. An
 * institution in earnest has `signer.key` certified by its own CA and puts `certificate.pem` beside it.
 */
import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ed25519PublicKey } from '#crypto';
import * as asn1js from 'asn1js';
import { Extension, GeneralName, GeneralNames } from 'pkijs';

import { createLevelLog } from '../../node/sigstore/levelLogStore.ts';
import { SIGSTORE_FILE } from '../../node/sigstore/sigstoreFiles.ts';
import { createKeyUsage, exportKey, generateKeyPair } from '../authority/certificate.ts';
import { formatPem } from '../authority/pem.ts';
import { createThrowawayCa } from '../authority/throwawayCa.ts';
import { createFile } from '../cli/files.ts';
import { CommandError } from '../cli/output.ts';

/** What a log is made with. */
export interface NewLogOptions {
  /** Name of the institution, in the certificate. */
  readonly name: string;
  /** URI by which clients know the institution; undefined: entries name the key, and there is no certificate. */
  readonly identity: string | undefined;
  /** PEM of what stands above the last certificate of TSA_CERT; undefined: that one is a root. */
  readonly tsaCa: string | undefined;
  readonly nowMs: number;
}

const OID = {
  extendedKeyUsage: '2.5.29.37',
  subjectAlternativeName: '2.5.29.17',
  codeSigning: '1.3.6.1.5.5.7.3.3',
} as const;
/** Type of a GeneralName that is a URI (RFC 5280, section 4.2.1.6). */
const URI_NAME = 6;
const DIGITAL_SIGNATURE = 0x80;
const DIR_MODE = 0o700;
const KEY_MODE = 0o600;

/** Makes a log in a folder that has none of its files yet; resolves to the certificate's CA as PEM, if there is one. */
export async function createLog(dir: string, options: NewLogOptions): Promise<string | undefined> {
  await mkdir(dir, { recursive: true, mode: DIR_MODE });
  const place = (what: keyof typeof SIGSTORE_FILE): string => join(dir, SIGSTORE_FILE[what]);
  const signer = await generateKeyPair();
  const signerKey = formatPem('PRIVATE KEY', await exportKey(signer.privateKey));
  await createFile(place('signer'), signerKey, KEY_MODE);
  const log = generateKeyPairSync('ed25519');
  const logKey = log.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  await createFile(place('log'), logKey, KEY_MODE);
  const certified = await certify(signer.publicKey, options);
  if (certified !== undefined) {
    await createFile(place('certificate'), certified.certificate + certified.ca);
  }
  if (options.tsaCa !== undefined) await createFile(place('tsaCa'), options.tsaCa);
  // Last: a node starts with no folder that is half made.
  const { d = '' } = log.privateKey.export({ format: 'jwk' });
  const begun = await createLevelLog(place('store'), ed25519PublicKey(Buffer.from(d, 'base64url')));
  if (!begun) throw new CommandError(`${place('store')} holds a log: a log keeps its key`);
  return certified?.ca;
}

async function certify(
  publicKey: webcrypto.CryptoKey,
  { name, identity, nowMs }: NewLogOptions,
): Promise<{ readonly certificate: string; readonly ca: string } | undefined> {
  if (identity === undefined) return undefined;
  const ca = await createThrowawayCa(name, nowMs);
  const certificate = await ca.certify({
    publicKey,
    purpose: 'photographs',
    extensions: [
      createKeyUsage(DIGITAL_SIGNATURE),
      createExtension(
        OID.extendedKeyUsage,
        new asn1js.Sequence({ value: [new asn1js.ObjectIdentifier({ value: OID.codeSigning })] }),
      ),
      createExtension(OID.subjectAlternativeName, nameOf(identity)),
    ],
  });
  return { certificate, ca: ca.certificate };
}

function nameOf(identity: string): asn1js.BaseBlock {
  return new GeneralNames({
    names: [new GeneralName({ type: URI_NAME, value: identity })],
  }).toSchema();
}

function createExtension(oid: string, value: asn1js.BaseBlock): Extension {
  return new Extension({ extnID: oid, critical: false, extnValue: value.toBER() });
}
