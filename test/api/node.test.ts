import { expect } from 'chai';

import { rangeDigits } from '../../api/views/node.ts';
import {
  authoritiesSchema,
  blockchainStatusSchema,
  statusSchema,
  validatorsSchema,
} from '../../api/schemas/node.ts';
import { formatHex } from '../../chain/bytes.ts';
import { equivocationBy } from '../support/equivocations.ts';
import { recordWith } from '../support/memoryLedger.ts';
import { createMemoryPorts, type MemoryPorts } from '../support/memoryPorts.ts';
import { expectProblem, jsonOf, startApi, stopAll } from './client.ts';

/** Returns ports whose node says some things otherwise. */
function portsWith(status: Partial<MemoryPorts['node']['status']>): MemoryPorts {
  const ports = createMemoryPorts();
  ports.node.status = { ...ports.node.status, ...status };
  return ports;
}

describe('GET /api/v1/status', () => {
  afterEach(stopAll);

  it('has the documented keys first', async () => {
    const { get } = await startApi();

    const body = await jsonOf(await get('/api/v1/status'));

    statusSchema.strict().parse(body);
    expect(Object.keys(body).slice(0, 8)).to.deep.equal([
      'node_id',
      'block_height',
      'total_hashes',
      'pending_submissions',
      'last_block_time',
      'validator_nodes',
      'consensus_mode',
      'uptime',
    ]);
  });

  it('tells a young chain from one with blocks', async () => {
    const { ports, get } = await startApi();

    const before = await jsonOf(await get('/api/v1/status'));
    ports.ledger.commit([recordWith()]);
    const after = await jsonOf(await get('/api/v1/status'));

    expect(before).to.include({ block_height: 0, total_hashes: 0, last_block_time: null });
    expect(after).to.include({
      block_height: 1,
      total_hashes: 1,
      last_block_time: '2025-10-09T08:53:21.000Z',
    });
  });

  it('says what is wrong', async () => {
    const ports = portsWith({
      missing: ['beta'],
      stalled: '1 of 2 validators answers, and 2 are needed',
      notReady: ['too few validators'],
      uptimeShare: 0.99999,
    });
    const { get } = await startApi({ ports });

    const body = await jsonOf(await get('/api/v1/status'));

    expect(body).to.deep.include({
      missing: ['beta'],
      stalled: '1 of 2 validators answers, and 2 are needed',
      ready: false,
      not_ready: ['too few validators'],
      uptime: '99.9%',
    });
  });

  it('has the names of existing clients at the older address', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);

    const body = blockchainStatusSchema
      .strict()
      .parse(await (await get('/api/v1/blockchain/status')).json());

    expect(body).to.include({ height: 1, submission_count: 1, status: 'operational' });
  });
});

describe('range digits', () => {
  const cases = [
    [0, 1],
    [128 * 16 - 1, 1],
    [128 * 16 ** 2 - 1, 1],
    [128 * 16 ** 2, 2],
    [1_000_000, 3],
    [128 * 16 ** 8, 8],
    [Number.MAX_SAFE_INTEGER, 8],
  ] as const;
  for (const [total, digits] of cases) {
    it(`are ${digits} for ${total} hashes`, () => {
      expect(rangeDigits(total)).to.equal(digits);
    });
  }
});

describe('GET /health and /ready', () => {
  afterEach(stopAll);

  it('answer 200 on a healthy node', async () => {
    const { get } = await startApi();

    expect(await jsonOf(await get('/health'))).to.deep.equal({ status: 'ok' });
    expect(await jsonOf(await get('/ready'))).to.deep.equal({ ready: true, reasons: [] });
  });

  it('tell live from ready', async () => {
    const { get } = await startApi({ ports: portsWith({ notReady: ['syncing', 'disk is full'] }) });

    const ready = await get('/ready');

    expect((await get('/health')).status).to.equal(200);
    expect(ready.headers.get('retry-after')).to.equal('5');
    const detail = await expectProblem(ready, 503, 'ERR_NOT_READY');
    expect(detail).to.include('syncing; disk is full');
  });
});

describe('what a node knows of others', () => {
  afterEach(stopAll);

  it('is listed for validators', async () => {
    const { ports, get } = await startApi();
    const [alpha] = ports.node.validators;
    const beta = { ...alpha!, name: 'beta', lastSeenMs: undefined, lastSignedHeight: undefined };
    ports.node.validators = [alpha!, { ...beta, status: 'missing', suspendedUntil: 12 }];

    const body = validatorsSchema.parse(await (await get('/api/v1/validators')).json());

    expect(body.validators[0]).to.include({ name: 'alpha', last_seen: '2025-10-09T08:53:20.000Z' });
    expect(body.validators[1]).to.include({
      status: 'missing',
      last_seen: null,
      last_signed_height: null,
      suspended_until: 12,
    });
  });

  it('is shown with what proves that a validator broke the protocol, and where that stands', async () => {
    const { ports, get } = await startApi();
    const [alpha] = ports.node.validators;
    const equivocation = equivocationBy({ index: 0, height: 7, view: 1, phase: 3 });
    const evidence = [
      { equivocation, recordedHeight: 9 },
      { equivocation, recordedHeight: undefined },
    ];
    ports.node.validators = evidence.map((each) => ({ ...alpha!, evidence: [each] }));

    const body = validatorsSchema.parse(await (await get('/api/v1/validators')).json());

    const shown = {
      height: 7,
      view: 1,
      phase: 'commit',
      values: [equivocation.first, equivocation.second].map(({ valueHash, signature }) => ({
        value_hash: formatHex(valueHash),
        signature: formatHex(signature),
      })),
    };
    expect(body.validators.map((each) => each.evidence)).to.deep.equal([
      [{ ...shown, recorded_height: 9 }],
      [{ ...shown, recorded_height: null }],
    ]);
  });

  it('names the phase of a proof', async () => {
    const { ports, get } = await startApi();
    const [alpha] = ports.node.validators;
    const evidence = ([1, 2, 3, 4] as const).map((phase) => ({
      equivocation: equivocationBy({ index: 0, phase }),
      recordedHeight: undefined,
    }));
    ports.node.validators = [{ ...alpha!, evidence }];

    const body = validatorsSchema.parse(await (await get('/api/v1/validators')).json());

    expect(body.validators[0]?.evidence.map(({ phase }) => phase)).to.deep.equal([
      'pre_prepare',
      'prepare',
      'commit',
      'view_change',
    ]);
  });

  it('is listed for authorities', async () => {
    const { get } = await startApi();

    const body = authoritiesSchema.parse(await (await get('/api/v1/authorities')).json());

    expect(body.authorities[0]).to.include({ id: 'maker', answering: true, last_answer: null });
  });
});

describe('GET /metrics', () => {
  afterEach(stopAll);

  it('hands through what the node measures', async () => {
    const { get } = await startApi();

    const response = await get('/metrics');

    expect(response.headers.get('content-type')).to.match(/^text\/plain/);
    expect(await response.text()).to.include('birthmark_height 0');
  });
});
