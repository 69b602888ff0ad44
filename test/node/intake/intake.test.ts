import { expect } from 'chai';

import { ApiError } from '../../../api/errors.ts';
import type { CameraRequest, LegacyRequest } from '../../../api/ports.ts';
import { formatUtf8 } from '../../../chain/bytes.ts';
import { ChainError } from '../../../chain/errors.ts';
import { EXTENSION_OID } from '../../../chain/certificate/extensions.ts';
import {
  authorityOf,
  birthmarkExtensions,
  CA_FALSE,
  type Camera,
  type CertificateContent,
  createCa,
  createCamera,
  DEVICE_VALUES,
  KEY_USAGE,
  MADE_AT_S,
  pemOf,
} from '../../support/certificates.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { CA, NodeRig, type RigOptions } from '../../support/nodeRig.ts';
import { bodyOf, NOW_S, requestOf, type ShotOptions } from '../../support/shots.ts';

const CAMERA = createCamera(CA);
const DAY_S = 86_400;

/** Resolves to the code with which a submission is refused, or 'accepted'. */
async function codeOf(submission: Promise<unknown>): Promise<string> {
  try {
    await submission;
    return 'accepted';
  } catch (error) {
    if (error instanceof ApiError || error instanceof ChainError) return error.code;
    throw error;
  }
}

/** Returns a camera whose certificate has other extensions than usual. */
function cameraWith(values: Partial<typeof DEVICE_VALUES>, serial: string): Camera {
  const extensions = [CA_FALSE, KEY_USAGE, ...birthmarkExtensions({ ...DEVICE_VALUES, ...values })];
  return createCamera(CA, { extensions }, serial);
}

/** Ten copies of one request, sent at the same time. */
function tenTimes<T>(send: () => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: 10 }, send));
}

describe('a submission', () => {
  it('gets a receipt that says how far it came', async () => {
    const rig = await NodeRig.open();
    const receipt = await rig.intake.submit(requestOf(CAMERA, 'a'));

    expect(receipt.steps).to.deep.equal([
      { state: 'received', atMs: NOW_S * 1_000 },
      { state: 'certificate_verified', atMs: NOW_S * 1_000 },
      { state: 'authority_pending', atMs: NOW_S * 1_000 },
    ]);
    expect(rig.intake.findReceipt(receipt.id)).to.deep.equal(receipt);
  });

  it('is put before its authority once', async () => {
    const rig = await NodeRig.open();
    const { id } = await rig.intake.submit(requestOf(CAMERA, 'a'));

    expect(rig.asked.map(({ receiptId, authorityId }) => [receiptId, authorityId])).to.deep.equal([
      [id, 'acme_imaging'],
    ]);
  });

  it('is durable before there is a receipt or a question', async () => {
    const rig = await NodeRig.open();
    await rig.intake.submit(requestOf(CAMERA, 'a'));

    expect(rig.points).to.deep.equal([
      'before-append',
      'before-sync',
      'after-append',
      'after-sync',
      'before-202',
      'ask',
    ]);
  });

  it('is stored with its certificate as it was sent', async () => {
    const rig = await NodeRig.open();
    const sent = formatUtf8(pemOf(CAMERA.der));
    const { id } = await rig.intake.submit(requestOf(CAMERA, 'a', { sent }));
    const submission = rig.work.readSubmission(id);

    expect(
      submission?.kind === 1 && rig.work.readCertificate(submission.certificateId),
    ).to.deep.equal(sent);
  });

  it('gets no receipt and is asked about nowhere if it cannot be written', async () => {
    const rig = await NodeRig.open();
    await rig.work.close();

    const failure = await rig.intake
      .submit(requestOf(CAMERA, 'a'))
      .catch((error: unknown) => error);

    expect(failure).to.be.an('error');
    expect(rig.asked).to.deep.equal([]);
  });

  const forms: readonly (readonly [string, ShotOptions, 1 | 2 | 3])[] = [
    ['v1 in DER', { form: 1, encoding: 'der' }, 1],
    ['v1 in 64 raw bytes', { form: 1, encoding: 'compact' }, 1],
    ['v1n in DER', { form: 2, encoding: 'der' }, 2],
    ['v1n in 64 raw bytes', { form: 2, encoding: 'compact' }, 2],
    ['v1n over a certificate in PEM', { form: 2, sent: formatUtf8(pemOf(CAMERA.der)) }, 2],
    ['v2 in DER', { form: 3, encoding: 'der' }, 3],
    ['v2 in 64 raw bytes', { form: 3, encoding: 'compact' }, 3],
  ];
  for (const [what, options, form] of forms) {
    it(`is accepted when signed as ${what}`, async () => {
      const rig = await NodeRig.open();
      const { id } = await rig.intake.submit(requestOf(CAMERA, 'a', options));

      expect(rig.work.readSubmission(id)).to.deep.include({ form });
    });
  }

  it('of a camera that changes its form is accepted in each', async () => {
    const rig = await NodeRig.open();
    const codes: string[] = [];
    for (const [i, form] of ([3, 1, 2, 3] as const).entries()) {
      codes.push(await codeOf(rig.intake.submit(requestOf(CAMERA, `${i}`, { form }))));
    }

    expect(codes).to.deep.equal(['accepted', 'accepted', 'accepted', 'accepted']);
  });

  it('is pending until it is decided', async () => {
    const rig = await NodeRig.open();
    const request = requestOf(CAMERA, 'a');
    const before = rig.intake.isPending(request.imageHash);
    const { id } = await rig.intake.submit(request);
    const during = rig.intake.isPending(request.imageHash);
    await rig.verdicts.settle(id, { type: 'refused', message: 'no' });

    expect([before, during, rig.intake.isPending(request.imageHash)]).to.deep.equal([
      false,
      true,
      false,
    ]);
  });

  it('wakes who waits for its change', async () => {
    const rig = await NodeRig.open();
    const { id } = await rig.intake.submit(requestOf(CAMERA, 'a'));
    const woken = rig.intake.waitForChange(id, new AbortController().signal);
    await rig.verdicts.settle(id, { type: 'refused', message: 'no' });
    await woken;

    expect(rig.stateOf(id)).to.equal('rejected');
  });
});

