import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { createRegistry } from '../../../chain/certificate/registry.ts';
import { parseCertificate } from '../../../chain/certificate/certificate.ts';
import { parseDerSignature } from '../../../chain/signature.ts';
import { createCaPem, openCa } from '../../../scripts/authority/ca.ts';
import {
  type ExtensionEncoding,
  issueDevice,
} from '../../../scripts/authority/deviceCertificate.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { ENDPOINT, NOW_S, openRig, readCamera, type Rig, toDer } from './rig.ts';

const DAY_S = 86_400;
const OPENSSL = 'openssl';

for (const encoding of ['raw', 'der'] as const) {
  describe(`a provisioned certificate with ${encoding} extensions`, () => {
    const folder = temporaryFolder();
    let rig: Rig;
    before(async () => {
      rig = await openRig(folder, encoding);
    });
    after(() => rig.store.close());

    it('says the six values to a node', async () => {
      const answer = await rig.authority.provision({
        device_serial: 'CAM-6',
        device_family: 'Kamera Ä 1',
      });

      const { birthmark } = readCamera(answer);

      expect(birthmark.manufacturerId).to.equal('maker_one');
      expect(birthmark.endpoint).to.equal(ENDPOINT);
      expect(birthmark.encryptedNuc.length).to.equal(60);
      expect(birthmark.keyTableId).to.equal(answer.table_assignments[0]);
      expect(birthmark.keyIndex).to.be.within(0, 999);
      expect(birthmark.deviceFamily).to.equal('Kamera Ä 1');
    });

    it('is accepted under the pinned key, and under strict names', async () => {
      const answer = await rig.authority.provision({ device_serial: 'CAM-PIN' });
      const authority = {
        id: 'maker_one',
        name: 'Maker One',
        caCertificates: [toDer(answer.certificate_chain)],
        endpoints: ['http://localhost:8001/'],
        strictNames: true,
        allowPrivate: true,
        verdictKey: undefined,
        blind: false,
        legacyEndpoint: undefined,
        revocation: [],
      };

      const issuer = await createRegistry([authority]).checkIssuer(readCamera(answer));

      expect(issuer.id).to.equal('maker_one');
    });

    it('is valid for two years from a minute ago', async () => {
      const answer = await rig.authority.provision({ device_serial: 'CAM-DATES' });

      const { notBefore, notAfter } = readCamera(answer);

      expect([notBefore, notAfter]).to.deep.equal([NOW_S - 60, NOW_S + 730 * DAY_S]);
    });

    it('is verified by OpenSSL, which names serial and manufacturer apart', async function () {
      // Where there is no openssl, the reporter shows this test as pending.
      if (spawnSync(OPENSSL, ['version']).status !== 0) this.skip();
      const answer = await rig.authority.provision({ device_serial: 'CAM-OPENSSL' });
      const [ca, device] = [path.join(folder, 'ca-only.pem'), path.join(folder, 'device.pem')];
      writeFileSync(ca, answer.certificate_chain);
      writeFileSync(device, answer.device_certificate);

      const at = ['-attime', String(NOW_S)];
      const verified = spawnSync(OPENSSL, ['verify', ...at, '-CAfile', ca, device]);
      const subject = spawnSync(OPENSSL, ['x509', '-in', device, '-noout', '-subject']);

      expect(String(verified.stdout)).to.equal(`${device}: OK\n`);
      expect(String(subject.stdout).replaceAll(' ', '')).to.equal(
        'subject=CN=CAM-OPENSSL,O=MakerOne\n',
      );
    });
  });
}

describe('issuing certificates', () => {
  const manufacturer = { id: 'm', name: 'M' };
  const birthmark = {
    manufacturerId: 'm',
    endpoint: ENDPOINT,
    encryptedNuc: new Uint8Array(60),
    keyTableId: 0,
    keyIndex: 999,
    deviceFamily: 'F',
  };
  const identity = { serial: 'S', organization: 'M', birthmark };
  const issue = async (nowS: number, encoding: ExtensionEncoding = 'raw'): Promise<Uint8Array> => {
    const ca = await openCa(await createCaPem(manufacturer, NOW_S));
    return (await issueDevice(ca, identity, { nowS, encoding })).certificateDer;
  };

  it('signs in strict DER, whatever the leading bits of r and s', async () => {
    const ca = await openCa(await createCaPem(manufacturer, NOW_S));

    for (let i = 0; i < 100; i++) {
      const { certificateDer } = await issueDevice(ca, identity, { nowS: NOW_S, encoding: 'raw' });
      const { signature } = parseCertificate(certificateDer);
      expect(parseDerSignature(signature), `certificate ${i}`).to.have.length(64);
    }
  });

  it('writes dates beyond 2049 as nodes read them', async () => {
    const in2049S = Date.UTC(2049, 5, 1) / 1_000;

    const { notBefore, notAfter } = parseCertificate(await issue(in2049S));

    expect([notBefore, notAfter]).to.deep.equal([in2049S - 60, in2049S + 730 * DAY_S]);
  });

  it('refuses a CA key that is not its certificate’s', async () => {
    const [one, other] = [await createCaPem(manufacturer, 0), await createCaPem(manufacturer, 0)];
    const mixed =
      one.slice(0, one.indexOf('-----BEGIN CERT')) + other.slice(other.indexOf('-----BEGIN CERT'));

    const refusal = await openCa(mixed).catch((error: unknown) => error);

    expect(refusal).to.have.property('message', 'the CA key is not its certificate');
  });
});
