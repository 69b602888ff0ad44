import { expect } from 'chai';

import { formatHex, parseBase64, parseHex } from '../../../chain/bytes.ts';
import { parseCameraCertificate } from '../../../chain/certificate/certificate.ts';
import { SIGNED_FORM } from '../../../chain/record.ts';
import { type Claims, findSignedForm, type SignedClaims } from '../../../chain/submission.ts';
import { parseProvisioning, type Provisioning } from '../../../scripts/camera/provisioning.ts';
import { hashPosition, signV1, signV2, type SubmissionBody } from '../../../scripts/camera/sign.ts';
import { CHAIN_ID, createProvisionAnswer } from './rig.ts';

const CLAIMS: Claims = {
  imageHash: parseHex('ab'.repeat(32)),
  capturedAt: 1_795_224_915,
  gpsHash: parseHex('01'.repeat(32)),
  parents: [parseHex('02'.repeat(32)), parseHex('03'.repeat(32))],
  digests: [],
};

describe('a camera’s request', () => {
  let camera: Provisioning;
  before(async () => {
    camera = parseProvisioning(await createProvisionAnswer(), 'camera.json');
  });

  /** Reads a body as a node does, and finds the form in which it is signed. */
  const formOf = (body: SubmissionBody, chainId = CHAIN_ID): Promise<unknown> => {
    const certificateBytes = parseBase64(body.camera_cert);
    const { publicKey, fingerprint } = parseCameraCertificate(certificateBytes);
    const claims: SignedClaims = {
      imageHash: parseHex(body.image_hash),
      capturedAt: body.timestamp,
      gpsHash: body.gps_hash === undefined ? undefined : parseHex(body.gps_hash),
      parents: (body.parents ?? []).map(parseHex),
      digests: [],
      certificateBytes,
      fingerprint,
      signature: parseBase64(body.bundle_signature),
    };
    const context = { publicKey, chainId: parseHex(chainId) };
    return findSignedForm(claims, context, 0).catch(
      (error: unknown) => (error as { readonly code: string }).code,
    );
  };

  it('verifies as form v1', async () => {
    expect(await formOf(signV1(CLAIMS, camera))).to.equal(SIGNED_FORM.v1);
  });

  it('in form v1 claims only what is signed', () => {
    expect(signV1(CLAIMS, camera)).to.have.all.keys(
      'image_hash',
      'camera_cert',
      'software_cert',
      'timestamp',
      'bundle_signature',
    );
  });

  it('verifies as form v2, with all that it claims', async () => {
    const body = signV2(CLAIMS, camera, parseHex(CHAIN_ID));

    expect(await formOf(body)).to.equal(SIGNED_FORM.v2);
    expect(body.parents).to.have.length(2);
  });

  it('in form v2 cannot be changed, nor used on another chain', async () => {
    const body = signV2(CLAIMS, camera, parseHex(CHAIN_ID));
    const other = '0'.repeat(64);

    for (const change of [
      { image_hash: other },
      { timestamp: body.timestamp + 1 },
      { gps_hash: other },
      { parents: [other] },
    ]) {
      expect(await formOf({ ...body, ...change }), Object.keys(change)[0]).to.equal(
        'ERR_CAMERA_SIGNATURE',
      );
    }
    expect(await formOf(body, other)).to.equal('ERR_CAMERA_SIGNATURE');
  });

  it('hides a position behind a salt', () => {
    const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

    expect(formatHex(hashPosition('59.3,18.0', one))).not.to.equal(
      formatHex(hashPosition('59.3,18.0', other)),
    );
    // SHA-256 of 32 bytes of 0x01 and the text, by sha256sum.
    expect(formatHex(hashPosition('59.3,18.0', one))).to.equal(
      '78e840f7683a1d2ebc392e2d93b541cac439b3a72fa84ff950abd8b573657cb3',
    );
  });
});
