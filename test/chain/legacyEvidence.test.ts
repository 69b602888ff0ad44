import { sha256 } from '#crypto';
import { expect } from 'chai';

import type { Authority } from '../../chain/authority.ts';
import {
  type EvidenceContext,
  type LegacyEvidence,
  legacyRecordOf,
  parseSentCertificate,
} from '../../chain/evidence.ts';
import { findUntimely } from '../../chain/evidenceTime.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import type { ImageRecord } from '../../chain/record.ts';
import { createSigner } from '../../chain/signature.ts';
import { signVerdict } from '../../chain/verdict.ts';
import {
  bytesOf,
  CHAIN_ID,
  codeOfEvidence,
  contextOf,
  hashOfText,
  prove,
  sealBatch,
  VERDICT_KEY,
  VERDICT_SEED,
} from '../support/chainValues.ts';
import { authorityOf, createCa, createCamera, MADE_AT_S } from '../support/certificates.ts';

const CA = createCa();
const CAMERA = createCamera(CA);
const AUTHORITY = authorityOf([CA], { verdictKey: VERDICT_KEY });

const LEGACY_AUTHORITY = {
  ...AUTHORITY,
  legacyEndpoint: 'https://authority.acme.example/validate',
};
const LEGACY_PARAMS: Params = { ...DEFAULT_PARAMS, legacy: true };
const LEGACY_CONTEXT = contextOf([LEGACY_AUTHORITY], { params: LEGACY_PARAMS });

/** A legacy record with its evidence, the verdict signed. */
function legacy(authority: Authority = LEGACY_AUTHORITY): {
  readonly record: ImageRecord;
  readonly item: LegacyEvidence;
} {
  const imageHash = hashOfText('legacy');
  const token = bytesOf(60, 5);
  const verdict = {
    chainId: CHAIN_ID,
    subject: sha256(token),
    imageHash,
    valid: true,
    issuedAt: 9,
  };
  const signature = signVerdict(verdict, createSigner(VERDICT_SEED));
  return {
    record: legacyRecordOf({ imageHash, capturedAt: MADE_AT_S }, authority, LEGACY_PARAMS),
    item: {
      kind: 2,
      authorityId: authority.id,
      token,
      tableReferences: [1, 2, 4],
      keyIndices: [439, 45, 730],
      gpsHash: undefined,
      signature: bytesOf(70, 1),
      verdict: authority.verdictKey === undefined ? undefined : { issuedAt: 9, signature },
    },
  };
}

function codeOfLegacy(
  change: { readonly record?: Partial<ImageRecord>; readonly item?: Partial<LegacyEvidence> } = {},
  context: EvidenceContext = LEGACY_CONTEXT,
  authority: Authority = LEGACY_AUTHORITY,
): Promise<string> {
  const { record, item } = legacy(authority);
  const evidence = { certificates: [], items: [{ ...item, ...change.item }] };
  return codeOfEvidence(sealBatch([{ ...record, ...change.record }], evidence), context);
}

describe('a legacy record', () => {
  it('passes with a signed verdict where the genesis allows the form', async () => {
    expect(await codeOfLegacy()).to.equal('accepted');
  });

  it('is refused where the genesis does not, or no authority judges the form', async () => {
    const contexts = {
      'a chain without legacy': contextOf([LEGACY_AUTHORITY]),
      'an authority without an endpoint': contextOf([AUTHORITY], { params: LEGACY_PARAMS }),
      'an unknown authority': contextOf([], { params: LEGACY_PARAMS }),
    };
    for (const [name, context] of Object.entries(contexts)) {
      expect(await codeOfLegacy({}, context), name).to.equal('ERR_LEGACY_OFF');
    }
  });

  it('needs a signed verdict with more than one validator', async () => {
    const silent = { ...LEGACY_AUTHORITY, verdictKey: undefined };
    const codes = await Promise.all(
      [1, 2, 4].map((validatorCount) =>
        codeOfLegacy({}, contextOf([silent], { params: LEGACY_PARAMS, validatorCount }), silent),
      ),
    );

    expect(codes).to.deep.equal(['accepted', 'ERR_LEGACY_OFF', 'ERR_LEGACY_OFF']);
  });

  it('is bound to its token and photograph by the verdict', async () => {
    const changes: readonly [Parameters<typeof codeOfLegacy>[0], string][] = [
      [{ item: { token: bytesOf(60, 6) } }, 'ERR_VERDICT_SIGNATURE'],
      [{ item: { verdict: undefined } }, 'ERR_VERDICT_SIGNATURE'],
      [{ record: { imageHash: bytesOf(32, 1) } }, 'ERR_VERDICT_SIGNATURE'],
      [{ item: { authorityId: 'other' } }, 'ERR_LEGACY_OFF'],
    ];
    for (const [change, code] of changes) expect(await codeOfLegacy(change)).to.equal(code);
  });

  it('claims nothing that only a certificate shows', async () => {
    const changes: readonly Partial<ImageRecord>[] = [
      { kind: 1 },
      { signedForm: 1 },
      { authorityCheck: 1 },
      { authorityId: '' },
      { deviceCommitment: bytesOf(32, 1) },
      { gpsHash: bytesOf(32, 1) },
      { parents: [bytesOf(32, 1)] },
      { digests: [{ name: 'raw-sha256', digest: bytesOf(32, 1) }] },
    ];
    for (const record of changes) {
      expect(await codeOfLegacy({ record }), JSON.stringify(record)).to.equal('ERR_RECORD');
    }
  });
});

describe('a camera record with legacy evidence, and the other way round', () => {
  it('is refused', async () => {
    const { record, item } = legacy();
    const camera = prove({ camera: CAMERA, authority: LEGACY_AUTHORITY });
    const mixed = [
      sealBatch([camera.record], { certificates: [], items: [item] }),
      sealBatch([record], { certificates: [camera.sent], items: [camera.item] }),
    ];
    for (const each of mixed)
      expect(await codeOfEvidence(each, LEGACY_CONTEXT)).to.equal('ERR_RECORD');
  });
});

describe('the time of a legacy record', () => {
  const at = (timestampMs: number): Parameters<typeof findUntimely>[2] => ({
    timestampMs,
    lateGraceS: DEFAULT_PARAMS.lateGraceS,
    parse: parseSentCertificate,
  });

  it('is only kept from the future', () => {
    const { record, item } = legacy();
    const sealed = sealBatch([record], { certificates: [], items: [item] });

    expect(
      findUntimely(sealed.batch, sealed.evidence, at((MADE_AT_S - 360) * 1_000)),
    ).to.deep.equal([]);
    expect(
      findUntimely(sealed.batch, sealed.evidence, at((MADE_AT_S - 361) * 1_000)),
    ).to.deep.equal([0]);
  });
});
