/** The authority as a process: its folder opened, its address listened on, and both closed again. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { parseEndpoint } from '../../chain/authority.ts';
import { ID_BYTES_MAX, URL_BYTES_MAX } from '../../chain/limits.ts';
import { createAuthority } from './authority.ts';
import type { Manufacturer } from './ca.ts';
import type { ExtensionEncoding } from './deviceCertificate.ts';
import { type DeviceStore, openDeviceStore } from './deviceStore.ts';
import { readIfPresent, writeDurably } from './durableFile.ts';
import { StartError } from './errors.ts';
import { createFolder, type Keys, openKeys } from './keyFolder.ts';
import type { Log } from './log.ts';
import { CERTIFICATE_PATH, createRegistryEntry, type RegistryEntry } from './registryEntry.ts';
import { createApp } from './server.ts';

/** How an authority is started. */
export interface StartOptions extends Manufacturer {
  /** Folder with its keys and its register; made where absent. */
  readonly dir: string;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** URL under which nodes reach it; by default `http://localhost:PORT/`, for development. */
  readonly publicUrl?: string | undefined;
  /** How certificates are written; raw by default, as the reference cameras' are. */
  readonly encoding?: ExtensionEncoding | undefined;
  /** Whether provisioning needs the token in admin.token; false by default, for development. */
  readonly requireToken?: boolean | undefined;
  /** Whether nodes may ask it on private addresses; true by default, for development. */
  readonly allowPrivate?: boolean | undefined;
  /** Whether the registry entry names an endpoint for the legacy form; false by default. */
  readonly legacy?: boolean | undefined;
}

/** What an authority takes from outside. */
export interface StartWorld {
  readonly log: Log;
  /** Unix milliseconds. */
  readonly clock?: () => number;
}

