import { expect } from 'chai';

import { ReceiptDesk } from '../../../node/intake/receiptDesk.ts';
import { createMemoryWorkStore } from '../../../node/store/memoryWorkStore.ts';
import type { SubmissionState, WorkStore } from '../../../node/store/workStore.ts';
import { settled } from '../../support/fakeClock.ts';
import { receiptIdOf, receiptOf } from '../../support/work.ts';

const DURABLE = { durable: true };

describe('the desk of receipts', () => {
  let work: WorkStore;
  let desk: ReceiptDesk;

  beforeEach(() => {
    work = createMemoryWorkStore();
    desk = new ReceiptDesk(work);
  });

  /** Takes receipt `number` through states. */
  const move = async (number: number, ...states: readonly SubmissionState[]): Promise<void> => {
    for (const state of states) {
      const before = desk.find(receiptIdOf(number));
      await desk.write([{ before, after: receiptOf(number, state) }], [], DURABLE);
    }
  };

  it('finds what it wrote', async () => {
    await move(1, 'authority_pending');

    expect(desk.find(receiptIdOf(1))).to.deep.equal(receiptOf(1, 'authority_pending'));
  });

  it('finds a step that it holds, and after the next write that one', async () => {
    await move(1, 'authority_pending');
    const [before, held] = [receiptOf(1, 'authority_pending'), receiptOf(1, 'validated')];
    desk.hold({ before, after: held });
    const found = desk.find(receiptIdOf(1));
    const stored = work.readReceipt(receiptIdOf(1));
    await desk.write([{ before: held, after: receiptOf(1, 'batched') }], [], DURABLE);

    expect([found, stored]).to.deep.equal([held, before]);
    expect(desk.find(receiptIdOf(1))).to.deep.equal(receiptOf(1, 'batched'));
    expect(Object.fromEntries(desk.pendingByState())).to.deep.include({ validated: 0, batched: 1 });
  });

  it('counts what is pending, by state', async () => {
    await move(1, 'authority_pending');
    await move(2, 'authority_pending', 'validated');

    expect(desk.pendingCount()).to.equal(2);
    expect(Object.fromEntries(desk.pendingByState())).to.deep.equal({
      authority_pending: 1,
      validated: 1,
    });
  });

  for (const end of ['committed', 'rejected'] as const) {
    it(`counts nothing that is ${end}`, async () => {
      await move(1, 'authority_pending', 'validated', 'batched', end);

      expect(desk.pendingCount()).to.equal(0);
    });
  }

  it('counts a reopened receipt again', async () => {
    await move(1, 'authority_pending', 'rejected', 'authority_pending');

    expect(desk.pendingCount()).to.equal(1);
  });

  it('counts what a start finds', () => {
    desk.countRestored(receiptOf(1, 'batched'));
    desk.countRestored(receiptOf(2, 'committed'));

    expect(desk.pendingCount()).to.equal(1);
  });

  it('counts nothing that was not written', async () => {
    await work.close();
    const failure = await move(1, 'authority_pending').catch((error: unknown) => error);

    expect(failure).to.be.an('error');
    expect(desk.pendingCount()).to.equal(0);
  });

  it('writes receipts with what belongs to them, at once', async () => {
    const put = { type: 'put-sequence', sequence: 7 } as const;
    const moves = [{ before: undefined, after: receiptOf(1) }];
    const written = desk.write(moves, [put], DURABLE);

    expect([desk.find(receiptIdOf(1)), work.readSequence()]).to.deep.equal([undefined, undefined]);
    await written;
    expect(work.readSequence()).to.equal(7);
  });

  it('wakes all who wait for a receipt when it changes', async () => {
    const never = new AbortController().signal;
    const woken = Promise.all([1, 2].map(() => desk.waitForChange(receiptIdOf(1), never)));
    await move(1, 'authority_pending');

    expect(await woken).to.have.length(2);
  });

  it('does not wake those who wait for another', async () => {
    let isWoken = false;
    const aborter = new AbortController();
    const waiting = desk.waitForChange(receiptIdOf(2), aborter.signal).then(() => (isWoken = true));
    await move(1, 'authority_pending');
    await settled();

    expect(isWoken).to.equal(false);
    aborter.abort();
    await waiting;
  });

  it('lets who waits go when the signal aborts, or has aborted', async () => {
    const aborter = new AbortController();
    const waiting = desk.waitForChange(receiptIdOf(1), aborter.signal);
    aborter.abort();

    await waiting;
    await desk.waitForChange(receiptIdOf(1), aborter.signal);
    expect(aborter.signal.aborted).to.equal(true);
  });

  it('tells of a change only when it can be read', async () => {
    const never = new AbortController().signal;
    const seen = desk.waitForChange(receiptIdOf(1), never).then(() => desk.find(receiptIdOf(1)));
    await move(1, 'validated');

    expect(await seen).to.deep.equal(receiptOf(1, 'validated'));
  });
});
