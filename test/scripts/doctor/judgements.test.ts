import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

import { expect } from 'chai';

import { readConfig } from '../../../node/config.ts';
import { examineClock } from '../../../scripts/doctor/clock.ts';
import { formatAge, judgeSpace } from '../../../scripts/doctor/dataFolder.ts';
import { examinePorts } from '../../../scripts/doctor/ports.ts';
import { findLockOwner, findPortOwner, formatOwner } from '../../../scripts/doctor/processes.ts';
import { examineNodeVersion } from '../../../scripts/doctor/settings.ts';

describe('the doctor about Node', () => {
  const cases = [
    ['18.20.0', 'problem'],
    ['23.11.1', 'problem'],
    ['24.0.0', 'ok'],
    ['100.1.0', 'ok'],
  ] as const;
  for (const [version, status] of cases) {
    it(`finds ${version} to be ${status}`, () => {
      const finding = examineNodeVersion(version);

      expect(finding.status).to.equal(status);
      expect(finding.remedy === undefined).to.equal(status === 'ok');
    });
  }
});

describe('the doctor about the disk', () => {
  const MEBIBYTE = 1_048_576;
  const cases = [
    [0, 'problem'],
    [64 * MEBIBYTE - 1, 'problem'],
    [64 * MEBIBYTE, 'note'],
    [1_024 * MEBIBYTE - 1, 'note'],
    [1_024 * MEBIBYTE, 'ok'],
  ] as const;
  for (const [freeBytes, status] of cases) {
    it(`finds ${freeBytes} free bytes to be ${status}`, () => {
      const finding = judgeSpace(freeBytes);

      expect(finding.status).to.equal(status);
      if (status !== 'ok') expect(finding.remedy).to.match(/make room/);
    });
  }
});

describe('the doctor about the clock', () => {
  const NOW_MS = 1_800_000_000_000;
  const cases = [
    ['nothing to compare with', undefined, [], 'note', /nothing to compare/],
    ['a last block of before', NOW_MS - 1, [], 'ok', /not behind the last block/],
    ['a last block just ahead', NOW_MS + 30_000, [], 'ok', /not behind/],
    ['a last block far ahead', NOW_MS + 30_001, [0], 'note', /last block is 30 s ahead/],
    ['authorities that agree', NOW_MS, [-30_000, 500, 30_000], 'ok', /within 30 s/],
    ['authorities ahead', NOW_MS, [60_000], 'note', /60 s behind the authorities/],
    ['authorities behind', undefined, [-60_000], 'note', /60 s ahead of the authorities/],
    ['one authority of three that is wrong', NOW_MS, [9e9, 0, 0], 'ok', /within 30 s/],
  ] as const;
  for (const [what, blockTimeMs, offsetsMs, status, sentence] of cases) {
    it(`with ${what} is ${status}`, () => {
      const finding = examineClock({ blockTimeMs, offsetsMs }, NOW_MS);

      expect(finding.status).to.equal(status);
      expect(finding.what).to.match(sentence);
    });
  }
});

describe('an age', () => {
  const MINUTE_MS = 60_000;
  const cases = [
    [0, '0 minutes ago'],
    [119 * MINUTE_MS, '119 minutes ago'],
    [120 * MINUTE_MS, '2 hours ago'],
    [48 * 60 * MINUTE_MS - 1, '47 hours ago'],
    [48 * 60 * MINUTE_MS, '2 days ago'],
    [-3 * MINUTE_MS, '3 minutes ahead'],
  ] as const;
  for (const [ageMs, text] of cases) {
    it(`of ${ageMs} ms is ${text}`, () => expect(formatAge(ageMs)).to.equal(text));
  }
});

describe('the doctor about a port that is taken', () => {
  const self = { pid: process.pid, name: 'node' };
  const cases = [
    ['by the node that has the data folder open', { isInUse: true, user: self }, 'note'],
    ['by another process than that', { isInUse: true, user: { pid: 1, name: 'init' } }, 'problem'],
    ['while nobody has the data folder open', { isInUse: false, user: self }, 'problem'],
  ] as const;
  for (const [what, running, status] of cases) {
    it(`${what} finds a ${status}`, async () => {
      if (!existsSync('/proc/net/tcp')) return;
      const busy = createServer();
      busy.listen(0, '127.0.0.1');
      await once(busy, 'listening');
      const { port } = busy.address() as AddressInfo;
      const free = '127.0.0.1:0';
      const config = readConfig({
        API_LISTEN: `127.0.0.1:${port}`,
        ADMIN_LISTEN: free,
        P2P_LISTEN: free,
      });
      const [first] = await examinePorts(config, running);
      busy.close();

      expect(first?.status).to.equal(status);
    });
  }
});

describe('the owner of something', () => {
  it('is said as far as it is known', () => {
    expect(formatOwner(undefined)).to.equal('another process');
    expect(formatOwner({ pid: 7, name: undefined })).to.equal('process 7');
    expect(formatOwner({ pid: 7, name: 'node' })).to.equal('process 7 (node)');
  });

  it('is nobody of a file that is not there or not locked, and of a port without a listener', async () => {
    expect(await findLockOwner('/none')).to.equal(undefined);
    expect(await findLockOwner(import.meta.filename)).to.equal(undefined);
    expect(await findPortOwner(0)).to.equal(undefined);
  });
});
