import path from 'node:path';

import { expect } from 'chai';

import { type Device, openDeviceStore } from '../../../scripts/authority/deviceStore.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { hashOf } from './rig.ts';

function device(serial: string, nucByte: number): Device {
  return {
    serial,
    family: 'F',
    nucHash: hashOf(nucByte),
    tableAssignments: [1, 2, 3],
    fingerprint: hashOf(9),
    certificatePem: 'PEM',
    provisionedAt: 1,
  };
}

describe('the register of cameras', () => {
  const folder = temporaryFolder();
  let count = 0;
  const fresh = (): string => path.join(folder, String(count++));

  it('finds a camera by serial and by NUC hash', async () => {
    const store = await openDeviceStore(fresh());
    await store.add(device('A', 1));

    expect(store.read('A')).to.deep.equal(device('A', 1));
    expect(store.findByNuc(hashOf(1))?.serial).to.equal('A');
    expect(store.read('B')).to.equal(undefined);
    expect(store.findByNuc(hashOf(2))).to.equal(undefined);
    await store.close();
  });

  it('never replaces a serial or a NUC hash', async () => {
    const store = await openDeviceStore(fresh());
    await store.add(device('A', 1));

    expect(await store.add(device('A', 2))).to.equal('serial-taken');
    expect(await store.add(device('B', 1))).to.equal('nuc-taken');
    expect(store.read('A')?.nucHash).to.equal(hashOf(1));
    await store.close();
  });

  it('adds one of two that come at once', async () => {
    const store = await openDeviceStore(fresh());

    const sameSerial = await Promise.all([store.add(device('A', 1)), store.add(device('A', 2))]);
    const sameNuc = await Promise.all([store.add(device('B', 3)), store.add(device('C', 3))]);

    expect(sameSerial).to.deep.equal(['added', 'serial-taken']);
    expect(sameNuc).to.deep.equal(['added', 'nuc-taken']);
    await store.close();
  });

  it('keeps the first revocation', async () => {
    const store = await openDeviceStore(fresh());
    await store.add(device('A', 1));

    await store.revoke('A', { revokedAt: 5, reason: 'stolen' });
    await store.revoke('A', { revokedAt: 6, reason: 'again' });

    expect(store.read('A')?.revocation).to.deep.equal({ revokedAt: 5, reason: 'stolen' });
    expect(await store.revoke('B', { revokedAt: 5, reason: '' })).to.equal(undefined);
    await store.close();
  });

  it('has everything again after it was closed and opened', async () => {
    const place = fresh();
    const before = await openDeviceStore(place);
    await before.add(device('A', 1));
    await before.revoke('A', { revokedAt: 5, reason: 'stolen' });
    await before.close();

    const store = await openDeviceStore(place);

    expect(store.findByNuc(hashOf(1))?.revocation?.revokedAt).to.equal(5);
    await store.close();
  });
});
