import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import path from 'node:path';

import { expect } from 'chai';

import { Uptime } from '../../node/uptime.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const START_MS = 1_800_000_000_000;

describe('the time in service', () => {
  const folder = temporaryFolder();
  let count = 0;
  let file = '';

  beforeEach(() => {
    file = path.join(folder, `uptime-${count++}.json`);
  });

  it('is all of it at the first start', async () => {
    const clock = new FakeClock(START_MS);
    const uptime = await Uptime.open(file, clock);
    const first = uptime.share();
    await clock.advance(5_500);

    expect([first, uptime.share(), uptime.seconds()]).to.deep.equal([1, 1, 5]);
    await uptime.stop();
  });

  it('counts the time between a stop and the next start as down', async () => {
    const clock = new FakeClock(START_MS);
    const before = await Uptime.open(file, clock);
    await clock.advance(30_000);
    await before.stop();
    await clock.advance(60_000);
    const after = await Uptime.open(file, clock);
    await clock.advance(10_000);

    expect(after.share()).to.equal(0.4);
    expect(after.seconds()).to.equal(10);
    await after.stop();
  });

  it('is saved every minute, so that a crash costs a minute at most', async () => {
    const clock = new FakeClock(START_MS);
    const uptime = await Uptime.open(file, clock);
    const changes = watch(folder);
    await clock.advance(60_000);
    for await (const _change of changes) if (existsSync(file)) break;
    const saved = JSON.parse(readFileSync(file, 'utf8')) as unknown;

    expect(saved).to.deep.equal({ first_start_ms: START_MS, up_ms: 60_000 });
    await uptime.stop();
  });

  it('sets its next save at once after each', async () => {
    const clock = new FakeClock(START_MS);
    const uptime = await Uptime.open(file, clock);
    await clock.advance(180_000);

    expect(clock.timerCount).to.equal(1);
    await uptime.stop();
    expect(clock.timerCount).to.equal(0);
  });

  for (const text of ['', 'no json', '{}', '{"first_start_ms":1.5,"up_ms":0}', 'null']) {
    it(`begins anew where the file holds ${JSON.stringify(text)}`, async () => {
      writeFileSync(file, text);
      const uptime = await Uptime.open(file, new FakeClock(START_MS));

      expect(uptime.share()).to.equal(1);
      await uptime.stop();
    });
  }

  it('is a share from 0 to 1 also where the clock was set back', async () => {
    const saved = { first_start_ms: START_MS - 1_000, up_ms: 0 };
    writeFileSync(file, JSON.stringify(saved));
    let nowMs = START_MS;
    const uptime = await Uptime.open(file, {
      nowMs: () => nowMs,
      setTimer: () => ({ cancel: () => undefined }),
    });
    nowMs -= 900;

    expect(uptime.share()).to.be.within(0, 1);
    expect(uptime.seconds()).to.equal(0);
    await uptime.stop();
  });

  it('stops no node where it cannot be written', async () => {
    const clock = new FakeClock(START_MS);
    const uptime = await Uptime.open(path.join(folder, 'missing', 'uptime.json'), clock);
    await uptime.stop();

    expect(uptime.share()).to.equal(1);
  });
});
