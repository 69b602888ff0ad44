import { sha256 } from '#crypto';
import { expect } from 'chai';

import type { Authority } from '../../chain/authority.ts';
import { formatUtf8 } from '../../chain/bytes.ts';
import { decode, encode } from '../../chain/codec.ts';
import {
  type Evidence,
  type EvidenceContext,
  evidenceSchema,
  hashEvidence,
  parseSentCertificate,
} from '../../chain/evidence.ts';
import {
  batchOf,
  bytesOf,
  codeOfEvidence,
  contextOf,
  hashOfText,
  prove,
  proveBatch,
  type ProvenBatch,
  type ProvenRecord,
  sealChanged,
  VERDICT_KEY,
} from '../support/chainValues.ts';
import {
  authorityOf,
  createCa,
  createCamera,
  dialectBExtensions,
  keyPairOf,
  pemOf,
} from '../support/certificates.ts';

const CA = createCa();
const CAMERA = createCamera(CA);
const OTHER_CAMERA = createCamera(CA, {}, 'SN-2');
const AUTHORITY = authorityOf([CA], { verdictKey: VERDICT_KEY });
const CONTEXT = contextOf([AUTHORITY]);
const FORMS = [1, 2, 3] as const;
const RICH = {
  gpsHash: hashOfText('gps'),
  parents: [hashOfText('parent')],
  digests: [{ name: 'raw-sha256', digest: hashOfText('raw') }],
};

function shoot(form: 1 | 2 | 3 = 3, authority: Authority = AUTHORITY): ProvenRecord {
  return prove({ camera: CAMERA, authority, form, claims: RICH });
}

type Change = Parameters<typeof sealChanged>[1];

function codeOf(proven: ProvenBatch, context: EvidenceContext = CONTEXT): Promise<string> {
  return codeOfEvidence(proven, context);
}

function codeWith(proven: ProvenRecord, change: Change, context = CONTEXT): Promise<string> {
  return codeOfEvidence(sealChanged(proven, change), context);
}

/** Returns bytes with one bit flipped. */
function flip(bytes: Uint8Array, bit = 0): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

describe('the evidence of a batch', () => {
  it('passes in every form and encoding, from several cameras, as DER and as PEM', async () => {
    const proven = [CAMERA, OTHER_CAMERA].flatMap((camera) =>
      FORMS.flatMap((form) =>
        (['der', 'compact'] as const).flatMap((encoding) =>
          [camera.der, formatUtf8(pemOf(camera.der))].map((sent, i) => {
            const imageHash = hashOfText(`${form} ${encoding} ${i}`);
            return prove({
              camera,
              authority: AUTHORITY,
              form,
              encoding,
              sent,
              claims: { imageHash },
            });
          }),
        ),
      ),
    );
    const batch = proveBatch(proven);

    expect(proven).to.have.length(24);
    expect(batch.evidence.certificates).to.have.length(4);
    expect(await codeOf(batch)).to.equal('accepted');
  });

  it('reads back as it was written', () => {
    const { evidence } = proveBatch(FORMS.map((form) => shoot(form)));

    expect(decode(evidenceSchema, encode(evidenceSchema, evidence))).to.deep.equal(evidence);
  });

  it('passes from a camera of dialect B', async () => {
    const camera = createCamera(CA, { extensions: dialectBExtensions() });

    expect(await codeOf(proveBatch([prove({ camera, authority: AUTHORITY })]))).to.equal(
      'accepted',
    );
  });

  it('is one item for each record, in order', async () => {
    const [a, b] = [shoot(1), shoot(3)];
    const { batch, evidence } = proveBatch([a, b]);
    const [first, second] = evidence.items;
    const cases: readonly [string, Evidence['items'], string][] = [
      ['one less', [first!], 'ERR_EVIDENCE'],
      ['one more', [first!, second!, second!], 'ERR_EVIDENCE'],
      ['exchanged', [second!, first!], 'ERR_RECORD'],
    ];
    for (const [name, items, code] of cases) {
      const changed = { ...evidence, items };
      const resealed = { ...batch, evidenceRoot: hashEvidence(items) };
      expect(await codeOf({ batch, evidence: changed }), name).to.equal('ERR_EVIDENCE');
      expect(await codeOf({ batch: resealed, evidence: changed }), name).to.equal(code);
    }
  });

  it('is what the batch commits to, item by item', async () => {
    const { batch, evidence } = proveBatch([shoot()]);
    const items = evidence.items.map((item) => ({ ...item, gpsHash: undefined }));

    expect(await codeOf({ batch, evidence: { ...evidence, items } })).to.equal('ERR_EVIDENCE');
  });

  it('holds each certificate once, all of those named and no other, before one is parsed', async () => {
    const proven = [shoot(), prove({ camera: OTHER_CAMERA, authority: AUTHORITY })];
    const { batch, evidence } = proveBatch(proven);
    const [first, second] = evidence.certificates;
    const stranger = createCamera(CA, {}, 'SN-3').der;
    const many = Array.from({ length: 99 }, (_, i) => bytesOf(9, i));
    const lists: Readonly<Record<string, readonly Uint8Array[]>> = {
      'one missing': [first!],
      none: [],
      'one twice': [first!, second!, second!],
      'one not named': [first!, second!, stranger],
      'one exchanged for another': [first!, stranger],
      'many not named': [first!, second!, ...many],
    };
    let parsed = 0;
    const parse: EvidenceContext['parse'] = (sent) => {
      parsed += 1;
      return parseSentCertificate(sent);
    };
    const context = contextOf([AUTHORITY], { parse });
    for (const [name, certificates] of Object.entries(lists)) {
      const code = await codeOf({ batch, evidence: { ...evidence, certificates } }, context);
      expect([code, parsed], name).to.deep.equal(['ERR_EVIDENCE', 0]);
    }

    expect(await codeOf({ batch, evidence }, context)).to.equal('accepted');
    expect(parsed).to.equal(2);
  });
});

