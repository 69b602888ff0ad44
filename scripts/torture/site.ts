/**
 * Where a run takes place: a folder with a network of validators, the reference authority in this process, and
 * cameras that it made.
 */
import { join } from 'node:path';

import { parseHex } from '../../chain/bytes.ts';
import { createLog } from '../../node/log.ts';
import { type RunningAuthority, startAuthority } from '../authority/start.ts';
import { parseProvisioning, type Provisioning } from '../camera/provisioning.ts';
import { prepareDevnet } from '../devnet/folder.ts';

/** Short, so that most kills meet a batch or a block under way. */
const BATCH_WAIT_MS = 60;
const AUTHORITY = { id: 'torture_works', name: 'Torture Works' };

/** A manufacturer's authority that can be away for a while. */
export interface AuthoritySwitch {
  off(): Promise<void>;
  /** Brings it back at the address that its certificates name. */
  on(): Promise<void>;
}

/** A prepared site; no node runs. */
export interface Site {
  /** Folders of the validators, in voting order; a folder has its validator's name. */
  readonly validatorDirs: readonly string[];
  readonly chainId: Uint8Array;
  readonly cameras: readonly Provisioning[];
  readonly authority: AuthoritySwitch;
  close(): Promise<void>;
}

/** What a site is made of. */
export interface SiteOptions {
  readonly validatorCount: number;
  readonly cameraCount: number;
}

/** Prepares a site in an empty folder. */
export async function openSite(
  dir: string,
  { validatorCount, cameraCount }: SiteOptions,
): Promise<Site> {
  const folder = join(dir, 'authority');
  const log = createLog('error');
  const start = (port: number): Promise<RunningAuthority> =>
    startAuthority({ ...AUTHORITY, dir: folder, listen: { host: '127.0.0.1', port } }, { log });
  let running: RunningAuthority | undefined = await start(0);
  const { url, registryFile } = running;
  const off = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  try {
    const cameras: Provisioning[] = [];
    for (let i = 1; i <= cameraCount; i++) cameras.push(await provision(url, `TORTURE-${i}`));
    const devnet = await prepareDevnet({
      validators: validatorCount,
      dir: join(dir, 'network'),
      apiPort: 0,
      authority: [registryFile],
      param: [`batch_wait_ms=${BATCH_WAIT_MS}`],
    });
    const on = async (): Promise<void> => {
      running ??= await start(Number(new URL(url).port));
    };
    const { dirs: validatorDirs } = devnet;
    const chainId = parseHex(devnet.chainId);
    return { validatorDirs, chainId, cameras, authority: { off, on }, close: off };
  } catch (error) {
    await off();
    throw error;
  }
}

async function provision(url: string, serial: string): Promise<Provisioning> {
  const answer = await fetch(new URL('api/v1/devices/provision', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ device_serial: serial }),
  });
  return parseProvisioning(await answer.text(), 'the answer of the authority');
}
