import { once } from 'node:events';
import { connect } from 'node:net';

import { expect } from 'chai';

import { acceptedListSchema } from '../../api/schemas/receipt.ts';
import { formatHex } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { bytesOf } from '../support/memoryLedger.ts';
import { expectProblem, type Json, jsonOf, startApi, stopAll, submissionWith } from './client.ts';

const PATH = '/api/v1/submit-cert';

/** Returns submissions of different pictures. */
function listOf(count: number): Json[] {
  return Array.from({ length: count }, (_, i) =>
    submissionWith({ image_hash: formatHex(bytesOf(i)) }),
  );
}

describe('a list of submissions', () => {
  afterEach(stopAll);

  it('is answered in order', async () => {
    const { ports, post } = await startApi();

    const response = await post(PATH, listOf(100));

    expect(response.status).to.equal(202);
    const body = acceptedListSchema.parse(await response.json());
    const ids = body.map((each) => ('receipt_id' in each ? each.receipt_id : each.code));
    const expected = listOf(100).map(async (each) => jsonOf(await post(PATH, each)));
    expect(ids).to.deep.equal((await Promise.all(expected)).map((each) => each['receipt_id']));
    expect(ports.intake.requests).to.have.lengthOf(200);
  });

  it('has a problem in the place of each that is refused, and touches no other', async () => {
    const { ports, post } = await startApi();
    const list: unknown[] = listOf(6);
    list[1] = submissionWith({ timestamp: 'soon' });
    list[3] = null;
    ports.intake.refuse = (hash) =>
      formatHex(hash) === formatHex(bytesOf(4)) ? new ChainError('ERR_ENDPOINT', 'no') : undefined;

    const body = acceptedListSchema.parse(await (await post(PATH, list)).json());

    const codes = body.map((each) => ('code' in each ? `${each.status} ${each.code}` : 'accepted'));
    expect(codes).to.deep.equal([
      'accepted',
      '400 ERR_FIELD',
      'accepted',
      '400 ERR_FIELD',
      '403 ERR_ENDPOINT',
      'accepted',
    ]);
  });

  it('has ERR_INTERNAL in the place of one that the node fails on', async () => {
    const { ports, post } = await startApi();
    ports.intake.refuse = (hash) =>
      formatHex(hash) === formatHex(bytesOf(1)) ? new Error('disk on fire') : undefined;

    const text = await (await post(PATH, listOf(2))).text();

    expect(text).to.include('ERR_INTERNAL').and.to.include('receipt_id');
    expect(text).not.to.include('fire');
    expect(ports.faults).to.have.lengthOf(1);
  });

  it('may have 1,000 items and no more', async () => {
    const { post } = await startApi();

    const full = await post(PATH, listOf(1_000));
    const over = await post(PATH, listOf(1_001));

    expect(full.status).to.equal(202);
    await expectProblem(over, 413, 'ERR_BODY_TOO_LARGE');
  });

  it('may have 1,000 items with all that an item may have', async () => {
    const { post } = await startApi();
    const parents = Array.from({ length: 16 }, (_, i) => formatHex(bytesOf(i)));
    const digests = { 'raw-sha256': 'ab'.repeat(32), 'pixels-sha256': 'cd'.repeat(32) };
    const list = listOf(1_000).map((each) => ({
      ...each,
      parents,
      digests,
      gps_hash: 'ab'.repeat(32),
    }));

    const text = await (await post(PATH, list)).text();

    expect(text.match(/receipt_id/g)).to.have.lengthOf(1_000);
  });

  it('may not be empty', async () => {
    const { post } = await startApi();

    await expectProblem(await post(PATH, []), 400, 'ERR_FIELD');
  });

  it('counts each item against the rate, and says so in its place', async () => {
    const { post } = await startApi({ options: { requestsPerSecond: 10 } });

    const body = acceptedListSchema.parse(await (await post(PATH, listOf(40))).json());

    const limited = body.filter((each) => 'code' in each && each.code === 'ERR_RATE');
    expect(body).to.have.lengthOf(40);
    expect(limited.length).to.be.within(1, 30);
  });

  it('is refused with Retry-After while 16 others are being read', async () => {
    const { port, post } = await startApi();
    const head = 'POST /api/v1/submit-cert HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n';
    const sockets = Array.from({ length: 16 }, () => connect({ host: '127.0.0.1', port }));
    // "100 Continue" tells that the node has begun to read.
    const expecting = head.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n');
    await Promise.all(sockets.map((socket) => (socket.write(expecting), once(socket, 'data'))));

    const large = await post(PATH, `[${' '.repeat(300_000)}]`);
    const small = await post(PATH, submissionWith());

    for (const socket of sockets) socket.destroy();
    expect(large.headers.get('retry-after')).to.equal('1');
    await expectProblem(large, 503, 'ERR_NOT_READY');
    expect(small.status).to.equal(202);
  });
});