describe('a submission sent again', () => {
  it('gets the same receipt, and its authority is not asked again', async () => {
    const rig = await NodeRig.open();
    const first = await rig.intake.submit(requestOf(CAMERA, 'a'));
    const again = await rig.intake.submit(requestOf(CAMERA, 'a'));

    expect(again).to.deep.equal(first);
    expect(rig.asked).to.have.length(1);
  });

  it('with another signature over the same is the same', async () => {
    const rig = await NodeRig.open();
    const first = await rig.intake.submit(requestOf(CAMERA, 'a'));
    const again = await rig.intake.submit(requestOf(CAMERA, 'a', { encoding: 'compact' }));

    expect(again.id).to.deep.equal(first.id);
  });

  it('ten times at the same time gets one receipt, one write and one question', async () => {
    const rig = await NodeRig.open();
    const receipts = await tenTimes(() => rig.intake.submit(requestOf(CAMERA, 'a')));

    expect(new Set(receipts.map(({ id }) => Buffer.from(id).toString('hex'))).size).to.equal(1);
    expect(rig.points.filter((point) => point === 'before-sync')).to.have.length(1);
    expect(rig.asked).to.have.length(1);
    expect(rig.receipts.pendingCount()).to.equal(1);
  });

  it('ten times at the same time, and bad, is refused ten times and may come again', async () => {
    const rig = await NodeRig.open();
    const bad = { ...requestOf(CAMERA, 'a'), signature: requestOf(CAMERA, 'b').signature };
    const codes = await tenTimes(() => codeOf(rig.intake.submit(bad)));

    expect(new Set(codes)).to.deep.equal(new Set(['ERR_CAMERA_SIGNATURE']));
    expect(await codeOf(rig.intake.submit(requestOf(CAMERA, 'a')))).to.equal('accepted');
  });

  it('with another time is another', async () => {
    const rig = await NodeRig.open();
    const first = await rig.intake.submit(requestOf(CAMERA, 'a'));
    const other = requestOf(CAMERA, 'a', { claims: { capturedAt: NOW_S - 1 } });

    expect((await rig.intake.submit(other)).id).to.not.deep.equal(first.id);
  });

  it('by another camera is another', async () => {
    const rig = await NodeRig.open();
    const first = await rig.intake.submit(requestOf(CAMERA, 'a'));
    const other = requestOf(createCamera(CA, {}, 'SN-2'), 'a');

    expect((await rig.intake.submit(other)).id).to.not.deep.equal(first.id);
  });

  it('after a rejection reopens its receipt and is asked about again', async () => {
    const rig = await NodeRig.open();
    const { id } = await rig.intake.submit(requestOf(CAMERA, 'a'));
    await rig.verdicts.settle(id, { type: 'refused', message: 'not today' });
    await rig.clock.advance(5_000);
    const again = await rig.intake.submit(requestOf(CAMERA, 'a'));

    expect(again.id).to.deep.equal(id);
    expect(again.rejection).to.equal(undefined);
    expect(again.steps.map(({ atMs }) => atMs - NOW_S * 1_000)).to.deep.equal([
      5_000, 5_000, 5_000,
    ]);
    expect([rig.asked.length, rig.receipts.pendingCount()]).to.deep.equal([2, 1]);
  });

  it('after it was committed gets its receipt, committed', async () => {
    const rig = await NodeRig.open();
    await rig.drive.start();
    const id = await rig.validate(requestOf(CAMERA, 'a'));
    await rig.cut();
    await rig.until(() => rig.stateOf(id) === 'committed');
    const again = await rig.intake.submit(requestOf(CAMERA, 'a'));

    expect(again).to.deep.equal(rig.receipt(id));
    expect(rig.asked).to.have.length(1);
  });

  it('gets its receipt also where nothing more is taken in', async () => {
    const rig = await NodeRig.open({ pendingMax: 1, rate: { perS: 1, burst: 1 } });
    const first = await rig.intake.submit(requestOf(CAMERA, 'a'));
    rig.closed = 'the node is stopping';

    expect(await rig.intake.submit(requestOf(CAMERA, 'a'))).to.deep.equal(first);
  });
});

