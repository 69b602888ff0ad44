import { expect } from 'chai';

import { type Provenance, provenanceSchema } from '../../api/schemas/provenance.ts';
import { formatHex } from '../../chain/bytes.ts';
import { type ImageRecord, RECORD_KIND } from '../../chain/record.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';
import { expectProblem, type Running, startApi, stopAll } from './client.ts';

const hashOf = (n: number): string => formatHex(bytesOf(n));
const pathOf = (n: number): string => `/api/v1/provenance/${hashOf(n)}`;

function original(n: number): ImageRecord {
  return recordWith({ imageHash: bytesOf(n) });
}

function edit(n: number, ...parents: readonly number[]): ImageRecord {
  return recordWith({
    imageHash: bytesOf(n),
    kind: RECORD_KIND.edit,
    parents: parents.map(bytesOf),
  });
}

async function ask({ get }: Running, n: number): Promise<Provenance> {
  const response = await get(pathOf(n));
  expect(response.status).to.equal(200);
  return provenanceSchema.strict().parse(await response.json());
}

/** Hashes of the answer as the numbers that they were made from, which are below 300. */
const NUMBERS = new Map(Array.from({ length: 300 }, (_, n) => [hashOf(n), n]));
const numbersOf = ({ pictures }: Provenance): readonly unknown[] =>
  pictures.map(({ image_hash: hash, relation, distance }) => [
    NUMBERS.get(hash),
    relation,
    distance,
  ]);
const stepsOf = ({ steps }: Provenance): readonly unknown[] =>
  steps.map(({ parent, child }) => [NUMBERS.get(parent), NUMBERS.get(child)]);
const endsOf = ({ cut_off: ends }: Provenance): readonly unknown[] =>
  ends.map(({ image_hash: hash, direction, limit }) => [NUMBERS.get(hash), direction, limit]);

