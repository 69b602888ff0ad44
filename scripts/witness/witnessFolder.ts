/** The files of an institution that becomes a witness of other logs: a key, and a list of logs that is still empty. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ed25519PublicKey } from '#crypto';

import { createVerifierKey, formatVerifierKey, KEY_TYPE } from '../../chain/log/verifierKey.ts';
import { writeKeyFile } from '../../node/keys.ts';
import { createFile } from '../cli/files.ts';

/** Names of the files. */
export const WITNESS_FILE = { key: 'key.pem', logs: 'logs.txt' } as const;

const DIR_MODE = 0o700;
const SECRET_BYTES = 32;

const NO_LOGS = `# Logs that this institution witnesses, one a line:
#   log <verifier key>
# A node of another network shows its verifier key at /log.vkey. Restart the node after a change.
`;

/** Whose files are made. */
export interface WitnessNaming {
  readonly dir: string;
  /** Of the key. */
  readonly name: string;
  /** Undefined writes the key in the clear, readable by its owner alone. */
  readonly passphrase?: string | undefined;
}

/** Makes the files in a folder that has none of them yet; resolves to the witness's verifier key. */
export async function createWitness({ dir, name, passphrase }: WitnessNaming): Promise<string> {
  const secret = new Uint8Array(randomBytes(SECRET_BYTES));
  const key = createVerifierKey(KEY_TYPE.cosignature, name, ed25519PublicKey(secret));
  await mkdir(dir, { recursive: true, mode: DIR_MODE });
  await writeKeyFile(join(dir, WITNESS_FILE.key), { purpose: 'witness', secret }, passphrase);
  await createFile(join(dir, WITNESS_FILE.logs), NO_LOGS);
  return formatVerifierKey(key);
}
