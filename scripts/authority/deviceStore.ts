/**
 * The cameras that were provisioned, in LevelDB, every write synced.
 *
 * | key            | value                                                  |
 * | -------------- | ------------------------------------------------------ |
 * | device/SERIAL  | the camera, as JSON                                    |
 * | nuc/HEX        | SERIAL: finds the camera of a legacy token             |
 *
 * A camera's private key is not stored: it is told once, to the camera.
 */
import { Level } from 'level';

/** A provisioned camera. */
export interface Device {
  readonly serial: string;
  readonly family: string;
  /** Hex of 32 bytes. */
  readonly nucHash: string;
  /** Three table ids; the certificate names the first. */
  readonly tableAssignments: readonly number[];
  /** Hex of SHA-256 of its certificate's DER. */
  readonly fingerprint: string;
  readonly certificatePem: string;
  /** Unix seconds. */
  readonly provisionedAt: number;
  readonly revocation?: Revocation;
}

/** When and why a camera lost its trust. */
export interface Revocation {
  /** Unix seconds. */
  readonly revokedAt: number;
  readonly reason: string;
}

/** What stands in the way of adding a camera. */
export type AddResult = 'added' | 'serial-taken' | 'nuc-taken';

/**
 * The store. Reads are synchronous and see every write that resolved. `add` never replaces a camera, not
 * even when called twice at once. `revoke` keeps the first revocation.
 */
export interface DeviceStore {
  read(serial: string): Device | undefined;
  findByNuc(nucHash: string): Device | undefined;
  add(device: Device): Promise<AddResult>;
  /** Resolves to the camera as it is afterwards, or undefined if there is none. */
  revoke(serial: string, revocation: Revocation): Promise<Device | undefined>;
  close(): Promise<void>;
}

/** Opens the store in a folder of its own, which is made where absent. */
export async function openDeviceStore(folder: string): Promise<DeviceStore> {
  const db = new Level<string, string>(folder);
  await db.open();
  const devices = db.sublevel<string, Device>('device', { valueEncoding: 'json' });
  const serials = db.sublevel('nuc');
  await Promise.all([devices.open(), serials.open()]);
  // Names that a write under way has taken: between the look and the write, another could look too.
  const taken = new Set<string>();

  const read = (serial: string): Device | undefined => devices.getSync(serial);
  const findSerial = (nucHash: string): string | undefined => serials.getSync(nucHash);

  const put = async (device: Device): Promise<void> => {
    const batch = db.batch();
    batch.put(device.serial, device, { sublevel: devices });
    batch.put(device.nucHash, device.serial, { sublevel: serials });
    await batch.write({ sync: true });
  };

  return {
    read,
    findByNuc(nucHash) {
      const serial = findSerial(nucHash);
      return serial === undefined ? undefined : read(serial);
    },
    async add(device) {
      const names = [`device/${device.serial}`, `nuc/${device.nucHash}`] as const;
      if (taken.has(names[0]) || read(device.serial) !== undefined) return 'serial-taken';
      if (taken.has(names[1]) || findSerial(device.nucHash) !== undefined) return 'nuc-taken';
      names.forEach((name) => taken.add(name));
      try {
        await put(device);
      } finally {
        names.forEach((name) => taken.delete(name));
      }
      return 'added';
    },
    async revoke(serial, revocation) {
      const device = read(serial);
      if (device === undefined || device.revocation !== undefined) return device;
      const revoked = { ...device, revocation };
      await put(revoked);
      return revoked;
    },
    close: () => db.close(),
  };
}
