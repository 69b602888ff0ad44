/** `birthmark monitor`: what people are told, and the exit codes. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatPolicy } from '../../../chain/log/policy.ts';
import { type Outcome, runCommand } from '../../support/capturedOutput.ts';
import { flipBit, networkPolicy } from '../../support/logRig.ts';
import { GrowingPublicLog, type Served, serveLog } from '../../support/publicLogs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/wholeNetwork.ts';
import { type Json, WholeNode } from '../../support/wholeNode.ts';

describe('birthmark monitor', () => {
  const folder = temporaryFolder();
  const policy = path.join(folder, 'policy.txt');
  const served: Served[] = [];
  let count = 0;
  let state = '';

  before(() => {
    writeFileSync(policy, formatPolicy(networkPolicy(4)));
  });
  beforeEach(() => {
    state = path.join(folder, `state-${count++}`);
  });
  afterEach(async () => {
    for (const each of served.splice(0)) await each.close();
  });

  const serveAll = async (...logs: readonly GrowingPublicLog[]): Promise<readonly string[]> => {
    for (const log of logs) served.push(await serveLog(log));
    return served.map(({ url }) => url);
  };
  const monitor = (...argv: readonly string[]): Promise<Outcome> =>
    runCommand('monitor', ...argv, '--state', state);
  const forked = (size: number): GrowingPublicLog =>
    new GrowingPublicLog(size, (index) => `${index < 299 ? 'entry' : 'other'} ${index}`);

  it('says that logs are sound, with exit code 0', async () => {
    const urls = await serveAll(new GrowingPublicLog(300), new GrowingPublicLog(600));
    const { code, lines } = await monitor(...urls, '--policy', policy, '--once');

    expect(code).to.equal(0);
    expect(lines).to.deep.equal([
      `${urls[0]}: 300 entries, all checked; nothing that was there before has changed`,
      `${urls[1]}: 600 entries, all checked; nothing that was there before has changed`,
    ]);
  });

  for (const size of [300, 600]) {
    it(`says that two histories were signed, of 300 and ${size} entries, with exit code 1`, async () => {
      const urls = await serveAll(new GrowingPublicLog(300), forked(size));
      const { code, lines } = await monitor(...urls, '--policy', policy);
      const sentence = lines.find((line) => line.startsWith('FORK: '));

      expect(code).to.equal(1);
      expect(sentence).to.match(/two histories of the same log were signed.*Keep these files/);
      expect(sentence!.match(/\S+\.checkpoint/g)).to.have.length(2);
      for (const file of sentence!.match(/\S+\.checkpoint/g)!) {
        expect(readFileSync(file, 'utf8')).to.match(/^birthmark\.test\/[0-9a-f]{16}\n\d+\n/);
      }
    });
  }

  it('says it in JSON', async () => {
    const urls = await serveAll(new GrowingPublicLog(300), forked(300));
    const { code, values } = await monitor(...urls, '--policy', policy, '--json');

    expect(code).to.equal(1);
    expect((values as readonly Json[]).map(({ finding }) => finding)).to.deep.equal([
      'sound',
      'sound',
      'fork',
    ]);
    expect((values as readonly Json[])[2]!['evidence']).to.have.length(2);
  });

  it('says that something served does not check, with exit code 4', async () => {
    const log = new GrowingPublicLog(300);
    log.lies.set('tile/0/000', (bytes) => flipBit(bytes, 9));
    const urls = await serveAll(log);
    const { code, lines } = await monitor(...urls, '--policy', policy, '--once');

    expect(code).to.equal(4);
    expect(lines[0]).to.match(/serves something that is not what was signed \(.*tile\/0\/000/);
  });

  it('says that nobody answers, with exit code 3, and that one does not, with 0', async () => {
    const [away, here] = await serveAll(new GrowingPublicLog(3), new GrowingPublicLog(3));
    await served.shift()!.close();
    const none = await monitor(away!, '--policy', policy, '--once');
    const one = await monitor(away!, here!, '--policy', policy, '--once');

    expect([none.code, one.code]).to.deep.equal([3, 0]);
    expect(none.lines[0]).to.match(/cannot be reached, which says nothing about its log/);
  }).timeout(20_000);

  it('follows a real node by its genesis', async () => {
    const node = await WholeNode.start(path.join(folder, 'node'));
    const genesis = path.join(node.folder, 'genesis.json');
    await until(async () => {
      const { body } = await node.get('/api/v1/status');
      return (body['checkpoint'] as Json)['final_size'] === 2;
    });
    const url = node.running.apiUrl;
    const outcome = await monitor(url, '--genesis', genesis, '--once', '--json');
    await node.stop();

    expect(outcome.code).to.equal(0);
    expect(outcome.values).to.deep.equal([{ finding: 'sound', url, tree_size: 2 }]);
  });

  for (const [what, argv] of [
    ['without a judge', ['http://localhost', '--once']],
    ['with two', ['http://localhost', '--policy', 'x', '--genesis', 'y']],
    ['with a URL twice', ['http://localhost', 'http://localhost', '--policy', 'x']],
    ['with an interval that is none', ['http://localhost', '--interval-s', '0']],
    ['without a URL', []],
  ] as const) {
    it(`is called wrongly ${what}: exit code 2`, async () => {
      expect((await monitor(...argv)).code).to.equal(2);
    });
  }

  it('refuses what is no URL', async () => {
    const { code, notes } = await monitor('somewhere', '--policy', policy, '--once');

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/somewhere is not a URL such as http/);
  });
});
