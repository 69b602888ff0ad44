import { expect } from 'chai';

import { createRegistry, type Registry } from '../../../chain/certificate/registry.ts';
import { Certificates } from '../../../node/intake/certificates.ts';
import { authorityOf, createCa, createCamera, pemOf } from '../../support/certificates.ts';
import { codeOfRejection } from '../../support/chainValues.ts';
import { formatUtf8 } from '../../../chain/bytes.ts';
import { certificateIdOf } from '../../support/shots.ts';

describe('judged certificates', () => {
  const ca = createCa();
  const camera = createCamera(ca);
  const other = createCamera(ca, {}, 'SN-2');
  const stranger = createCamera(createCa('Stranger CA'), {}, 'SN-3');
  let checkCount = 0;
  let certificates: Certificates;

  beforeEach(() => {
    checkCount = 0;
    const registry = createRegistry([authorityOf([ca])]);
    const counting: Registry = {
      ...registry,
      checkIssuer: (certificate) => {
        checkCount += 1;
        return registry.checkIssuer(certificate);
      },
    };
    certificates = new Certificates(() => counting, { perS: 1, burst: 2 });
  });

  it('name their authority', async () => {
    const { authority, id, sent } = await certificates.check(camera.der);

    expect(authority.id).to.equal('acme_imaging');
    expect(id).to.deep.equal(certificateIdOf(camera.der));
    expect(sent).to.equal(camera.der);
  });

  it('are checked once, however often they are asked for', async () => {
    await certificates.check(camera.der);
    await certificates.check(camera.der.slice());

    expect(checkCount).to.equal(1);
  });

  it('are checked once where many ask at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => certificates.check(camera.der)));

    expect([checkCount, new Set(all).size]).to.deep.equal([1, 1]);
  });

  it('are refused once and remembered as refused', async () => {
    const codes = [
      await codeOfRejection(certificates.check(stranger.der)),
      await codeOfRejection(certificates.check(stranger.der)),
    ];

    expect(codes).to.deep.equal(['ERR_ISSUER_NOT_PINNED', 'ERR_ISSUER_NOT_PINNED']);
    expect(checkCount).to.equal(1);
  });

  it('are refused where they cannot be parsed', async () => {
    const bytes = formatUtf8('no certificate');

    expect(await codeOfRejection(certificates.check(bytes))).to.equal('ERR_CERTIFICATE_MALFORMED');
    expect(checkCount).to.equal(0);
  });

  it('refuse all who ask at the same time', async () => {
    const all = [1, 2, 3].map(() => codeOfRejection(certificates.check(stranger.der)));

    expect(new Set(await Promise.all(all))).to.deep.equal(new Set(['ERR_ISSUER_NOT_PINNED']));
    expect(checkCount).to.equal(1);
  });

  it('are parsed once', async () => {
    const { certificate } = await certificates.check(camera.der);

    expect(certificates.parse(camera.der)).to.equal(certificate);
  });

  it('can be parsed without having been judged', () => {
    expect(certificates.parse(camera.der).notBefore).to.equal(1_795_219_200);
    expect(checkCount).to.equal(0);
  });

  it('are told apart as they were sent: DER and PEM are two', async () => {
    const der = await certificates.check(camera.der);
    const pem = await certificates.check(formatUtf8(pemOf(camera.der)));

    expect(pem.id).to.not.deep.equal(der.id);
    expect(pem.certificate.fingerprint).to.deep.equal(der.certificate.fingerprint);
  });

  it('have each their own rate', async () => {
    const [first, second] = [
      await certificates.check(camera.der),
      await certificates.check(other.der),
    ];
    const taken = [1, 2, 3].map(() => first.bucket.tryRemoveTokens(1));

    expect(taken).to.deep.equal([true, true, false]);
    expect(second.bucket.tryRemoveTokens(1)).to.equal(true);
  });
});
