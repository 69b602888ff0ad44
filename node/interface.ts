/** The node's two listening addresses: the public interface, and the operator's. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createSecureContext } from 'node:tls';

import type { ApiPorts } from '../api/ports.ts';
import { type Api, type ApiOptions, createAdminApi, createApi } from '../api/server.ts';
import { readAssets } from '../api/web/assets.ts';
import type { Config } from './config.ts';
import type { ListenAddress } from './settingReader.ts';
import { NodeError } from './errors.ts';

/** Interfaces that listen. */
export interface Interfaces {
  readonly apiUrl: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** Where the web build lies: beside the emitted code in a package, in dist/ in a clone. */
const CODE = path.dirname(import.meta.dirname);
const WEB_FOLDER = path.join(
  path.basename(CODE) === 'dist' ? CODE : path.join(CODE, 'dist'),
  'web',
);

/** Listens on both addresses, or on neither. Rejects with ERR_LISTEN or ERR_TLS. */
export async function listen(config: Config, ports: ApiPorts): Promise<Interfaces> {
  const tls = await readTls(config);
  const common = {
    trustedProxies: config.trustedProxies,
    requestsPerSecond: config.limits.addressRatePerS,
  };
  const assets = await readAssets(WEB_FOLDER);
  const publicOptions = {
    ...common,
    ...config.apiListen,
    assets,
    ...(tls === undefined ? {} : { tls }),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
  };
  const api = createApi(publicOptions, ports);
  const admin = createAdminApi({ ...common, ...config.adminListen }, ports);
  const stop = async (): Promise<void> => {
    await Promise.all([api.stop(), admin.stop()]);
  };
  try {
    const scheme = tls === undefined ? 'http' : 'https';
    const apiUrl = await start(api, { setting: 'API_LISTEN', scheme, ...config.apiListen });
    const adminUrl = await start(admin, {
      setting: 'ADMIN_LISTEN',
      scheme: 'http',
      ...config.adminListen,
    });
    return { apiUrl, adminUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Target extends ListenAddress {
  readonly setting: string;
  readonly scheme: string;
}

async function start(api: Api, { setting, scheme, host, port }: Target): Promise<string> {
  try {
    const address = await api.start();
    const name = address.host.includes(':') ? `[${address.host}]` : address.host;
    return `${scheme}://${name}:${address.port}`;
  } catch (cause) {
    const message = `cannot listen on ${setting}=${host}:${port} (${reasonOf(cause)}): choose another address`;
    throw new NodeError('ERR_LISTEN', message, { cause });
  }
}

async function readTls({ apiTls }: Config): Promise<ApiOptions['tls']> {
  if (apiTls === undefined) return undefined;
  const { certPath, keyPath } = apiTls;
  const [cert, key] = await Promise.all([
    readPem('API_TLS_CERT', certPath),
    readPem('API_TLS_KEY', keyPath),
  ]);
  try {
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    const message =
      `API_TLS_CERT=${certPath} and API_TLS_KEY=${keyPath} are not a certificate and its key ` +
      `(${reasonOf(cause)}): both must be PEM, and the key without a passphrase`;
    throw new NodeError('ERR_TLS', message, { cause });
  }
}

function readPem(setting: string, path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    const message = `cannot read ${setting}=${path} (${reasonOf(cause)})`;
    throw new NodeError('ERR_TLS', message, { cause });
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
