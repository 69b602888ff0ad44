import { importEcdsaKey, sha256 } from '#crypto';
import { expect } from 'chai';

import { formatHex, formatUtf8, parseHex } from '../../chain/bytes.ts';
import type { SignedForm } from '../../chain/record.ts';
import {
  type CameraContext,
  checkSignedForm,
  findSignedForm,
  formatSignedMessage,
  formatV1Message,
  formatV1nMessage,
  formatV2Message,
  type SignedClaims,
} from '../../chain/submission.ts';
import { bytesOf, CHAIN_ID, codeOfRejection, hashOfText } from '../support/chainValues.ts';
import { keyPairOf, signEcdsa } from '../support/certificates.ts';

const PAIR = keyPairOf('camera');
const PUBLIC_KEY = importEcdsaKey('P-256', PAIR.point);
if (PUBLIC_KEY === undefined) throw new Error('the key of the tests is on its curve');
const CONTEXT: CameraContext = { publicKey: PUBLIC_KEY, chainId: CHAIN_ID };

const CLAIMS: SignedClaims = {
  imageHash: bytesOf(32, 0xab),
  capturedAt: 1_795_224_915,
  gpsHash: bytesOf(32, 0xcd),
  parents: [bytesOf(32, 0x11)],
  digests: [{ name: 'raw-sha256', digest: bytesOf(32, 0x22) }],
  certificateBytes: formatUtf8('certificate'),
  fingerprint: bytesOf(32, 0xef),
  signature: new Uint8Array(),
};
const FORMS = [1, 2, 3] as const;

/** Returns the claims with the camera's signature in one form. */
function signed(form: 1 | 2 | 3, encoding: 'der' | 'compact' = 'der'): SignedClaims {
  const message = formatSignedMessage(form, CLAIMS, CHAIN_ID);
  return { ...CLAIMS, signature: signEcdsa(PAIR, message, encoding) };
}

describe('the message of form v1', () => {
  it('is the hash in hex and the timestamp in decimal, nothing between', () => {
    expect(formatV1Message(CLAIMS)).to.deep.equal(formatUtf8(`${'ab'.repeat(32)}1795224915`));
  });
});

describe('the message of form v1n', () => {
  it('is four lines, the certificate in base64', () => {
    const lines = ['ab'.repeat(32), 'Y2VydGlmaWNhdGU=', '1795224915', 'cd'.repeat(32), ''];

    expect(formatV1nMessage(CLAIMS)).to.deep.equal(formatUtf8(lines.join('\n')));
  });

  it('has an empty last line without a GPS hash', () => {
    const message = formatV1nMessage({ ...CLAIMS, gpsHash: undefined });

    expect(message).to.deep.equal(
      formatUtf8(`${'ab'.repeat(32)}\nY2VydGlmaWNhdGU=\n1795224915\n\n`),
    );
  });
});

describe('the message of form v2', () => {
  it('is a canonical array under its domain', () => {
    const array = [
      '97',
      `c420${formatHex(CHAIN_ID)}`,
      `c420${'ab'.repeat(32)}`,
      `c420${'ef'.repeat(32)}`,
      'ce6b00f553',
      `c420${'cd'.repeat(32)}`,
      `91c420${'11'.repeat(32)}`,
      `9192aa${formatHex(formatUtf8('raw-sha256'))}c420${'22'.repeat(32)}`,
    ];
    const domain = formatHex(formatUtf8('birthmark/submission/v2\0'));

    expect(formatHex(formatV2Message({ ...CLAIMS, chainId: CHAIN_ID }))).to.equal(
      domain + array.join(''),
    );
  });

  it('changes with every claim', () => {
    const claims = { ...CLAIMS, chainId: CHAIN_ID };
    const messages = [
      claims,
      { ...claims, chainId: bytesOf(32, 0) },
      { ...claims, imageHash: bytesOf(32, 0) },
      { ...claims, fingerprint: bytesOf(32, 0) },
      { ...claims, capturedAt: 0 },
      { ...claims, gpsHash: undefined },
      { ...claims, parents: [] },
      { ...claims, digests: [] },
    ].map((each) => formatHex(formatV2Message(each)));

    expect(new Set(messages).size).to.equal(messages.length);
  });
});

describe('a camera signature', () => {
  it('is found in the form in which it was made, whatever is tried first', async () => {
    for (const form of FORMS) {
      for (const likely of [0, ...FORMS] as readonly SignedForm[]) {
        for (const encoding of ['der', 'compact'] as const) {
          const found = await findSignedForm(signed(form, encoding), CONTEXT, likely);
          expect(found, `form ${form}, ${encoding}, ${likely} first`).to.equal(form);
        }
      }
    }
  });

  it('verifies in its own form only', async () => {
    for (const made of FORMS) {
      for (const claimed of FORMS) {
        const code = await codeOfRejection(checkSignedForm(claimed, signed(made), CONTEXT));
        const expected = made === claimed ? 'accepted' : 'ERR_CAMERA_SIGNATURE';
        expect(code, `made as ${made}, claimed as ${claimed}`).to.equal(expected);
      }
    }
  });

  it('does not verify for another photograph, time or key', async () => {
    const other = importEcdsaKey('P-256', keyPairOf('other camera').point) ?? CONTEXT.publicKey;
    for (const form of FORMS) {
      const claims = signed(form);
      const cases: readonly [string, SignedClaims, CameraContext][] = [
        ['photograph', { ...claims, imageHash: hashOfText('other') }, CONTEXT],
        ['time', { ...claims, capturedAt: claims.capturedAt + 1 }, CONTEXT],
        ['key', claims, { ...CONTEXT, publicKey: other }],
      ];
      for (const [name, given, context] of cases) {
        const code = await codeOfRejection(findSignedForm(given, context, form));
        expect(code, `${name}, form ${form}`).to.equal('ERR_CAMERA_SIGNATURE');
      }
    }
  });

  it('of v2 does not verify on another chain', async () => {
    const context = { ...CONTEXT, chainId: hashOfText('another chain') };

    expect(await codeOfRejection(findSignedForm(signed(3), context, 3))).to.equal(
      'ERR_CAMERA_SIGNATURE',
    );
  });

  it('of v1n covers the certificate as it was sent', async () => {
    const claims = { ...signed(2), certificateBytes: sha256(CLAIMS.certificateBytes) };

    expect(await codeOfRejection(checkSignedForm(2, claims, CONTEXT))).to.equal(
      'ERR_CAMERA_SIGNATURE',
    );
  });

  it('in no known encoding is refused before any verification', async () => {
    const claims = { ...CLAIMS, signature: parseHex('3006020101020101ff') };

    expect(await codeOfRejection(findSignedForm(claims, CONTEXT, 1))).to.equal(
      'ERR_SIGNATURE_ENCODING',
    );
    expect(await codeOfRejection(checkSignedForm(1, claims, CONTEXT))).to.equal(
      'ERR_SIGNATURE_ENCODING',
    );
  });
});
