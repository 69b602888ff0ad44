import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatVerifierKey } from '../../../chain/log/verifierKey.ts';
import { readConfig } from '../../../node/config.ts';
import type { Environment } from '../../../node/settingReader.ts';
import type { Finding } from '../../../scripts/doctor/finding.ts';
import { examineWitnesses } from '../../../scripts/doctor/witnesses.ts';
import { createWitness } from '../../../scripts/witness/witnessFolder.ts';
import { GENESIS } from '../../support/genesisValues.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { logSigner, witnessSigner } from '../../support/witnessRig.ts';

describe('what the doctor says of witnesses', () => {
  const folder = temporaryFolder();
  const logs = path.join(folder, 'logs.txt');
  const witnesses = path.join(folder, 'witnesses.txt');
  const OWN = {
    WITNESS_KEY: path.join(folder, 'key.pem'),
    WITNESS_NAME: 'museum.example/w',
    WITNESS_LOGS: logs,
  };
  before(() => createWitness({ dir: folder, name: OWN.WITNESS_NAME }));

  const examine = (environment: Environment): Promise<readonly Finding[]> =>
    examineWitnesses(readConfig(environment), GENESIS);

  it('is nothing where none are set, and before the genesis is known', async () => {
    expect(await examine({})).to.deep.equal([]);
    expect(await examineWitnesses(readConfig(OWN), undefined)).to.deep.equal([]);
  });

  it('is how many logs are witnessed', async () => {
    writeFileSync(logs, `log ${formatVerifierKey(logSigner('log.example/1').key)}\n`);
    const [finding] = await examine(OWN);

    expect(finding).to.include({
      check: 'witnesses',
      status: 'ok',
      what: 'museum.example/w witnesses 1 logs',
    });
  });

  it('is how many outside witnesses are asked', async () => {
    const key = formatVerifierKey(witnessSigner('w.example').key);
    writeFileSync(witnesses, `witness w ${key} https://w.example\n`);
    const [finding] = await examine({ WITNESSES: witnesses });

    expect(finding).to.include({ status: 'ok', what: '1 outside witnesses are asked' });
  });

  it('is what is wrong with a list', async () => {
    writeFileSync(logs, 'log x\n');
    writeFileSync(witnesses, 'witness\n');
    const findings = await examine({ ...OWN, WITNESSES: witnesses });

    expect(findings.map(({ status }) => status)).to.deep.equal(['problem', 'problem']);
    expect(findings.map(({ what }) => what).join()).to.match(
      /WITNESS_LOGS=.*line 1.*WITNESSES=.*line 1/,
    );
  });
});
