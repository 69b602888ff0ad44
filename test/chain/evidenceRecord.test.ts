/** What a batch's evidence says about its records: their fields, their times, their salts. */
import { expect } from 'chai';

import type { Authority } from '../../chain/authority.ts';
import { formatHex } from '../../chain/bytes.ts';
import { parseSentCertificate, saltOf } from '../../chain/evidence.ts';
import { findUntimely, timeWindowOf } from '../../chain/evidenceTime.ts';
import { DEFAULT_PARAMS } from '../../chain/params.ts';
import type { ImageRecord } from '../../chain/record.ts';
import {
  bytesOf,
  codeOfEvidence,
  contextOf,
  hashOfText,
  prove,
  proveBatch,
  type ProvenRecord,
  sealChanged,
  VERDICT_KEY,
} from '../support/chainValues.ts';
import { authorityOf, createCa, createCamera, MADE_AT_S } from '../support/certificates.ts';

const CA = createCa();
const CAMERA = createCamera(CA);
const AUTHORITY = authorityOf([CA], { verdictKey: VERDICT_KEY });
const CONTEXT = contextOf([AUTHORITY]);
const RICH = {
  gpsHash: hashOfText('gps'),
  parents: [hashOfText('parent')],
  digests: [{ name: 'raw-sha256', digest: hashOfText('raw') }],
};

function shoot(form: 1 | 2 | 3 = 3, authority: Authority = AUTHORITY): ProvenRecord {
  return prove({ camera: CAMERA, authority, form, claims: RICH });
}

type Change = Parameters<typeof sealChanged>[1];

function codeWith(proven: ProvenRecord, change: Change, context = CONTEXT): Promise<string> {
  return codeOfEvidence(sealChanged(proven, change), context);
}

describe('a record', () => {
  it('has every field that its evidence yields, and no other', async () => {
    const hash = hashOfText('other');
    const changes: readonly Partial<ImageRecord>[] = [
      { kind: 1 },
      { kind: 2 },
      { signedForm: 1 },
      { signedForm: 0 },
      { authorityCheck: 1 },
      { authorityId: '' },
      { authorityId: 'other' },
      { deviceCommitment: hash },
      { deviceCommitment: bytesOf(32, 0) },
      { gpsHash: undefined },
      { gpsHash: hash },
      { digests: [{ name: 'unknown', digest: hash }] },
      { digests: [...RICH.digests, ...RICH.digests] },
    ];
    expect(await codeWith(shoot(), {})).to.equal('accepted');
    for (const record of changes) {
      expect(await codeWith(shoot(), { record }), JSON.stringify(record)).to.equal('ERR_RECORD');
    }
  });

  it('holds no claim that the camera did not sign', async () => {
    const hash = hashOfText('other');
    const changes: readonly [Partial<ImageRecord>, string][] = [
      [{ imageHash: hash }, 'ERR_VERDICT_SIGNATURE'],
      [{ capturedAt: 1 }, 'ERR_CAMERA_SIGNATURE'],
      [{ parents: [hash] }, 'ERR_CAMERA_SIGNATURE'],
      [{ parents: [], kind: 1 }, 'ERR_CAMERA_SIGNATURE'],
      [{ digests: [] }, 'ERR_CAMERA_SIGNATURE'],
      [{ digests: [{ name: 'raw-sha256', digest: hash }] }, 'ERR_CAMERA_SIGNATURE'],
    ];
    for (const [record, code] of changes) {
      expect(await codeWith(shoot(), { record }), JSON.stringify(record)).to.equal(code);
    }
  });

  it('from v1 and v1n keeps nothing that was not signed in a safe form', async () => {
    for (const form of [1, 2] as const) {
      const { record } = shoot(form);
      expect(record).to.deep.include({ kind: 1, gpsHash: undefined, parents: [], digests: [] });
      for (const [name, value] of Object.entries({ ...RICH, kind: 3 })) {
        const code = await codeWith(shoot(form), { record: { [name]: value } });
        expect(code, `${name}, form ${form}`).to.equal('ERR_RECORD');
      }
    }
  });

  it('is of an edit if it has parents', () => {
    expect(shoot(3).record.kind).to.equal(3);
    expect(prove({ camera: CAMERA, authority: AUTHORITY }).record.kind).to.equal(1);
  });

  it('names no authority where the genesis says so', async () => {
    const params = { ...DEFAULT_PARAMS, publishAuthority: false };
    const proven = prove({ camera: CAMERA, authority: AUTHORITY, params });

    expect(proven.record.authorityId).to.equal('');
    expect(await codeWith(proven, {}, contextOf([AUTHORITY], { params }))).to.equal('accepted');
    expect(await codeWith(proven, {})).to.equal('ERR_RECORD');
  });
});