describe('another submission of a registered picture', () => {
  const open = async (): Promise<{ readonly rig: NodeRig; readonly first: Uint8Array }> => {
    const rig = await NodeRig.open();
    await rig.drive.start();
    const first = await rig.validate(requestOf(CAMERA, 'a'));
    await rig.cut();
    await rig.until(() => rig.stateOf(first) === 'committed');
    return { rig, first };
  };
  const later = requestOf(CAMERA, 'a', { claims: { capturedAt: NOW_S - 7 } });

  it('is rejected as a duplicate and points to the first receipt', async () => {
    const { rig, first } = await open();
    const receipt = await rig.intake.submit(later);

    expect(receipt.steps.at(-1)?.state).to.equal('rejected');
    expect(receipt.rejection?.code).to.equal('ERR_DUPLICATE');
    expect(receipt.duplicateOf).to.deep.equal(first);
  });

  it('is durable as such, and asked about nowhere', async () => {
    const { rig } = await open();
    rig.points.length = 0;
    const { id } = await rig.intake.submit(later);

    expect(rig.points).to.include('after-sync').and.not.include('ask');
    expect(rig.work.readSubmission(id)).to.equal(undefined);
    expect(rig.receipts.pendingCount()).to.equal(0);
  });

  it('gets the same answer when it is sent again', async () => {
    const { rig } = await open();
    const { id } = await rig.intake.submit(later);
    const again = await rig.intake.submit(later);

    expect([again.id, again.rejection?.code]).to.deep.equal([id, 'ERR_DUPLICATE']);
  });

  it('points to the submission that was registered, not to one that was refused before', async () => {
    const rig = await NodeRig.open();
    await rig.drive.start();
    const refused = await rig.intake.submit(requestOf(CAMERA, 'a'));
    const winner = await rig.intake.submit(later);
    await rig.verdicts.settle(refused.id, { type: 'refused', message: 'no' });
    await rig.verdicts.settle(winner.id, { type: 'passed', proof: undefined });
    await rig.cut();
    await rig.until(() => rig.stateOf(winner.id) === 'committed');
    const third = requestOf(CAMERA, 'a', { claims: { capturedAt: NOW_S - 9 } });

    expect((await rig.intake.submit(third)).duplicateOf).to.deep.equal(winner.id);
  });
});

