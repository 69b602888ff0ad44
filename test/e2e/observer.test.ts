/** A node that follows without voting: what it serves, what it refuses, and that the validators decide who it is. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { statusSchema } from '../../api/schemas/node.ts';
import { systemClock } from '../../node/clock.ts';
import { readConfig } from '../../node/config.ts';
import { readIdentity } from '../../node/identity.ts';
import { NodeNetwork } from '../../node/network.ts';
import { encodeRequest, type Request } from '../../node/wire/requests.ts';
import { captureLog } from '../support/capturedLog.ts';
import type { Camera } from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { bodyOf, requestOf } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createNetwork, createObserver, until } from '../support/wholeNetwork.ts';
import type { WholeNode } from '../support/wholeNode.ts';

const RUN_MS_MAX = 60_000;
/** Heights are told every 2 s, and their blocks follow. */
const LAG_MS_MAX = 5_000;

describe('an observer of two validators', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  /** What the observer's clock is ahead of the others'. */
  let aheadMs = 0;
  let authority: RealAuthority;
  let camera: Camera;
  let v1: WholeNode;
  let v2: WholeNode;
  let observer: WholeNode;

  const admit = (peerId: string): void => {
    for (const node of [v1, v2]) {
      node.environment = { ...node.environment, P2P_OBSERVERS: peerId };
    }
  };

  before(async () => {
    const dir = path.join(folder, 'authority');
    authority = await startRealAuthority(dir);
    const options = {
      validators: 2,
      authority: [path.join(dir, 'authority.json')],
      param: ['batch_wait_ms=20'],
    };
    const network = await createNetwork(path.join(folder, 'network'), options);
    [v1, v2] = network as [WholeNode, WholeNode];
    const clock = { ...systemClock, nowMs: () => Date.now() + aheadMs };
    observer = await createObserver(path.join(folder, 'observer'), v1, clock);
    admit(await observer.peerId());
    await Promise.all([v1, v2, observer].map((node) => node.start()));
    camera = await provisionCamera(authority, 'OBSERVED-1');
  });
  after(async () => {
    await Promise.all([observer, v1, v2].map((node) => node.stop()));
    await authority.stop();
  });

  const shoot = (name: string): unknown => {
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    return bodyOf(requestOf(camera, name, { chainId: v1.chainId, claims }));
  };
  /** Registers a photograph through a validator; resolves when it is committed there. */
  const register = async (name: string): Promise<void> => {
    const { state } = await v1.ended(await v1.accept(shoot(name)));
    expect(state).to.equal('committed');
  };
  const isVerifiedHere = async (name: string): Promise<boolean> => {
    return (await observer.verify(hashOfText(name))).body['verified'] === true;
  };
  const statusOf = async (node: WholeNode): Promise<ReturnType<typeof statusSchema.parse>> =>
    statusSchema.parse((await node.get('/api/v1/status')).body);

  it('verifies a photograph a moment after the validators do', async () => {
    await register('first');
    const startMs = performance.now();
    await until(() => isVerifiedHere('first'));

    expect(performance.now() - startMs).to.be.below(LAG_MS_MAX);
    expect((await observer.verify(hashOfText('first'))).body).to.deep.include({
      verdict: 'registered_original',
      aggregator: 'v1',
      block_height: 1,
    });
  });

  it('serves the same blocks, transactions, state and genesis', async () => {
    const { body: block } = await v1.get('/api/v1/blocks/1');
    const [id] = block['transactions'] as readonly string[];
    for (const route of ['blocks/1', `transactions/${id}`, 'genesis']) {
      const [here, there] = await Promise.all(
        [observer, v1].map((node) => node.get(`/api/v1/${route}`)),
      );
      const { certificate: _signatures, ...same } = there?.body ?? {};

      expect(here?.status, route).to.equal(200);
      expect(here?.body, route).to.deep.include(same);
    }
    const [here, there] = await Promise.all([statusOf(observer), statusOf(v1)]);
    expect(here).to.deep.include({
      block_height: there.block_height,
      log_size: there.log_size,
      chain_id: there.chain_id,
      quorum: 2,
    });
  });

  it('says what it is and whom it follows, and is ready', async () => {
    await until(async () => (await statusOf(observer)).following?.length === 2);

    expect(await statusOf(observer)).to.deep.include({
      node_id: await observer.peerId(),
      observer: true,
      following: ['v1', 'v2'],
      missing: [],
      stalled: null,
      syncing: false,
      ready: true,
    });
    expect((await observer.get('/ready')).status).to.equal(200);
    expect(await statusOf(v1)).to.deep.include({ observer: false, following: null });
  });

  it('shows the authorities of the chain, of which it asks none', async () => {
    const { body } = await observer.get('/api/v1/authorities');
    const [shown] = body['authorities'] as readonly unknown[];

    expect(shown).to.deep.include({ id: 'maker_one', answering: null, pending_submissions: 0 });
  });

  it('refuses submissions whatever they hold, and says whose nodes take them', async () => {
    const before = await statusOf(observer);
    for (const [route, body] of [
      ['submit-cert', shoot('refused')],
      ['submit-cert', [shoot('refused')]],
      ['submit-cert', {}],
      ['submit', {}],
    ] as const) {
      const answer = await observer.post(`/api/v1/${route}`, body);

      expect(answer.status).to.equal(403);
      expect(answer.body['code']).to.equal('ERR_OBSERVER');
      expect(answer.body['detail']).to.match(/ask the node of a validator: v1, v2$/);
    }
    expect(await statusOf(observer)).to.include({ pending_submissions: 0 });
    expect((await statusOf(observer)).total_hashes).to.equal(before.total_hashes);
  });

  it('has no receipts, and no authority that could be asked again', async () => {
    const receipt = await observer.get('/api/v1/receipts/00000000-0000-4000-8000-000000000000');
    const url = new URL('/admin/v1/authorities/maker_one/retry', observer.running.adminUrl);
    const retry = await fetch(url, { method: 'POST' });

    expect([receipt.status, receipt.body['code']]).to.deep.equal([403, 'ERR_OBSERVER']);
    expect(retry.status).to.equal(403);
  });

  it('keeps the chain and nothing else: no work, no log of votes, no audit', () => {
    const data = readdirSync(path.join(observer.folder, 'data'));

    expect(data.filter((name) => name !== 'uptime.json')).to.deep.equal(['chain']);
  });

  it('catches up with what was decided while it was stopped', async () => {
    await observer.stop();
    await register('while it was stopped');
    await observer.start();
    await until(() => isVerifiedHere('while it was stopped'));

    expect(await isVerifiedHere('first')).to.equal(true);
  });

  it('is ready again once it has caught up', async () => {
    await observer.restart();
    await until(async () => (await observer.get('/ready')).status === 200);

    expect((await statusOf(observer)).block_height).to.equal((await statusOf(v1)).block_height);
  });

  it('counts what it has applied, and nothing of consensus', async () => {
    await register('to be counted');
    await until(() => isVerifiedHere('to be counted'));
    const { body } = await observer.get('/metrics');
    const text = String(body['text']);

    expect(text).to.match(/^birthmark_blocks_total [1-9]/m);
    expect(text).to.match(/^birthmark_records_committed_total [1-9]/m);
    expect(text).to.match(/^birthmark_verifications_total\{kind="sync"\} [1-9]/m);
    expect(text).to.match(/^birthmark_validators 2$/m);
    expect(text).to.not.match(/^birthmark_consensus_messages_total\{/m);
  });

  it('gets blocks of validators, and neither evidence nor what they hold of each other', async () => {
    await observer.stop();
    const config = readConfig(observer.environment, observer.folder);
    const identity = await readIdentity(config);
    const v2Id = await v2.peerId();
    const { promise: up, resolve } = Promise.withResolvers<undefined>();
    const network = new NodeNetwork(
      { config, identity, clock: systemClock, log: captureLog().log },
      {
        receive: () => Promise.resolve(),
        answer: (_from, request) => Promise.resolve(request),
        onPeer: ({ peerId }) => {
          if (peerId === v2Id) resolve(undefined);
        },
        onHeight: () => undefined,
        height: () => 0,
        onFault: (error) => {
          throw error;
        },
      },
    );
    await network.start();
    await up;
    const ask = (request: Request): Promise<number | string> =>
      network.request(v2Id, encodeRequest(request), { responseBytesMax: 1_048_576 }).then(
        (answer) => answer.length,
        (error: unknown) => String((error as { readonly code?: unknown }).code),
      );
    const answers = [
      await ask({ type: 'blocks', first: 1, count: 1 }),
      await ask({ type: 'batches', ids: [hashOfText('any')] }),
      await ask({ type: 'history' }),
    ];
    await network.stop();
    await observer.start();

    expect(answers[0]).to.be.above(0);
    expect(answers.slice(1)).to.deep.equal(['ERR_PEER_FAILED', 'ERR_PEER_FAILED']);
  });

  it('is cut off by validators that no longer name it, and says so', async () => {
    await until(async () => (await observer.get('/ready')).status === 200);
    admit('');
    await Promise.all([v1.restart(), v2.restart()]);
    await register('behind its back');
    aheadMs += 10_000; // As long as what it was told last counts as news.
    await until(async () => (await observer.get('/ready')).status === 503);
    const { body } = await observer.get('/ready');
    const status = await statusOf(observer);

    expect(body['detail']).to.match(/none of v1, v2 can be reached, or none has this observer/);
    expect(status).to.deep.include({ following: [], missing: ['v1', 'v2'], syncing: false });
    expect(status.stalled).to.equal(status.not_ready[0]);
    expect(await isVerifiedHere('behind its back')).to.equal(false);
    expect(await isVerifiedHere('first')).to.equal(true);
  });

  it('follows again when they name it again', async () => {
    admit(await observer.peerId());
    await Promise.all([v1.restart(), v2.restart()]);
    await until(() => isVerifiedHere('behind its back'));

    expect((await observer.get('/ready')).status).to.equal(200);
  });
});
