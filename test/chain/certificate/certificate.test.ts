import { generateKeyPairSync, X509Certificate } from 'node:crypto';

import { sha256 } from '#crypto';
import * as asn1js from 'asn1js';
import { expect } from 'chai';

import { concatBytes, formatUtf8, parseHex } from '../../../chain/bytes.ts';
import {
  parseCameraCertificate,
  parseCertificate,
  parseCertificateBytes,
} from '../../../chain/certificate/certificate.ts';
import { readChildren, readDer } from '../../../chain/certificate/der.ts';
import { EXTENSION_OID } from '../../../chain/certificate/extensions.ts';
import { bytesOf, codeOf } from '../../support/chainValues.ts';
import {
  birthmarkExtensions,
  CA_FALSE,
  CA_TRUE,
  type CertificateContent,
  createCa,
  createCamera,
  createCertificate,
  DEVICE_VALUES,
  dialectBExtensions,
  type ExtensionValue,
  KEY_USAGE,
  keyInfoOf,
  keyPairOf,
  MADE_AT_S,
  pemOf,
} from '../../support/certificates.ts';

const CA = createCa();
const CAMERA = createCamera(CA);

function codeOfCamera(content: Partial<CertificateContent>): string {
  return codeOf(() => parseCameraCertificate(createCamera(CA, content).der));
}

/** The extensions of a usual camera, and these. */
function withExtensions(...extensions: readonly ExtensionValue[]): Partial<CertificateContent> {
  return { extensions: [CA_FALSE, ...extensions, ...birthmarkExtensions()] };
}

/** Returns DER in which one occurrence of `part` is replaced by bytes of the same number. */
function replaced(der: Uint8Array, part: string, other: string): Uint8Array {
  const hex = Buffer.from(der).toString('hex');
  expect(hex.split(part).length, part).to.be.at.least(2);
  return parseHex(hex.replace(part, other));
}

