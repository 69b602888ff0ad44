/** What a node's time-stamping authority makes, read back by pkijs; `openssl.test.ts` asks OpenSSL. */
import { createHash, verify, X509Certificate } from 'node:crypto';

import * as asn1js from 'asn1js';
import { expect } from 'chai';
import fc from 'fast-check';
import { ContentInfo, SignedData, TimeStampResp, TSTInfo } from 'pkijs';

import { ApiError } from '../../../api/errors.ts';
import { formatHex } from '../../../chain/bytes.ts';
import { readDer } from '../../../chain/certificate/der.ts';
import { ChainError } from '../../../chain/errors.ts';
import {
  DER_NULL,
  encodeDer,
  encodeObjectIdentifier,
  encodeSequence,
  encodeSmallInteger,
} from '../../../node/timestamp/der.ts';
import { OID } from '../../../node/timestamp/oid.ts';
import { createQuery, encodeQuery, type Query } from '../../../node/timestamp/query.ts';
import { decodeReply, type Reply } from '../../../node/timestamp/reply.ts';
import type { TimestampKey } from '../../../node/timestamp/timestampKey.ts';
import { type TimestampOutcome, Timestamps } from '../../../node/timestamp/timestamps.ts';
import {
  decodeTstInfo,
  digestOf,
  encodeTstInfo,
  type TstInfo,
} from '../../../node/timestamp/tstInfo.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { Chance, damage } from '../../support/mutations.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTsa, POLICY, privateKeyOf, STAMP_MS } from '../../support/testTsa.ts';

const DIGEST = new Uint8Array(32).fill(0xab);
const NONCE = Uint8Array.of(0x12, 0x34);
const QUERY = createQuery(DIGEST, NONCE);
const QUIET = { timeMinMs: () => 0, onOutcome: () => undefined };
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

/** A token as pkijs reads it. */
interface Reading {
  readonly signed: SignedData;
  readonly info: TSTInfo;
  readonly infoBytes: Uint8Array;
}

function readToken(reply: Uint8Array): Reading {
  const { status, timeStampToken } = TimeStampResp.fromBER(new Uint8Array(reply));
  expect(status.status).to.equal(0);
  const token = timeStampToken ?? new ContentInfo();
  expect(token.contentType).to.equal('1.2.840.113549.1.7.2');
  const signed = new SignedData({ schema: token.content as asn1js.Sequence });
  const infoBytes = new Uint8Array(signed.encapContentInfo.eContent!.valueBlock.valueHexView);
  return { signed, info: TSTInfo.fromBER(new Uint8Array(infoBytes)), infoBytes };
}

function hexOf(value: asn1js.Integer | asn1js.OctetString | undefined): string {
  return value === undefined ? 'absent' : formatHex(new Uint8Array(value.valueBlock.valueHexView));
}

