import { expect } from 'chai';

import { DEFAULT_PARAMS } from '../../chain/params.ts';
import { Housekeeping } from '../../node/housekeeping.ts';
import { createMemoryWorkStore } from '../../node/store/memoryWorkStore.ts';
import type { WorkStore } from '../../node/store/workStore.ts';
import { captureLog, type CapturedLog, messagesOf } from '../support/capturedLog.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { receiptOf } from '../support/work.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe('housekeeping', () => {
  let work: WorkStore;
  let clock: FakeClock;
  let captured: CapturedLog;
  let faults: unknown[];
  let overdueCalls: number;

  beforeEach(() => {
    work = createMemoryWorkStore();
    clock = new FakeClock();
    captured = captureLog('debug');
    faults = [];
    overdueCalls = 0;
  });

  const begin = async (evidenceBytesMax = 1_000_000): Promise<Housekeeping> => {
    const housekeeping = new Housekeeping({
      work,
      clock,
      log: captured.log,
      evidenceBytesMax,
      params: () => DEFAULT_PARAMS,
      blockTimeMs: () => clock.nowMs(),
      rejectOverdue: async () => {
        overdueCalls += 1;
        return overdueCalls === 1 ? 2 : 0;
      },
      onFault: (error) => faults.push(error),
    });
    await housekeeping.start();
    return housekeeping;
  };

  /** Puts ended receipts whose time is past. */
  const putExpired = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const receipt = receiptOf(i, 'committed', { keptUntilMs: 1 });
      await work.write([{ type: 'put-receipt', receipt }], { durable: false });
    }
  };

  const remaining = async (): Promise<number> => (await Array.fromAsync(work.receiptIds())).length;

  it('deletes what is past its time once a minute, not before', async () => {
    await putExpired(3);
    await begin();
    await clock.advance(MINUTE_MS - 1);
    const before = await remaining();
    await clock.advance(1);

    expect([before, await remaining()]).to.deep.equal([3, 0]);
  });

  it('goes on soon while there is more, and then once a minute again', async () => {
    await putExpired(450);
    await begin();
    await clock.advance(MINUTE_MS);
    const first = await remaining();
    await clock.advance(100);
    const rest = await remaining();
    await putExpired(1);
    await clock.advance(MINUTE_MS - 1_000);

    expect([first, rest, await remaining()]).to.deep.equal([250, 0, 1]);
  });

  it('keeps what has no end', async () => {
    await work.write([{ type: 'put-receipt', receipt: receiptOf(1) }], { durable: false });
    await begin();
    await clock.advance(10 * MINUTE_MS);

    expect(await remaining()).to.equal(1);
  });

  it('looks for overdue submissions once an hour and says how many there were', async () => {
    await begin();
    await clock.advance(HOUR_MS);
    const first = overdueCalls;
    await clock.advance(2 * MINUTE_MS);

    expect([first, overdueCalls]).to.deep.equal([1, 2]);
    expect(messagesOf(captured)).to.deep.equal(['no verdict within 30 days']);
  });

  it('closes intake where the store has reached its limit, from the start on', async () => {
    await putExpired(10);
    const size = await work.sizeBytes();
    const below = await begin(size + 1);
    const at = await begin(size);

    expect(below.closedBecause()).to.equal(undefined);
    expect(at.closedBecause()).to.match(/EVIDENCE_BYTES_MAX/);
  });

  it('opens intake again once there is room', async () => {
    await putExpired(10);
    const housekeeping = await begin(await work.sizeBytes());
    await clock.advance(MINUTE_MS);

    expect(housekeeping.closedBecause()).to.equal(undefined);
  });

  it('warns at nine tenths of the limit', async () => {
    await work.write([{ type: 'put-receipt', receipt: receiptOf(1) }], { durable: false });
    const size = await work.sizeBytes();
    await begin(Math.ceil(size / 0.9) - 1);
    await clock.advance(MINUTE_MS);

    expect(messagesOf(captured)).to.include('evidence is close to its limit');
  });

  it('stops the node if the store fails', async () => {
    await begin();
    await work.close();
    await clock.advance(MINUTE_MS);

    expect(faults.map(String)).to.deep.equal(['Error: the store is closed']);
    expect(clock.timerCount).to.equal(0);
  });

  it('does nothing once it has stopped, and leaves no timer', async () => {
    await putExpired(1);
    const housekeeping = await begin();
    await housekeeping.stop();
    await clock.advance(HOUR_MS);

    expect([await remaining(), clock.timerCount]).to.deep.equal([1, 0]);
  });
});
