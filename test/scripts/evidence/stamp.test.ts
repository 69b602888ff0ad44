/** What is checked of a time stamp before it is put into a package. */
import path from 'node:path';
import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { createQuery, type Query } from '../../../node/timestamp/query.ts';
import type { TimestampKey } from '../../../node/timestamp/timestampKey.ts';
import { Timestamps } from '../../../node/timestamp/timestamps.ts';
import {
  checkIssuers,
  checkReply,
  parseCertificates,
  type Stamp,
  StampError,
  stampTimeS,
} from '../../../scripts/evidence/stamp.ts';
import { bytesOf, hashOfText } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { flipBit } from '../../support/logRig.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTsa, privateKeyOf, STAMP_MS } from '../../support/testTsa.ts';

const QUERY = createQuery(hashOfText('a photograph'), bytesOf(8, 0x11));

async function replyOf(key: TimestampKey, query: Query, timeMs = STAMP_MS): Promise<Uint8Array> {
  const clock = new FakeClock(timeMs);
  const stamps = new Timestamps(key, { clock, timeMinMs: () => 0, onOutcome: () => undefined });
  return stamps.stamp(query);
}

function stampIn(reply: Uint8Array): Stamp {
  const outcome = checkReply(reply, QUERY);
  if ('rejection' in outcome) throw new Error(outcome.rejection);
  return outcome.stamp;
}

describe('a time stamp that is checked', () => {
  const folder = temporaryFolder();
  const cas = (dir: string): ReturnType<typeof parseCertificates> =>
    parseCertificates(readFileSync(path.join(folder, dir, 'ca.pem'), 'utf8'));
  let key: TimestampKey;
  let reply: Uint8Array;

  before(async () => {
    key = await openTsa(path.join(folder, 'own'));
    reply = await replyOf(key, QUERY);
    await openTsa(path.join(folder, 'elsewhere'));
  });

  for (const kind of ['P-256', 'P-384', 'RSA'] as const) {
    it(`is believed where a key of kind ${kind} signed it`, async () => {
      const own = await openTsa(path.join(folder, kind), { privateKey: privateKeyOf(kind) });
      const stamp = stampIn(await replyOf(own, QUERY));

      expect(stamp.info.timeMs).to.equal(STAMP_MS);
      expect(stamp.certificates.map(({ subject }) => subject)).to.deep.equal([
        'CN=Test TSA\nO=Museum',
      ]);
      checkIssuers(stamp, cas(kind));
    });
  }

  it('is of a second that has begun when it was made', () => {
    expect(stampTimeS(stampIn(reply))).to.equal(Math.ceil(STAMP_MS / 1_000));
  });

  it('says the same whatever bit of it is another, or is refused', () => {
    const { info } = stampIn(reply);
    let refused = 0;
    for (let bit = 0; bit < reply.length * 8; bit += 3) {
      try {
        const outcome = checkReply(flipBit(reply, bit), QUERY);
        if ('stamp' in outcome) expect(outcome.stamp.info, `bit ${bit}`).to.deep.equal(info);
      } catch (error) {
        if (!(error instanceof StampError)) throw error;
        refused += 1;
      }
    }
    // What is not signed are the lists of algorithms and the versions.
    expect(refused).to.be.above((reply.length * 8) / 3 / 1.05);
  });

  it('is none where it is cut off anywhere', () => {
    for (let size = 0; size < reply.length; size++) {
      expect(() => checkReply(reply.subarray(0, size), QUERY), `${size}`).to.throw(StampError);
    }
  });

  const wrong: readonly (readonly [string, RegExp, () => Promise<Uint8Array>])[] = [
    [
      'about another photograph',
      /about another photograph/,
      () => replyOf(key, createQuery(hashOfText('another'), QUERY.nonce)),
    ],
    [
      'that answers another question',
      /answers another question/,
      () => replyOf(key, createQuery(QUERY.digest, bytesOf(8, 0x12))),
    ],
    [
      'that answers no question',
      /answers another question/,
      () => replyOf(key, createQuery(QUERY.digest)),
    ],
    [
      'without a certificate',
      /no certificate comes with the token/,
      () => replyOf(key, { ...QUERY, certReq: false }),
    ],
    [
      'of a time at which its certificate was not valid',
      /the time stamp is not of that time/,
      () => replyOf({ ...key, notAfterMs: Infinity }, QUERY, STAMP_MS + 400 * 86_400_000),
    ],
    [
      'signed by another key than that of its certificate',
      /the signature of the token does not verify/,
      () => replyOf({ ...key, privateKey: privateKeyOf('P-256') }, QUERY),
    ],
    [
      'whose certificate has another name in it',
      /names two certificates/,
      () => replyOf({ ...key, serialNumber: Uint8Array.of(7) }, QUERY),
    ],
  ];
  for (const [what, sentence, make] of wrong) {
    it(`is refused: one ${what}`, async () => {
      const bytes = await make();

      expect(() => checkReply(bytes, QUERY)).to.throw(StampError, sentence);
    });
  }

  it('is refused where its certificate is not for time stamping', async () => {
    const tsa = await openTsa(path.join(folder, 'plain'));
    const ca = cas('plain')[0]!;
    const other = { ...tsa, certificates: [new Uint8Array(ca.raw)] as const };
    const bytes = await replyOf(other, QUERY);

    expect(() => checkReply(bytes, QUERY)).to.throw(StampError);
  });

  it('is refused under another CA, and under a certificate that is no CA', () => {
    const stamp = stampIn(reply);

    for (const trusted of [cas('elsewhere'), stamp.certificates]) {
      expect(() => checkIssuers(stamp, trusted)).to.throw(StampError, /has issued/);
    }
    checkIssuers(stamp, [...cas('elsewhere'), ...cas('own')]);
  });

  it('tells why there is none', () => {
    const rejection = checkReply(
      Uint8Array.from([0x30, 9, 0x30, 7, 2, 1, 2, 3, 2, 5, 0x20]),
      QUERY,
    );

    expect(rejection).to.deep.equal({ rejection: 'badRequest' });
  });
});

describe('certificates of a CA', () => {
  it('are one to eight', () => {
    expect(() => parseCertificates('')).to.throw(StampError, /0 certificates/);
    expect(() =>
      parseCertificates('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----'),
    ).to.throw(StampError, /cannot be read/);
  });
});
