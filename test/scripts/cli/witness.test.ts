/** `birthmark witness create`. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { parseVerifierKey } from '../../../chain/log/verifierKey.ts';
import { parseLogList, parseWitnessList } from '../../../chain/log/witnessLists.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const NAME = 'museum.example/witness';

describe('birthmark witness create', () => {
  const folder = temporaryFolder();
  const dir = path.join(folder, 'witness');

  it('makes a key and an empty list, and prints the settings that name them', async () => {
    const { code, lines, notes } = await runCommand(
      'witness',
      'create',
      '--dir',
      dir,
      '--name',
      NAME,
    );

    expect(code).to.equal(0);
    expect(lines).to.deep.equal([
      `WITNESS_KEY=${dir}/key.pem`,
      `WITNESS_NAME=${NAME}`,
      `WITNESS_LOGS=${dir}/logs.txt`,
    ]);
    expect(statSync(path.join(dir, 'key.pem')).mode & 0o777).to.equal(0o600);
    const logs = readFileSync(path.join(dir, 'logs.txt'));
    expect(parseLogList(new Uint8Array(logs)).size).to.equal(0);
    const line = notes.join('\n').slice(notes.join('\n').indexOf('witness museum'));
    const [witness] = parseWitnessList(
      formatUtf8(`${line.replace('URL', 'https://museum.example')}\n`),
    );
    expect(witness?.key.name).to.equal(NAME);
  });

  it('never overwrites a key', async () => {
    const before = readFileSync(path.join(dir, 'key.pem'), 'utf8');
    const { code } = await runCommand('witness', 'create', '--dir', dir, '--name', NAME);

    expect(code).to.equal(1);
    expect(readFileSync(path.join(dir, 'key.pem'), 'utf8')).to.equal(before);
  });

  it('prints JSON', async () => {
    const place = path.join(folder, 'second');
    const { values } = await runCommand(
      'witness',
      'create',
      '--dir',
      place,
      '--name',
      NAME,
      '--json',
    );
    const [shown] = values as readonly {
      readonly verifier_key: string;
      readonly settings: Readonly<Record<string, string>>;
    }[];

    expect(parseVerifierKey(shown!.verifier_key).name).to.equal(NAME);
    expect(shown!.settings).to.have.keys('WITNESS_KEY', 'WITNESS_NAME', 'WITNESS_LOGS');
  });

  for (const name of ['', 'a b', 'a+b', 'é', 'n'.repeat(256)]) {
    it(`refuses the name ${JSON.stringify(name)}`, async () => {
      const { code } = await runCommand('witness', 'create', '--dir', dir, '--name', name);

      expect(code).to.equal(2);
    });
  }
});
