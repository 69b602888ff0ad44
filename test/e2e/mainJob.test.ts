import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { type Camera, pemOf } from '../support/certificates.ts';
import { hashOfText } from '../support/chainValues.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { bodyOf, requestOf, type ShotOptions } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { entryOf, type Json, WholeNode } from '../support/wholeNode.ts';

const PENDING_MS_MAX = 5_000;
/** A photograph that comes alone need not wait a second for others. */
const FAST = ['batch_wait_ms=20'];

describe('the main job, with the reference authority', () => {
  const folder = temporaryFolder();
  let authority: RealAuthority;
  let node: WholeNode;
  let camera: Camera;

  before(async () => {
    authority = await startRealAuthority(path.join(folder, 'authority'));
    const authorities = [entryOf(authority.registryEntry)];
    node = await WholeNode.start(path.join(folder, 'node'), { authorities, params: FAST });
    camera = await provisionCamera(authority, 'MAIN-1');
  });
  after(async () => {
    await node.stop();
    await authority.stop();
  });

  /** A photograph taken now. */
  const shoot = (name: string, options: ShotOptions = {}): Json => {
    const claims = { capturedAt: Math.floor(Date.now() / 1_000), ...options.claims };
    return bodyOf(requestOf(camera, name, { chainId: node.chainId, ...options, claims }));
  };

  const forms: readonly (readonly [string, string, ShotOptions])[] = [
    ['v1', 'v1 in DER', { form: 1 }],
    ['v1', 'v1 in 64 raw bytes', { form: 1, encoding: 'compact' }],
    ['v1n', 'v1n in DER', { form: 2 }],
    ['v2', 'v2 in DER', { form: 3 }],
    ['v2', 'v2 in 64 raw bytes', { form: 3, encoding: 'compact' }],
  ];
  for (const [signature, what, options] of forms) {
    it(`takes a photograph signed as ${what} from 202 to verified`, async () => {
      const id = await node.accept(shoot(what, options));
      const receipt = await node.ended(id);
      const { status, body } = await node.verify(hashOfText(what));

      expect(receipt).to.deep.include({ state: 'committed', reason: null });
      expect(status).to.equal(200);
      expect(body).to.deep.include({
        verified: true,
        image_hash: formatHex(hashOfText(what)),
        aggregator: 'archive',
        verdict: 'registered_original',
        kind: 'camera',
        authority: 'maker_one',
        camera_signature: signature,
        authority_check: 'signed',
        status: 'active',
      });
    });
  }

  it('takes a certificate in PEM text', async () => {
    const id = await node.accept(shoot('pem', { sent: formatUtf8(pemOf(camera.der)) }));

    expect(await node.ended(id)).to.include({ state: 'committed' });
  });

  it('takes a camera with extensions in DER', async () => {
    const dir = path.join(folder, 'authority-der');
    const other = await startRealAuthority(dir, { encoding: 'der' });
    const authorities = [entryOf(other.registryEntry)];
    const dirOf = path.join(folder, 'node-der');
    const second = await WholeNode.start(dirOf, { authorities, params: FAST });
    const der = await provisionCamera(other, 'DER-1');
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    const id = await second.accept(bodyOf(requestOf(der, 'der', { claims })));
    const { state } = await second.ended(id);
    await second.stop();
    await other.stop();

    expect(state).to.equal('committed');
  });

  it('takes it there in less than five seconds at the defaults', async () => {
    const authorities = [entryOf(authority.registryEntry)];
    const usual = await WholeNode.start(path.join(folder, 'node-usual'), { authorities });
    const startMs = performance.now();
    await usual.ended(await usual.accept(shoot('usual', { form: 1 })));
    const { body } = await usual.verify(hashOfText('usual'));
    const tookMs = performance.now() - startMs;
    await usual.stop();

    expect(body['verified']).to.equal(true);
    expect(tookMs).to.be.below(PENDING_MS_MAX);
  });

  it('tells each step on the receipt, in order, under both names of the route', async () => {
    const id = await node.accept(shoot('steps'));
    const receipt = await node.ended(id);
    const steps = receipt['steps'] as readonly { readonly state: string; readonly time: string }[];
    const same = await node.get(`/api/v1/receipts/${id}`);

    expect(steps.map(({ state }) => state)).to.deep.equal([
      'received',
      'certificate_verified',
      'authority_pending',
      'validated',
      'batched',
      'committed',
    ]);
    expect(steps.map(({ time }) => time)).to.deep.equal(steps.map(({ time }) => time).sort());
    expect(same.body).to.deep.equal(receipt);
  });

  it('names transaction and block, which name the photograph', async () => {
    const { tx_hash: tx } = await node.ended(await node.accept(shoot('chain')));
    const hash = formatHex(hashOfText('chain'));
    const { body: transaction } = await node.get(`/api/v1/transactions/${String(tx)}`);
    const height = Number(transaction['block_height']);
    const { body: block } = await node.get(`/api/v1/blocks/${height}`);
    const { body: found } = await node.verify(hashOfText('chain'));

    expect(transaction['image_hashes']).to.include(hash);
    expect(block['transactions']).to.include(tx);
    expect(found).to.include({ tx_hash: tx, block_height: height });
  });

  it('answers the routes of existing clients alike', async () => {
    await node.ended(await node.accept(shoot('clients')));
    const hash = formatHex(hashOfText('clients'));
    const routes = [`/api/v1/blockchain/verify/${hash}`, `/verify/${hash}`];
    const answers = await Promise.all(routes.map((route) => node.get(route)));
    const many = await node.post('/api/v1/verify', { image_hashes: [hash, 'f'.repeat(64)] });
    const results = many.body['results'] as readonly Json[];

    expect(answers.map(({ body }) => body['verified'])).to.deep.equal([true, true]);
    expect(results.map(({ verdict }) => verdict)).to.deep.equal([
      'registered_original',
      'not_found',
    ]);
  });

  it('keeps of v1 no gps_hash, parents or digests, and says so', async () => {
    const claims = {
      gpsHash: hashOfText('gps'),
      parents: [hashOfText('parent')],
      digests: [{ name: 'pixels-sha256', digest: hashOfText('pixels') }],
    };
    const { body } = await node.submit(shoot('unsigned', { form: 1, claims }));
    await node.ended(String(body['receipt_id']));
    const { body: found } = await node.verify(hashOfText('unsigned'));

    expect(body['not_kept']).to.deep.equal(['gps_hash', 'parents', 'digests']);
    expect(found).to.deep.include({ gps_hash: null, parents: [], digests: [] });
  });

  it('keeps of v2 what the camera signed', async () => {
    const claims = {
      gpsHash: hashOfText('gps'),
      digests: [{ name: 'pixels-sha256', digest: hashOfText('pixels') }],
    };
    await node.ended(await node.accept(shoot('signed', { form: 3, claims })));
    const { body } = await node.verify(hashOfText('signed'));

    expect(body).to.deep.include({
      gps_hash: formatHex(hashOfText('gps')),
      digests: [{ name: 'pixels-sha256', digest: formatHex(hashOfText('pixels')) }],
    });
  });

  it('calls an edit an edit, and shows it at its parent', async () => {
    await node.ended(await node.accept(shoot('parent', { form: 3 })));
    const claims = { parents: [hashOfText('parent')] };
    await node.ended(await node.accept(shoot('edit', { form: 3, claims })));
    const { body: edit } = await node.verify(hashOfText('edit'));
    const { body: parent } = await node.verify(hashOfText('parent'));

    expect(edit).to.deep.include({
      verified: false,
      verdict: 'declared_edit',
      kind: 'edit',
      parents: [formatHex(hashOfText('parent'))],
    });
    expect(parent).to.deep.include({
      verified: true,
      derivatives: [formatHex(hashOfText('edit'))],
    });
  });

  it('says of a hash that nobody submitted that it is not found', async () => {
    const { status, body } = await node.verify(hashOfText('nobody'));

    expect(status).to.equal(404);
    expect(body).to.include({ verified: false, verdict: 'not_found' });
  });

  it('rejects a camera that its authority has revoked', async () => {
    const stolen = await provisionCamera(authority, 'STOLEN');
    const token = readFileSync(authority.tokenFile, 'utf8').trim();
    await fetch(new URL('api/v1/devices/STOLEN/revoke', authority.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'stolen' }),
    });
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    const id = await node.accept(bodyOf(requestOf(stolen, 'stolen', { claims })));
    const receipt = await node.ended(id);

    expect(receipt).to.include({ state: 'rejected' });
    expect((receipt['reason'] as Json)['code']).to.equal('ERR_AUTHORITY_REFUSED');
    expect((await node.verify(hashOfText('stolen'))).body['verdict']).to.equal('not_found');
  });

  it('goes on after a restart where it was', async () => {
    await node.ended(await node.accept(shoot('before')));
    const { body: before } = await node.get('/api/v1/status');
    await node.restart();
    const { body: after } = await node.get('/api/v1/status');
    await node.ended(await node.accept(shoot('after')));

    expect(after['total_hashes']).to.equal(before['total_hashes']);
    expect((await node.verify(hashOfText('before'))).body['verified']).to.equal(true);
    expect((await node.verify(hashOfText('after'))).body['verified']).to.equal(true);
  });
});
