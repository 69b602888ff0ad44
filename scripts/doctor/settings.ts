/** Whether this machine can run the node, and whether its settings can be used. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

import { type Config, ConfigError, readConfig } from '../../node/config.ts';
import type { Environment } from '../../node/settingReader.ts';
import { NodeError } from '../../node/errors.ts';
import { readSigstoreKeys, SIGSTORE_FILE } from '../../node/sigstore/sigstoreFiles.ts';
import { readTimestampKey } from '../../node/timestamp/tsaFiles.ts';
import { type Finding, note, ok, problem, reasonOf } from './finding.ts';

/** The oldest Node that runs this software, as package.json says. */
export const NODE_MAJOR_MIN = 24;

/** Examines the version of Node. */
export function examineNodeVersion(version: string): Finding {
  return Number.parseInt(version, 10) >= NODE_MAJOR_MIN
    ? ok('node', `Node ${version}`)
    : problem(
        'node',
        `Node ${version} is too old`,
        `install Node ${NODE_MAJOR_MIN} or later, or start with "npx birthmark", which brings its own`,
      );
}

/** Examines the settings; there is a configuration only where they can be used. */
export function examineSettings(
  environment: Environment,
  baseDir: string,
): { readonly config: Config | undefined; readonly findings: readonly Finding[] } {
  try {
    const config = readConfig(environment, baseDir);
    return { config, findings: [ok('settings', 'all settings can be used')] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy =
      'change it in node.env or in the environment; "birthmark start --help" lists all';
    const findings = error.problems.map((each) => problem('settings', each, remedy));
    return { config: undefined, findings };
  }
}

const DAY_MS = 86_400_000;
/** A CA may need weeks to renew a certificate. */
const TSA_DAYS_LEFT_MIN = 30;

/** Examines certificate and key of time stamps, where they are set. */
export async function examineTimestamps(
  { tsa }: Config,
  nowMs: number,
): Promise<readonly Finding[]> {
  if (tsa === undefined) return [];
  const check = 'time stamps';
  try {
    const { notAfterMs } = await readTimestampKey(tsa, nowMs);
    const what = `the certificate in ${tsa.certPath} is valid until ${new Date(notAfterMs).toISOString()}`;
    const isEnding = notAfterMs - nowMs < TSA_DAYS_LEFT_MIN * DAY_MS;
    const remedy = 'renew it before: a node with one that has ended does not start';
    return [isEnding ? note(check, what, remedy) : ok(check, what)];
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return [problem(check, error.message)];
  }
}

/** Examines the folder of the Sigstore log, where it is set; a running node has the log itself open. */
export async function examineSigstore(
  { tsa, sigstoreDir: dir }: Config,
  nowMs: number,
): Promise<readonly Finding[]> {
  if (dir === undefined || tsa === undefined) return [];
  const check = 'sigstore';
  try {
    const { certificates: stampCertificates } = await readTimestampKey(tsa, nowMs);
    const { signer } = await readSigstoreKeys(dir, { stampCertificates, nowMs });
    if (!existsSync(join(dir, SIGSTORE_FILE.store))) {
      const remedy = 'make a folder anew with "birthmark sigstore create": a log keeps its key';
      return [problem(check, `${dir} holds no log`, remedy)];
    }
    const mode = signer.chain === undefined ? 'its key' : 'its certificate';
    return [ok(check, `the log in ${dir} signs photographs, and its entries name ${mode}`)];
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    // What is wrong with the time stamps is said where they are examined.
    return error.code === 'ERR_TSA' ? [] : [problem(check, error.message)];
  }
}

/** Examines certificate and key of the public interface, where they are set. */
export async function examineTls({ apiTls }: Config): Promise<readonly Finding[]> {
  if (apiTls === undefined) return [];
  const { certPath, keyPath } = apiTls;
  try {
    const [cert, key] = await Promise.all([readFile(certPath), readFile(keyPath)]);
    createSecureContext({ cert, key });
    return [ok('tls', `${certPath} and ${keyPath} fit`)];
  } catch (error) {
    return [
      problem(
        'tls',
        `certificate and key of the public interface cannot be used: ${reasonOf(error)}`,
        'name a PEM chain in API_TLS_CERT and its own key in API_TLS_KEY, readable by this user',
      ),
    ];
  }
}
