/** Certificates and signatures that other programs made: OpenSSL, and the reference camera client. */
import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Authority } from '../../../chain/authority.ts';
import { equalBytes, formatHex, formatUtf8, parseBase64, parseHex } from '../../../chain/bytes.ts';
import {
  type CameraCertificate,
  parseCameraCertificate,
  parseCertificate,
  parseCertificateBytes,
} from '../../../chain/certificate/certificate.ts';
import { createRegistry } from '../../../chain/certificate/registry.ts';
import { checkValidity } from '../../../chain/certificate/validity.ts';
import { findSignedForm } from '../../../chain/submission.ts';
import { CHAIN_ID, codeOf, codeOfRejection } from '../../support/chainValues.ts';
import { describeConformance } from '../../support/conformance.ts';

interface CapturedRequest {
  readonly image_hash: string;
  readonly camera_cert: string;
  readonly timestamp: number;
  readonly bundle_signature: string;
}

function authorityOf(id: string, ca: Uint8Array, endpoint: string): Authority {
  return {
    id,
    name: id,
    caCertificates: [ca],
    endpoints: [endpoint],
    strictNames: false,
    allowPrivate: true,
    verdictKey: undefined,
    blind: false,
    legacyEndpoint: undefined,
    revocation: [],
  };
}

describeConformance('certificates made with OpenSSL', (vector) => {
  const read = (name: string): Uint8Array =>
    parseCertificateBytes(readFileSync(vector('cameras', `openssl-${name}.pem`)));
  const certificates = (): readonly CameraCertificate[] =>
    ['device-der', 'device-raw'].map((name) => parseCameraCertificate(read(name)));

  it('have the same six values in both forms', () => {
    const [der, raw] = certificates();

    expect(der!.birthmark).to.deep.equal(raw!.birthmark);
    expect(raw!.birthmark).to.deep.include({
      dialect: 'A',
      manufacturerId: 'sony_imaging',
      endpoint: 'http://127.0.0.1:8001/validate-cert',
      deviceFamily: 'Sony IMX477 12MP',
    });
  });

  it('are from their CA, in a registry that pins it', async () => {
    const ca = read('ca');
    const authority = authorityOf('sony_imaging', ca, 'http://127.0.0.1:8001/');
    const registry = createRegistry([authority, authorityOf('other', ca, 'http://other.example/')]);
    for (const certificate of certificates()) {
      expect(await registry.checkIssuer(certificate)).to.equal(authority);
    }
    expect(parseCertificate(ca).isCa).to.equal(true);
  });

  it('pass where issuer names must match', async () => {
    const authority = authorityOf('sony_imaging', read('ca'), 'http://127.0.0.1:8001/');
    const registry = createRegistry([{ ...authority, strictNames: true }]);
    for (const certificate of certificates()) {
      expect(await codeOfRejection(registry.checkIssuer(certificate))).to.equal('accepted');
    }
  });
});

describeConformance('the request of the reference camera', (vector) => {
  const request = (): CapturedRequest =>
    JSON.parse(
      readFileSync(vector('cameras', 'birthmark_nov2025_submit-cert.json'), 'utf8'),
    ) as CapturedRequest;
  const certificate = (): CameraCertificate =>
    parseCameraCertificate(parseCertificateBytes(parseBase64(request().camera_cert)));
  const ca = (): Uint8Array =>
    parseCertificateBytes(readFileSync(vector('cameras', 'intermediate-ca.crt')));
  const pinned = (): Authority =>
    authorityOf('birthmark_simulated_ma', ca(), 'http://localhost:8001/');

  it('has a certificate with six values in raw form', () => {
    const { birthmark, subjectCommonName } = certificate();

    expect(subjectCommonName).to.equal('CAM-002');
    expect(birthmark).to.deep.include({
      dialect: 'A',
      manufacturerId: 'birthmark_simulated_ma',
      endpoint: 'http://localhost:8001/validate-cert',
      keyTableId: 1,
      keyIndex: 306,
      deviceFamily: 'Raspberry Pi',
    });
  });

  it('has an issuer name that is not the name of the CA which signed it', () => {
    expect(equalBytes(certificate().issuer, parseCertificate(ca()).subject)).to.equal(false);
  });

  it('is trusted for the pinned key, and not where names must match', async () => {
    const registry = createRegistry([pinned()]);
    const strict = createRegistry([{ ...pinned(), strictNames: true }]);

    expect((await registry.checkIssuer(certificate())).id).to.equal('birthmark_simulated_ma');
    expect(await codeOfRejection(strict.checkIssuer(certificate()))).to.equal('ERR_ISSUER_NAME');
  });

  it('is trusted by no registry that pins another key', async () => {
    const other = parseCertificateBytes(readFileSync(vector('cameras', 'openssl-ca.pem')));
    const registry = createRegistry([{ ...pinned(), caCertificates: [other] }]);

    expect(await codeOfRejection(registry.checkIssuer(certificate()))).to.equal(
      'ERR_ISSUER_NOT_PINNED',
    );
  });

  it('is signed in form v1', async () => {
    const { image_hash, camera_cert, timestamp, bundle_signature } = request();
    const { publicKey, fingerprint } = certificate();
    const claims = {
      imageHash: parseHex(image_hash),
      capturedAt: timestamp,
      gpsHash: undefined,
      parents: [],
      digests: [],
      certificateBytes: parseBase64(camera_cert),
      fingerprint,
      signature: parseBase64(bundle_signature),
    };

    expect(await findSignedForm(claims, { publicKey, chainId: CHAIN_ID }, 3)).to.equal(1);
    const later = { ...claims, capturedAt: timestamp + 1 };
    expect(
      await codeOfRejection(findSignedForm(later, { publicKey, chainId: CHAIN_ID }, 1)),
    ).to.equal('ERR_CAMERA_SIGNATURE');
  });

  it('is valid at the time at which it was signed', () => {
    const { timestamp: atS } = request();
    const claim = { ...certificate(), capturedAt: atS };

    expect(codeOf(() => checkValidity(claim, { atS, aheadS: 300, lateGraceS: 0 }))).to.equal(
      'accepted',
    );
  });

  it('is another certificate to every other reading of its text', () => {
    const { camera_cert } = request();

    expect(codeOf(() => parseBase64(`${camera_cert}=`))).to.equal('ERR_MALFORMED');
    expect(codeOf(() => parseCameraCertificate(formatUtf8(camera_cert)))).to.equal(
      'ERR_CERTIFICATE_MALFORMED',
    );
    expect(formatHex(certificate().der)).to.equal(formatHex(parseBase64(camera_cert)));
  });
});
