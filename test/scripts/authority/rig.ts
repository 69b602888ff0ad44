/** An authority in a temporary folder, with a fixed clock, for tests. */
import { X509Certificate } from 'node:crypto';
import path from 'node:path';

import { formatHex, parseHex } from '../../../chain/bytes.ts';
import {
  type CameraCertificate,
  parseCameraCertificate,
} from '../../../chain/certificate/certificate.ts';
import {
  createAuthority,
  type ManufacturerAuthority,
  type ProvisionAnswer,
} from '../../../scripts/authority/authority.ts';
import type { DialectA } from '../../../chain/certificate/extensions.ts';
import type { ExtensionEncoding } from '../../../scripts/authority/deviceCertificate.ts';
import { type DeviceStore, openDeviceStore } from '../../../scripts/authority/deviceStore.ts';
import { createFolder, type Keys, openKeys } from '../../../scripts/authority/keyFolder.ts';
import type { Log } from '../../../scripts/authority/log.ts';
import type { CertificateQuestion } from '../../../scripts/authority/request.ts';

/** The captured request of the reference camera was signed at this time, Unix seconds. */
export const NOW_S = 1_795_224_915;
/** Where the rig's cameras are told to ask. */
export const ENDPOINT = 'http://localhost:8001/validate-cert';
/** A photograph and a chain. */
export const IMAGE_HASH = parseHex('ab'.repeat(32));
export const CHAIN_ID = parseHex('cd'.repeat(32));

/** A log that says nothing. */
export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** What a test holds in its hands. */
export interface Rig {
  readonly authority: ManufacturerAuthority;
  readonly keys: Keys;
  readonly store: DeviceStore;
}

/** Opens an authority in a folder, or one that was there before. */
export async function openRig(folder: string, encoding: ExtensionEncoding = 'raw'): Promise<Rig> {
  const manufacturer = { id: 'maker_one', name: 'Maker One' };
  const clock = (): number => NOW_S * 1_000;
  await createFolder(folder, SILENT);
  const store = await openDeviceStore(path.join(folder, 'devices'));
  const keys = await openKeys(folder, manufacturer, clock);
  const options = { ...manufacturer, endpoint: ENDPOINT, encoding };
  return { authority: createAuthority(options, { ...keys, store, clock }), keys, store };
}

/** The DER of a PEM certificate. */
export function toDer(pem: string): Uint8Array {
  return new Uint8Array(new X509Certificate(pem).raw);
}

/** The certificate of a provision answer, as a node reads it. */
export function readCamera(
  answer: ProvisionAnswer,
): CameraCertificate & { readonly birthmark: DialectA } {
  const certificate = parseCameraCertificate(toDer(answer.device_certificate));
  if (certificate.birthmark.dialect !== 'A') throw new Error('our cameras speak dialect A');
  return { ...certificate, birthmark: certificate.birthmark };
}

/** A node's question about a certificate; without a chain unless it is given. */
export function ask(certificate: Uint8Array, chainId?: Uint8Array): CertificateQuestion {
  return { camera_cert: certificate, image_hash: IMAGE_HASH, chain_id: chainId };
}

/** Hex of SHA-256-sized bytes that are all the same. */
export function hashOf(byte: number): string {
  return formatHex(new Uint8Array(32).fill(byte));
}
