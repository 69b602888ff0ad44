import { expect } from 'chai';

import type { Authority } from '../../../chain/authority.ts';
import { parseCameraCertificate } from '../../../chain/certificate/certificate.ts';
import { createRegistry } from '../../../chain/certificate/registry.ts';
import { bytesOf, codeOf, codeOfRejection } from '../../support/chainValues.ts';
import {
  authorityOf,
  birthmarkExtensions,
  CA_FALSE,
  type Camera,
  createCa,
  createCamera,
  DEVICE_VALUES,
  dialectBExtensions,
  MADE_AT_S,
} from '../../support/certificates.ts';

const CA = createCa();
const CAMERA = createCamera(CA);
const AUTHORITY = authorityOf([CA]);
/** Another manufacturer. */
const OTHER_CA = createCa('Other CA');
const OTHER = authorityOf([OTHER_CA], { id: 'other', endpoints: ['https://other.example/'] });
/** A stranger who took the name of a pinned CA. */
const FORGER = { ...createCa('Forger'), name: CA.name };

/** Resolves to the id of the authority that issued a camera's certificate, or to the refusal's code. */
async function issuerOf(camera: Camera, authorities: readonly Authority[]): Promise<string> {
  const certificate = parseCameraCertificate(camera.der);
  let id = '';
  const code = await codeOfRejection(
    createRegistry(authorities)
      .checkIssuer(certificate)
      .then((authority) => (id = authority.id)),
  );
  return code === 'accepted' ? id : code;
}

/** A camera's content with some of the six values replaced. */
function withValues(values: Partial<typeof DEVICE_VALUES>): Parameters<typeof createCamera>[1] {
  const extensions = [CA_FALSE, ...birthmarkExtensions({ ...DEVICE_VALUES, ...values })];
  return { extensions };
}

describe('a registry', () => {
  it('finds entries by id', () => {
    const registry = createRegistry([AUTHORITY, OTHER]);

    expect(registry.find('other')).to.equal(OTHER);
    expect(registry.find('nobody')).to.equal(undefined);
  });

  it('is refused with a CA that cannot be read', () => {
    const broken = { ...AUTHORITY, caCertificates: [bytesOf(100, 0x30)] };

    expect(codeOf(() => createRegistry([broken]))).to.equal('ERR_CERTIFICATE_MALFORMED');
  });
});

