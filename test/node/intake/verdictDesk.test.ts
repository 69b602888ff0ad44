import { expect } from 'chai';

import { formatBase64, formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import { blindHash, saltOf } from '../../../chain/evidence.ts';
import type { Answer } from '../../../node/authority/question.ts';
import {
  authorityOf,
  CA_FALSE,
  createCamera,
  DEVICE_VALUES,
  dialectBExtensions,
  KEY_USAGE,
  pemOf,
} from '../../support/certificates.ts';
import { CHAIN_ID, hashOfText, VERDICT_KEY } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { CA, COMMITMENT_KEY, NodeRig } from '../../support/nodeRig.ts';
import { NOW_S, requestOf } from '../../support/shots.ts';

const CAMERA = createCamera(CA);
const PASSED: Answer = { type: 'passed', proof: undefined };
const SLOW: Answer = {
  type: 'none',
  problem: { code: 'ERR_AUTHORITY_TIMEOUT', message: 'the authority did not answer in time' },
};
const DAY_MS = 86_400_000;
const EXPIRY_MS = 30 * DAY_MS;

interface Pending {
  readonly rig: NodeRig;
  readonly id: Uint8Array;
}

async function submit(rig: NodeRig, name = 'a'): Promise<Pending> {
  const { id } = await rig.intake.submit(requestOf(CAMERA, name));
  return { rig, id };
}

describe('the question about a submission', () => {
  const sent = formatUtf8(pemOf(CAMERA.der));
  const claims = { gpsHash: hashOfText('gps') };
  const request = requestOf(CAMERA, 'a', { sent, claims });

  it('goes to exactly the URL in the certificate, with the certificate as it was sent', async () => {
    const rig = await NodeRig.open();
    const { id } = await rig.intake.submit(request);
    const question = rig.verdicts.questionOf(id);

    expect(question?.url).to.equal(DEVICE_VALUES.endpoint);
    expect(question?.body).to.deep.equal({
      camera_cert: formatBase64(sent),
      image_hash: formatHex(hashOfText('a')),
      timestamp: NOW_S,
      gps_hash: formatHex(hashOfText('gps')),
      bundle_signature: formatBase64(request.signature),
    });
  });

  it('names the chain where the authority signs', async () => {
    const authorities = [authorityOf([CA], { verdictKey: VERDICT_KEY })];
    const rig = await NodeRig.open({ authorities });
    const { id } = await rig.intake.submit(request);

    expect(rig.verdicts.questionOf(id)?.body).to.include({ chain_id: formatHex(CHAIN_ID) });
  });

  it('shows a blind authority the certificate and a commitment, nothing else', async () => {
    const rig = await NodeRig.open({ authorities: [authorityOf([CA], { blind: true })] });
    const { id } = await rig.intake.submit(request);
    const question = rig.verdicts.questionOf(id);
    const { fingerprint } = rig.certificates.parse(CAMERA.der);
    const salt = saltOf(COMMITMENT_KEY, fingerprint, request.imageHash);

    expect(question?.body).to.deep.equal({
      camera_cert: formatBase64(sent),
      image_hash: formatHex(blindHash(request.imageHash, salt)),
    });
  });

  it('goes to the first endpoint of the registry for dialect B, which names none', async () => {
    const extensions = [CA_FALSE, KEY_USAGE, ...dialectBExtensions()];
    const camera = createCamera(CA, { extensions }, 'SN-B');
    const rig = await NodeRig.open();
    const { id } = await rig.intake.submit(requestOf(camera, 'a'));

    expect(rig.verdicts.questionOf(id)?.url).to.equal('https://authority.acme.example/');
  });

  it('is the legacy one for a legacy submission', async () => {
    const legacyEndpoint = 'https://authority.acme.example/validate';
    const authorities = [authorityOf([CA], { legacyEndpoint })];
    const rig = await NodeRig.open({ params: { legacy: true }, authorities });
    const { id } = await rig.intake.submitLegacy({
      imageHash: hashOfText('legacy'),
      token: new Uint8Array(60).fill(0xab),
      tableReferences: [1, 2, 3],
      keyIndices: [4, 5, 6],
      timestamp: NOW_S,
      gpsHash: undefined,
      signature: undefined,
    });
    const question = rig.verdicts.questionOf(id);

    expect(question?.url).to.equal(legacyEndpoint);
    expect(question?.body).to.deep.equal({
      ciphertext: 'ab'.repeat(60),
      table_references: [1, 2, 3],
      key_indices: [4, 5, 6],
    });
  });

  const decided: readonly (readonly [string, Answer])[] = [
    ['passed', PASSED],
    ['refused', { type: 'refused', message: 'no' }],
  ];
  for (const [what, answer] of decided) {
    it(`is none once it is ${what}`, async () => {
      const { rig, id } = await submit(await NodeRig.open());
      await rig.verdicts.settle(id, answer);

      expect(rig.verdicts.questionOf(id)).to.equal(undefined);
    });
  }

  it('is none for a submission that is not known', async () => {
    const rig = await NodeRig.open();

    expect(rig.verdicts.questionOf(hashOfText('x').slice(0, 16))).to.equal(undefined);
  });
});

describe('a passed verdict', () => {
  it('validates the submission and keeps its proof', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    const proof = { issuedAt: 5, signature: new Uint8Array(64).fill(3) };
    const next = await rig.verdicts.settle(id, { type: 'passed', proof });

    expect(next).to.equal(undefined);
    expect(rig.stateOf(id)).to.equal('validated');
    expect(rig.batcher.waitingCount()).to.equal(1);
    await rig.batcher.stop();
    expect(rig.work.readSubmission(id)?.verdict).to.deep.equal({ proof });
  });

  it('is not used for another photograph of the same camera', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    const other = await rig.intake.submit(requestOf(CAMERA, 'b'));
    await rig.verdicts.settle(id, PASSED);

    expect(rig.stateOf(other.id)).to.equal('authority_pending');
    expect(rig.verdicts.questionOf(other.id)).to.not.equal(undefined);
  });

  it('about nothing that is known changes nothing', async () => {
    const rig = await NodeRig.open();
    await rig.verdicts.settle(hashOfText('x').slice(0, 16), PASSED);

    expect([rig.batcher.waitingCount(), rig.points]).to.deep.equal([0, []]);
  });
});