describe('a camera certificate', () => {
  it('has the values that its maker gave it', () => {
    const certificate = parseCameraCertificate(CAMERA.der);

    expect(certificate).to.deep.include({
      der: CAMERA.der,
      fingerprint: sha256(CAMERA.der),
      issuerCommonName: 'Acme Device CA',
      subjectCommonName: 'SN-1',
      notBefore: MADE_AT_S,
      notAfter: MADE_AT_S + 2 * 365 * 86_400,
      signatureCurve: 'P-256',
      isCa: false,
      birthmark: DEVICE_VALUES,
    });
    expect(certificate.publicKey.curve).to.equal('P-256');
  });

  it('is what OpenSSL reads', () => {
    const certificate = parseCameraCertificate(CAMERA.der);
    const other = new X509Certificate(CAMERA.der);

    expect(other.fingerprint256.replaceAll(':', '').toLowerCase()).to.equal(
      Buffer.from(certificate.fingerprint).toString('hex'),
    );
    expect(Date.parse(other.validFrom) / 1_000).to.equal(certificate.notBefore);
    expect(Date.parse(other.validTo) / 1_000).to.equal(certificate.notAfter);
    expect(other.verify(new X509Certificate(CA.der).publicKey)).to.equal(true);
  });

  it('may be of dialect B, or a PEM text', () => {
    const b = createCamera(CA, { extensions: dialectBExtensions() });

    expect(parseCameraCertificate(b.der).birthmark.dialect).to.equal('B');
    expect(parseCertificateBytes(formatUtf8(pemOf(b.der)))).to.deep.equal(b.der);
  });

  it('may carry other extensions that are not critical', () => {
    const other = {
      oid: '2.25.329800735698586629295641978511506172918',
      critical: false,
      value: bytesOf(9, 1),
    };

    expect(codeOfCamera(withExtensions(other))).to.equal('accepted');
  });

  it('may carry critical extensions that constrain nothing here', () => {
    const usage = { oid: '2.5.29.37', critical: true, value: parseHex('300a06082b06010505070303') };
    const critical = birthmarkExtensions().map((each) => ({ ...each, critical: true }));

    expect(codeOfCamera(withExtensions(usage))).to.equal('accepted');
    expect(codeOfCamera({ extensions: critical })).to.equal('accepted');
  });

  it('is refused with an unknown critical extension', () => {
    const unknown = { oid: '1.2.3.4', critical: true, value: bytesOf(2, 0) };

    expect(codeOfCamera(withExtensions(unknown))).to.equal('ERR_CRITICAL_EXTENSION');
  });

  it('is refused with any extension twice', () => {
    for (const extension of [...birthmarkExtensions(), CA_FALSE]) {
      const code = codeOfCamera(withExtensions(extension, extension));
      expect(code, extension.oid).to.equal('ERR_EXTENSION_DUPLICATE');
    }
  });

  it('is refused without any of the six', () => {
    for (const oid of Object.values(EXTENSION_OID).slice(0, 6)) {
      const extensions = birthmarkExtensions().filter((each) => each.oid !== oid);
      expect(codeOfCamera({ extensions }), oid).to.equal('ERR_EXTENSION_MISSING');
    }
    expect(codeOfCamera({ extensions: [] })).to.equal('ERR_EXTENSION_MISSING');
  });

  it('is refused as a CA', () => {
    for (const value of [CA_TRUE.value, parseHex('30060101ff020100')]) {
      const code = codeOfCamera({ extensions: [{ ...CA_TRUE, value }, ...birthmarkExtensions()] });
      expect(code).to.equal('ERR_CA_AS_LEAF');
    }
    expect(codeOf(() => parseCameraCertificate(CA.der))).to.equal('ERR_CA_AS_LEAF');
  });

  it('is refused if its key may not sign', () => {
    const usages = { keyAgreement: '03020308', 'no usage': '030100', certSign: '03020204' };
    for (const [name, hex] of Object.entries(usages)) {
      const usage = { ...KEY_USAGE, value: parseHex(hex) };
      expect(codeOfCamera(withExtensions(usage)), name).to.equal('ERR_KEY_USAGE');
    }
    expect(codeOfCamera(withExtensions(KEY_USAGE))).to.equal('accepted');
    expect(codeOfCamera(withExtensions())).to.equal('accepted');
  });

  it('is refused with a key that is not on P-256', () => {
    const [rsa, ed25519] = [
      generateKeyPairSync('rsa', { modulusLength: 1_024 }),
      generateKeyPairSync('ed25519'),
    ].map(({ publicKey }) => publicKey.export({ format: 'der', type: 'spki' }));
    const off = keyPairOf('off the curve');
    off.point[64] = (off.point[64] ?? 0) ^ 1;
    const keys: Readonly<Record<string, Uint8Array>> = {
      'P-384': keyInfoOf(keyPairOf('key', 'P-384')),
      'off its curve': keyInfoOf(off),
      RSA: rsa!,
      Ed25519: ed25519!,
    };
    for (const [name, keyInfo] of Object.entries(keys)) {
      expect(codeOfCamera({ keyInfo }), name).to.equal('ERR_KEY_NOT_P256');
    }
  });

  it('is refused if BasicConstraints or KeyUsage are not what they should be', () => {
    for (const hex of [
      '',
      '04023000',
      '0101ff',
      '3003010101',
      '30040101ff',
      '300301ff',
      '300400',
    ]) {
      const constraints = { ...CA_FALSE, value: parseHex(hex) };
      const code = codeOfCamera({ extensions: [constraints, ...birthmarkExtensions()] });
      expect(code, hex).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
    for (const hex of ['', '0403028000', '030207', '04020780']) {
      const code = codeOfCamera(withExtensions({ ...KEY_USAGE, value: parseHex(hex) }));
      expect(code, hex).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
  });
});

describe('the bytes of a certificate', () => {
  const cases: Readonly<Record<string, () => Uint8Array>> = {
    'of nothing': () => new Uint8Array(),
    'of zeros': () => bytesOf(300, 0),
    'of another structure': () => parseHex('3000'),
    'of three empty parts': () => parseHex('300730003000030100'),
    'with a byte behind': () => concatBytes(CAMERA.der, Uint8Array.of(0)),
    twice: () => concatBytes(CAMERA.der, CAMERA.der),
    'one byte short': () => CAMERA.der.subarray(0, -1),
    'with another scheme outside than inside': () =>
      // The last of the two; the first stands in the signed part.
      parseHex(
        Buffer.from(CAMERA.der)
          .toString('hex')
          .replace(/(.*)2a8648ce3d040302/, '$12a8648ce3d040303'),
      ),
    'with a serial that is no integer': () =>
      replaced(CAMERA.der, 'a003020102020107', 'a003020102040107'),
    'with a date without its zone': () =>
      replaced(
        CAMERA.der,
        Buffer.from('261121000000Z').toString('hex'),
        Buffer.from('2611210000000').toString('hex'),
      ),
    'with a third value in an extension': () =>
      replaced(CAMERA.der, '0603551d130101ff', '0603551d13020101'),
    'with a boolean that is neither': () =>
      replaced(CAMERA.der, '0603551d130101ff', '0603551d13010101'),
    'with an unused bit in its signature': () =>
      parseHex(
        Buffer.from(CAMERA.der)
          .toString('hex')
          .replace(/03(4.)00(30)/, '03$101$2'),
      ),
  };
  for (const [name, make] of Object.entries(cases)) {
    it(`${name} are refused`, () => {
      expect(codeOf(() => parseCameraCertificate(make()))).to.equal('ERR_CERTIFICATE_MALFORMED');
    });
  }

  it('are copied', () => {
    const der = Uint8Array.from(CAMERA.der);
    const certificate = parseCameraCertificate(der);
    der.fill(0);

    expect(certificate.der).to.deep.equal(CAMERA.der);
    expect(certificate.birthmark).to.deep.equal(DEVICE_VALUES);
  });
});

/** A DER value around content. */
function wrapDer(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const long = length > 0xff ? [0x82, length >> 8] : [0x81];
  const head = [tag, ...(length > 0x7f ? long : []), length & 0xff];
  return Uint8Array.of(...head, ...content);
}

describe('the fields behind the key of a certificate', () => {
  /** The code of a certificate that has these fields behind its key. */
  function codeWith(...fields: readonly Uint8Array[]): string {
    const { der } = CAMERA;
    const [signed, scheme, signature] = readChildren(der, readDer(der, 0, der.length));
    const before = readChildren(der, signed!).slice(0, 7);
    const parts = before.map(({ start, end }) => der.subarray(start, end));
    const outer = [scheme!, signature!].map(({ start, end }) => der.subarray(start, end));
    const tbs = wrapDer(0x30, concatBytes(...parts, ...fields));
    return codeOf(() => parseCameraCertificate(wrapDer(0x30, concatBytes(tbs, ...outer))));
  }

  const { der } = CAMERA;
  const [signedPart] = readChildren(der, readDer(der, 0, der.length));
  const { start, end } = readChildren(der, signedPart!).at(-1)!;
  const extensions = der.subarray(start, end);
  const [issuerId, subjectId] = [parseHex('81020055'), parseHex('82020055')];

  it('are unique ids and extensions, in that order', () => {
    expect(codeWith(extensions)).to.equal('accepted');
    expect(codeWith(issuerId, extensions)).to.equal('accepted');
    expect(codeWith(issuerId, subjectId, extensions)).to.equal('accepted');
    expect(codeWith()).to.equal('ERR_EXTENSION_MISSING');
  });

  it('are refused in another order, twice, or with another tag', () => {
    const lists = [
      [extensions, issuerId],
      [subjectId, issuerId, extensions],
      [extensions, extensions],
      [issuerId, issuerId, extensions],
      [parseHex('0500'), extensions],
      [parseHex('a4020500'), extensions],
    ];
    for (const [i, fields] of lists.entries()) {
      expect(codeWith(...fields), `case ${i}`).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
  });
});

describe('the dates of a certificate', () => {
  it('do not depend on the zone of the machine', () => {
    const zone = process.env['TZ'];
    try {
      const dates = ['UTC', 'America/New_York', 'Asia/Tokyo'].map((each) => {
        process.env['TZ'] = each;
        return parseCertificate(CAMERA.der).notBefore;
      });
      expect(new Set(dates)).to.deep.equal(new Set([MADE_AT_S]));
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

describe('the common name of a certificate', () => {
  const commonNameOf = (value: asn1js.BaseBlock): string | undefined => {
    const der = createCamera(CA, { subject: { CN: 'x'.repeat(20) } }).der;
    const part = `0c14${'78'.repeat(20)}`;
    const other = Buffer.from(value.toBER()).toString('hex');
    expect(other.length).to.equal(part.length);
    return parseCertificate(replaced(der, part, other)).subjectCommonName;
  };

  it('is text of the usual types', () => {
    const value = 'y'.repeat(20);

    expect(commonNameOf(new asn1js.Utf8String({ value }))).to.equal(value);
    expect(commonNameOf(new asn1js.PrintableString({ value }))).to.equal(value);
    expect(commonNameOf(new asn1js.IA5String({ value }))).to.equal(value);
  });

  it('is absent where it is of another type, not UTF-8, or not there', () => {
    const value = 'y'.repeat(10);

    expect(commonNameOf(new asn1js.BmpString({ value }))).to.equal(undefined);
    const broken = createCamera(CA, { subject: { CN: 'abc' } }).der;
    expect(
      parseCertificate(replaced(broken, '0c03616263', '0c036162ff')).subjectCommonName,
    ).to.equal(undefined);
    expect(
      parseCertificate(createCamera(CA, { subject: { O: 'Acme' } }).der).subjectCommonName,
    ).to.equal(undefined);
  });
});

describe('a certificate as it is sent', () => {
  it('is DER or PEM text, with lines of any length', () => {
    for (const lineLength of [1, 64, 76, 10_000]) {
      const sent = formatUtf8(pemOf(CAMERA.der, lineLength));
      if (sent.length > 8_192) continue;
      expect(parseCertificateBytes(sent), `${lineLength}`).to.deep.equal(CAMERA.der);
    }
    const windows = formatUtf8(pemOf(CAMERA.der).replaceAll('\n', '\r\n'));
    expect(parseCertificateBytes(windows)).to.deep.equal(CAMERA.der);
    expect(parseCertificateBytes(CAMERA.der)).to.equal(CAMERA.der);
  });

  it('is refused as any other text', () => {
    const pem = pemOf(CAMERA.der);
    const texts: Readonly<Record<string, string>> = {
      'two certificates': pem + pem,
      'text before': `-\n${pem}`,
      'text behind': `${pem}x`,
      'another label': pem.replaceAll('CERTIFICATE', 'PRIVATE KEY'),
      'no end': pem.slice(0, -10),
      'nothing within': '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
      'spaces within': `-----BEGIN CERTIFICATE-----${' '.repeat(8_000)}`,
      'not base64': pem.replace('M', '*'),
      'base64 without its padding': '-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n',
      'a dash': '-',
    };
    for (const [name, text] of Object.entries(texts)) {
      expect(
        codeOf(() => parseCertificateBytes(formatUtf8(text))),
        name,
      ).to.equal('ERR_CERTIFICATE_MALFORMED');
    }
    expect(
      codeOf(() => parseCertificateBytes(concatBytes(formatUtf8(pem), bytesOf(1, 0xff)))),
    ).to.equal('ERR_CERTIFICATE_MALFORMED');
  });

  it('is refused above 8 kB', () => {
    const code = (size: number): string => codeOf(() => parseCertificateBytes(bytesOf(size, 0x30)));

    expect(code(8_192)).to.equal('accepted');
    expect(code(8_193)).to.equal('ERR_CERTIFICATE_MALFORMED');
  });
});

describe('a certificate signed with another scheme', () => {
  it('is parsed, without a curve for its signature', () => {
    const der = createCertificate(
      {
        issuer: CA.name,
        subject: CA.name,
        notBefore: MADE_AT_S,
        notAfter: MADE_AT_S,
        keyInfo: keyInfoOf(CA.key),
        extensions: [],
      },
      CA.key,
    );
    const other = parseHex(
      Buffer.from(der).toString('hex').replaceAll('2a8648ce3d040302', '2a8648ce3d040304'),
    );

    expect(parseCertificate(der).signatureCurve).to.equal('P-256');
    expect(parseCertificate(other).signatureCurve).to.equal(undefined);
  });
});
