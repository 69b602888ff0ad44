import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { sha256 } from '#crypto';
import { expect } from 'chai';
import { Extension, GeneralName, GeneralNames } from 'pkijs';

import { parseCertificate } from '../../../chain/certificate/certificate.ts';
import { signDigest, verifyDigest } from '../../../chain/sigstore/digestSignature.ts';
import { NodeError } from '../../../node/errors.ts';
import { readSigstoreKeys, SIGSTORE_FILE } from '../../../node/sigstore/sigstoreFiles.ts';
import type { SigstoreKeys } from '../../../node/sigstore/sigstoreKeys.ts';
import { createLog } from '../../../scripts/sigstore/newLog.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import {
  extendedKeyUsage,
  type IssuedTsa,
  issueTsa,
  privateKeyOf,
  STAMP_MS,
} from '../../support/testTsa.ts';

const IDENTITY = 'https://museum.example';
const NAMED = new Extension({
  extnID: '2.5.29.17',
  extnValue: new GeneralNames({ names: [new GeneralName({ type: 6, value: IDENTITY })] })
    .toSchema()
    .toBER(),
});
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

describe('the folder of a Sigstore log', () => {
  const folder = temporaryFolder();
  let count = 0;
  let dir = '';
  let tsa: IssuedTsa;
  let stamp: Uint8Array;

  before(async () => {
    tsa = await issueTsa();
    stamp = derOf(tsa.certificate);
  });

  const make = async (identity?: string, tsaCa: string | undefined = tsa.ca): Promise<void> => {
    dir = path.join(folder, `log-${count++}`);
    await createLog(dir, { name: 'museum', identity, tsaCa, nowMs: STAMP_MS });
  };
  const at = (what: keyof typeof SIGSTORE_FILE): string => path.join(dir, SIGSTORE_FILE[what]);
  const put = (what: keyof typeof SIGSTORE_FILE, text: string): void => {
    writeFileSync(at(what), text);
    chmodSync(at(what), 0o600);
  };
  const read = (nowMs = STAMP_MS, stampCertificates = [stamp]): Promise<SigstoreKeys> =>
    readSigstoreKeys(dir, { stampCertificates, nowMs });
  /** `taken`, or the sentence of the refusal. */
  const outcome = async (nowMs?: number): Promise<string> => {
    try {
      await read(nowMs);
      return 'taken';
    } catch (error) {
      if (error instanceof NodeError && error.code === 'ERR_SIGSTORE') return error.message;
      throw error;
    }
  };

  it('holds a key that signs photographs, which entries name', async () => {
    await make();
    const { signer, stampChain } = await read();
    const digest = sha256(new Uint8Array());

    expect(verifyDigest(signer.point, digest, signDigest(signer.secret, digest))).to.equal(true);
    expect(signer.verifier).to.deep.equal({ kind: 'publicKey', rawBytes: signer.publicKey });
    expect(signer.chain).to.equal(undefined);
    expect(stampChain.certificates).to.deep.equal([stamp, derOf(tsa.ca)]);
  });

  it('holds its certificate with its root, which entries name in its place', async () => {
    await make(IDENTITY);
    const { signer } = await read();
    const [own, root, ...others] = signer.chain!.certificates;

    expect(signer.verifier).to.deep.equal({ kind: 'x509Certificate', rawBytes: own });
    expect(parseCertificate(own!).issuer).to.deep.equal(parseCertificate(root!).subject);
    expect(others).to.deep.equal([]);
    expect(signer.chain!.notBeforeMs).to.be.below(STAMP_MS);
    expect(signer.chain!.notAfterMs).to.be.above(STAMP_MS);
  });

  it('holds keys of its own, which none but their owner may read', async () => {
    await make();
    const before = await read();
    chmodSync(at('signer'), 0o644);
    expect(await outcome()).to.match(/signer\.key can be read by others: run "chmod 600/);
    chmodSync(at('signer'), 0o600);
    chmodSync(at('log'), 0o640);
    expect(await outcome()).to.match(/log\.key can be read by others/);

    await make();
    expect((await read()).logKey).not.to.deep.equal(before.logKey);
  });

  it('needs no CA of time stamps where TSA_CERT goes up to its root', async () => {
    await make();
    rmSync(at('tsaCa'));
    const { stampChain } = await read(STAMP_MS, [stamp, derOf(tsa.ca)]);

    expect(stampChain.certificates).to.have.length(2);
  });

  const wrong: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
    'without the key that signs': [() => rmSync(at('signer')), /^cannot read .*signer\.key/],
    'without the key of the log': [() => rmSync(at('log')), /^cannot read .*log\.key/],
    'with a key that is none': [() => put('signer', 'secret'), /signer\.key holds no private key/],
    'with a signer on another curve': [
      () => put('signer', pemOf('P-384')),
      /signer\.key holds a key of another kind: it must be ECDSA on P-256/,
    ],
    'with an RSA signer': [() => put('signer', pemOf('RSA')), /it must be ECDSA on P-256/],
    'with a log key on P-256': [() => put('log', pemOf('P-256')), /log\.key .* must be Ed25519/],
    'with the certificate of another key': [
      () => put('signer', pemOf('P-256')),
      /the first certificate in .* is not that of signer\.key/,
    ],
    'with a certificate file without one': [
      () => put('certificate', 'nothing'),
      /certificate\.pem holds no certificate as PEM/,
    ],
    'with a certificate file that is too large': [
      () => put('certificate', ' '.repeat(131_073)),
      /holds 131073 bytes; 131072 are allowed/,
    ],
    'with a certificate without its root': [
      () => put('certificate', blocksOf(readFileSync(at('certificate'), 'utf8'))[0]!),
      /certificate\.pem make no chain \(certificate 1, the last, is no root\)/,
    ],
    'with a certificate under another root': [
      () => {
        const [own = ''] = blocksOf(readFileSync(at('certificate'), 'utf8'));
        put('certificate', own + tsa.ca);
      },
      /make no chain \(certificate 2 has not issued certificate 1\)/,
    ],
    'with too many certificates': [
      () => {
        const [own = '', root = ''] = blocksOf(readFileSync(at('certificate'), 'utf8'));
        put('certificate', own + root.repeat(8));
      },
      /make no chain \(9 certificates; 8 are allowed\)/,
    ],
    'without what stands above the time-stamping certificate': [
      () => rmSync(at('tsaCa')),
      /TSA_CERT and .*tsa-ca\.pem make no chain \(certificate 1, the last, is no root\)/,
    ],
    'with another CA above it': [
      () => put('tsaCa', tsa.renamedCa),
      /tsa-ca\.pem make no chain \(certificate 2 has not issued certificate 1\)/,
    ],
  };
  for (const [what, [spoil, sentence]] of Object.entries(wrong)) {
    it(`is refused ${what}`, async () => {
      await make(IDENTITY);
      expect(await outcome()).to.equal('taken');
      spoil();

      expect(await outcome()).to.match(sentence);
    });
  }

  it('is refused where a certificate has ended, or has not begun', async () => {
    await make(IDENTITY);

    expect(await outcome(STAMP_MS + 9 * YEAR_MS)).to.equal('taken');
    expect(await outcome(STAMP_MS + 11 * YEAR_MS)).to.match(/renew what has ended/);
    expect(await outcome(STAMP_MS - 2 * DAY_MS)).to.match(/are all valid from/);
  });

  it('is refused with a certificate that has no name, or is for other purposes', async () => {
    await make();
    const privateKey = privateKeyOf('P-256');
    put('signer', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    const certified = async (extensions: Parameters<typeof issueTsa>[0]): Promise<void> => {
      const issued = await issueTsa({ privateKey, ...extensions });
      put('certificate', issued.certificate + issued.ca);
    };

    await certified({ extensions: [] });
    expect(await outcome()).to.match(/has no subject alternative name/);
    await certified({ extensions: [NAMED, extendedKeyUsage(['1.3.6.1.5.5.7.3.8'])] });
    expect(await outcome()).to.match(/is for other purposes/);
    await certified({ extensions: [NAMED] });
    expect(await outcome()).to.equal('taken');
    await certified({ extensions: [NAMED, extendedKeyUsage(['1.3.6.1.5.5.7.3.3'], false)] });
    expect(await outcome()).to.equal('taken');
  });

  it('is refused where a certificate that signed itself stands alone', async () => {
    await make();
    put('tsaCa', '');

    expect(
      await read(STAMP_MS, [derOf(tsa.ca)]).catch((error: unknown) => (error as Error).message),
    ).to.match(/a root alone certifies nothing/);
  });

  it('is never made over another', async () => {
    await make();
    const before = readFileSync(at('signer'), 'utf8');
    const refusal = await createLog(dir, {
      name: 'museum',
      identity: undefined,
      tsaCa: undefined,
      nowMs: STAMP_MS,
    }).catch((error: unknown) => (error as Error).message);

    expect(refusal).to.match(/cannot create .*signer\.key/);
    expect(readFileSync(at('signer'), 'utf8')).to.equal(before);
  });
});

function blocksOf(pem: string): readonly string[] {
  return pem.split(/(?<=-----END CERTIFICATE-----\n)/);
}

function derOf(pem: string): Uint8Array {
  return new Uint8Array(Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64'));
}

function pemOf(kind: Parameters<typeof privateKeyOf>[0]): string {
  return privateKeyOf(kind).export({ format: 'pem', type: 'pkcs8' }).toString();
}