describe('the issuer of a camera certificate', () => {
  it('is the authority whose pinned key signed it, under whatever name', async () => {
    expect(await issuerOf(CAMERA, [OTHER, AUTHORITY])).to.equal(AUTHORITY.id);
    const renamed = createCamera(CA, { issuer: { CN: 'Nobody' } });
    expect(await issuerOf(renamed, [OTHER, AUTHORITY])).to.equal(AUTHORITY.id);
  });

  it('may be any of several pinned CAs, on P-256 or P-384', async () => {
    const cas = [OTHER_CA, createCa('Second', { curve: 'P-384' }), CA];
    for (const ca of cas) {
      const camera = createCamera(ca);
      expect(await issuerOf(camera, [authorityOf(cas)]), ca.name['CN']).to.equal(AUTHORITY.id);
    }
  });

  it('is found for both manufacturers that pin one CA', async () => {
    const first = authorityOf([CA], { id: 'first' });

    expect(await issuerOf(CAMERA, [first, AUTHORITY])).to.equal(AUTHORITY.id);
    expect(
      await issuerOf(createCamera(CA, withValues({ manufacturerId: 'first' })), [first, AUTHORITY]),
    ).to.equal('first');
  });

  it('is not pinned if its key is not, though it names the manufacturer', async () => {
    expect(await issuerOf(createCamera(createCa('Self-made')), [AUTHORITY])).to.equal(
      'ERR_ISSUER_NOT_PINNED',
    );
    expect(await issuerOf(CAMERA, [OTHER])).to.equal('ERR_ISSUER_NOT_PINNED');
    expect(await issuerOf(CAMERA, [])).to.equal('ERR_ISSUER_NOT_PINNED');
  });

  it('has not signed what a forger signed in its name', async () => {
    expect(await issuerOf(createCamera(FORGER), [AUTHORITY])).to.equal('ERR_CERTIFICATE_SIGNATURE');
  });

  it('has not signed a certificate of which any byte is another', async () => {
    const { length } = parseCameraCertificate(CAMERA.der).signedBytes;
    let tried = 0;
    for (let at = 4; at < length + 4; at++) {
      const der = Uint8Array.from(CAMERA.der);
      der[at] = (der[at] ?? 0) ^ 1;
      if (codeOf(() => parseCameraCertificate(der)) !== 'accepted') continue;
      tried += 1;
      const code = await issuerOf({ ...CAMERA, der }, [AUTHORITY]);
      expect(code, `byte ${at}`).to.be.oneOf([
        'ERR_CERTIFICATE_SIGNATURE',
        'ERR_ISSUER_NOT_PINNED',
      ]);
    }
    expect(tried).to.be.above(100);
  });

  it('signed with the hash that the certificate names', async () => {
    // The signature is good, over SHA-256; the certificate says SHA-384, or SHA-512.
    for (const schemeOid of ['1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4']) {
      const issuer = await issuerOf(createCamera(CA, { schemeOid }), [AUTHORITY]);
      expect(issuer, schemeOid).to.equal('ERR_CERTIFICATE_SIGNATURE');
    }
  });

  it('must be named exactly where the registry demands it', async () => {
    const strict = authorityOf([CA], { strictNames: true });
    const named = createCamera(CA, { issuer: CA.name });

    expect(await issuerOf(CAMERA, [strict])).to.equal('ERR_ISSUER_NAME');
    expect(await issuerOf(named, [strict])).to.equal(AUTHORITY.id);
  });

  it('is judged by its dates at the moment of issue only', async () => {
    const dates = { notBefore: MADE_AT_S - 10, notAfter: MADE_AT_S + 10 };
    const ca = createCa('Short-lived CA', dates);
    const cases: readonly [number, string][] = [
      [MADE_AT_S - 11, 'ERR_ISSUER_EXPIRED'],
      [MADE_AT_S - 10, AUTHORITY.id],
      [MADE_AT_S + 10, AUTHORITY.id],
      [MADE_AT_S + 11, 'ERR_ISSUER_EXPIRED'],
    ];
    for (const [notBefore, expected] of cases) {
      const issuer = await issuerOf(createCamera(ca, { notBefore }), [authorityOf([ca])]);
      expect(issuer, `${notBefore - MADE_AT_S}`).to.equal(expected);
    }
  });

  it('must be the manufacturer that the certificate names', async () => {
    const camera = createCamera(CA, withValues({ manufacturerId: 'other' }));

    expect(await issuerOf(camera, [AUTHORITY, OTHER])).to.equal('ERR_MANUFACTURER_ID');
  });

  it('must have pinned the endpoint that the certificate names', async () => {
    for (const endpoint of [
      'https://evil.example/validate',
      'not a url',
      'https://other.example/',
    ]) {
      const camera = createCamera(CA, withValues({ endpoint }));
      expect(await issuerOf(camera, [AUTHORITY, OTHER]), endpoint).to.equal('ERR_ENDPOINT');
    }
  });

  it('is known by its key alone in dialect B', async () => {
    const camera = createCamera(CA, { extensions: dialectBExtensions() });

    expect(await issuerOf(camera, [OTHER, AUTHORITY])).to.equal(AUTHORITY.id);
  });
});

describe('a certificate that points to no pinned key', () => {
  it('causes no verification, however many CAs are pinned without a common name', async () => {
    const nameless = createCa('Nameless', { subject: { O: 'Acme' } });
    const camera = createCamera(nameless, {
      issuer: { O: 'Acme' },
      extensions: dialectBExtensions(),
    });

    expect(await issuerOf(camera, [authorityOf([nameless])])).to.equal('ERR_ISSUER_NOT_PINNED');
  });
});