describe('the room for submissions', () => {
  it('ends at the limit, exactly', async () => {
    const rig = await NodeRig.open({ pendingMax: 2 });
    const codes: string[] = [];
    for (const name of ['a', 'b', 'c'])
      codes.push(await codeOf(rig.intake.submit(requestOf(CAMERA, name))));

    expect(codes).to.deep.equal(['accepted', 'accepted', 'ERR_QUEUE_FULL']);
  });

  it('ends at the limit also for those that come together', async () => {
    const rig = await NodeRig.open({ pendingMax: 2 });
    const all = ['a', 'b', 'c', 'd'].map((name) =>
      codeOf(rig.intake.submit(requestOf(CAMERA, name))),
    );

    expect((await Promise.all(all)).sort()).to.deep.equal([
      'ERR_QUEUE_FULL',
      'ERR_QUEUE_FULL',
      'accepted',
      'accepted',
    ]);
  });

  it('tells when to come again', async () => {
    const rig = await NodeRig.open({ pendingMax: 1 });
    await rig.intake.submit(requestOf(CAMERA, 'a'));
    const error = await rig.intake
      .submit(requestOf(CAMERA, 'b'))
      .catch((refusal: unknown) => refusal);

    expect(error instanceof ApiError && error.retryAfterS).to.equal(30);
  });

  it('is free again once a submission is decided', async () => {
    const rig = await NodeRig.open({ pendingMax: 1 });
    const { id } = await rig.intake.submit(requestOf(CAMERA, 'a'));
    await rig.verdicts.settle(id, { type: 'refused', message: 'no' });

    expect(await codeOf(rig.intake.submit(requestOf(CAMERA, 'b')))).to.equal('accepted');
  });

  it('is none while the node is not ready', async () => {
    const rig = await NodeRig.open({ closed: 'the node is starting' });
    const error = await rig.intake
      .submit(requestOf(CAMERA, 'a'))
      .catch((refusal: unknown) => refusal);

    expect(error).to.deep.include({ code: 'ERR_NOT_READY', message: 'the node is starting' });
  });
});

describe('the rate of a certificate', () => {
  const rate = { perS: 1, burst: 2 };

  it('lets its burst pass and no more', async () => {
    const rig = await NodeRig.open({ rate });
    const codes: string[] = [];
    for (const name of ['a', 'b', 'c'])
      codes.push(await codeOf(rig.intake.submit(requestOf(CAMERA, name))));

    expect(codes).to.deep.equal(['accepted', 'accepted', 'ERR_RATE']);
  });

  it('is not another certificate’s', async () => {
    const rig = await NodeRig.open({ rate });
    for (const name of ['a', 'b']) await rig.intake.submit(requestOf(CAMERA, name));
    const other = requestOf(createCamera(CA, {}, 'SN-2'), 'c');

    expect(await codeOf(rig.intake.submit(other))).to.equal('accepted');
  });

  it('is not touched by what was sent before', async () => {
    const rig = await NodeRig.open({ rate });
    for (let i = 0; i < 5; i++) await rig.intake.submit(requestOf(CAMERA, 'a'));

    expect(await codeOf(rig.intake.submit(requestOf(CAMERA, 'b')))).to.equal('accepted');
  });
});

describe('the dates of a submission', () => {
  const GRACE_S = 90 * DAY_S;
  const MARGIN_S = 7 * DAY_S;
  const END_S = MADE_AT_S + 2 * 365 * DAY_S;

  /** Resolves to the code of a picture taken at `capturedAt` that arrives at `nowS`. */
  const judge = async (
    capturedAt: number,
    nowS = NOW_S,
    options: Partial<RigOptions> = {},
  ): Promise<string> => {
    const rig = await NodeRig.open({ ...options, clock: new FakeClock(nowS * 1_000) });
    return codeOf(rig.intake.submit(requestOf(CAMERA, 'a', { claims: { capturedAt } })));
  };

  const cases: readonly (readonly [string, number, number, string])[] = [
    ['300 s ahead', NOW_S + 300, NOW_S, 'accepted'],
    ['301 s ahead', NOW_S + 301, NOW_S, 'ERR_TIMESTAMP_AHEAD'],
    ['ten years ahead', NOW_S + 3_650 * DAY_S, NOW_S, 'ERR_TIMESTAMP_AHEAD'],
    ['at notBefore', MADE_AT_S, NOW_S, 'accepted'],
    ['a second before notBefore', MADE_AT_S - 1, NOW_S, 'ERR_TIMESTAMP_BEFORE_CERTIFICATE'],
    ['weeks ago', MADE_AT_S + 5, MADE_AT_S + 400 * DAY_S, 'accepted'],
    ['before the certificate counts', MADE_AT_S, MADE_AT_S - 301, 'ERR_CERTIFICATE_NOT_YET_VALID'],
    ['at notAfter', END_S, END_S, 'accepted'],
    ['late, within the grace less a week', END_S, END_S + GRACE_S - MARGIN_S, 'accepted'],
    ['a second later', END_S, END_S + GRACE_S - MARGIN_S + 1, 'ERR_CERTIFICATE_EXPIRED'],
    ['after notAfter', END_S + 1, END_S + 10, 'ERR_CERTIFICATE_EXPIRED'],
  ];
  for (const [what, capturedAt, nowS, code] of cases) {
    it(`taken ${what}: ${code}`, async () => {
      expect(await judge(capturedAt, nowS)).to.equal(code);
    });
  }

  it('have no grace on a chain whose grace is less than the margin', async () => {
    const params = { params: { lateGraceS: DAY_S } };

    expect(await judge(END_S, END_S, params)).to.equal('accepted');
    expect(await judge(END_S, END_S + 1, params)).to.equal('ERR_CERTIFICATE_EXPIRED');
  });
});

