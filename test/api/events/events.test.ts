import { expect } from 'chai';

import {
  blockEventSchema,
  endSchema,
  sampleSchema,
  snapshotSchema,
  validatorEventSchema,
} from '../../../api/schemas/events.ts';
import { receiptSchema } from '../../../api/schemas/receipt.ts';
import { formatHex, parseHex } from '../../../chain/bytes.ts';
import { EventListener } from '../../support/eventListener.ts';
import { bytesOf, recordWith } from '../../support/memoryLedger.ts';
import { createMemoryPorts, type MemoryPorts } from '../../support/memoryPorts.ts';
import {
  expectProblem,
  jsonOf,
  type Running,
  type Setting,
  startApi,
  stopAll,
  submissionWith,
} from '../client.ts';

const PATH = '/api/v1/events';

const listeners: EventListener[] = [];

/** Starts an interface that samples often. */
function startLively(setting: Setting = {}): Promise<Running> {
  const options = { events: { sampleIntervalMs: 5 }, ...setting.options };
  return startApi({ ...setting, options });
}

async function listen(
  { url }: Running,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<EventListener> {
  const listener = await EventListener.open(url + PATH + query, headers);
  listeners.push(listener);
  return listener;
}

function leaveAll(): void {
  for (const listener of listeners.splice(0)) listener.close();
}

/** Commits a block that registers a photograph of its own. */
function commit({ ledger }: MemoryPorts, n = ledger.asOf().height + 1): void {
  ledger.commit([recordWith({ imageHash: bytesOf(5_000 + n) })]);
}

describe('GET /api/v1/events', () => {
  afterEach(async () => {
    leaveAll();
    await stopAll();
  });

  it('begins with a snapshot: the last blocks and how the node stands', async () => {
    const api = await startApi();
    commit(api.ports);
    const listener = await listen(api);

    const { event, id, data } = await listener.next();

    expect(event).to.equal('snapshot');
    const snapshot = snapshotSchema.strict().parse(data);
    expect(snapshot).to.include({ node_id: 'alpha', continued: false, why: null, base_height: 0 });
    expect(snapshot.blocks.map((block) => block.block_height)).to.deep.equal([0, 1]);
    expect(snapshot.blocks[1]).to.deep.include({
      validator_id: 'alpha',
      signers: ['alpha', 'beta'],
      record_count: 1,
    });
    expect(snapshot.sample.validators.map(({ name }) => name)).to.deep.equal(['alpha']);
    expect(id).to.equal(`${snapshot.chain_id.slice(0, 8)}-1`);
  });

  it('is a stream of events that no cache keeps and no proxy gathers', async () => {
    const { response } = await listen(await startApi());

    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(response.headers.get('x-accel-buffering')).to.equal('no');
    expect(response.headers.get('access-control-allow-origin')).to.equal('*');
  });

  it('may be resumed by pages of other sites', async () => {
    const { get } = await startApi();

    const response = await get(PATH, { method: 'OPTIONS' });

    expect(response.headers.get('access-control-allow-headers')).to.include('Last-Event-ID');
  });

  it('ends at once where only the head is asked for, and holds no seat', async () => {
    const seats = { countMax: 1, perClientMax: 1 };
    const api = await startApi({ options: { events: { seats } } });

    for (let i = 0; i < 3; i++) {
      const response = await api.get(PATH, { method: 'HEAD' });
      expect(response.status).to.equal(200);
      expect(await response.text()).to.equal('');
    }
  });

  it('tells each block, in order, with its height in the id', async () => {
    const api = await startApi();
    const listener = await listen(api, '?types=block');
    const { id: first = '' } = await listener.next();

    for (let i = 0; i < 3; i++) commit(api.ports);

    for (const height of [1, 2, 3]) {
      const { event, id, data } = await listener.next();
      expect(event).to.equal('block');
      expect(id).to.equal(first.replace(/0$/, `${height}`));
      const block = blockEventSchema.strict().parse(data);
      expect(block.block_height).to.equal(height);
      expect(block.block_hash).to.equal(formatHex(api.ports.ledger.readBlock(height)!.hash));
    }
  });

  it('tells who comes back the blocks since, and then goes on', async () => {
    const api = await startApi();
    const before = await listen(api, '?types=block');
    await before.next();
    commit(api.ports);
    const { id = '' } = await before.next();
    before.close();
    for (let i = 0; i < 70; i++) commit(api.ports);

    const listener = await listen(api, '?types=block', { 'Last-Event-ID': id });

    const { data, id: same } = await listener.next();
    expect(snapshotSchema.parse(data)).to.deep.include({ continued: true, why: null, blocks: [] });
    expect(same).to.equal(id);
    commit(api.ports);
    for (let height = 2; height <= 72; height++) {
      const block = await listener.next();
      expect(block.data['block_height']).to.equal(height);
    }
  });

  it('begins anew, and says why, for who comes from another chain', async () => {
    const api = await startApi();
    commit(api.ports);

    const listener = await listen(api, '', { 'Last-Event-ID': '00000000-1' });

    const snapshot = snapshotSchema.parse((await listener.next()).data);
    expect(snapshot.continued).to.equal(false);
    expect(snapshot.why).to.equal('the last event was one of another chain');
    expect(snapshot.blocks).to.have.length(2);
  });

  it('shows sixty blocks at most to who begins', async () => {
    const api = await startApi();
    for (let i = 0; i < 65; i++) commit(api.ports);

    const { data } = await (await listen(api)).next();

    const heights = snapshotSchema.parse(data).blocks.map((block) => block.block_height);
    expect(heights).to.have.length(60);
    expect(heights.at(-1)).to.equal(65);
  });

  it('shows only blocks that are held', async () => {
    const api = await startApi();
    for (let i = 0; i < 5; i++) commit(api.ports);
    api.ports.ledger.beginHere();

    const { data } = await (await listen(api)).next();

    const snapshot = snapshotSchema.parse(data);
    expect(snapshot.base_height).to.equal(5);
    expect(snapshot.blocks.map((block) => block.block_height)).to.deep.equal([5]);
  });

  it('tells how the node stands, again and again, without an id', async () => {
    const api = await startLively();
    const listener = await listen(api, '?types=status');
    await listener.next();
    api.ports.node.measures = {
      ...api.ports.node.measures,
      pendingByState: new Map([
        ['authority_pending', 3],
        ['received', 0],
      ]),
    };

    const { id, data } = await listener.next(
      ({ data: { pending } }) => 'authority_pending' in Object(pending),
    );

    expect(id).to.equal(undefined);
    const sample = sampleSchema.strict().parse(data);
    expect(sample.pending).to.deep.equal({ authority_pending: 3 });
    expect(sample.authorities).to.deep.equal([
      {
        id: 'maker',
        name: 'The Maker',
        answering: true,
        pending_submissions: 0,
        last_problem: null,
      },
    ]);
  });

  it('counts answers about photographs', async () => {
    const api = await startLively();
    const listener = await listen(api, '?types=status');

    for (let rate = 0; rate === 0;) {
      await api.get(`/api/v1/verify/${'ab'.repeat(32)}`);
      const { data } = await listener.nextOf('status');
      rate = sampleSchema.parse(data).per_second?.verify_answers ?? 0;
    }
  });

  it('tells memory and disk in coarse steps', async () => {
    const cases = [
      [999_999_999, 0, 'critical'],
      [7_999_999_999, 7 * 1_073_741_824, 'low'],
      [123_456_789_012, 110 * 1_073_741_824, 'enough'],
    ] as const;
    for (const [free, shown, level] of cases) {
      const ports = createMemoryPorts();
      ports.node.measures = {
        ...ports.node.measures,
        diskFreeBytes: free,
        memoryBytes: 150_123_456,
      };

      const { data } = await (await listen(await startApi({ ports }))).next();

      const { sample } = snapshotSchema.parse(data);
      expect([sample.disk_free_bytes, sample.disk]).to.deep.equal([shown, level]);
      expect(sample.memory_bytes).to.equal(192 * 1_048_576);
    }
  });

  it('tells when a validator goes, falls behind and comes back', async () => {
    const api = await startLively();
    const listener = await listen(api, '?types=validator');
    await listener.next();
    const [alpha] = api.ports.node.validators;

    let before = 'up';
    for (const status of ['missing', 'behind', 'up'] as const) {
      api.ports.node.validators = [{ ...alpha!, status }];
      const { event, id, data } = await listener.next();
      expect(event).to.equal('validator');
      expect(id).to.equal(undefined);
      expect(validatorEventSchema.strict().parse(data)).to.include({
        name: 'alpha',
        status,
        before,
      });
      before = status;
    }
  });

  it('follows the submissions whose receipts are named, and no others', async () => {
    const api = await startApi();
    const [mine, other] = await Promise.all(
      ['ab', 'cd'].map(async (byte) => {
        const body = submissionWith({ image_hash: byte.repeat(32) });
        const { receipt_id: id } = await jsonOf(await api.post('/api/v1/submit-cert', body));
        return String(id);
      }),
    );
    const listener = await listen(api, `?types=submission&receipts=${mine}`);
    await listener.next();

    const move = (id = '', state: 'validated' | 'committed'): void => {
      api.ports.intake.advance(parseHex(id.replaceAll('-', '')), { state });
    };
    expect((await listener.next()).data['state']).to.equal('received');
    move(other, 'validated');
    move(mine, 'validated');
    expect((await listener.next()).data['state']).to.equal('validated');
    move(mine, 'committed');

    const { data } = await listener.next();
    const receipt = receiptSchema.strict().parse(data);
    expect(receipt).to.include({ receipt_id: mine, state: 'committed' });
    expect(receipt.steps).to.have.length(3);
  });

  it('tells nothing of submissions to who names no receipt', async () => {
    const api = await startLively();
    const listener = await listen(api);
    await listener.next();
    const body = await jsonOf(await api.post('/api/v1/submit-cert', submissionWith()));
    const id = parseHex(String(body['receipt_id']).replaceAll('-', ''));
    api.ports.intake.advance(id, { state: 'validated' });

    await listener.nextOf('status');
    const { event, data } = await listener.nextOf('status');

    expect(event).to.equal('status');
    expect(JSON.stringify(data)).to.not.include('abababab');
  });

  describe('refuses', () => {
    const wrong: readonly (readonly [what: string, query: string, status: number, code: string])[] =
      [
        ['a type that is none', '?types=block,vote', 400, 'ERR_FIELD'],
        ['no type', '?types=', 400, 'ERR_FIELD'],
        ['a type in upper case', '?types=Block', 400, 'ERR_FIELD'],
        ['types given twice', '?types=block&types=status', 400, 'ERR_FIELD'],
        ['more types than there are', `?types=${'block,'.repeat(5)}block`, 400, 'ERR_FIELD'],
        ['submissions without receipts', '?types=submission', 400, 'ERR_FIELD'],
        ['receipts without submissions', `?types=block&receipts=${uuid(1)}`, 400, 'ERR_FIELD'],
        ['a receipt that is no UUID', '?receipts=abc', 400, 'ERR_FIELD'],
        ['an empty receipt', '?receipts=', 400, 'ERR_FIELD'],
        ['a receipt that nobody has', `?receipts=${uuid(1)}`, 404, 'ERR_NOT_FOUND'],
        [
          'eleven receipts',
          `?receipts=${Array.from({ length: 11 }, (_, i) => uuid(i)).join(',')}`,
          422,
          'ERR_RANGE',
        ],
      ];
    for (const [what, query, status, code] of wrong) {
      it(what, async () => {
        const { get } = await startApi();

        await expectProblem(await get(PATH + query), status, code);
      });
    }

    it('receipts at an observer', async () => {
      const { get } = await startApi({
        ports: { ...createMemoryPorts(), intake: undefined } as never,
      });

      const response = await get(`${PATH}?receipts=${uuid(1)}`);

      await expectProblem(response, 403, 'ERR_OBSERVER');
    });

    it('one listener too many of a client, until another has left', async () => {
      const seats = { countMax: 9, perClientMax: 2 };
      const api = await startApi({ options: { events: { seats } } });
      const [first] = [await listen(api), await listen(api)];

      const refused = await api.get(PATH);

      expect(refused.headers.get('retry-after')).to.equal('10');
      await expectProblem(refused, 429, 'ERR_RATE');
      first.close();
      await first.rest();
      let status = 429;
      while (status === 429) ({ status } = (await listen(api)).response);
      expect(status).to.equal(200);
    });

    it('one listener too many of all', async () => {
      const seats = { countMax: 1, perClientMax: 2 };
      const api = await startApi({ options: { events: { seats } } });
      await listen(api);

      await expectProblem(await api.get(PATH), 503, 'ERR_NOT_READY');
    });

    it('other methods', async () => {
      const { post } = await startApi();

      await expectProblem(await post(PATH, {}), 405, 'ERR_METHOD');
    });
  });

  /** Starts it over a node that counts how often it is looked at. */
  const startWatched = async (): Promise<{
    readonly api: Awaited<ReturnType<typeof startLively>>;
    readonly looks: () => number;
  }> => {
    const ports = createMemoryPorts();
    const { status } = ports;
    let count = 0;
    const measure = (): ReturnType<typeof status.measure> => {
      count += 1;
      return status.measure();
    };
    const api = await startLively({ ports: { ...ports, status: { ...status, measure } } });
    return { api, looks: () => count };
  };

  it('looks at the node once an interval, however many listen', async () => {
    const { api, looks } = await startWatched();
    const all = await Promise.all(Array.from({ length: 20 }, () => listen(api, '?types=status')));

    for (const listener of all) {
      for (let heard = 0; heard < 10; heard++) await listener.nextOf('status');
    }
    const [one] = all;
    let told = 10;
    const seen = looks();
    while (looks() < seen + 5) {
      await one!.nextOf('status');
      told += 1;
    }

    // One look for each that was told, one for the first snapshot, and one that may be under way.
    expect(looks()).to.be.at.most(told + 2 + seen);
    expect(seen).to.be.below(10 * 20);
  });

  it('looks at nothing while nobody listens', async () => {
    const { api, looks } = await startWatched();
    const listener = await listen(api);
    await listener.nextOf('status');
    const { promise: left, resolve } = Promise.withResolvers<undefined>();
    const seats = setInterval(() => {
      const before = looks();
      setTimeout(() => {
        if (looks() === before) resolve(undefined);
      }, 30);
    }, 40);

    listener.close();
    await left;
    clearInterval(seats);

    const still = looks();
    await api.get('/health');
    expect(looks()).to.equal(still);
  });

  it('tells a listener to whom nothing is sent that it is still there', async () => {
    const api = await startApi({ options: { events: { sampleIntervalMs: 5, heartbeatMs: 10 } } });
    const listener = await listen(api, '?types=block');

    await listener.heardComments(2);

    expect(listener.comments[0]).to.include('still here');
  });

  it('ends with a word when the server stops', async () => {
    const api = await startApi();
    const listener = await listen(api);
    await listener.next();

    const stopped = api.stop();

    const rest = await listener.rest();
    await stopped;
    const last = rest.at(-1);
    expect(last?.event).to.equal('end');
    expect(endSchema.strict().parse(last?.data).reason).to.equal('stopping');
  });

  it('is ended by a mistake of ours for this listener, and says it to the node', async () => {
    const ports = createMemoryPorts();
    const fault = new Error('the disk is gone');
    const status = { ...ports.status, measure: () => Promise.reject(fault) };
    const api = await startApi({ ports: { ...ports, status } });

    const listener = await listen(api);

    const [last, ...more] = await listener.rest();
    expect(more).to.deep.equal([]);
    expect(endSchema.parse(last?.data).reason).to.equal('failed');
    expect(ports.faults).to.deep.equal([fault]);
  });
});

function uuid(n: number): string {
  return `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`;
}
