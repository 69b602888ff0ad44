/** Several nodes as processes of one command: each has its own chain here, which the command does not mind. */
import path from 'node:path';

import { expect } from 'chai';

import { prepareDevnet } from '../../../scripts/devnet/folder.ts';
import { type Birthmark, isAlive, killGroup, startProgram } from '../../support/crashProcess.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../support/manyProcess.ts');
const START_MS_MAX = 60_000;

interface Ready {
  readonly api: readonly string[];
  readonly pids: readonly number[];
}

describe('the processes of a development network', function () {
  this.timeout(START_MS_MAX);
  const folder = temporaryFolder();
  const dirs: string[] = [];
  let network: Birthmark;
  let ready: Ready;

  before('start three nodes', async () => {
    for (const name of ['a', 'b', 'c']) {
      const dir = path.join(folder, name);
      const devnet = await prepareDevnet({ dir, apiPort: 0, authority: [], param: [] });
      dirs.push(...devnet.dirs);
    }
    network = startProgram(PROGRAM, dirs);
    const [line] = await network.says(/^\{.*\n/);
    ready = JSON.parse(line) as Ready;
  });

  after(() => {
    killGroup(network);
  });

  it('are one for each node, and a table tells them apart', async () => {
    await network.says(/c\/v1\/node\.log\n/);

    expect(new Set(ready.pids).size).to.equal(3);
    expect(network.stderr()).to.equal(
      ready.api.map((api, i) => `v1  ${api}  ${dirs[i]}/node.log\n`).join(''),
    );
  });

  it('go on where one of them ends, which is told with its signal and its log', async () => {
    process.kill(ready.pids[1]!, 'SIGKILL');
    await network.says(/v1 has ended \(SIGKILL\); its log is .*\/b\/v1\/node\.log/);
    const answers = await Promise.all(
      [ready.api[0], ready.api[2]].map((api) => fetch(`${api}/ready`)),
    );

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
  });

  it('all end with the command, whose code is 0', async () => {
    process.kill(-network.process.pid!, 'SIGINT');
    const { code } = await network.ended;

    expect(code, network.stderr()).to.equal(0);
    expect(ready.pids.filter(isAlive)).to.deep.equal([]);
    expect(network.stderr().match(/has ended/g)).to.have.length(1);
  });
});