describe('a submission that is refused', () => {
  const at = (content: Partial<CertificateContent>, serial: string): Camera =>
    createCamera(CA, content, serial);
  const swapped = (camera: Camera): CameraRequest => ({
    ...requestOf(camera, 'a'),
    imageHash: hashOfText('another picture'),
  });
  const cases: readonly (readonly [string, string, CameraRequest, Partial<RigOptions>])[] = [
    ['ERR_CAMERA_SIGNATURE', 'was signed over another picture', swapped(CAMERA), {}],
    [
      'ERR_CAMERA_SIGNATURE',
      'was signed as v2 for another chain',
      requestOf(CAMERA, 'a', { form: 3, chainId: hashOfText('another chain') }),
      {},
    ],
    [
      'ERR_ISSUER_NOT_PINNED',
      'comes from a self-made CA',
      requestOf(createCamera(createCa('Mine'), {}, 'SN-3'), 'a'),
      {},
    ],
    [
      'ERR_CERTIFICATE_SIGNATURE',
      'comes from a CA of the same name with another key',
      requestOf(createCamera({ ...CA, key: createCa('Mine').key }, {}, 'SN-4'), 'a'),
      {},
    ],
    [
      'ERR_ENDPOINT',
      'names an authority outside the pinned prefixes',
      requestOf(cameraWith({ endpoint: 'https://evil.example/validate-cert' }, 'SN-5'), 'a'),
      {},
    ],
    [
      'ERR_MANUFACTURER_ID',
      'names another manufacturer',
      requestOf(cameraWith({ manufacturerId: 'other' }, 'SN-6'), 'a'),
      {},
    ],
    [
      'ERR_ISSUER_NAME',
      'has another issuer name where the registry demands equality',
      requestOf(CAMERA, 'a'),
      { authorities: [authorityOf([CA], { strictNames: true })] },
    ],
    [
      'ERR_ISSUER_EXPIRED',
      'was issued outside the dates of its CA',
      requestOf(at({ notBefore: MADE_AT_S - 400 * DAY_S }, 'SN-7'), 'a'),
      {},
    ],
    [
      'ERR_EXTENSION_MISSING',
      'has a certificate without an extension',
      requestOf(
        at(
          {
            extensions: [CA_FALSE, KEY_USAGE, ...birthmarkExtensions()].filter(
              ({ oid }) => oid !== EXTENSION_OID.keyIndex,
            ),
          },
          'SN-8',
        ),
        'a',
      ),
      {},
    ],
  ];

  for (const [code, what, request, options] of cases) {
    it(`${code}: ${what}; nothing is kept and nobody is asked`, async () => {
      const rig = await NodeRig.open(options);

      expect(await codeOf(rig.intake.submit(request))).to.equal(code);
      expect(rig.points).to.deep.equal([]);
      expect(rig.asked).to.deep.equal([]);
      expect(rig.receipts.pendingCount()).to.equal(0);
    });
  }
});