describe('the time-stamping authority of a node', () => {
  const folder = temporaryFolder();
  let key: TimestampKey;
  let clock: FakeClock;
  let outcomes: TimestampOutcome[];
  let timeMinMs: number;
  let stamps: Timestamps;

  before(async () => {
    key = await openTsa(folder);
  });
  beforeEach(() => {
    clock = new FakeClock(STAMP_MS);
    outcomes = [];
    timeMinMs = 0;
    stamps = authorityOf(key);
  });

  const authorityOf = (signing: TimestampKey): Timestamps =>
    new Timestamps(signing, {
      clock,
      timeMinMs: () => timeMinMs,
      onOutcome: (outcome) => void outcomes.push(outcome),
    });
  const answer = (query: Query): Promise<Uint8Array> => stamps.answer(encodeQuery(query));
  const rejectionOf = async (bytes: Uint8Array): Promise<string> => {
    const reply: Reply = decodeReply(await stamps.answer(bytes));
    return reply.status === 'rejected' ? `${String(reply.failure)}: ${reply.text}` : 'granted';
  };
  const infoAt = async (timeMs: number): Promise<string> => {
    clock = new FakeClock(timeMs);
    stamps = authorityOf(key);
    const { infoBytes } = readToken(await answer(QUERY));
    return /\d{14}[.\d]*Z/.exec(Buffer.from(infoBytes).toString('latin1'))?.[0] ?? '';
  };

  it('says what was asked, under its policy, with the time of the clock', async () => {
    const { info } = readToken(await answer(QUERY));

    expect(info.version).to.equal(1);
    expect(info.policy).to.equal(POLICY);
    expect(info.messageImprint.hashAlgorithm.algorithmId).to.equal('2.16.840.1.101.3.4.2.1');
    expect(hexOf(info.messageImprint.hashedMessage)).to.equal(formatHex(DIGEST));
    expect(info.genTime.getTime()).to.equal(STAMP_MS);
    expect(info.accuracy?.seconds).to.equal(1);
    expect(hexOf(info.nonce)).to.equal('1234');
  });

  it('says no nonce where none was asked', async () => {
    expect(readToken(await answer(createQuery(DIGEST))).info.nonce).to.equal(undefined);
  });

  it('is not read with something behind it, or as something else', async () => {
    const whole = await answer(QUERY);
    const outer = readDer(whole, 0, whole.length);
    const fields = whole.subarray(outer.content, outer.end);
    const changed = (name: string): Uint8Array => {
      const at = Buffer.from(whole).indexOf(encodeObjectIdentifier(name));
      return whole.with(at + 3, whole[at + 3]! ^ 1);
    };

    expect(decodeReply(encodeSequence(fields)).status).to.equal('granted');
    for (const bytes of [
      encodeSequence(fields, DER_NULL),
      changed(OID.signedData),
      changed(OID.tstInfo),
    ]) {
      expect(() => decodeReply(bytes)).to.throw(ChainError);
    }
  });

  it('says nothing that no TSTInfo has, or in another order', () => {
    const written = encodeTstInfo({
      policy: POLICY,
      imprint: QUERY.imprint,
      serialNumber: Uint8Array.of(1),
      timeMs: STAMP_MS,
      nonce: undefined,
    });
    const fields = written.subarray(readDer(written, 0, written.length).content);
    const nonce = encodeSmallInteger(7);
    const ordering = Uint8Array.of(0x01, 0x01, 0xff);
    const decode = (...more: readonly Uint8Array[]): TstInfo =>
      decodeTstInfo(encodeSequence(fields, ...more));

    expect(decode(ordering, nonce, encodeDer(0xa0)).nonce).to.deep.equal(Uint8Array.of(7));
    for (const more of [[nonce, ordering], [nonce, nonce], [DER_NULL]]) {
      expect(() => decode(...more)).to.throw(ChainError);
    }
    expect(() => decodeTstInfo(encodeSequence())).to.throw(ChainError);
  });

  it('is read back by this software too', async () => {
    const reply = decodeReply(await answer(QUERY));

    expect(reply.status === 'granted' && { ...reply.info, serialNumber: 20 }).to.deep.equal({
      policy: POLICY,
      imprint: QUERY.imprint,
      serialNumber: 20,
      timeMs: STAMP_MS,
      nonce: NONCE,
    });
    expect(digestOf(QUERY.imprint)).to.deep.equal(DIGEST);
  });

  for (const [timeMs, text] of [
    [STAMP_MS, '20261121120000.25Z'],
    [STAMP_MS - 250, '20261121120000Z'],
    [STAMP_MS - 249, '20261121120000.001Z'],
    [STAMP_MS - 150, '20261121120000.1Z'],
    [STAMP_MS + 10_000 - 250, '20261121120010Z'],
  ] as const) {
    it(`writes the time as ${text}: a fraction has no zeros at its end`, async () => {
      expect(await infoAt(timeMs)).to.equal(text);
    });
  }

  it('numbers each token anew, with 160 bits at most and above 0', async () => {
    const replies = await Promise.all(Array.from({ length: 40 }, () => answer(QUERY)));
    const serials = replies.map((each) => hexOf(readToken(each).info.serialNumber));

    expect(new Set(serials).size).to.equal(40);
    for (const serial of serials) expect(serial).to.match(/^[4-7][0-9a-f]{39}$/);
  });

  it('names its certificate by serial number and by hash, in signed attributes', async () => {
    const { signed, infoBytes } = readToken(await answer(QUERY));
    const [signer] = signed.signerInfos;
    const values = new Map(
      signer!.signedAttrs!.attributes.map(({ type, values: [value] }) => [type, value]),
    );
    const own = new X509Certificate(key.certificates[0]);

    expect(signed.version).to.equal(3);
    expect([...values.keys()].toSorted()).to.deep.equal([
      '1.2.840.113549.1.9.16.2.47',
      '1.2.840.113549.1.9.3',
      MESSAGE_DIGEST,
    ]);
    expect(hexOf(values.get(MESSAGE_DIGEST) as asn1js.OctetString)).to.equal(
      createHash('sha256').update(infoBytes).digest('hex'),
    );
    expect(
      Buffer.from((values.get('1.2.840.113549.1.9.16.2.47') as asn1js.Sequence).toBER()).toString(
        'hex',
      ),
    ).to.equal(`3026302430220420${own.fingerprint256.replaceAll(':', '').toLowerCase()}`);
    const sid = signer!.sid as { serialNumber: asn1js.Integer };
    expect(hexOf(sid.serialNumber)).to.equal(own.serialNumber.toLowerCase());
  });

  for (const kind of ['P-256', 'P-384', 'RSA'] as const) {
    it(`signs with ${kind}`, async () => {
      const signing = await openTsa(`${folder}/${kind}`, { privateKey: privateKeyOf(kind) });
      stamps = authorityOf(signing);
      const { signed, infoBytes } = readToken(await answer(QUERY));
      const [signer] = signed.signerInfos;
      const hash = kind === 'P-384' ? 'sha384' : 'sha256';
      const attributes = new Uint8Array(signer!.signedAttrs!.encodedValue);
      const { publicKey } = new X509Certificate(signing.certificates[0]);
      const signature = new Uint8Array(signer!.signature.valueBlock.valueHexView);

      expect(verify(hash, attributes, publicKey, signature)).to.equal(true);
      const stated = signer!.signedAttrs!.attributes.find(({ type }) => type === MESSAGE_DIGEST);
      expect(hexOf(stated!.values[0] as asn1js.OctetString)).to.equal(
        createHash(hash).update(infoBytes).digest('hex'),
      );
    });
  }

  it('sends its certificates only where they are asked', async () => {
    const counts = [];
    for (const certReq of [true, false]) {
      const { signed } = readToken(await answer({ ...QUERY, certReq }));
      counts.push(signed.certificates?.length ?? 0);
    }

    expect(counts).to.deep.equal([1, 0]);
  });

  it('takes a query for its own policy, and refuses another', async () => {
    const own = await rejectionOf(encodeQuery({ ...QUERY, policy: POLICY }));
    const other = await rejectionOf(encodeQuery({ ...QUERY, policy: `${POLICY}.1` }));

    expect([own, other]).to.deep.equal([
      'granted',
      `unacceptedPolicy: tokens are made under ${POLICY}`,
    ]);
  });

  it('refuses what is no query in a reply, as all refusals are', async () => {
    expect(await rejectionOf(Uint8Array.of(0x30, 0x80))).to.match(/^badDataFormat: /);
    const { status, timeStampToken } = TimeStampResp.fromBER(await stamps.answer(new Uint8Array()));
    expect([status.status, timeStampToken]).to.deep.equal([2, undefined]);
    expect(hexOf(status.failInfo as unknown as asn1js.OctetString)).to.equal('04');
  });

  it('stamps nothing while its clock is behind what the chain has decided', async () => {
    timeMinMs = STAMP_MS + 1;
    const before = await rejectionOf(encodeQuery(QUERY));
    timeMinMs = STAMP_MS;
    const after = await rejectionOf(encodeQuery(QUERY));

    expect([before, after]).to.deep.equal([
      "timeNotAvailable: this node's clock is behind the chain",
      'granted',
    ]);
  });

  for (const [what, ms, outcome] of [
    ['before its certificate begins', (of: TimestampKey) => of.notBeforeMs - 1, 'systemFailure'],
    ['as its certificate begins', (of: TimestampKey) => of.notBeforeMs, 'granted'],
    ['as its certificate ends', (of: TimestampKey) => of.notAfterMs, 'granted'],
    ['when its certificate has ended', (of: TimestampKey) => of.notAfterMs + 1, 'systemFailure'],
  ] as const) {
    it(`answers ${what}: ${outcome}`, async () => {
      clock = new FakeClock(ms(key));
      stamps = authorityOf(key);

      await answer(QUERY);
      expect(outcomes).to.deep.equal([outcome]);
    });
  }

  it('counts what became of each query', async () => {
    await answer(QUERY);
    await stamps.answer(new Uint8Array());
    await answer({ ...QUERY, policy: '1.2.3' });

    expect(outcomes).to.deep.equal(['granted', 'badDataFormat', 'unacceptedPolicy']);
  });

  it('stamps for its own node too, which is told of refusals by errors', async () => {
    const reply = await stamps.stamp(QUERY);
    const refusal = await stamps.stamp({ ...QUERY, policy: '1.2.3' }).catch(String);

    expect(decodeReply(reply).status).to.equal('granted');
    expect(refusal).to.match(/tokens are made under/);
  });

  it('lets 64 wait, refuses more for the moment, and takes more when they are done', async () => {
    const waiting = Array.from({ length: 64 }, () => answer(QUERY));
    const refusal: unknown = await answer(QUERY).catch((error: unknown) => error);
    const granted = await Promise.all(waiting);

    expect(refusal)
      .to.be.instanceOf(ApiError)
      .and.include({ code: 'ERR_NOT_READY', retryAfterS: 1 });
    expect(granted.map((each) => decodeReply(each).status)).to.have.members(
      Array.from({ length: 64 }, () => 'granted'),
    );
    expect(decodeReply(await answer(QUERY)).status).to.equal('granted');
  });

  it('signs one at a time: the next reads the clock when the one before it is done', async () => {
    let reads = 0;
    const counting = {
      nowMs: () => {
        reads += 1;
        return STAMP_MS;
      },
    };
    stamps = new Timestamps(key, { ...QUIET, clock: counting });
    const answers = [answer(QUERY), answer(QUERY), answer(QUERY)];
    for (let turn = 0; turn < 20; turn++) await Promise.resolve(); // No thread can report in between.
    const before = reads;
    await Promise.all(answers);

    expect([before, reads]).to.deep.equal([1, 3]);
  });

  it('tells its policy and when its certificate ends', () => {
    expect(stamps.view()).to.deep.equal({ policy: POLICY, certificateEndsMs: key.notAfterMs });
  });

  it('answers any bytes with a reply', async () => {
    const whole = encodeQuery({ ...QUERY, policy: POLICY });
    const damaged = fc.integer().map((seed) => damage(whole, new Chance(seed)));
    const any = fc.oneof(damaged, fc.uint8Array({ maxLength: 200 }));

    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        const reply = await stamps.answer(bytes);
        expect(decodeReply(reply).status).to.be.oneOf(['granted', 'rejected']);
        TimeStampResp.fromBER(new Uint8Array(reply));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a time-stamp reply', () => {
  for (const [what, hex] of [
    ['no byte', ''],
    ['no status', '3000'],
    ['a status that is no sequence', '3003020100'],
    ['granted, without a token', '30053003020100'],
    ['rejected, with a token', '3007300302010230' + '00'],
    ['granted, with a token that is none', '3007300302010030' + '00'],
    ['granted, with something behind the token', '3009300302010030' + '003000'],
    ['a byte behind it', '3005300302010200'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => decodeReply(Uint8Array.from(Buffer.from(hex, 'hex')))).to.throw(
        /DER|reply|TimeStampResp|token|SignedData|certificate/,
      );
    });
  }

  it('may say nothing but that it is a rejection', () => {
    const bytes = Uint8Array.from(Buffer.from('30053003020102', 'hex'));

    expect(decodeReply(bytes)).to.deep.equal({ status: 'rejected', failure: undefined, text: '' });
  });
});
