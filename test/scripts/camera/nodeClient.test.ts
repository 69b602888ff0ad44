import { expect } from 'chai';

import { CameraError } from '../../../scripts/camera/errors.ts';
import { createNodeClient, type NodeClient } from '../../../scripts/camera/nodeClient.ts';
import type { SubmissionBody } from '../../../scripts/camera/sign.ts';
import {
  type Act,
  CHAIN_ID,
  createTestWorld,
  never,
  NOW_MS,
  play,
  type ScriptedNode,
  type Seen,
  startNode,
  type TestWorld,
} from './rig.ts';

const BODY: SubmissionBody = {
  image_hash: 'ab'.repeat(32),
  camera_cert: 'AAAA',
  software_cert: null,
  timestamp: 1,
  bundle_signature: 'AAAA',
};
const RECEIPT = { receipt_id: 'r-1', status: 'pending_validation', message: 'received' };
const ACCEPTED: Act = { status: 202, json: RECEIPT };

describe('a camera’s talk with a node', () => {
  const nodes: ScriptedNode[] = [];
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
  });

  interface Talk {
    readonly node: ScriptedNode;
    readonly client: NodeClient;
    readonly world: TestWorld;
  }
  const talk = async (act: (seen: Seen) => Act, world = createTestWorld()): Promise<Talk> => {
    const node = await startNode(act);
    nodes.push(node);
    const client = createNodeClient({ url: node.url, signal: never() }, world);
    return { node, client, world };
  };
  const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'no refusal',
      (error: unknown) => (error instanceof CameraError ? error.code : error),
    );

  for (const status of [200, 202]) {
    it(`takes ${status} with a receipt`, async () => {
      const { client, node } = await talk(play({ status, json: RECEIPT }));

      const outcome = await client.submit(BODY);

      expect(outcome).to.include({ type: 'accepted', receiptId: 'r-1' });
      expect(node.seen[0]).to.deep.include({ method: 'POST', path: '/api/v1/submit-cert' });
      expect(JSON.parse(node.seen[0]?.body ?? '')).to.deep.equal(BODY);
    });
  }

  for (const status of [500, 502, 503, 599]) {
    it(`retries ${status}`, async () => {
      const { client, world } = await talk(play({ status }, ACCEPTED));

      expect(await client.submit(BODY)).to.have.property('type', 'accepted');
      expect(world.delays).to.deep.equal([2_000]);
    });
  }

  it('retries a lost connection, waiting twice as long each time', async () => {
    const { client, world } = await talk(play('reset', 'reset', 'reset', ACCEPTED));

    expect(await client.submit(BODY)).to.have.property('type', 'accepted');
    expect(world.delays).to.deep.equal([2_000, 4_000, 8_000]);
  });

  it('retries when the answer does not come in time', async () => {
    const node = await startNode(play('hang', ACCEPTED));
    nodes.push(node);
    const late = new AbortController();
    node.hung.addEventListener('hung', () => late.abort(), { once: true });
    const signals = [late.signal, never()];
    const world = createTestWorld({ timeout: () => signals.shift() ?? never() });
    const client = createNodeClient({ url: node.url, signal: never() }, world);

    expect(await client.submit(BODY)).to.have.property('type', 'accepted');
    expect(world.lines).to.deep.equal(['the node did not answer in time; trying again in 2 s']);
  });

  const retryAfter = [
    ['7', 7_000],
    [new Date(NOW_MS + 9_322).toUTCString(), 9_322],
    ['0', 0],
    ['60', 60_000],
    ['soon', 2_000],
  ] as const;
  for (const [value, waitMs] of retryAfter) {
    it(`waits ${waitMs} ms on 429 with Retry-After: ${value}`, async () => {
      const headers = { 'retry-after': value };
      const { client, world } = await talk(play({ status: 429, headers }, ACCEPTED));

      expect(await client.submit(BODY)).to.have.property('type', 'accepted');
      expect(world.delays).to.deep.equal([waitMs]);
    });
  }

  for (const status of [400, 401, 403, 404, 409, 410, 413, 422]) {
    it(`never retries ${status}, and hands on the problem`, async () => {
      const problem = { code: 'ERR_FIELD', status, detail: 'no' };
      const { client, node, world } = await talk(play({ status, json: problem }));

      expect(await client.submit(BODY)).to.deep.equal({ type: 'refused', problem });
      expect([node.seen.length, world.delays.length]).to.deep.equal([1, 0]);
    });
  }

  it('gives up after six attempts, saying what to do', async () => {
    const { client, node, world } = await talk(() => ({ status: 503 }));

    const refusal = await client.submit(BODY).catch((error: unknown) => error);

    expect(refusal).to.have.property('code', 'ERR_NODE_UNREACHABLE');
    expect(refusal).to.have.property('message').that.includes('stays queued');
    expect(node.seen.length).to.equal(6);
    expect(world.delays).to.deep.equal([2_000, 4_000, 8_000, 16_000, 32_000]);
  });

  it('leaves a node alone that asks for more than a minute', async () => {
    const headers = { 'retry-after': '61' };
    const { client, world } = await talk(play({ status: 429, headers }, ACCEPTED));

    const refusal = await client.submit(BODY).catch((error: unknown) => error);

    expect(refusal).to.have.property('code', 'ERR_NODE_UNREACHABLE');
    expect(refusal).to.have.property('message').that.includes('run this again in 61 s');
    expect(world.delays).to.deep.equal([]);
  });

  const strange: readonly Act[] = [
    { status: 200, json: {} },
    { status: 202, json: 'hello' },
    { status: 204 },
    { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    { status: 200, json: 'x'.repeat(300_000) },
  ];
  for (const act of strange) {
    it(`takes ${JSON.stringify(act).slice(0, 60)} for no node’s answer`, async () => {
      const { client, node } = await talk(play(act));

      expect(await codeOf(client.submit(BODY))).to.equal('ERR_NODE_ANSWER');
      expect(node.seen.length).to.equal(1);
    });
  }

  it('asks for health, and wants 200', async () => {
    const good = await talk(play({ status: 200 }));
    const bad = await talk(play({ status: 404 }));

    await good.client.checkHealth();

    expect(good.node.seen[0]?.path).to.equal('/health');
    expect(await codeOf(bad.client.checkHealth())).to.equal('ERR_NODE_ANSWER');
  });

  it('reads the chain id, and refuses a status without one', async () => {
    const good = await talk(play({ status: 200, json: { chain_id: CHAIN_ID } }));
    const bad = await talk(play({ status: 200, json: { chain_id: null } }));

    expect(await good.client.fetchChainId()).to.deep.equal(new Uint8Array(32).fill(0xcd));
    expect(await codeOf(bad.client.fetchChainId())).to.equal('ERR_NODE_ANSWER');
  });

  for (const end of ['committed', 'rejected'] as const) {
    it(`follows a receipt until it is ${end}`, async () => {
      const states = ['received', 'authority_pending', 'authority_pending', end];
      const acts = states.map((state): Act => ({ status: 200, json: { state } }));
      const { client, node, world } = await talk(play(...acts));
      const heard: string[] = [];

      const { type } = await client.waitForEnd('r/1', (state) => heard.push(state));

      expect(type).to.equal(end);
      expect(heard).to.deep.equal(['received', 'authority_pending', end]);
      expect(node.seen[0]?.path).to.equal('/api/v1/submission/r%2F1?wait=30');
      expect(world.delays, 'one pause, where nothing had changed').to.deep.equal([1_000]);
    });
  }

  it('says that a receipt is lost where the node does not know it', async () => {
    const { client } = await talk(play({ status: 404 }));

    expect(await client.waitForEnd('r-1', () => undefined)).to.have.property('type', 'lost');
  });

  it('ends when it is told to, without another attempt', async () => {
    const stop = new AbortController();
    const node = await startNode(() => ({ status: 503 }));
    nodes.push(node);
    const world = createTestWorld({
      delay: async (_ms, signal) => {
        stop.abort(new Error('told to'));
        signal.throwIfAborted();
      },
    });
    const client = createNodeClient({ url: node.url, signal: stop.signal }, world);

    const end = await client.submit(BODY).catch((error: unknown) => error);

    expect(end).to.have.property('message', 'told to');
    expect(node.seen.length).to.equal(1);
  });

  it('needs an http URL', () => {
    for (const url of ['localhost:8545', 'ftp://localhost/', '']) {
      expect(() => createNodeClient({ url, signal: never() }, createTestWorld()), url).to.throw(
        CameraError,
      );
    }
  });
});
