/** Time stamps over HTTP; what the tokens say is tested where they are made. */
import { expect } from 'chai';

import { ApiError } from '../../api/errors.ts';
import { statusSchema } from '../../api/schemas/node.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { expectProblem, jsonOf, type Running, startApi, stopAll } from './client.ts';

const PATH = '/api/v1/timestamp';
const QUERY = Uint8Array.of(0x30, 0x00, 0xff);
const REPLY = Uint8Array.of(0x30, 0x03, 0x80, 0x00, 0xc3);

describe('the route of time stamps', () => {
  afterEach(stopAll);

  /** An interface of a node that answers each query with the same bytes. */
  const start = async (
    answer: (query: Uint8Array) => Promise<Uint8Array> = async () => REPLY,
  ): Promise<Running & { readonly queries: Uint8Array[] }> => {
    const queries: Uint8Array[] = [];
    const timestamps = {
      answer: (query: Uint8Array) => {
        queries.push(query);
        return answer(query);
      },
    };
    const api = await startApi({ ports: { ...createMemoryPorts(), timestamps } });
    return { ...api, queries };
  };

  it('hands the bytes of a query over, and the bytes of the reply back', async () => {
    const { post, queries } = await start();
    const response = await post(PATH, QUERY, {
      headers: { 'Content-Type': 'application/timestamp-query' },
    });

    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('application/timestamp-reply');
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(response.headers.get('content-length')).to.equal(String(REPLY.length));
    expect(new Uint8Array(await response.arrayBuffer())).to.deep.equal(REPLY);
    expect(queries).to.deep.equal([QUERY]);
  });

  it('does not look at the content type, as no route does', async () => {
    const { post } = await start();

    expect((await post(PATH, QUERY)).status).to.equal(200);
  });

  it('hands over a body of 4,096 bytes, and no larger one', async () => {
    const { post, queries } = await start();

    expect((await post(PATH, new Uint8Array(4_096))).status).to.equal(200);
    await expectProblem(await post(PATH, new Uint8Array(4_097)), 413, 'ERR_BODY_TOO_LARGE');
    expect(queries.map(({ length }) => length)).to.deep.equal([4_096]);
  });

  it('refuses a body that is compressed', async () => {
    const { post } = await start();
    const headers = { 'Content-Encoding': 'gzip' };

    await expectProblem(await post(PATH, QUERY, { headers }), 400, 'ERR_FIELD');
  });

  it('says what keeps the node from it as a problem', async () => {
    const { post } = await start(() =>
      Promise.reject(new ApiError('ERR_NOT_READY', 'too many', { retryAfterS: 1 })),
    );
    const response = await post(PATH, QUERY);

    expect(response.headers.get('retry-after')).to.equal('1');
    await expectProblem(response, 503, 'ERR_NOT_READY');
  });

  it('lets one client have 50 a second', async () => {
    const { post, queries } = await start();
    const responses = await Promise.all(Array.from({ length: 80 }, () => post(PATH, QUERY)));
    const refused = responses.filter(({ status }) => status !== 200);

    expect(queries.length).to.be.within(50, 79);
    expect(refused).to.have.length(80 - queries.length);
    await expectProblem(refused[0]!, 429, 'ERR_RATE');
  });

  it('is not for pages of other sites', async () => {
    const { get, post } = await start();
    const preflight = await get(PATH, { method: 'OPTIONS' });
    const answer = await post(PATH, QUERY, { headers: { Origin: 'https://elsewhere.example' } });

    expect(preflight.headers.get('access-control-allow-origin')).to.equal(null);
    expect(answer.headers.get('access-control-allow-origin')).to.equal(null);
  });

  it('is one of bytes in the OpenAPI document', async () => {
    const { get } = await start();
    const { paths } = (await jsonOf(await get('/openapi.json'))) as {
      paths: Record<string, { post: { requestBody: object; responses: Record<string, object> } }>;
    };
    const { requestBody, responses } = paths[PATH]!.post;

    expect(requestBody).to.deep.equal({
      required: true,
      content: { 'application/timestamp-query': {} },
    });
    expect(responses['200']).to.deep.include({ content: { 'application/timestamp-reply': {} } });
  });
});

describe('a node without a time-stamping certificate', () => {
  afterEach(stopAll);

  it('says so, before it reads a body', async () => {
    const { post } = await startApi();
    const detail = await expectProblem(
      await post(PATH, new Uint8Array(5_000)),
      404,
      'ERR_NO_TIMESTAMPS',
    );

    expect(detail).to.include('has no time-stamping certificate');
  });

  it('says so in its status', async () => {
    const { get } = await startApi();

    expect(statusSchema.parse(await jsonOf(await get('/api/v1/status'))).timestamps).to.equal(null);
  });
});

describe('a node with one', () => {
  afterEach(stopAll);

  it('says its policy and when it ends in its status', async () => {
    const ports = createMemoryPorts();
    const timestamps = { policy: '2.999.1', certificateEndsMs: 1_800_000_000_000 };
    ports.node.status = { ...ports.node.status, timestamps };
    const { get } = await startApi({ ports });

    expect(statusSchema.parse(await jsonOf(await get('/api/v1/status'))).timestamps).to.deep.equal({
      policy: '2.999.1',
      certificate_ends: '2027-01-15T08:00:00.000Z',
    });
  });
});
