import path from 'node:path';

import { expect } from 'chai';

import { ed25519PublicKey } from '#crypto';
import { formatHex } from '../../chain/bytes.ts';
import type { Authority } from '../../chain/authority.ts';
import {
  authorityOf,
  birthmarkExtensions,
  CA_FALSE,
  type Camera,
  createCa,
  createCamera,
  DEVICE_VALUES,
  KEY_USAGE,
} from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { bodyOf, NOW_S, requestOf } from '../support/shots.ts';
import {
  answersJson,
  answersText,
  type Behaviour,
  isSilent,
  passes,
  redirectsTo,
  refuses,
  resets,
  signs,
  StandInAuthority,
} from '../support/standInAuthority.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { type Json, WholeNode, type WholeOptions } from '../support/wholeNode.ts';

const CA = createCa();
const WAIT_MS = 1_000;
const SEED = hashOfText('verdict seed');

describe('a node and its authority', () => {
  const folder = temporaryFolder();
  const authority = new StandInAuthority();
  const attacker = new StandInAuthority();
  let clock: FakeClock;
  let node: WholeNode;
  let count = 0;

  before(async () => {
    await authority.start();
    await attacker.start();
  });
  after(async () => {
    await authority.stop();
    await attacker.stop();
  });
  beforeEach(() => {
    authority.behaviour = passes;
    authority.questions.length = 0;
    attacker.questions.length = 0;
    clock = new FakeClock(NOW_S * 1_000);
  });
  afterEach(() => node.stop());

  const begin = async (
    fields: Partial<Authority> = {},
    options: Partial<WholeOptions> = {},
  ): Promise<void> => {
    const endpoints = [`${authority.origin}/`];
    const authorities = [authorityOf([CA], { endpoints, allowPrivate: true, ...fields })];
    const dir = path.join(folder, `node-${count++}`);
    node = await WholeNode.start(dir, { authorities, clock, ...options });
  };

  /** A camera that names an authority; ours if nothing else is said. */
  const cameraOf = (serial: string, endpoint = authority.url, ca = CA): Camera => {
    const extensions = [
      CA_FALSE,
      KEY_USAGE,
      ...birthmarkExtensions({ ...DEVICE_VALUES, endpoint }),
    ];
    return createCamera(ca, { extensions }, serial);
  };
  const shoot = (name: string, camera = cameraOf('SN-1')): Json => bodyOf(requestOf(camera, name));

  /** Lets a validated submission be batched and committed. */
  const commit = async (...ids: readonly string[]): Promise<readonly Json[]> => {
    for (const id of ids) await node.receiptIn(id, 'validated', 'batched', 'committed', 'rejected');
    await clock.advance(WAIT_MS);
    return Promise.all(ids.map((id) => node.ended(id)));
  };

  it('asks once for each submission', async () => {
    await begin();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push(await node.accept(shoot(name)));
    await node.accept(shoot('a'));
    await commit(...ids);
    await node.accept(shoot('b'));

    expect(authority.questions.map(({ body }) => body['image_hash'])).to.have.members(
      ['a', 'b', 'c'].map((name) => formatHex(hashOfText(name))),
    );
  });

  it('asks exactly the URL in the certificate, with everything that the camera sent', async () => {
    await begin();
    const request = shoot('a', cameraOf('SN-1', `${authority.origin}/deep/validate-cert`));
    await commit(await node.accept(request));
    const { software_cert: _none, ...sent } = request;
    const [question] = authority.questions;

    expect([question?.method, question?.path]).to.deep.equal(['POST', '/deep/validate-cert']);
    expect(question?.body).to.deep.equal(sent);
  });

  const asked = (): readonly number[] => [authority.questions.length, attacker.questions.length];

  const refused: readonly (readonly [string, number, () => Json])[] = [
    [
      'ERR_ISSUER_NOT_PINNED',
      403,
      () => shoot('x', cameraOf('SN-2', attacker.url, createCa('Attacker CA'))),
    ],
    ['ERR_ENDPOINT', 403, () => shoot('x', cameraOf('SN-3', attacker.url))],
    [
      'ERR_ENDPOINT',
      403,
      () => shoot('x', cameraOf('SN-4', `${authority.origin}.evil.example/validate-cert`)),
    ],
    ['ERR_CAMERA_SIGNATURE', 401, () => ({ ...shoot('x'), timestamp: NOW_S - 1 })],
    ['ERR_TIMESTAMP_AHEAD', 422, () => ({ ...shoot('x'), timestamp: NOW_S + 86_400 })],
    ['ERR_FIELD', 400, () => ({ ...shoot('x'), image_hash: 'ab' })],
  ];
  for (const [code, status, request] of refused) {
    it(`asks nobody about what it refuses with ${code}`, async () => {
      await begin();
      const answer = await node.submit(request());
      // What is accepted afterwards is asked about, so a question before it would be there too.
      await commit(await node.accept(shoot('good')));

      expect(answer).to.deep.include({ status });
      expect(answer.body['code']).to.equal(code);
      expect(asked()).to.deep.equal([1, 0]);
    });
  }

  it('refuses another issuer name where the registry demands equality, and asks nobody', async () => {
    await begin({ strictNames: true });
    const answer = await node.submit(shoot('x'));

    expect([answer.status, answer.body['code']]).to.deep.equal([403, 'ERR_ISSUER_NAME']);
    expect(asked()).to.deep.equal([0, 0]);
  });

  it('takes the same issuer name where the registry demands equality', async () => {
    await begin({ strictNames: true });
    const extensions = [
      CA_FALSE,
      KEY_USAGE,
      ...birthmarkExtensions({ ...DEVICE_VALUES, endpoint: authority.url }),
    ];
    const camera = createCamera(CA, { issuer: CA.name, extensions }, 'SN-STRICT');
    const [receipt] = await commit(await node.accept(shoot('a', camera)));

    expect(receipt?.['state']).to.equal('committed');
  });

  it('rejects what the authority refuses, in its words, and never verifies it', async () => {
    await begin();
    authority.behaviour = refuses('camera reported stolen');
    const receipt = await node.ended(await node.accept(shoot('a')));

    expect(receipt).to.deep.include({
      state: 'rejected',
      reason: { code: 'ERR_AUTHORITY_REFUSED', detail: 'camera reported stolen' },
      verify: null,
    });
    expect((await node.verify(hashOfText('a'))).body['verdict']).to.equal('not_found');
  });

  it('takes what was refused when it is sent again and passes then', async () => {
    await begin();
    authority.behaviour = refuses();
    const id = await node.accept(shoot('a'));
    await node.ended(id);
    authority.behaviour = passes;
    const again = await node.accept(shoot('a'));
    const [receipt] = await commit(again);

    expect(again).to.equal(id);
    expect(receipt).to.include({ state: 'committed', reason: null });
    expect(authority.questions).to.have.length(2);
  });

  const noVerdict: readonly (readonly [string, string, () => Behaviour])[] = [
    ['text for true', 'ERR_AUTHORITY_ANSWER', () => answersJson({ valid: 'true', message: '' })],
    ['a number for true', 'ERR_AUTHORITY_ANSWER', () => answersJson({ valid: 1, message: '' })],
    ['a number for text', 'ERR_AUTHORITY_ANSWER', () => answersJson({ valid: true, message: 5 })],
    ['true alone', 'ERR_AUTHORITY_ANSWER', () => answersJson(true)],
    ['HTML', 'ERR_AUTHORITY_ANSWER', () => answersText('<p>welcome</p>')],
    ['nothing', 'ERR_AUTHORITY_ANSWER', () => answersText('')],
    ['status 500', 'ERR_AUTHORITY_ANSWER', () => answersJson({ valid: true, message: '' }, 500)],
    ['status 201', 'ERR_AUTHORITY_ANSWER', () => answersJson({ valid: true, message: '' }, 201)],
    ['a redirect', 'ERR_AUTHORITY_ANSWER', () => redirectsTo(attacker.url)],
    ['a broken connection', 'ERR_AUTHORITY_UNREACHABLE', () => resets],
  ];
  for (const [what, code, behaviour] of noVerdict) {
    it(`takes ${what} for no verdict, and asks again after 2 s`, async () => {
      await begin();
      authority.behaviour = behaviour();
      const id = await node.accept(shoot('a'));
      const waiting = await node.receiptWhen(id, ({ attempts }) => attempts === 1);
      const pending = await node.verify(hashOfText('a'));
      authority.behaviour = passes;
      await clock.advance(2_200);
      const [receipt] = await commit(id);

      expect((waiting['problem'] as Json)['code']).to.equal(code);
      expect(waiting['state']).to.equal('authority_pending');
      expect([pending.status, pending.body['verdict']]).to.deep.equal([404, 'pending']);
      expect(receipt).to.deep.include({ state: 'committed', attempts: 1, problem: null });
      expect(attacker.questions).to.deep.equal([]);
    });
  }

  const unsigned: readonly (readonly [string, Behaviour])[] = [
    ['without a signature', passes],
    ['signed with another key', signs({ seed: hashOfText('another seed') })],
    ['about another photograph', signs({ seed: SEED, wrong: { imageHash: hashOfText('b') } })],
    ['about another camera', signs({ seed: SEED, wrong: { subject: hashOfText('b') } })],
    ['for another chain', signs({ seed: SEED, wrong: { chainId: hashOfText('b') } })],
    ['that was a refusal', signs({ seed: SEED, wrong: { valid: false } })],
  ];
  for (const [what, behaviour] of unsigned) {
    it(`takes a verdict ${what} for none, where verdicts are signed`, async () => {
      await begin({ verdictKey: ed25519PublicKey(SEED) });
      authority.behaviour = behaviour;
      const id = await node.accept(shoot('a'));
      const waiting = await node.receiptWhen(id, ({ attempts }) => attempts === 1);
      authority.behaviour = signs({ seed: SEED });
      await clock.advance(2_200);
      const [receipt] = await commit(id);

      expect((waiting['problem'] as Json)['code']).to.equal('ERR_VERDICT_SIGNATURE');
      expect(receipt?.['state']).to.equal('committed');
    });
  }

  it('shows a blind authority the certificate and a commitment only, and accepts its signature', async () => {
    await begin({ blind: true, verdictKey: ed25519PublicKey(SEED) });
    authority.behaviour = signs({ seed: SEED });
    const [receipt] = await commit(await node.accept(shoot('a')));
    const [question] = authority.questions;
    const { body } = await node.verify(hashOfText('a'));

    expect(receipt?.['state']).to.equal('committed');
    expect(Object.keys(question?.body ?? {}).sort()).to.deep.equal([
      'camera_cert',
      'chain_id',
      'image_hash',
    ]);
    expect(question?.body['image_hash']).to.match(/^[0-9a-f]{64}$/);
    expect(question?.body['image_hash']).to.not.equal(formatHex(hashOfText('a')));
    expect(body).to.include({ verified: true, authority_check: 'signed' });
  });

  it('says that an unsigned verdict is its own word', async () => {
    await begin();
    await commit(await node.accept(shoot('a')));

    expect((await node.verify(hashOfText('a'))).body['authority_check']).to.equal('reported');
  });

  it('does not name the manufacturer where the chain says so', async () => {
    await begin({}, { params: ['publish_authority=false'] });
    await commit(await node.accept(shoot('a')));

    expect((await node.verify(hashOfText('a'))).body).to.include({
      verified: true,
      authority: null,
    });
  });

  it('verifies all that waited when the authority is back, without any camera', async () => {
    await begin();
    await authority.stop();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push(await node.accept(shoot(name)));
    for (const id of ids) await node.receiptWhen(id, ({ attempts }) => attempts === 1);
    await authority.start();
    await clock.advance(2_200);
    const receipts = await commit(...ids);

    expect(receipts.map(({ state }) => state)).to.deep.equal([
      'committed',
      'committed',
      'committed',
    ]);
  });

  it('keeps what is pending through a restart, and asks when it is due', async () => {
    await begin();
    authority.behaviour = answersText('', { status: 503 });
    const id = await node.accept(shoot('a'));
    await node.receiptWhen(id, ({ attempts }) => attempts === 1);
    await node.restart();
    const { body: kept } = await node.get(`/api/v1/submission/${id}`);
    const questions = authority.questions.length;
    authority.behaviour = passes;
    await clock.advance(2_200);
    const [receipt] = await commit(id);

    expect(kept).to.include({ state: 'authority_pending', attempts: 1 });
    expect(questions).to.equal(1);
    expect(receipt?.['state']).to.equal('committed');
  });

  it('commits after a restart what was validated before, without asking again', async () => {
    await begin();
    const id = await node.accept(shoot('a'));
    await node.receiptIn(id, 'validated');
    await node.restart();
    const [receipt] = await commit(id);

    expect(receipt?.['state']).to.equal('committed');
    expect(authority.questions).to.have.length(1);
  });

  it('is asked at once about all that waits when an operator says so', async () => {
    await begin();
    authority.behaviour = answersText('', { status: 503 });
    const id = await node.accept(shoot('a'));
    await node.receiptWhen(id, ({ attempts }) => attempts === 1);
    authority.behaviour = passes;
    const { adminUrl } = node.running;
    const answer = await fetch(new URL('/admin/v1/authorities/acme_imaging/retry', adminUrl), {
      method: 'POST',
    });
    const [receipt] = await commit(id);

    expect(await answer.json()).to.deep.equal({ authority: 'acme_imaging', asked: 1 });
    expect(receipt?.['state']).to.equal('committed');
  });

  it('stops in good time while an authority is silent, and keeps the submission', async () => {
    await begin();
    authority.behaviour = isSilent;
    const id = await node.accept(shoot('a'));
    await authority.waitForQuestions(1);
    const startMs = performance.now();
    await node.stop();
    const tookMs = performance.now() - startMs;
    authority.behaviour = passes;
    await node.start();
    await clock.advance(2_200);
    const [receipt] = await commit(id);

    expect(tookMs).to.be.below(5_000);
    expect(receipt?.['state']).to.equal('committed');
  });
});