describe('the times of a batch', () => {
  const at = (timestampMs: number): Parameters<typeof findUntimely>[2] => ({
    timestampMs,
    lateGraceS: DEFAULT_PARAMS.lateGraceS,
    parse: parseSentCertificate,
  });
  const times = [MADE_AT_S - 1, MADE_AT_S, MADE_AT_S + 1_000, MADE_AT_S + 1_361];
  const { batch, evidence } = proveBatch(
    times.map((capturedAt) =>
      prove({ camera: CAMERA, authority: AUTHORITY, claims: { capturedAt } }),
    ),
  );

  it('leave out what is before its certificate or too far ahead of the block', () => {
    expect(findUntimely(batch, evidence, at((MADE_AT_S + 1_000) * 1_000))).to.deep.equal([0, 3]);
    expect(findUntimely(batch, evidence, at((MADE_AT_S + 1_001) * 1_000))).to.deep.equal([0]);
    expect(findUntimely(batch, evidence, at((MADE_AT_S + 1_001) * 1_000 - 1))).to.deep.equal([
      0, 3,
    ]);
  });

  it('leave out everything once the grace is over', () => {
    const endS = MADE_AT_S + 2 * 365 * 86_400 + DEFAULT_PARAMS.lateGraceS;

    expect(findUntimely(batch, evidence, at(endS * 1_000 + 999))).to.deep.equal([0]);
    expect(findUntimely(batch, evidence, at((endS + 1) * 1_000))).to.deep.equal([0, 1, 2, 3]);
  });
});

describe('the time window of a batch', () => {
  const { lateGraceS } = DEFAULT_PARAMS;
  const windowOf = (...times: readonly number[]): { startMs: number; endMs: number } => {
    const proven = times.map((capturedAt) =>
      prove({ camera: CAMERA, authority: AUTHORITY, claims: { capturedAt } }),
    );
    const { batch, evidence } = proveBatch(proven);
    const window = timeWindowOf(batch, evidence, { lateGraceS, parse: parseSentCertificate });
    for (const timestampMs of [window.startMs, window.endMs]) {
      const around = [timestampMs - 1, timestampMs, timestampMs + 1].filter((each) => each >= 0);
      for (const each of around) {
        const reference = { timestampMs: each, lateGraceS, parse: parseSentCertificate };
        const isTimely = findUntimely(batch, evidence, reference).length === 0;
        expect(isTimely, `at ${each}`).to.equal(each >= window.startMs && each <= window.endMs);
      }
    }
    return window;
  };

  it('is where nothing is untimely, to the millisecond', () => {
    const endS = MADE_AT_S + 2 * 365 * 86_400 + lateGraceS;
    const window = windowOf(MADE_AT_S, MADE_AT_S + 1_000);

    expect(window).to.deep.equal({
      startMs: (MADE_AT_S + 640) * 1_000,
      endMs: endS * 1_000 + 999,
    });
  });

  it('ends with the certificate for what was captured after it', () => {
    const notAfter = MADE_AT_S + 2 * 365 * 86_400;

    expect(windowOf(notAfter).endMs).to.equal((notAfter + lateGraceS) * 1_000 + 999);
    expect(windowOf(notAfter + 1).endMs).to.equal(notAfter * 1_000 + 999);
  });

  it('is empty for what was captured before its certificate', () => {
    const { startMs, endMs } = windowOf(MADE_AT_S - 1);

    expect(endMs).to.be.below(startMs);
  });
});

describe('a salt', () => {
  it('depends on the key, the certificate and the photograph', () => {
    const [a, b] = [hashOfText('a'), hashOfText('b')];
    const salts = [saltOf(a, a, a), saltOf(b, a, a), saltOf(a, b, a), saltOf(a, a, b)];

    expect(new Set(salts.map(formatHex)).size).to.equal(4);
    expect(salts.every(({ length }) => length === 16)).to.equal(true);
    expect(saltOf(a, a, b)).to.deep.equal(salts[3]);
  });
});
