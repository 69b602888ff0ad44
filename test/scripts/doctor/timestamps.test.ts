import { expect } from 'chai';

import { readConfig } from '../../../node/config.ts';
import type { Finding } from '../../../scripts/doctor/finding.ts';
import { examineTimestamps } from '../../../scripts/doctor/settings.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { issueTsa, STAMP_MS, writeTsa } from '../../support/testTsa.ts';

const DAY_S = 86_400;
const NOW_S = Math.floor(STAMP_MS / 1_000);

describe('what the doctor says of time stamps', () => {
  const folder = temporaryFolder();

  const examine = async (daysLeft: number): Promise<readonly Finding[]> => {
    const tsa = writeTsa(folder, await issueTsa({ notAfter: NOW_S + daysLeft * DAY_S }));
    const environment = { TSA_CERT: tsa.certPath, TSA_KEY: tsa.keyPath, TSA_POLICY: tsa.policy };
    return examineTimestamps(readConfig(environment), STAMP_MS);
  };

  it('is nothing where none are made', async () => {
    expect(await examineTimestamps(readConfig({}), STAMP_MS)).to.deep.equal([]);
  });

  it('is until when the certificate is valid', async () => {
    const [finding] = await examine(31);

    expect(finding).to.include({ check: 'time stamps', status: 'ok' });
    expect(finding?.what).to.match(/is valid until 2026-12-22T12:00:00\.000Z$/);
  });

  it('is to renew it in its last 30 days', async () => {
    const [finding] = await examine(30);

    expect(finding).to.include({ check: 'time stamps', status: 'note' });
    expect(finding?.remedy).to.match(/renew it/);
  });

  it('is that a node does not start once it has ended', async () => {
    const [finding] = await examine(-1);

    expect(finding).to.include({ check: 'time stamps', status: 'problem' });
    expect(finding?.what).to.match(/renew it, or start without/);
  });
});
