import path from 'node:path';

import { expect } from 'chai';

import { formatHex } from '../../chain/bytes.ts';
import {
  authorityOf,
  birthmarkExtensions,
  CA_FALSE,
  createCa,
  createCamera,
  DEVICE_VALUES,
  KEY_USAGE,
} from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { bodyOf, NOW_S, requestOf } from '../support/shots.ts';
import { StandInAuthority } from '../support/standInAuthority.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { type Json, WholeNode } from '../support/wholeNode.ts';

const CA = createCa();
const GOOD_COUNT = 100;
const TEN_YEARS_S = 10 * 365 * 86_400;

describe('a body of many submissions', () => {
  const folder = temporaryFolder();
  const authority = new StandInAuthority();
  let clock: FakeClock;
  let node: WholeNode;
  let count = 0;

  before(() => authority.start());
  after(() => authority.stop());
  beforeEach(async () => {
    authority.questions.length = 0;
    clock = new FakeClock(NOW_S * 1_000);
    const endpoints = [`${authority.origin}/`];
    const authorities = [authorityOf([CA], { endpoints, allowPrivate: true })];
    node = await WholeNode.start(path.join(folder, `node-${count++}`), { authorities, clock });
  });
  afterEach(() => node.stop());

  const shoot = (name: string, capturedAt = NOW_S): Json => {
    const values = { ...DEVICE_VALUES, endpoint: authority.url };
    const extensions = [CA_FALSE, KEY_USAGE, ...birthmarkExtensions(values)];
    const camera = createCamera(CA, { extensions });
    return bodyOf(requestOf(camera, name, { claims: { capturedAt } }));
  };

  const submitAll = async (bodies: readonly unknown[]): Promise<readonly Json[]> => {
    const { status, body } = await node.submit(bodies);
    expect(status).to.equal(202);
    return body as unknown as readonly Json[];
  };

  /** Commits submissions; resolves to their receipts. */
  const commit = async (ids: readonly string[]): Promise<readonly Json[]> => {
    for (const id of ids) await node.receiptIn(id, 'validated', 'batched', 'committed', 'rejected');
    await clock.advance(1_000);
    return Promise.all(ids.map((id) => node.ended(id)));
  };

  const good = Array.from({ length: GOOD_COUNT }, (_, i) => `good ${i}`);

  it('takes the hundred good ones in one batch, whatever lies among them', async () => {
    const bodies: unknown[] = good.map((name) => shoot(name));
    bodies.splice(10, 0, shoot('future', NOW_S + TEN_YEARS_S));
    bodies.splice(30, 0, shoot('good 3', NOW_S - 60));
    bodies.splice(50, 0, { ...shoot('malformed'), image_hash: 'not a hash' });
    bodies.splice(70, 0, 'not an object');
    const answers = await submitAll(bodies);
    const bad = [10, 50, 70].map((i) => answers[i]);
    const ids = answers
      .filter((_answer, i) => ![10, 50, 70].includes(i))
      .map((answer) => String(answer['receipt_id']));
    const receipts = await commit(ids);
    const committed = receipts.filter(({ state }) => state === 'committed');
    const rejected = receipts.filter(({ state }) => state !== 'committed');
    // Which of two of one photograph is checked first is nobody's promise.
    const twins = [answers[3]?.['receipt_id'], answers[30]?.['receipt_id']];

    expect(bad.map((each) => [each?.['status'], each?.['code']])).to.deep.equal([
      [422, 'ERR_TIMESTAMP_AHEAD'],
      [400, 'ERR_FIELD'],
      [400, 'ERR_FIELD'],
    ]);
    expect(committed).to.have.length(GOOD_COUNT);
    expect(new Set(committed.map((receipt) => receipt['tx_hash'])).size).to.equal(1);
    expect(rejected.map(({ reason }) => (reason as Json)['code'])).to.deep.equal(['ERR_DUPLICATE']);
    expect([rejected[0]?.['receipt_id'], rejected[0]?.['duplicate_of']]).to.have.members(twins);
    expect((await node.get('/api/v1/blocks/latest')).body).to.include({ record_count: GOOD_COUNT });
  });

  it('asks once about each that was taken', async () => {
    const bodies = [shoot('a'), shoot('b'), { ...shoot('c'), timestamp: 'now' }, shoot('a')];
    const answers = await submitAll(bodies);
    await commit([0, 1].map((i) => String(answers[i]?.['receipt_id'])));

    expect(authority.questions.map(({ body }) => body['image_hash'])).to.have.members(
      ['a', 'b'].map((name) => formatHex(hashOfText(name))),
    );
  });

  it('gives the same receipts when it is sent again, and makes no entry twice', async () => {
    const bodies = good.slice(0, 20).map((name) => shoot(name));
    const first = await submitAll(bodies);
    const again = await submitAll(bodies);
    await commit(first.map((answer) => String(answer['receipt_id'])));
    const after = await submitAll(bodies);
    const idsOf = (answers: readonly Json[]): readonly unknown[] =>
      answers.map((answer) => answer['receipt_id']);

    expect(idsOf(again)).to.deep.equal(idsOf(first));
    expect(idsOf(after)).to.deep.equal(idsOf(first));
    expect(authority.questions).to.have.length(20);
    expect((await node.get('/api/v1/status')).body).to.include({ total_hashes: 20 });
  });

  it('gives one receipt to copies within it', async () => {
    const answers = await submitAll([shoot('a'), shoot('a'), shoot('a')]);

    expect(new Set(answers.map((answer) => answer['receipt_id'])).size).to.equal(1);
  });

  it('is decided through a restart between its 202 and its batch', async () => {
    const answers = await submitAll(good.slice(0, 30).map((name) => shoot(name)));
    await node.restart();
    const receipts = await commit(answers.map((answer) => String(answer['receipt_id'])));

    expect(receipts.filter(({ state }) => state === 'committed')).to.have.length(30);
  });

  it('is refused whole where it is empty, and taken as bad items one by one', async () => {
    const empty = await node.submit([]);
    const answers = await submitAll([null, [], 7]);

    expect([empty.status, empty.body['code']]).to.deep.equal([400, 'ERR_FIELD']);
    expect(answers.map(({ code }) => code)).to.deep.equal(['ERR_FIELD', 'ERR_FIELD', 'ERR_FIELD']);
  });
});
