import { expect } from 'chai';

import { formatHex } from '../../../chain/bytes.ts';
import {
  advance,
  isEnded,
  openReceipt,
  receiptIdOf,
  reject,
  sourceOf,
  stateOf,
  type SubmissionKey,
} from '../../../node/intake/receipt.ts';
import { SUBMISSION_STATES } from '../../../node/store/workStore.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { receiptOf } from '../../support/work.ts';

const KEY: SubmissionKey = {
  imageHash: hashOfText('image'),
  source: sourceOf(hashOfText('certificate')),
  timestamp: 1_795_224_915,
};
const SECRET = hashOfText('secret');

describe('the id of a receipt', () => {
  it('is a UUID of version 8', () => {
    expect(formatHex(receiptIdOf(SECRET, KEY))).to.match(
      /^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/,
    );
  });

  it('is the same for the same submission', () => {
    expect(receiptIdOf(SECRET, { ...KEY })).to.deep.equal(receiptIdOf(SECRET, KEY));
  });

  const others: readonly (readonly [string, Uint8Array, SubmissionKey])[] = [
    ['another picture', SECRET, { ...KEY, imageHash: hashOfText('other') }],
    ['another certificate', SECRET, { ...KEY, source: hashOfText('other') }],
    ['another time', SECRET, { ...KEY, timestamp: KEY.timestamp + 1 }],
    ['another key, so nobody else can compute it', hashOfText('other'), KEY],
  ];
  for (const [what, secret, key] of others) {
    it(`is another for ${what}`, () => {
      expect(receiptIdOf(secret, key)).to.not.deep.equal(receiptIdOf(SECRET, KEY));
    });
  }
});

describe('a receipt', () => {
  const times = { receivedMs: 1, verifiedMs: 2 };
  const fresh = openReceipt(hashOfText('id').slice(0, 16), KEY.imageHash, {
    ...times,
    notKept: ['gps_hash'],
  });

  it('opens with what was done before it', () => {
    expect(fresh.steps).to.deep.equal([
      { state: 'received', atMs: 1 },
      { state: 'certificate_verified', atMs: 2 },
    ]);
    expect(fresh.notKept).to.deep.equal(['gps_hash']);
  });

  it('claims no verified certificate where there is none', () => {
    const { steps } = openReceipt(fresh.id, KEY.imageHash, {
      receivedMs: 1,
      verifiedMs: undefined,
      notKept: [],
    });

    expect(steps).to.deep.equal([{ state: 'received', atMs: 1 }]);
  });

  it('is in the state of its last step', () => {
    expect(stateOf(advance(fresh, 'validated', 3))).to.equal('validated');
  });

  it('forgets what stood in its way when it goes on', () => {
    const problem = { code: 'ERR_AUTHORITY_TIMEOUT', message: 'slow' };
    const after = advance({ ...fresh, problem, nextAttemptMs: 9, attempts: 2 }, 'validated', 3);

    expect(after).to.deep.include({ problem: undefined, nextAttemptMs: undefined, attempts: 2 });
  });

  it('does not change itself', () => {
    advance(fresh, 'validated', 3);

    expect(fresh.steps).to.have.length(2);
  });

  it('is rejected with the reason and the first receipt', () => {
    const duplicateOf = hashOfText('first').slice(0, 16);
    const after = reject(fresh, { code: 'ERR_DUPLICATE', message: 'again', duplicateOf }, 5);

    expect(after.steps.at(-1)).to.deep.equal({ state: 'rejected', atMs: 5 });
    expect(after.rejection).to.deep.equal({ code: 'ERR_DUPLICATE', message: 'again' });
    expect(after.duplicateOf).to.equal(duplicateOf);
  });

  it('is kept for 90 days from its end, and not before it ends', () => {
    const day = 86_400_000;

    expect(advance(fresh, 'committed', 1_000).keptUntilMs).to.equal(90 * day + 1_000);
    expect(reject(fresh, { code: 'ERR', message: '' }, 2_000).keptUntilMs).to.equal(
      90 * day + 2_000,
    );
    expect(advance(advance(fresh, 'rejected', 1), 'validated', 2).keptUntilMs).to.equal(undefined);
  });

  it('ends when committed or rejected, and in no other state', () => {
    const ended = SUBMISSION_STATES.filter((state) => isEnded(receiptOf(1, state)));

    expect(ended).to.deep.equal(['committed', 'rejected']);
  });
});