describe('an item of evidence', () => {
  it('proves nothing in another form', async () => {
    for (const made of FORMS) {
      for (const form of FORMS.filter((each) => each !== made)) {
        const record = shoot(form).record;
        const code = await codeWith(shoot(made), { item: { form }, record });
        expect(code, `made as ${made}, claimed as ${form}`).to.equal('ERR_CAMERA_SIGNATURE');
        expect(await codeWith(shoot(made), { item: { form } })).to.equal('ERR_RECORD');
      }
    }
  });

  it('proves nothing with any bit of its signature flipped', async () => {
    for (const form of FORMS) {
      const proven = prove({ camera: CAMERA, authority: AUTHORITY, form, encoding: 'compact' });
      for (let bit = 0; bit < 512; bit += 5) {
        const item = { signature: flip(proven.item.signature, bit) };
        expect(await codeWith(proven, { item }), `bit ${bit}`).to.equal('ERR_CAMERA_SIGNATURE');
      }
    }
  });

  it('has a signature in a known encoding', async () => {
    const { signature } = shoot().item;
    const short = signature.subarray(0, 40);
    for (const other of [short, signature.subarray(1), bytesOf(8, 0x30), bytesOf(72, 0x30)]) {
      const code = await codeWith(shoot(), { item: { signature: other } });
      expect(code, `${other.length}`).to.equal('ERR_SIGNATURE_ENCODING');
    }
  });

  it('has the GPS hash that was signed', async () => {
    const gpsHash = hashOfText('elsewhere');

    expect(await codeWith(shoot(3), { item: { gpsHash } })).to.equal('ERR_RECORD');
    expect(await codeWith(shoot(3), { item: { gpsHash }, record: { gpsHash } })).to.equal(
      'ERR_CAMERA_SIGNATURE',
    );
    expect(await codeWith(shoot(2), { item: { gpsHash } })).to.equal('ERR_CAMERA_SIGNATURE');
    // v1 does not cover it, and the record does not keep it.
    expect(await codeWith(shoot(1), { item: { gpsHash } })).to.equal('accepted');
  });

  it('has the salt of its record', async () => {
    expect(await codeWith(shoot(), { item: { salt: bytesOf(16, 1) } })).to.equal('ERR_RECORD');
  });

  it('names a certificate that another camera cannot answer for', async () => {
    const { item } = prove({ camera: OTHER_CAMERA, authority: AUTHORITY, claims: RICH });
    const proven = { ...shoot(), sent: OTHER_CAMERA.der };

    expect(await codeWith(proven, { item: { certificateId: item.certificateId } })).to.equal(
      'ERR_RECORD',
    );
    const { deviceCommitment } = prove({ camera: OTHER_CAMERA, authority: AUTHORITY }).record;
    const code = await codeWith(proven, {
      item: { certificateId: item.certificateId, verdict: item.verdict },
      record: { deviceCommitment },
    });
    expect(code).to.equal('ERR_CAMERA_SIGNATURE');
  });
});

