import { rmSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { readConfig } from '../../../node/config.ts';
import type { Finding } from '../../../scripts/doctor/finding.ts';
import { examineSigstore } from '../../../scripts/doctor/settings.ts';
import { createLog } from '../../../scripts/sigstore/newLog.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { issueTsa, STAMP_MS, writeTsa } from '../../support/testTsa.ts';

describe('what the doctor says of a Sigstore log', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';

  const make = async (identity?: string): Promise<() => Promise<readonly Finding[]>> => {
    dir = path.join(folder, `log-${count++}`);
    const tsa = await issueTsa();
    const { certPath, keyPath, policy } = writeTsa(path.join(dir, 'tsa'), tsa);
    const tsaCa = tsa.ca;
    await createLog(dir, { name: 'museum', identity, tsaCa, nowMs: STAMP_MS });
    const stamping = { TSA_CERT: certPath, TSA_KEY: keyPath, TSA_POLICY: policy };
    const config = readConfig({ ...stamping, SIGSTORE_DIR: dir });
    return () => examineSigstore(config, STAMP_MS);
  };

  it('is nothing where there is none', async () => {
    expect(await examineSigstore(readConfig({}), STAMP_MS)).to.deep.equal([]);
  });

  it('is what its entries name', async () => {
    const [byKey] = await (await make())();
    const [certified] = await (await make('https://museum.example'))();

    expect(byKey).to.include({ check: 'sigstore', status: 'ok' });
    expect(byKey?.what).to.match(/entries name its key$/);
    expect(certified?.what).to.match(/entries name its certificate$/);
  });

  it('is which file is wrong', async () => {
    const examine = await make();
    rmSync(path.join(dir, 'tsa-ca.pem'));
    const [finding] = await examine();

    expect(finding).to.include({ check: 'sigstore', status: 'problem' });
    expect(finding?.what).to.match(/make no chain/);
  });

  it('is that its log is gone', async () => {
    const examine = await make();
    rmSync(path.join(dir, 'log'), { recursive: true });
    const [finding] = await examine();

    expect(finding).to.include({ check: 'sigstore', status: 'problem' });
    expect(finding?.remedy).to.match(/a log keeps its key/);
  });

  it('is nothing where the time stamps are at fault, which is said there', async () => {
    const examine = await make();
    rmSync(path.join(dir, 'tsa', 'tsa.key'));

    expect(await examine()).to.deep.equal([]);
  });
});
