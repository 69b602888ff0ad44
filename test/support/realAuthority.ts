/** The reference authority in this process, on a free port, and cameras that it provisions over HTTP. */
import { createPrivateKey } from 'node:crypto';

import { startAuthority, type RunningAuthority } from '../../scripts/authority/start.ts';
import { parseProvisioning } from '../../scripts/camera/provisioning.ts';
import { captureLog, type CapturedLog } from './capturedLog.ts';
import type { Camera } from './certificates.ts';

/** An authority that runs. */
export interface RealAuthority extends RunningAuthority {
  readonly captured: CapturedLog;
}

/** How real authorities differ. */
export interface RealAuthorityOptions {
  readonly encoding?: 'raw' | 'der';
  readonly legacy?: boolean;
}

/** Starts an authority in a folder. */
export async function startRealAuthority(
  dir: string,
  options: RealAuthorityOptions = {},
): Promise<RealAuthority> {
  const captured = captureLog('info');
  const listen = { host: '127.0.0.1', port: 0 };
  const manufacturer = { id: 'maker_one', name: 'Maker One' };
  const authority = await startAuthority(
    { dir, listen, ...manufacturer, ...options },
    { log: captured.log },
  );
  return { ...authority, captured };
}

/** What the authority answered to a factory, as text. */
export async function provisionText(authority: RunningAuthority, serial: string): Promise<string> {
  const answer = await fetch(new URL('api/v1/devices/provision', authority.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ device_serial: serial, device_family: 'Test camera' }),
  });
  if (answer.status !== 201) throw new Error(`the authority answered ${answer.status}`);
  return answer.text();
}

/** Returns the camera of a provision answer. */
export function cameraOf(provisioning: string): Camera {
  const { certificateDer: der, privateKey } = parseProvisioning(provisioning, 'answer');
  const {
    d = '',
    x = '',
    y = '',
  } = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })).export({
    format: 'jwk',
  });
  const [secretKey, ...point] = [d, x, y].map(
    (part) => new Uint8Array(Buffer.from(part, 'base64url')),
  );
  if (secretKey === undefined) throw new Error('a key has a secret');
  return {
    der,
    key: { curve: 'P-256', secretKey, point: Buffer.concat([Buffer.of(4), ...point]) },
  };
}

/** Provisions a camera. */
export async function provisionCamera(
  authority: RunningAuthority,
  serial: string,
): Promise<Camera> {
  return cameraOf(await provisionText(authority, serial));
}
