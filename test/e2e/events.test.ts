/** Events of a node that is a process of its own, which is killed and started again. */
import path from 'node:path';

import { expect } from 'chai';
import getPort from 'get-port';

import { type Birthmark, killGroup, startBirthmark } from '../support/crashProcess.ts';
import { EventListener } from '../support/eventListener.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const RUN_MS_MAX = 60_000;
const EVENTS = '/api/v1/events?types=block';

describe('events and a node that is killed', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  const started: Birthmark[] = [];
  let api = '';
  let pid = 0;

  const start = (...args: readonly string[]): Birthmark => {
    const birthmark = startBirthmark(args);
    started.push(birthmark);
    return birthmark;
  };

  before('start a node that makes a block every second', async () => {
    const port = String(await getPort());
    const devnet = start(
      ...['devnet', '--validators', '1', '--dir', folder, '--api-port', port],
      ...['--param', 'keepalive_s=1'],
    );
    const [line] = await devnet.says(/^\{.*\}\n/);
    const ready = JSON.parse(line) as {
      readonly api: readonly string[];
      readonly pids: readonly number[];
    };
    [api = ''] = ready.api;
    [pid = 0] = ready.pids;
  });
  after(() => {
    for (const birthmark of started) killGroup(birthmark);
  });

  it('go on after its restart with the block after the last that was heard', async () => {
    const before = await EventListener.open(api + EVENTS);
    const { id = '', data } = await before.nextOf('block');
    const height = Number(data['block_height']);
    // One more is made, and not heard of.
    await before.nextOf('block');

    process.kill(pid, 'SIGKILL');
    await before.rest();
    await start('start', '--dir', path.join(folder, 'v1')).says(/ready: (http:\S+)/);
    const listener = await EventListener.open(api + EVENTS, { 'Last-Event-ID': id });

    const snapshot = await listener.next();
    expect(snapshot.data).to.deep.include({ continued: true, why: null, blocks: [] });
    for (let next = height + 1; next <= height + 3; next++) {
      const block = await listener.next();
      expect(block.event).to.equal('block');
      expect(block.data['block_height']).to.equal(next);
    }
    listener.close();
  });

  it('end with a word when it is stopped, and it stops at once', async () => {
    const listener = await EventListener.open(api + EVENTS);
    await listener.next();
    const node = started.at(-1)!;
    const beginMs = performance.now();

    process.kill(node.process.pid!, 'SIGTERM');

    const rest = await listener.rest();
    const { code } = await node.ended;
    expect(rest.at(-1)).to.deep.include({ event: 'end' });
    expect(rest.at(-1)?.data['reason']).to.equal('stopping');
    expect(code).to.equal(0);
    expect(performance.now() - beginMs).to.be.below(5_000);
  });
});
