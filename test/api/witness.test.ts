/** The witness protocol over HTTP; the rules themselves are tested where they are kept. */
import { expect } from 'chai';

import { ApiError } from '../../api/errors.ts';
import { statusSchema } from '../../api/schemas/node.ts';
import type { WitnessAnswer } from '../../api/witnessPorts.ts';
import { formatUtf8 } from '../../chain/bytes.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { expectProblem, jsonOf, type Running, startApi, stopAll } from './client.ts';

const PATH = '/add-checkpoint';
const QUESTION = formatUtf8('old 3\n');
const LINES = formatUtf8('\u2014 witness.example/w AAAA\n');
const HASH = 'ab'.repeat(32);

describe('the routes of a witness', () => {
  afterEach(stopAll);

  const start = async (
    add: (question: Uint8Array) => Promise<WitnessAnswer> = async () => ({
      type: 'cosigned',
      lines: LINES,
    }),
  ): Promise<Running & { readonly questions: Uint8Array[] }> => {
    const questions: Uint8Array[] = [];
    const witness = {
      add: (question: Uint8Array) => {
        questions.push(question);
        return add(question);
      },
      read: (hash: string) => (hash === HASH ? formatUtf8('a note') : undefined),
    };
    const api = await startApi({ ports: { ...createMemoryPorts(), witness } });
    return { ...api, questions };
  };
  const refusing = (code: ConstructorParameters<typeof ApiError>[0]): ReturnType<typeof start> =>
    start(() => Promise.reject(new ApiError(code, 'because')));

  it('hand the bytes of a question over, and its cosignatures back', async () => {
    const { post, questions } = await start();
    const response = await post(PATH, QUESTION, { headers: {} });

    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(new Uint8Array(await response.arrayBuffer())).to.deep.equal(LINES);
    expect(questions).to.deep.equal([QUESTION]);
  });

  it('answer with the other size as the protocol has it', async () => {
    const { post } = await start(async () => ({ type: 'otherSize', treeSize: 337 }));
    const response = await post(PATH, QUESTION);

    expect(response.status).to.equal(409);
    expect(response.headers.get('content-type')).to.equal('text/x.tlog.size');
    expect(await response.text()).to.equal('337\n');
  });

  for (const [code, status] of [
    ['ERR_MALFORMED', 400],
    ['ERR_FIELD', 400],
    ['ERR_UNKNOWN_SIGNER', 403],
    ['ERR_NOT_FOUND', 404],
    ['ERR_PROOF', 422],
    ['ERR_NOT_READY', 503],
  ] as const) {
    it(`refuse with ${status} for ${code}`, async () => {
      const { post } = await refusing(code);

      await expectProblem(await post(PATH, QUESTION), status, code);
    });
  }

  it('hand over a body of 128 KiB, and no larger one', async () => {
    const { post, questions } = await start();

    expect((await post(PATH, new Uint8Array(131_072))).status).to.equal(200);
    await expectProblem(await post(PATH, new Uint8Array(131_073)), 413, 'ERR_BODY_TOO_LARGE');
    expect(questions.map(({ length }) => length)).to.deep.equal([131_072]);
  });

  it('let one client have 20 a second', async () => {
    const { post, questions } = await start();
    const responses = await Promise.all(Array.from({ length: 50 }, () => post(PATH, QUESTION)));
    const refused = responses.filter(({ status }) => status !== 200);

    expect(questions.length).to.be.within(20, 49);
    await expectProblem(refused[0]!, 429, 'ERR_RATE');
  });

  it('ask for POST', async () => {
    const { get } = await start();

    await expectProblem(await get(PATH), 405, 'ERR_METHOD');
  });

  it('are not for pages of other sites', async () => {
    const { post } = await start();
    const answer = await post(PATH, QUESTION, { headers: { Origin: 'https://elsewhere.example' } });

    expect(answer.headers.get('access-control-allow-origin')).to.equal(null);
  });

  it('show the checkpoint that was cosigned last, by the hash of its origin', async () => {
    const { get } = await start();
    for (const hash of [HASH, HASH.toUpperCase()]) {
      const response = await get(`/witness/${hash}/checkpoint`);
      expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
      expect(await response.text()).to.equal('a note');
    }
    const other = '00'.repeat(32);

    await expectProblem(await get(`/witness/${other}/checkpoint`), 404, 'ERR_NOT_FOUND');
    await expectProblem(await get('/witness/abc/checkpoint'), 400, 'ERR_FIELD');
  });

  it('are in the OpenAPI document', async () => {
    const { get } = await start();
    const { paths } = (await jsonOf(await get('/openapi.json'))) as {
      paths: Record<string, { post?: { responses: Record<string, { content: object }> } }>;
    };

    expect(Object.keys(paths[PATH]?.post?.responses['409']?.content ?? {})).to.deep.equal([
      'text/x.tlog.size',
    ]);
    expect(paths).to.include.keys('/witness/{origin_hash}/checkpoint');
  });
});

describe('a node that witnesses no log', () => {
  afterEach(stopAll);

  it('knows no origin, and reads no body to say so', async () => {
    const { post, get } = await startApi();

    await expectProblem(await post(PATH, new Uint8Array(500_000)), 404, 'ERR_NOT_FOUND');
    await expectProblem(await get(`/witness/${HASH}/checkpoint`), 404, 'ERR_NOT_FOUND');
  });

  it('says so in its status, and that it asks nobody', async () => {
    const { get } = await startApi();
    const status = statusSchema.parse(await jsonOf(await get('/api/v1/status')));

    expect([status.witnesses, status.witnessing]).to.deep.equal([[], null]);
  });
});

describe('a node with witnesses, which is one', () => {
  afterEach(stopAll);

  it('says in its status how they stand', async () => {
    const ports = createMemoryPorts();
    const outside = { name: 'museum', cosignedSize: 7, isConflicting: false };
    ports.node.status = {
      ...ports.node.status,
      witnesses: [
        { ...outside, problem: undefined },
        { ...outside, problem: 'it is down', isConflicting: true },
      ],
      witnessing: {
        verifierKey: 'own.example/w+00000000+AA',
        logs: [
          { origin: 'log.example/1', treeSize: 5, isForked: false },
          { origin: 'log.example/2', treeSize: undefined, isForked: true },
        ],
      },
    };
    const { get } = await startApi({ ports });
    const status = statusSchema.parse(await jsonOf(await get('/api/v1/status')));

    expect(status.witnesses).to.deep.equal([
      { name: 'museum', cosigned_size: 7, problem: null, conflicting: false },
      { name: 'museum', cosigned_size: 7, problem: 'it is down', conflicting: true },
    ]);
    expect(status.witnessing).to.deep.equal({
      verifier_key: 'own.example/w+00000000+AA',
      logs: [
        { origin: 'log.example/1', size: 5, forked: false },
        { origin: 'log.example/2', size: null, forked: true },
      ],
    });
  });
});
