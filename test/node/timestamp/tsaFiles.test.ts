import { createPublicKey } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';
import { Extension } from 'pkijs';

import type { TsaFiles } from '../../../node/config.ts';
import { NodeError } from '../../../node/errors.ts';
import { keyKindOf } from '../../../node/timestamp/certificateRules.ts';
import { OID } from '../../../node/timestamp/oid.ts';
import { readTimestampKey } from '../../../node/timestamp/tsaFiles.ts';
import { createKeyUsage } from '../../../scripts/authority/certificate.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import {
  extendedKeyUsage,
  type IssuedTsa,
  type IssueOptions,
  issueTsa,
  POLICY,
  privateKeyOf,
  STAMP_MS,
  writeTsa,
} from '../../support/testTsa.ts';

const NOW_S = Math.floor(STAMP_MS / 1_000);
const STAMPING = extendedKeyUsage([OID.timeStamping]);

describe('the files of a time-stamping authority', () => {
  const folder = temporaryFolder();
  let count = 0;
  let files: TsaFiles;
  let tsa: IssuedTsa;

  before(async () => {
    tsa = await issueTsa();
  });
  beforeEach(() => {
    files = writeTsa(path.join(folder, `tsa-${count++}`), tsa);
  });

  /** `taken`, or the code and the sentence of the refusal. */
  const outcome = async (): Promise<string> => {
    try {
      await readTimestampKey(files, STAMP_MS);
      return 'taken';
    } catch (error) {
      if (error instanceof NodeError) return `${error.code}: ${error.message}`;
      throw error;
    }
  };

  it('are a certificate, its key and a policy', async () => {
    const key = await readTimestampKey(files, STAMP_MS);

    expect(key.policy).to.equal(POLICY);
    expect(key.certificates).to.have.length(1);
    expect(key.notAfterMs).to.equal((NOW_S + 365 * 86_400) * 1_000);
  });

  it('may hold the issuers too, in order', async () => {
    files = writeTsa(path.dirname(files.certPath), tsa, `subject=a line of openssl\n${tsa.ca}`);

    expect((await readTimestampKey(files, STAMP_MS)).certificates).to.have.length(2);
  });

  for (const kind of ['P-384', 'RSA'] as const) {
    it(`may be of ${kind}`, async () => {
      files = writeTsa(
        path.dirname(files.certPath),
        await issueTsa({ privateKey: privateKeyOf(kind) }),
      );

      expect(await outcome()).to.equal('taken');
    });
  }

  const taken: readonly (readonly [string, Partial<IssueOptions>])[] = [
    ['no key usage', { extensions: [STAMPING] }],
    ['nonRepudiation alone', { extensions: [createKeyUsage(0x40), STAMPING] }],
    ['both usages of signatures', { extensions: [createKeyUsage(0xc0), STAMPING] }],
    ['its last second', { notAfter: NOW_S + 1 }],
    ['its first second', { notBefore: NOW_S }],
  ];
  for (const [what, options] of taken) {
    it(`may have a certificate with ${what}`, async () => {
      files = writeTsa(path.dirname(files.certPath), await issueTsa(options));

      expect(await outcome()).to.equal('taken');
    });
  }

  const usage = /^ERR_TSA: the first certificate in TSA_CERT=.* critical and timeStamping .* alone/;
  const keyUsage = /^ERR_TSA: .*key usage .*must be digitalSignature, nonRepudiation or both/;
  const kinds = /^ERR_TSA: .*ECDSA on P-256 or P-384, or RSA of 2048 to 4096 bits/;
  const notNow = /^ERR_TSA: .*is valid from .* clock says 2026-11-21T12:00:00\.250Z: renew it/;
  const refused: readonly (readonly [string, RegExp, Partial<IssueOptions>])[] = [
    ['no extended key usage', usage, { extensions: [createKeyUsage(0x80)] }],
    [
      'an extended key usage that is not critical',
      usage,
      { extensions: [extendedKeyUsage([OID.timeStamping], false)] },
    ],
    ['another purpose', usage, { extensions: [extendedKeyUsage(['1.3.6.1.5.5.7.3.3'])] }],
    [
      'two purposes',
      usage,
      { extensions: [extendedKeyUsage([OID.timeStamping, '1.3.6.1.5.5.7.3.3'])] },
    ],
    [
      'time stamping twice',
      usage,
      { extensions: [extendedKeyUsage([OID.timeStamping, OID.timeStamping])] },
    ],
    ['no purpose', usage, { extensions: [extendedKeyUsage([])] }],
    [
      'an extended key usage that is none',
      usage,
      {
        extensions: [
          new Extension({
            extnID: OID.extendedKeyUsage,
            critical: true,
            extnValue: new Uint8Array([0x30, 0x80]).buffer,
          }),
        ],
      },
    ],
    ['a key usage of a CA', keyUsage, { extensions: [createKeyUsage(0x84), STAMPING] }],
    ['a key usage of encryption', keyUsage, { extensions: [createKeyUsage(0x20), STAMPING] }],
    [
      'a key usage that is none',
      keyUsage,
      {
        extensions: [
          new Extension({
            extnID: OID.keyUsage,
            critical: true,
            extnValue: new Uint8Array([0x05, 0x00]).buffer,
          }),
          STAMPING,
        ],
      },
    ],
    ['a key on P-521', kinds, { privateKey: privateKeyOf('P-521') }],
    ['an RSA key of 1024 bits', kinds, { privateKey: privateKeyOf('RSA-1024') }],
    ['an Ed25519 key', kinds, { privateKey: privateKeyOf('Ed25519') }],
    ['dates that are over', notNow, { notAfter: NOW_S }],
    ['dates that have not begun', notNow, { notBefore: NOW_S + 1 }],
  ];
  for (const [what, sentence, options] of refused) {
    it(`are refused where the certificate has ${what}`, async () => {
      files = writeTsa(path.dirname(files.certPath), await issueTsa(options));

      expect(await outcome()).to.match(sentence);
    });
  }

  const broken: readonly (readonly [string, RegExp, () => Promise<void> | void])[] = [
    [
      'no certificate file',
      /^ERR_TSA: cannot read TSA_CERT=.*ENOENT/,
      () => rmSync(files.certPath),
    ],
    ['no key file', /^ERR_TSA: cannot read TSA_KEY=.*ENOENT/, () => rmSync(files.keyPath)],
    [
      'a certificate file without one',
      /holds 0 certificates as PEM: it must hold the time-stamping certificate, followed by/,
      () => writeFileSync(files.certPath, tsa.key),
    ],
    [
      'nine certificates',
      /holds 9 certificates as PEM: .*at most 8 together/,
      () => writeFileSync(files.certPath, tsa.certificate + tsa.ca.repeat(8)),
    ],
    [
      'a file that is too large',
      /holds 131073 bytes; 131072 are allowed/,
      () => writeFileSync(files.certPath, tsa.certificate.padEnd(131_073)),
    ],
    [
      'PEM that is none',
      /^ERR_TSA: TSA_CERT=.*base64/,
      () =>
        writeFileSync(
          files.certPath,
          '-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n',
        ),
    ],
    [
      'the CA in the first place',
      /is not one for time stamping/,
      () => writeFileSync(files.certPath, tsa.ca + tsa.certificate),
    ],
    [
      'a CA that has not issued it',
      /certificate 2 in TSA_CERT=.* has not issued certificate 1: .*each is followed by its issuer/,
      async () => {
        const other = await issueTsa();
        writeFileSync(files.certPath, tsa.certificate + other.ca);
      },
    ],
    [
      'a CA of another name that has signed it',
      /certificate 2 in TSA_CERT=.* has not issued certificate 1/,
      () => writeFileSync(files.certPath, tsa.certificate + tsa.renamedCa),
    ],
    [
      'the key of another certificate',
      /^ERR_TSA: TSA_KEY=.* is not the key of the first certificate in TSA_CERT=/,
      async () => writeFileSync(files.keyPath, (await issueTsa()).key),
    ],
    [
      'a key that others may read',
      /^ERR_TSA: TSA_KEY=.* can be read by others: run "chmod 600 /,
      () => chmodSync(files.keyPath, 0o640),
    ],
    [
      'a key file without one',
      /^ERR_TSA: TSA_KEY=.* holds no private key as PEM .*without a passphrase/,
      () => writeFileSync(files.keyPath, tsa.certificate),
    ],
    [
      'a key under a passphrase',
      /^ERR_TSA: TSA_KEY=.* holds no private key as PEM .*without a passphrase/,
      () => {
        const sealed = {
          format: 'pem',
          type: 'pkcs8',
          cipher: 'aes-256-cbc',
          passphrase: 'x',
        } as const;
        writeFileSync(files.keyPath, privateKeyOf('P-256').export(sealed));
      },
    ],
  ];
  for (const [what, sentence, spoil] of broken) {
    it(`are refused with ${what}`, async () => {
      await spoil();

      expect(await outcome()).to.match(sentence);
    });
  }

  it('name no secret where they are refused', async () => {
    chmodSync(files.keyPath, 0o644);

    expect(await outcome()).to.not.include(tsa.key.split('\n')[1]!);
  });
});

describe('the key that a time-stamping certificate certifies', () => {
  for (const [bits, outcome] of [
    [2_047, 'ERR_TSA'],
    [2_048, 'RSA'],
    [4_096, 'RSA'],
    [4_097, 'ERR_TSA'],
  ] as const) {
    it(`of RSA with ${bits} bits is ${outcome}`, () => {
      const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff);
      modulus[0] = 0xff >> (modulus.length * 8 - bits);
      const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' };
      const kindOf = (): string =>
        keyKindOf(createPublicKey({ key: jwk, format: 'jwk' }), 'a test');

      if (outcome === 'RSA') expect(kindOf()).to.equal(outcome);
      else expect(kindOf).to.throw(NodeError).with.property('code', outcome);
    });
  }
});