describe('a refusal', () => {
  it('rejects the submission with the authority’s words and forgets it', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    const next = await rig.verdicts.settle(id, { type: 'refused', message: 'camera is stolen' });

    expect(next).to.equal(undefined);
    expect(rig.receipt(id).rejection).to.deep.equal({
      code: 'ERR_AUTHORITY_REFUSED',
      message: 'camera is stolen',
    });
    expect(rig.work.readSubmission(id)).to.equal(undefined);
    expect(rig.batcher.waitingCount()).to.equal(0);
  });

  it('is durable', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    rig.points.length = 0;
    await rig.verdicts.settle(id, { type: 'refused', message: 'no' });

    expect(rig.points).to.include('after-sync');
  });
});

describe('no verdict', () => {
  it('shows its reason on the receipt, and when it is asked again', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    const next = await rig.verdicts.settle(id, SLOW);

    expect(next).to.equal(NOW_S * 1_000 + 2_000);
    expect(rig.receipt(id)).to.deep.include({
      attempts: 1,
      nextAttemptMs: next,
      problem: { code: 'ERR_AUTHORITY_TIMEOUT', message: 'the authority did not answer in time' },
    });
    expect(rig.stateOf(id)).to.equal('authority_pending');
  });

  it('is asked about again after 2, 4 and 8 s, then every minute, then every half hour', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    const delays: number[] = [];
    for (let i = 0; i < 35; i++) {
      const next = (await rig.verdicts.settle(id, SLOW)) ?? 0;
      delays.push(next - rig.clock.nowMs());
      await rig.clock.advance(next - rig.clock.nowMs());
    }

    expect(delays.slice(0, 5)).to.deep.equal([2_000, 4_000, 8_000, 60_000, 60_000]);
    expect(delays.slice(-2)).to.deep.equal([1_800_000, 1_800_000]);
  });

  it('is forgotten once there is one', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    await rig.verdicts.settle(id, SLOW);
    await rig.verdicts.settle(id, PASSED);

    expect(rig.receipt(id)).to.deep.include({
      problem: undefined,
      nextAttemptMs: undefined,
      attempts: 1,
    });
  });

  it('rejects nothing before 30 days are over, and then as unreachable', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    await rig.clock.advance(EXPIRY_MS - 1);
    const last = await rig.verdicts.settle(id, SLOW);
    const before = rig.stateOf(id);
    await rig.clock.advance(1);
    await rig.verdicts.settle(id, SLOW);

    expect([last, before]).to.deep.equal([NOW_S * 1_000 + EXPIRY_MS, 'authority_pending']);
    expect(rig.receipt(id)).to.deep.include({ attempts: 2 });
    expect(rig.receipt(id).rejection?.code).to.equal('ERR_AUTHORITY_UNREACHABLE');
    expect(rig.work.readSubmission(id)).to.equal(undefined);
  });

  it('for 30 days and an hour is found overdue without a question', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    const { id: young } = await rig.intake.submit(requestOf(CAMERA, 'b'));
    await rig.verdicts.settle(young, PASSED);
    await rig.batcher.stop();
    await rig.clock.advance(EXPIRY_MS + 3_600_000);
    const before = await rig.verdicts.rejectOverdue();
    await rig.clock.advance(1);

    expect([before, await rig.verdicts.rejectOverdue()]).to.deep.equal([0, 1]);
    expect([rig.stateOf(id), rig.stateOf(young)]).to.deep.equal(['rejected', 'validated']);
  });

  it('counts from the reopening of a receipt, not from the first time', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    await rig.verdicts.settle(id, { type: 'refused', message: 'no' });
    await rig.clock.advance(20 * DAY_MS);
    await submit(rig);
    await rig.clock.advance(20 * DAY_MS);
    await rig.verdicts.settle(id, SLOW);

    expect(rig.stateOf(id)).to.equal('authority_pending');
  });

  it('survives a restart with its attempts', async () => {
    const { rig, id } = await submit(await NodeRig.open());
    const next = await rig.verdicts.settle(id, SLOW);
    const { disk } = rig;
    const after = await NodeRig.open({ disk, clock: new FakeClock(NOW_S * 1_000 + 500) });
    await after.recover();

    expect(after.due).to.deep.equal([
      { authorityId: 'acme_imaging', receiptId: id, nextAttemptMs: next },
    ]);
    expect(after.receipt(id).attempts).to.equal(1);
  });
});
