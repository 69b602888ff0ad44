import { expect } from 'chai';

import { receiptSchema } from '../../api/schemas/receipt.ts';
import { parseHex } from '../../chain/bytes.ts';
import { recordWith } from '../support/memoryLedger.ts';
import {
  expectProblem,
  jsonOf,
  type Running,
  startApi,
  stopAll,
  submissionWith,
} from './client.ts';

const IMAGE_HASH = 'ab'.repeat(32);

interface Submitted extends Running {
  readonly id: Uint8Array;
  readonly path: string;
}

/** Starts an interface that has accepted one submission. */
async function startWithReceipt(): Promise<Submitted> {
  const api = await startApi();
  const body = await jsonOf(await api.post('/api/v1/submit-cert', submissionWith()));
  const receiptId = String(body['receipt_id']);
  const id = parseHex(receiptId.replaceAll('-', ''));
  return { ...api, id, path: `/api/v1/receipts/${receiptId}` };
}

/** Resolves once so many clients wait. */
function waiting({ ports }: Running, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  ports.intake.onWait = (now) => {
    if (now === count) resolve(undefined);
  };
  return promise;
}

describe('a receipt', () => {
  afterEach(stopAll);

  it('tells the state and the time of each step', async () => {
    const { get, path, ports, id } = await startWithReceipt();
    ports.intake.advance(id, {
      state: 'authority_pending',
      attempts: 2,
      nextAttemptMs: 1_760_000_004_000,
      problem: { code: 'ERR_AUTHORITY_UNREACHABLE', message: 'no answer' },
    });

    const body = receiptSchema.strict().parse(await (await get(path)).json());

    expect(body).to.deep.include({
      image_hash: IMAGE_HASH,
      state: 'authority_pending',
      attempts: 2,
      next_attempt: '2025-10-09T08:53:24.000Z',
      problem: { code: 'ERR_AUTHORITY_UNREACHABLE', detail: 'no answer' },
      reason: null,
      verify: null,
    });
    expect(body.steps).to.deep.equal([
      { state: 'received', time: '2025-10-09T08:53:20.000Z' },
      { state: 'authority_pending', time: '2025-10-09T08:53:20.001Z' },
    ]);
  });

  it('has the same answer at its older address', async () => {
    const { get, path } = await startWithReceipt();

    const older = await get(path.replace('receipts', 'submission'));

    expect(await older.text()).to.equal(await (await get(path)).text());
  });

  it('has the verify answer once committed', async () => {
    const { get, path, ports, id } = await startWithReceipt();
    const batchId = ports.ledger.commit([recordWith({ imageHash: parseHex(IMAGE_HASH) })]);
    ports.intake.advance(id, { state: 'committed', batchId });

    const body = receiptSchema.parse(await (await get(path)).json());

    expect(body.verify).to.include({ verified: true, image_hash: IMAGE_HASH, block_height: 1 });
    expect(body.tx_hash).to.equal(body.verify!.tx_hash);
  });

  it('names the reason of a rejection, and the first receipt of a duplicate', async () => {
    const { get, path, ports, id } = await startWithReceipt();
    ports.intake.advance(id, {
      state: 'rejected',
      rejection: { code: 'ERR_DUPLICATE', message: 'registered already' },
      duplicateOf: id,
    });

    const body = await jsonOf(await get(path));

    expect(body['reason']).to.deep.equal({ code: 'ERR_DUPLICATE', detail: 'registered already' });
    expect(path).to.include(String(body['duplicate_of']));
  });

  it('is found by its id in upper case', async () => {
    const { get, path } = await startWithReceipt();
    const id = path.slice(path.lastIndexOf('/') + 1);

    const response = await get(`/api/v1/receipts/${id.toUpperCase()}`);

    expect(response.status).to.equal(200);
  });

  it('that nobody has is ERR_NOT_FOUND', async () => {
    const { get } = await startApi();

    const response = await get('/api/v1/receipts/00000000-0000-4000-8000-000000000000');

    await expectProblem(response, 404, 'ERR_NOT_FOUND');
  });

  for (const id of [
    'x',
    '00000000000040008000000000000000',
    '00000000-0000-4000-8000-00000000000g',
  ]) {
    it(`of the id ${id} is ERR_FIELD`, async () => {
      const { get } = await startApi();

      await expectProblem(await get(`/api/v1/submission/${id}`), 400, 'ERR_FIELD');
    });
  }

  const waits = [
    ['61', 422, 'ERR_RANGE'],
    ['-1', 400, 'ERR_FIELD'],
    ['1.5', 400, 'ERR_FIELD'],
    ['soon', 400, 'ERR_FIELD'],
    ['1&wait=2', 400, 'ERR_FIELD'],
  ] as const;
  for (const [wait, status, code] of waits) {
    it(`with wait=${wait} is ${code}`, async () => {
      const { get, path } = await startWithReceipt();

      await expectProblem(await get(`${path}?wait=${wait}`), status, code);
    });
  }
});

describe('a long poll', () => {
  afterEach(stopAll);

  it('is answered at the next change', async () => {
    const api = await startWithReceipt();
    const waits = waiting(api, 1);
    const polled = api.get(`${api.path}?wait=60`);
    await waits;

    api.ports.intake.advance(api.id, { state: 'certificate_verified' });

    expect(await jsonOf(await polled)).to.include({ state: 'certificate_verified' });
  });

  for (const state of ['committed', 'rejected'] as const) {
    it(`is answered at once where the submission is ${state}`, async () => {
      const { get, path, ports, id } = await startWithReceipt();
      ports.intake.advance(id, { state });
      ports.intake.onWait = () => expect.fail('waits');

      const body = await jsonOf(await get(`${path}?wait=60`));

      expect(body).to.include({ state });
    });
  }

  it('is answered at once if the client has seen less', async () => {
    const { get, path, ports, id } = await startWithReceipt();
    const seen = (await get(path)).headers.get('etag')!;
    ports.intake.advance(id, { state: 'validated' });

    const response = await get(`${path}?wait=60`, { headers: { 'If-None-Match': seen } });

    expect(await jsonOf(response)).to.include({ state: 'validated' });
  });

  it('is answered with 304 when its time is over and the client has seen all', async () => {
    const { get, path } = await startWithReceipt();
    const seen = (await get(path)).headers.get('etag')!;

    const response = await get(`${path}?wait=1`, { headers: { 'If-None-Match': seen } });

    expect(response.status).to.equal(304);
  });

  it('ends when the server stops', async () => {
    const api = await startWithReceipt();
    const waits = waiting(api, 1);
    const polled = api.get(`${api.path}?wait=60`);
    await waits;

    await api.stop();

    expect(await jsonOf(await polled)).to.include({ state: 'received' });
  });

  it('ends when the client has gone', async () => {
    const api = await startWithReceipt();
    const waits = waiting(api, 1);
    const gone = new AbortController();
    const polled = api
      .get(`${api.path}?wait=60`, { signal: gone.signal })
      .catch((error: unknown) => (error as Error).name);
    await waits;
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    api.ports.intake.onEnd = () => resolve(undefined);

    gone.abort();

    await ended;
    expect(await polled).to.equal('AbortError');
  });
});
