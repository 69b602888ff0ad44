import { expect } from 'chai';

import { parseProvisioning, readProvisioning } from '../../../scripts/camera/provisioning.ts';
import { createProvisionAnswer } from './rig.ts';

const FILE = 'camera.json';

function refusalOf(text: string): unknown {
  try {
    return parseProvisioning(text, FILE);
  } catch (error) {
    return error;
  }
}

describe('a saved provision answer', () => {
  it('holds the certificate that the camera sends, and its key', async () => {
    const { certificateDer, fingerprint, privateKey } = parseProvisioning(
      await createProvisionAnswer(),
      FILE,
    );

    expect(certificateDer[0]).to.equal(0x30);
    expect(fingerprint).to.have.length(32);
    expect(privateKey.asymmetricKeyType).to.equal('ec');
  });

  const refused = [
    ['', 'is not JSON'],
    ['{}', 'holds no device_certificate'],
    ['[]', 'holds no device_certificate'],
    ['{"device_certificate":"x","device_private_key":"y"}', 'is not PEM'],
    ['{"code":"ERR_SERIAL_TAKEN","detail":"taken","status":409}', 'ERR_SERIAL_TAKEN, taken'],
  ] as const;
  for (const [text, reason] of refused) {
    it(`is refused as ${JSON.stringify(text)}, naming file and reason`, () => {
      const refusal = refusalOf(text);

      expect(refusal).to.have.property('code', 'ERR_PROVISIONING');
      expect(refusal).to.have.property('message').that.includes(FILE).and.includes(reason);
    });
  }

  it('is refused with another camera’s key', async () => {
    const one = JSON.parse(await createProvisionAnswer()) as object;
    const other = JSON.parse(await createProvisionAnswer()) as { device_private_key: string };
    const { device_private_key } = other;

    const refusal = refusalOf(JSON.stringify({ ...one, device_private_key }));

    expect(refusal).to.have.property('code', 'ERR_PROVISIONING');
  });

  it('is refused where there is no file', async () => {
    const refusal = await readProvisioning('/nonexistent/camera.json').catch(
      (error: unknown) => error,
    );

    expect(refusal).to.have.property('code', 'ERR_PROVISIONING');
  });
});