describe('the verdict in an item', () => {
  const silent = authorityOf([CA]);
  const { verdict } = shoot().item;

  it('is signed where the registry has a key, and only there', async () => {
    expect(await codeWith(shoot(), { item: { verdict: undefined } })).to.equal(
      'ERR_VERDICT_SIGNATURE',
    );
    expect(await codeWith(shoot(3, silent), {}, contextOf([silent]))).to.equal('accepted');
    expect(await codeWith(shoot(3, silent), { item: { verdict } }, contextOf([silent]))).to.equal(
      'ERR_VERDICT_SIGNATURE',
    );
  });

  it('is about this photograph, and says yes', async () => {
    const { signature } = verdict!;
    const changes = [
      { issuedAt: 10, signature },
      { issuedAt: 9, signature: flip(signature) },
    ];
    for (const other of changes) {
      expect(await codeWith(shoot(), { item: { verdict: other } })).to.equal(
        'ERR_VERDICT_SIGNATURE',
      );
    }
  });

  it('is the authority’s word in the record’s authority_check', () => {
    expect(shoot().record.authorityCheck).to.equal(2);
    expect(shoot(3, silent).record.authorityCheck).to.equal(1);
  });

  it('of a blind authority is about a commitment', async () => {
    const blind = { ...AUTHORITY, blind: true };
    const context = contextOf([blind]);

    expect(await codeWith(shoot(3, blind), {}, context)).to.equal('accepted');
    expect(await codeWith(shoot(3, blind), {})).to.equal('ERR_VERDICT_SIGNATURE');
    expect(await codeWith(shoot(), {}, context)).to.equal('ERR_VERDICT_SIGNATURE');
  });
});

describe('the certificate in evidence', () => {
  it('is from a pinned manufacturer', async () => {
    expect(await codeWith(shoot(), {}, contextOf([]))).to.equal('ERR_ISSUER_NOT_PINNED');
    const forged = createCamera({ ...CA, key: keyPairOf('forger') });
    const proven = prove({ camera: forged, authority: AUTHORITY });
    expect(await codeWith(proven, {})).to.equal('ERR_CERTIFICATE_SIGNATURE');
  });

  it('is one that can be parsed', async () => {
    const sent = bytesOf(100, 0x30);
    const code = await codeWith({ ...shoot(), sent }, { item: { certificateId: sha256(sent) } });

    expect(code).to.equal('ERR_CERTIFICATE_MALFORMED');
  });
});

describe('the evidence of a v2 record on another chain', () => {
  it('proves nothing', async () => {
    const context = contextOf([authorityOf([CA])], { chainId: hashOfText('another chain') });

    expect(await codeWith(shoot(3, authorityOf([CA])), {}, context)).to.equal(
      'ERR_CAMERA_SIGNATURE',
    );
    expect(await codeWith(shoot(), {}, { ...CONTEXT, chainId: bytesOf(32, 1) })).to.equal(
      'ERR_VERDICT_SIGNATURE',
    );
  });
});

describe('evidence of nothing', () => {
  it('is refused for a batch of records', async () => {
    const evidence = { certificates: [], items: [] };

    expect(await codeOf({ batch: batchOf(), evidence })).to.equal('ERR_EVIDENCE');
  });
});