describe('fields that the camera did not sign in a safe form', () => {
  const claims = {
    gpsHash: hashOfText('gps'),
    parents: [hashOfText('parent')],
    digests: [{ name: 'pixels-sha256', digest: hashOfText('pixels') }],
  };

  for (const [name, form] of [
    ['v1', 1],
    ['v1n', 2],
  ] as const) {
    it(`are named on the receipt of ${name}`, async () => {
      const rig = await NodeRig.open();
      const { notKept } = await rig.intake.submit(requestOf(CAMERA, 'a', { form, claims }));

      expect(notKept).to.deep.equal(['gps_hash', 'parents', 'digests']);
    });
  }

  it('are named one by one', async () => {
    const rig = await NodeRig.open();
    const shot = { claims: { parents: claims.parents } };

    expect((await rig.intake.submit(requestOf(CAMERA, 'a', shot))).notKept).to.deep.equal([
      'parents',
    ]);
  });

  it('are none in v2', async () => {
    const rig = await NodeRig.open();
    const { notKept } = await rig.intake.submit(requestOf(CAMERA, 'a', { form: 3, claims }));

    expect(notKept).to.deep.equal([]);
  });
});

describe('a legacy submission', () => {
  const LEGACY: LegacyRequest = {
    imageHash: hashOfText('legacy'),
    token: new Uint8Array(60).fill(7),
    tableReferences: [1, 2, 3],
    keyIndices: [4, 5, 6],
    timestamp: NOW_S,
    gpsHash: undefined,
    signature: new Uint8Array(70).fill(8),
  };
  const legacyEndpoint = 'https://authority.acme.example/validate';
  const on = { params: { legacy: true }, authorities: [authorityOf([CA], { legacyEndpoint })] };

  it('is accepted where the chain takes it', async () => {
    const rig = await NodeRig.open(on);
    const { id } = await rig.intake.submitLegacy(LEGACY);

    expect(rig.work.readSubmission(id)).to.deep.include({ kind: 2, authorityId: 'acme_imaging' });
    expect(rig.asked).to.have.length(1);
  });

  it('does not claim that a certificate was verified', async () => {
    const rig = await NodeRig.open(on);
    const { steps } = await rig.intake.submitLegacy(LEGACY);

    expect(steps.map(({ state }) => state)).to.deep.equal(['received', 'authority_pending']);
  });

  it('gets the same receipt when it is sent again with other decoys', async () => {
    const rig = await NodeRig.open(on);
    const first = await rig.intake.submitLegacy(LEGACY);
    const again = await rig.intake.submitLegacy({ ...LEGACY, keyIndices: [9, 8, 7] });

    expect(again.id).to.deep.equal(first.id);
  });

  it('keeps no gps_hash, and says so', async () => {
    const rig = await NodeRig.open(on);
    const { notKept } = await rig.intake.submitLegacy({ ...LEGACY, gpsHash: hashOfText('gps') });

    expect(notKept).to.deep.equal(['gps_hash']);
  });

  it('is refused from the future', async () => {
    const rig = await NodeRig.open(on);
    const codes = await Promise.all(
      [NOW_S + 300, NOW_S + 301].map((timestamp) =>
        codeOf(rig.intake.submitLegacy({ ...LEGACY, timestamp })),
      ),
    );

    expect(codes).to.deep.equal(['accepted', 'ERR_TIMESTAMP_AHEAD']);
  });

  const off: readonly (readonly [string, Partial<RigOptions>])[] = [
    ['the genesis does not allow it', { authorities: on.authorities }],
    ['no authority judges it', { params: on.params }],
  ];
  for (const [what, options] of off) {
    it(`is gone where ${what}`, async () => {
      const rig = await NodeRig.open(options);

      expect(await codeOf(rig.intake.submitLegacy(LEGACY))).to.equal('ERR_LEGACY_GONE');
      expect(rig.asked).to.deep.equal([]);
    });
  }

  it('has its place in the room', async () => {
    const rig = await NodeRig.open({ ...on, pendingMax: 1 });
    await rig.intake.submitLegacy(LEGACY);
    const second = { ...LEGACY, imageHash: hashOfText('second') };

    expect(await codeOf(rig.intake.submitLegacy(second))).to.equal('ERR_QUEUE_FULL');
  });
});

describe('a request as JSON', () => {
  it('names what it has and nothing else', () => {
    expect(Object.keys(bodyOf(requestOf(CAMERA, 'a')))).to.deep.equal([
      'image_hash',
      'camera_cert',
      'software_cert',
      'timestamp',
      'bundle_signature',
    ]);
  });
});