describe('GET /api/v1/provenance/{image_hash}', () => {
  let api: Running;

  beforeEach(async () => {
    api = await startApi();
  });

  afterEach(stopAll);

  it('has the picture alone where it has no parents and nothing was made from it', async () => {
    api.ports.ledger.commit([original(1)], 1);

    expect(await ask(api, 1)).to.deep.equal({
      image_hash: hashOf(1),
      pictures: [
        {
          image_hash: hashOf(1),
          relation: 'asked',
          distance: 0,
          verdict: 'registered_original',
          kind: 'camera',
          aggregator: 'beta',
          block_time: 1_760_000_001,
        },
      ],
      steps: [],
      complete: true,
      cut_off: [],
      as_of: { height: 1, block_time: 1_760_000_001, log_size: 3 },
    });
  });

  it('walks to parents of parents and to derivatives of derivatives, and to no siblings', async () => {
    const records = [original(1), original(2), edit(3, 1, 2), edit(4, 3), edit(5, 4), edit(6, 1)];
    api.ports.ledger.commit([...records, edit(7, 4)]);

    const answer = await ask(api, 4);

    expect(numbersOf(answer)).to.deep.equal([
      [4, 'asked', 0],
      [3, 'ancestor', 1],
      [5, 'derivative', 1],
      [7, 'derivative', 1],
      [1, 'ancestor', 2],
      [2, 'ancestor', 2],
    ]);
    expect(stepsOf(answer)).to.have.deep.members([
      [3, 4],
      [1, 3],
      [2, 3],
      [4, 5],
      [4, 7],
    ]);
    expect(answer.complete).to.equal(true);
  });

  it('lists parents that are not registered, without facts', async () => {
    api.ports.ledger.commit([edit(2, 1)]);

    const { pictures } = await ask(api, 2);

    expect(pictures[1]).to.deep.equal({
      image_hash: hashOf(1),
      relation: 'ancestor',
      distance: 1,
      verdict: 'not_found',
      kind: null,
      aggregator: null,
      block_time: null,
    });
  });

  it('answers about a hash that is not registered where a registered picture names it', async () => {
    api.ports.ledger.commit([edit(2, 1)]);

    const answer = await ask(api, 1);

    expect(answer.pictures.map(({ verdict }) => verdict)).to.deep.equal([
      'not_found',
      'declared_edit',
    ]);
    expect(stepsOf(answer)).to.deep.equal([[1, 2]]);
  });

  it('ends where pictures name each other, or themselves', async () => {
    api.ports.ledger.commit([edit(1, 2), edit(2, 1), edit(3, 3, 1)]);

    expect(numbersOf(await ask(api, 1))).to.deep.equal([
      [1, 'asked', 0],
      [2, 'ancestor', 1],
      [3, 'derivative', 1],
    ]);
    const own = await ask(api, 3);
    expect(stepsOf(own)).to.deep.include([3, 3]);
    expect(own.complete).to.equal(true);
  });

  it('has the parents that any registration names', async () => {
    api.ports.ledger.commit([edit(3, 1)], 0);
    api.ports.ledger.commit([edit(3, 2)], 1);

    expect(numbersOf(await ask(api, 3))).to.deep.equal([
      [3, 'asked', 0],
      [1, 'ancestor', 1],
      [2, 'ancestor', 1],
    ]);
    expect(numbersOf(await ask(api, 2))).to.deep.equal([
      [2, 'asked', 0],
      [3, 'derivative', 1],
    ]);
  });

  it('goes eight steps in each direction, and says where there is more', async () => {
    const chain = Array.from({ length: 20 }, (_, i) => (i === 0 ? original(0) : edit(i, i - 1)));
    api.ports.ledger.commit(chain);

    const answer = await ask(api, 10);
    const near = await ask(api, 8);

    expect(answer.pictures).to.have.lengthOf(17);
    expect(answer.complete).to.equal(false);
    expect(endsOf(answer)).to.deep.equal([
      [2, 'parents', 'depth'],
      [18, 'derivatives', 'depth'],
    ]);
    expect(endsOf(near)).to.deep.equal([[16, 'derivatives', 'depth']]);
  });

  it('lists 64 pictures at most, parents not hidden by derivatives', async () => {
    const many = Array.from({ length: 70 }, (_, i) => edit(100 + i, 10));
    api.ports.ledger.commit([original(1), edit(10, 1), ...many]);

    const answer = await ask(api, 10);

    expect(answer.pictures).to.have.lengthOf(64);
    expect(numbersOf(answer)).to.deep.include([1, 'ancestor', 1]);
    expect(endsOf(answer)).to.deep.equal([[10, 'derivatives', 'pictures']]);
  });

  it('is complete with exactly 64', async () => {
    api.ports.ledger.commit([
      original(1),
      ...Array.from({ length: 63 }, (_, i) => edit(100 + i, 1)),
    ]);

    const answer = await ask(api, 1);

    expect(answer.pictures).to.have.lengthOf(64);
    expect(answer.complete).to.equal(true);
  });

  it('asks once for the derivatives of a picture, and for one more than it can list', async () => {
    const { ledger } = api.ports;
    ledger.commit([original(1), edit(2, 1)]);
    const find = ledger.findDerivatives.bind(ledger);
    const asked: number[] = [];
    ledger.findDerivatives = (imageHash, countMax) => {
      asked.push(countMax);
      return find(imageHash, countMax);
    };

    await ask(api, 1);

    expect(asked).to.deep.equal([65, 65]);
  });

  it('is 404 for a hash that is neither registered nor named', async () => {
    const detail = await expectProblem(await api.get(pathOf(1)), 404, 'ERR_NOT_FOUND');

    expect(detail).to.equal(
      'image_hash: not registered, and no registered picture was made from it',
    );
  });

  it('refuses what is no hash', async () => {
    await expectProblem(await api.get('/api/v1/provenance/abc'), 400, 'ERR_FIELD');
  });

  it('may be asked by pages of any site, with an entity tag', async () => {
    api.ports.ledger.commit([original(1)]);
    const first = await api.get(pathOf(1));
    const again = await api.get(pathOf(1), {
      headers: { 'If-None-Match': first.headers.get('etag')! },
    });

    expect(first.headers.get('access-control-allow-origin')).to.equal('*');
    expect(again.status).to.equal(304);
  });

  it('is asked for 20 times a second by one client, and no more often', async () => {
    api.ports.ledger.commit([original(1)]);

    const answers = await Promise.all(Array.from({ length: 200 }, () => api.get(pathOf(1))));

    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).to.be.within(1, 180);
    await expectProblem(refused[0]!, 429, 'ERR_RATE');
  });
});
