/** What every implementation of the work store does. */
import { sha256 } from '#crypto';
import { expect } from 'chai';

import { compareBytes, formatHex } from '../../chain/bytes.ts';
import type { SweepLimits, WorkChange, WorkStore } from '../../node/store/workStore.ts';
import { cameraRecord, hashOf } from '../support/chainBuilder.ts';
import { equivocationBy, itemBy } from '../support/equivocations.ts';
import {
  cameraSubmissionOf,
  certificateOf,
  evidenceOf,
  legacySubmissionOf,
  receiptIdOf,
  receiptOf,
  waitingBatchOf,
} from '../support/work.ts';

const DURABLE = { durable: true };
const DAY_MS = 86_400_000;
const NOTHING_DUE: SweepLimits = {
  nowMs: 0,
  blockTimeMs: 0,
  certificateRetentionMs: 0,
  countMax: 100,
};

async function toArray<T>(found: AsyncIterable<T>): Promise<readonly T[]> {
  return Array.fromAsync(found);
}

/**
 * Describes a work store.
 *
 * @param open - opens an empty store of its own for each test.
 */
export function describeWorkStore(name: string, open: () => Promise<WorkStore>): void {
  describe(`${name} work store`, () => {
    let store: WorkStore;
    const write = (...changes: readonly WorkChange[]): Promise<void> =>
      store.write(changes, DURABLE);
    const sweep = (limits: Partial<SweepLimits>): Promise<number> =>
      store.sweep({ ...NOTHING_DUE, ...limits });

    beforeEach(async () => {
      store = await open();
    });

    afterEach(() => store.close());

    it('returns nothing where nothing was put', async () => {
      expect(store.readReceipt(receiptIdOf(1))).to.equal(undefined);
      expect(store.readFirstReceipt(hashOf('none'))).to.equal(undefined);
      expect(store.readSubmission(receiptIdOf(1))).to.equal(undefined);
      expect(store.readCertificate(hashOf('none'))).to.equal(undefined);
      expect(store.readEvidence(hashOf('none'))).to.equal(undefined);
      expect(store.readSequence()).to.equal(undefined);
      expect(store.readCosigned()).to.equal(undefined);
      expect(store.readWitnessed('log.example/1')).to.equal(undefined);
      expect(store.readOutside()).to.deep.equal([]);
      expect(await toArray(store.submissionIds())).to.deep.equal([]);
      expect(await toArray(store.batches())).to.deep.equal([]);
      expect(await toArray(store.equivocations())).to.deep.equal([]);
    });

    describe('of receipts', () => {
      it('returns a receipt as it was put last', async () => {
        const receipt = receiptOf(1, 'rejected', {
          steps: [
            { state: 'received', atMs: 1 },
            { state: 'rejected', atMs: 2 },
          ],
          rejection: { code: 'ERR_DUPLICATE', message: 'registered before' },
          duplicateOf: receiptIdOf(2),
          attempts: 3,
          nextAttemptMs: 4,
          problem: { code: 'ERR_TIMEOUT', message: 'no answer in 10 s' },
          batchId: hashOf('batch'),
          notKept: ['gps_hash'],
        });
        await write({ type: 'put-receipt', receipt: receiptOf(1) });
        await write({ type: 'put-receipt', receipt });

        expect(store.readReceipt(receipt.id)).to.deep.equal(receipt);
        expect(store.readReceipt(receipt.id)?.id.constructor).to.equal(Uint8Array);
      });

      it('lists their ids in order', async () => {
        const receipts = [1, 2, 3, 4].map((number) => receiptOf(number));
        await write(...receipts.map((receipt): WorkChange => ({ type: 'put-receipt', receipt })));
        const sorted = receipts.map(({ id }) => id).sort(compareBytes);

        expect(await toArray(store.receiptIds())).to.deep.equal(sorted);
      });

      it('returns the receipt that answers for a picture', async () => {
        const { imageHash } = cameraRecord(1);
        await write({ type: 'put-first-receipt', imageHash, receiptId: receiptIdOf(1) });

        expect(store.readFirstReceipt(imageHash)).to.deep.equal(receiptIdOf(1));
      });
    });

    describe('of submissions', () => {
      it('returns both kinds as they were put', async () => {
        const submissions = [cameraSubmissionOf(1), legacySubmissionOf(2)];
        await write(
          ...submissions.map((submission): WorkChange => ({ type: 'put-submission', submission })),
        );

        for (const each of submissions) {
          expect(store.readSubmission(each.receiptId)).to.deep.equal(each);
        }
      });

      it('lists those that are left, in order of receipt id', async () => {
        const submissions = [1, 2, 3, 4].map(cameraSubmissionOf);
        await write(
          ...submissions.map((submission): WorkChange => ({ type: 'put-submission', submission })),
        );
        await write({ type: 'delete-submission', receiptId: receiptIdOf(3) });
        const left = [1, 2, 4].map(receiptIdOf).sort(compareBytes);

        expect(await toArray(store.submissionIds())).to.deep.equal(left);
        expect(store.readSubmission(receiptIdOf(3))).to.equal(undefined);
      });
    });

    describe('of batches', () => {
      it('returns those that wait, in order of sequence', async () => {
        const batches = [300, 2, 1_000].map((sequence) => waitingBatchOf(sequence, [sequence]));
        await write(...batches.map((batch): WorkChange => ({ type: 'put-batch', batch })));
        const [first, second, third] = batches;

        expect(await toArray(store.batches())).to.deep.equal([second, first, third]);
      });

      it('forgets one that is deleted, also in the write that put it', async () => {
        const batch = waitingBatchOf(1, [1]);
        const { batchId } = batch;
        await write({ type: 'put-batch', batch }, { type: 'delete-batch', batchId });
        await write({ type: 'delete-batch', batchId });

        expect(await toArray(store.batches())).to.deep.equal([]);
      });

      it('returns one of status items, with records or without, as it was put', async () => {
        const items = [itemBy({ index: 0 }), itemBy({ index: 1 })];
        const batches = [waitingBatchOf(1, [1], items), waitingBatchOf(2, [], items)];
        await write(...batches.map((batch): WorkChange => ({ type: 'put-batch', batch })));

        expect(await toArray(store.batches())).to.deep.equal(batches);
        expect(batches[1]?.receiptIds).to.deep.equal([]);
      });

      it('keeps the highest sequence', async () => {
        await write({ type: 'put-sequence', sequence: 7 }, { type: 'put-sequence', sequence: 5 });
        await write({ type: 'put-sequence', sequence: 6 });

        expect(store.readSequence()).to.equal(7);
      });

      it('keeps the last checkpoint that was cosigned', async () => {
        const cosigned = [1, 300].map((treeSize) => {
          return { treeSize, root: hashOf(`root ${treeSize}`), timeS: 1_795_225_000 };
        });
        for (const each of cosigned) await write({ type: 'put-cosigned', cosigned: each });

        expect(store.readCosigned()).to.deep.equal(cosigned[1]);
      });

      it('keeps the last checkpoint of each log that is witnessed', async () => {
        const logs = ['log.example/1', 'log.example/1', 'log.example/2'].map((origin, i) => {
          return { origin, timeS: 1_795_225_000 + i, checkpoint: Uint8Array.of(i) };
        });
        for (const log of logs) await write({ type: 'put-witnessed', log });

        expect(store.readWitnessed('log.example/1')).to.deep.equal(logs[1]);
        expect(store.readWitnessed('log.example/2')).to.deep.equal(logs[2]);
        expect(store.readWitnessed('log.example/3')).to.equal(undefined);
      });

      it('keeps the checkpoints with outside cosignatures that were put last', async () => {
        await write({ type: 'put-outside', checkpoints: [Uint8Array.of(1), Uint8Array.of(2)] });
        await write({ type: 'put-outside', checkpoints: [Uint8Array.of(3)] });

        expect(store.readOutside()).to.deep.equal([Uint8Array.of(3)]);
      });
    });

    describe('of evidence', () => {
      const batch = waitingBatchOf(1, [1, 2]);
      const evidence = evidenceOf(batch, [1, 2]);
      const { batchId } = batch;

      it('returns it as it was put', async () => {
        await write({ type: 'put-evidence', evidence });

        expect(store.readEvidence(batchId)).to.deep.equal(evidence);
        expect(await toArray(store.evidenceIds())).to.deep.equal([batchId]);
      });

      it('keeps it while no time is said', async () => {
        await write({ type: 'put-evidence', evidence });

        expect(await sweep({ blockTimeMs: 10 * DAY_MS })).to.equal(0);
        expect(store.readEvidence(batchId)).not.to.equal(undefined);
      });

      it('drops it once block time passes its time, not before', async () => {
        await write(
          { type: 'put-evidence', evidence },
          { type: 'expire-evidence', batchId, untilMs: 1_000 },
        );

        expect(await sweep({ blockTimeMs: 1_000, nowMs: 5_000 })).to.equal(0);
        expect(await sweep({ blockTimeMs: 1_001 })).to.equal(1);
        expect(store.readEvidence(batchId)).to.equal(undefined);
      });

      it('keeps it where its batch was dropped and is taken in again before a sweep', async () => {
        await write({ type: 'put-evidence', evidence });
        await write({ type: 'expire-evidence', batchId, untilMs: 0 });
        await write({ type: 'put-evidence', evidence });

        expect(await sweep({ blockTimeMs: 10 * DAY_MS })).to.equal(0);
        expect(store.readEvidence(batchId)).to.deep.equal(evidence);
      });

      it('drops it at the time that is said of it anew', async () => {
        await write({ type: 'put-evidence', evidence });
        await write({ type: 'expire-evidence', batchId, untilMs: 2_000 });
        await write({ type: 'put-evidence', evidence });
        await write({ type: 'expire-evidence', batchId, untilMs: 1_000 });

        expect(await sweep({ blockTimeMs: 1_001 })).to.equal(1);
        expect(store.readEvidence(batchId)).to.equal(undefined);
      });
    });

    describe('of equivocations', () => {
      const stored = [0, 1, 2]
        .map((index) => ({
          subject: itemBy({ index }).subject,
          equivocation: equivocationBy({ index }),
        }))
        .sort((a, b) => compareBytes(a.subject, b.subject));
      const [first, second, third] = stored;

      beforeEach(() =>
        write(...stored.map((each): WorkChange => ({ type: 'put-equivocation', stored: each }))),
      );

      it('returns them as they were put, in order of subject', async () => {
        expect(await toArray(store.equivocations())).to.deep.equal(stored);
      });

      it('has one for each subject: the last', async () => {
        const equivocation = equivocationBy({ index: 5, view: 3 });
        const other = { subject: second!.subject, equivocation };
        await write({ type: 'put-equivocation', stored: other });

        expect(await toArray(store.equivocations())).to.deep.equal([first, other, third]);
      });

      it('forgets one that is deleted, and minds none that is not there', async () => {
        await write({ type: 'delete-equivocation', subject: second!.subject });
        await write({ type: 'delete-equivocation', subject: hashOf('none') });

        expect(await toArray(store.equivocations())).to.deep.equal([first, third]);
      });

      it('keeps them whatever the time is', async () => {
        const late = 100_000 * DAY_MS;

        expect(await sweep({ nowMs: late, blockTimeMs: late })).to.equal(0);
        expect(await toArray(store.equivocations())).to.deep.equal(stored);
      });
    });

    describe('of certificates', () => {
      const sent = certificateOf(1);
      const id = sha256(sent);
      const put = (usedAtMs: number): Promise<void> =>
        write({ type: 'put-certificate', sent, usedAtMs });

      it('returns one by the hash of what was sent', async () => {
        await put(1);

        expect(store.readCertificate(id)).to.deep.equal(sent);
      });

      it('drops one that was not used for the retention', async () => {
        await put(1_000);

        expect(await sweep({ blockTimeMs: 6_000, certificateRetentionMs: 5_000 })).to.equal(0);
        expect(await sweep({ blockTimeMs: 6_001, certificateRetentionMs: 5_000 })).to.equal(1);
        expect(store.readCertificate(id)).to.equal(undefined);
      });

      it('counts use from the last, noted once a day', async () => {
        await put(0);
        await put(DAY_MS);

        expect(await sweep({ blockTimeMs: DAY_MS })).to.equal(0);
        expect(await sweep({ blockTimeMs: DAY_MS + 1 })).to.equal(1);
      });

      it('does not note use within a day', async () => {
        await put(0);
        await put(DAY_MS - 1);

        expect(await sweep({ blockTimeMs: 1 })).to.equal(1);
      });
    });

    describe('of receipts past their time', () => {
      const receipt = receiptOf(1, 'committed');
      const { id: receiptId, imageHash } = receipt;
      const keep = (keptUntilMs: number | undefined): WorkChange => ({
        type: 'put-receipt',
        receipt: { ...receipt, keptUntilMs },
      });

      beforeEach(() => write(keep(1_000), { type: 'put-first-receipt', imageHash, receiptId }));

      it('drops a receipt once its time is past, with what answers for its picture', async () => {
        expect(await sweep({ nowMs: 1_000, blockTimeMs: 5_000 })).to.equal(0);
        expect(await sweep({ nowMs: 1_001 })).to.equal(1);
        expect(store.readReceipt(receiptId)).to.equal(undefined);
        expect(store.readFirstReceipt(imageHash)).to.equal(undefined);
      });

      it('keeps it until the time that was said last', async () => {
        await write(keep(3_000));
        await write(keep(2_000));

        expect(await sweep({ nowMs: 2_000 })).to.equal(0);
        expect(await sweep({ nowMs: 2_001 })).to.equal(1);
        expect(await sweep({ nowMs: 3_001 })).to.equal(0);
      });

      it('keeps what answers for the picture if that is another receipt', async () => {
        await write({ type: 'put-first-receipt', imageHash, receiptId: receiptIdOf(2) });
        await sweep({ nowMs: 2_000 });

        expect(store.readFirstReceipt(imageHash)).to.deep.equal(receiptIdOf(2));
      });

      it('keeps a reopened receipt until the time that its next end says', async () => {
        await write(keep(undefined));
        expect(await sweep({ nowMs: 2_000 })).to.equal(0);
        await write(keep(5_000));

        expect(await sweep({ nowMs: 5_000 })).to.equal(0);
        expect(await sweep({ nowMs: 5_001 })).to.equal(1);
      });

      it('keeps a receipt whose time is said anew while a sweep looks for it', async () => {
        const swept = sweep({ nowMs: 2_000 });
        const said = write(keep(9_000));
        await Promise.all([swept, said]);

        expect(store.readReceipt(receiptId)).not.to.equal(undefined);
      });

      it('drops at most as many as a sweep may, the earliest first', async () => {
        const later = [2, 3, 4].map((number, i) =>
          receiptOf(number, 'committed', { keptUntilMs: 900 - i }),
        );
        await write(...later.map((each): WorkChange => ({ type: 'put-receipt', receipt: each })));

        expect(await sweep({ nowMs: 2_000, countMax: 3 })).to.equal(3);
        expect(await toArray(store.receiptIds())).to.deep.equal([receiptId]);
        expect(await sweep({ nowMs: 2_000, countMax: 3 })).to.equal(1);
        expect(await sweep({ nowMs: 2_000, countMax: 3 })).to.equal(0);
      });
    });

    describe('with many writes at once', () => {
      it('applies them in the order of their calls', async () => {
        const receipts = [1, 2, 3, 4, 5].map((attempts) => receiptOf(1, 'received', { attempts }));
        await Promise.all(
          receipts.map((receipt, i) =>
            store.write([{ type: 'put-receipt', receipt }], { durable: i % 2 === 0 }),
          ),
        );

        expect(store.readReceipt(receiptIdOf(1))?.attempts).to.equal(5);
      });

      it('shows each from the moment it resolves', async () => {
        const numbers = Array.from({ length: 500 }, (_, i) => i);
        const seen = await Promise.all(
          numbers.map(async (number) => {
            await write({ type: 'put-receipt', receipt: receiptOf(number) });
            return store.readReceipt(receiptIdOf(number));
          }),
        );

        expect(seen.every((receipt) => receipt !== undefined)).to.equal(true);
      });

      it('fails only the call whose value breaks its schema', async () => {
        const receipt = receiptOf(1, 'received', { id: new Uint8Array(3) });
        const bad = write({ type: 'put-receipt', receipt }).catch(String);
        const good = write({ type: 'put-receipt', receipt: receiptOf(2) });
        await good;

        expect(await bad).to.include('InvariantError');
        expect(store.readReceipt(receiptIdOf(2))).not.to.equal(undefined);
      });

      it('writes at its close what was asked for, and nothing after', async () => {
        const asked = write({ type: 'put-receipt', receipt: receiptOf(1) });
        await store.close();
        await asked;

        const late = await write({ type: 'put-receipt', receipt: receiptOf(2) }).catch(String);
        expect(late).to.include('the store is closed');
        expect(() => store.readReceipt(receiptIdOf(1))).to.throw();
      });
    });

    it('tells its size', async () => {
      await write({ type: 'put-certificate', sent: certificateOf(1), usedAtMs: 1 });

      expect(await store.sizeBytes()).to.be.at.least(0);
      expect(formatHex(store.readCertificate(sha256(certificateOf(1)))!)).to.have.length(26);
    });
  });
}