/** An authority that runs. */
export interface RunningAuthority {
  /** Where it listens, with a slash at its end. */
  readonly url: string;
  /** Also in the folder, as authority.json. */
  readonly registryEntry: RegistryEntry;
  /** Path of authority.json. */
  readonly registryFile: string;
  /** Path of the administrator's token. */
  readonly tokenFile: string;
  /** Resolves when requests under way are answered, or cut off after two seconds. */
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** Longer than a node keeps an idle connection, so that the node is the one to close it. */
const KEEP_ALIVE_MS = 65_000;
const STOP_GRACE_MS = 2_000;
const NAME_LENGTH_MAX = 64;
const ID_SUFFIX_BYTES = 4;
const PUBLIC_MODE = 0o644;

/**
 * Starts an authority.
 *
 * Rejects with a StartError, after closing what was open. Its certificates and register survive a restart;
 * certificates name the public URL that held when they were issued.
 */
export async function startAuthority(
  options: StartOptions,
  { log, clock = Date.now }: StartWorld,
): Promise<RunningAuthority> {
  checkManufacturer(options);
  const registryFile = path.join(options.dir, 'authority.json');
  const previous = await readPrevious(registryFile);
  if (previous?.id !== undefined && previous.id !== options.id) {
    throw new StartError(
      'ERR_FOLDER_IDENTITY',
      `${options.dir} belongs to the authority ${previous.id}, not ${options.id}`,
    );
  }
  await createFolder(options.dir, log);
  const opened = await openStore(path.join(options.dir, 'devices'), () =>
    openKeys(options.dir, options, clock),
  );
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  try {
    const url = await listen(server, options.listen);
    const registryEntry = serve(server, { ...options, url }, { ...opened, log, clock });
    await writeDurably(registryFile, `${JSON.stringify(registryEntry, null, 2)}\n`, PUBLIC_MODE);
    if (previous !== undefined && previous.endpoints[0] !== registryEntry.endpoints[0]) {
      log.warn({ was: previous.endpoints[0] }, 'cameras provisioned before name another address');
    }
    log.info({ url, id: options.id }, 'authority ready');
    const tokenFile = path.join(options.dir, 'admin.token');
    return { url, registryEntry, registryFile, tokenFile, stop: () => stop(server, opened.store) };
  } catch (error) {
    await stop(server, opened.store);
    throw error;
  }
}

interface Opened {
  readonly keys: Keys;
  readonly store: DeviceStore;
}

interface Running extends Opened {
  readonly log: Log;
  readonly clock: () => number;
}

function serve(
  server: Server,
  options: StartOptions & { readonly url: string },
  { keys, store, log, clock }: Running,
): RegistryEntry {
  const publicUrl = checkPublicUrl(options.publicUrl ?? localUrl(options.url));
  const registryEntry = createRegistryEntry(
    {
      ...options,
      publicUrl,
      allowPrivate: options.allowPrivate ?? true,
      legacy: options.legacy ?? false,
    },
    keys,
  );
  const endpoint = `${publicUrl}${CERTIFICATE_PATH}`;
  const authority = createAuthority(
    { id: options.id, name: options.name, endpoint, encoding: options.encoding ?? 'raw' },
    { ...keys, store, clock },
  );
  const { adminToken } = keys;
  const requireToken = options.requireToken ?? false;
  const app = createApp({ registryEntry, adminToken, requireToken }, { authority, log });
  const respond = app.callback();
  server.on('request', (request, response) => void respond(request, response));
  return registryEntry;
}

/** Opens the store before the keys: its lock keeps two processes from making two sets of keys. */
async function openStore(folder: string, open: () => Promise<Keys>): Promise<Opened> {
  let store: DeviceStore;
  try {
    store = await openDeviceStore(folder);
  } catch (cause) {
    throw isLocked(cause)
      ? new StartError('ERR_FOLDER_BUSY', `${folder} is open in another process; stop that first`)
      : new StartError('ERR_FOLDER_DAMAGED', `${folder} cannot be opened`, { cause });
  }
  try {
    return { store, keys: await open() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function isLocked(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'LEVEL_LOCKED') || isLocked(error.cause);
}

async function listen(server: Server, { host, port }: StartOptions['listen']): Promise<string> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reason = code === 'EADDRINUSE' ? 'the port is in use' : 'the address is not available';
    throw new StartError(
      'ERR_LISTEN',
      `cannot listen on ${host}:${port}: ${reason}; choose another with --listen`,
      { cause },
    );
  }
  const { port: actual } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}/`;
}

async function stop(server: Server, store: DeviceStore): Promise<void> {
  if (server.listening) {
    const closed = once(server, 'close');
    server.close();
    const cut = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    await closed;
    clearTimeout(cut);
  }
  await store.close();
}

function checkManufacturer({ id, name }: Manufacturer): void {
  // The CA's common name is the id and a suffix, and X.509 allows 64 characters.
  if (!/^[a-z0-9_-]+$/.test(id) || id.length > ID_BYTES_MAX - ID_SUFFIX_BYTES) {
    throw new StartError(
      'ERR_OPTION',
      `id: must be 1 to ${ID_BYTES_MAX - ID_SUFFIX_BYTES} of a-z, 0-9, "_" and "-"`,
    );
  }
  if (!/^\P{Cc}+$/u.test(name) || name.length > NAME_LENGTH_MAX) {
    throw new StartError('ERR_OPTION', `name: must be 1 to ${NAME_LENGTH_MAX} characters`);
  }
}

function checkPublicUrl(text: string): string {
  const url = text.endsWith('/') ? text : `${text}/`;
  if (parseEndpoint(url) === undefined || url.length + CERTIFICATE_PATH.length > URL_BYTES_MAX) {
    throw new StartError(
      'ERR_OPTION',
      `public URL: must be http or https with a plain path, at most ${URL_BYTES_MAX} bytes`,
    );
  }
  return url;
}

/** A loopback or wildcard address is called localhost, as the reference cameras call it. */
function localUrl(url: string): string {
  const { hostname, port } = new URL(url);
  const local = ['127.0.0.1', '[::1]', '0.0.0.0', '[::]'].includes(hostname);
  return `http://${local ? 'localhost' : hostname}:${port}/`;
}

async function readPrevious(
  file: string,
): Promise<Pick<RegistryEntry, 'id' | 'endpoints'> | undefined> {
  const text = await readIfPresent(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as RegistryEntry;
  } catch (cause) {
    throw new StartError('ERR_FOLDER_DAMAGED', `${file} is not JSON; delete it`, { cause });
  }
}
