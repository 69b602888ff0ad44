import { expect } from 'chai';

import { ApiError } from '../../api/errors.ts';
import { acceptedSchema } from '../../api/schemas/receipt.ts';
import { formatHex } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  DER_SIGNATURE,
  expectProblem,
  type Json,
  jsonOf,
  startApi,
  stopAll,
  submissionWith,
} from './client.ts';

const PATH = '/api/v1/submit-cert';
const RAW_SIGNATURE = Buffer.alloc(64, 1).toString('base64');

function base64(size: number): string {
  return Buffer.alloc(size, 7).toString('base64');
}

describe('POST /api/v1/submit-cert', () => {
  afterEach(stopAll);

  it('answers with a receipt in the form that cameras read', async () => {
    const { post } = await startApi();

    const response = await post(PATH, submissionWith());

    expect(response.status).to.equal(202);
    const body = acceptedSchema.strict().parse(await response.json());
    expect(body).to.include({
      status: 'pending_validation',
      message: 'Certificate submission received',
      state: 'received',
    });
  });

  it('hands the intake typed values and the client address', async () => {
    const { ports, post } = await startApi();
    const fields = {
      gps_hash: 'cd'.repeat(32),
      parents: ['01'.repeat(32)],
      digests: { 'raw-sha256': '02'.repeat(32), 'jpeg-scan-sha256': '03'.repeat(32) },
    };

    await post(PATH, submissionWith(fields));

    const [request] = ports.intake.requests;
    expect(Buffer.from(request!.certificateBytes).toString()).to.equal('a certificate');
    expect(request!.timestamp).to.equal(1_760_000_000);
    expect(formatHex(request!.gpsHash!)).to.equal('cd'.repeat(32));
    expect(request!.parents.map(formatHex)).to.deep.equal(['01'.repeat(32)]);
    expect(request!.digests.map(({ name }) => name)).to.deep.equal([
      'jpeg-scan-sha256',
      'raw-sha256',
    ]);
    expect(Buffer.from(request!.signature).toString('base64')).to.equal(DER_SIGNATURE);
    expect(ports.intake.addresses).to.deep.equal(['127.0.0.1']);
  });

  it('gives the same receipt to the same submission', async () => {
    const { post } = await startApi();

    const first = await jsonOf(await post(PATH, submissionWith()));
    const second = await jsonOf(await post(PATH, submissionWith()));

    expect(second['receipt_id']).to.equal(first['receipt_id']);
  });

  it('says which fields are not kept', async () => {
    const { ports, post } = await startApi();
    ports.intake.notKept = ['gps_hash'];

    const body = await jsonOf(await post(PATH, submissionWith({ gps_hash: 'cd'.repeat(32) })));

    expect(body['not_kept']).to.deep.equal(['gps_hash']);
  });

  const tolerated: readonly (readonly [string, Json])[] = [
    [
      'keys that the node does not use',
      { owner_hash: 'x', isp_validation: { a: [1] }, ['__proto__']: 1 },
    ],
    ['a hash in upper case', { image_hash: 'AB'.repeat(32) }],
    ['absent optional fields as null', { gps_hash: null, parents: null, digests: null }],
    ['no software_cert', { software_cert: undefined }],
    ['a signature of 64 raw bytes', { bundle_signature: RAW_SIGNATURE }],
    ['16 parents', { parents: Array.from({ length: 16 }, () => '01'.repeat(32)) }],
    ['a certificate of 8,192 bytes', { camera_cert: base64(8_192) }],
    ['the time 0', { timestamp: 0 }],
  ];
  for (const [what, fields] of tolerated) {
    it(`accepts ${what}`, async () => {
      const { post } = await startApi();

      const response = await post(PATH, submissionWith(fields));

      expect(response.status).to.equal(202);
    });
  }

  it('reads an upper-case hash as the lower-case one', async () => {
    const { ports, post } = await startApi();

    await post(PATH, submissionWith({ image_hash: 'AB'.repeat(32) }));

    expect(formatHex(ports.intake.requests[0]!.imageHash)).to.equal('ab'.repeat(32));
  });

  it('reads any Content-Type as JSON, and a byte order mark', async () => {
    const { post } = await startApi();
    const headers = { 'Content-Type': 'text/plain' };

    const response = await post(PATH, `\ufeff${JSON.stringify(submissionWith())}`, { headers });

    expect(response.status).to.equal(202);
  });

  const malformed: readonly (readonly [string, Json, string])[] = [
    ['no image_hash', { image_hash: undefined }, 'image_hash'],
    ['63 digits', { image_hash: 'a'.repeat(63) }, 'image_hash'],
    ['65 digits', { image_hash: 'a'.repeat(65) }, 'image_hash'],
    ['a digit that is none', { image_hash: 'g'.repeat(64) }, 'image_hash'],
    ['a hash with a line end', { image_hash: `${'a'.repeat(64)}\n` }, 'image_hash'],
    ['a hash that is a number', { image_hash: 12 }, 'image_hash'],
    ['no certificate', { camera_cert: undefined }, 'camera_cert'],
    ['an empty certificate', { camera_cert: '' }, 'camera_cert'],
    ['base64 without padding', { camera_cert: 'YQ' }, 'camera_cert'],
    ['base64 for URLs', { camera_cert: '-_-_' }, 'camera_cert'],
    ['base64 with bits behind', { camera_cert: 'YR==' }, 'camera_cert'],
    ['a certificate of 8,193 bytes', { camera_cert: base64(8_193) }, 'camera_cert'],
    ['a certificate in a list', { camera_cert: ['YQ=='] }, 'camera_cert'],
    ['no timestamp', { timestamp: undefined }, 'timestamp'],
    ['a timestamp that is text', { timestamp: '1760000000' }, 'timestamp'],
    ['a timestamp with a fraction', { timestamp: 1.5 }, 'timestamp'],
    ['a gps_hash that is short', { gps_hash: 'ab' }, 'gps_hash'],
    ['no signature', { bundle_signature: undefined }, 'bundle_signature'],
    ['a signature that is not base64', { bundle_signature: '!!!!' }, 'bundle_signature'],
    ['parents that are text', { parents: 'ab' }, 'parents'],
    ['a parent that is no hash', { parents: ['ab'] }, 'parents[0]'],
    ['digests that are a list', { digests: [] }, 'digests'],
    ['a digest that is short', { digests: { 'raw-sha256': 'ab' } }, 'digests.raw-sha256'],
  ];
  for (const [what, fields, field] of malformed) {
    it(`refuses ${what} as ERR_FIELD, naming ${field}`, async () => {
      const { ports, post } = await startApi();

      const detail = await expectProblem(
        await post(PATH, submissionWith(fields)),
        400,
        'ERR_FIELD',
      );

      expect(detail.startsWith(`${field}: must be `), detail).to.equal(true);
      expect(ports.intake.requests).to.deep.equal([]);
    });
  }

  const outOfRange: readonly (readonly [string, Json, string])[] = [
    ['a negative timestamp', { timestamp: -1 }, 'timestamp'],
    ['a timestamp above what is exact', { timestamp: 2 ** 53 }, 'timestamp'],
    ['17 parents', { parents: Array.from({ length: 17 }, () => '01'.repeat(32)) }, 'parents'],
    ['a software_cert', { software_cert: 'YQ==' }, 'software_cert'],
    ['a digest of another name', { digests: { 'my-own-name': '02'.repeat(32) } }, 'digests'],
  ];
  for (const [what, fields, field] of outOfRange) {
    it(`refuses ${what} as ERR_RANGE, naming ${field}`, async () => {
      const { post } = await startApi();

      const detail = await expectProblem(
        await post(PATH, submissionWith(fields)),
        422,
        'ERR_RANGE',
      );

      expect(detail.startsWith(`${field}: `), detail).to.equal(true);
      expect(detail).not.to.include('my-own-name');
    });
  }

  it('says what is malformed before what is out of range', async () => {
    const { post } = await startApi();

    const response = await post(PATH, submissionWith({ timestamp: -1, camera_cert: '!' }));

    await expectProblem(response, 400, 'ERR_FIELD');
  });

  const badSignatures = [
    ['63 raw bytes', base64(63)],
    ['65 raw bytes', base64(65)],
    ['DER with a byte behind', Buffer.from(DER_SIGNATURE, 'base64').toString('hex') + '00'],
    [
      'DER with a long length',
      '308145' + Buffer.from(DER_SIGNATURE, 'base64').toString('hex').slice(4),
    ],
    ['one byte', base64(1)],
  ] as const;
  for (const [what, text] of badSignatures) {
    it(`refuses a signature of ${what} as ERR_SIGNATURE_ENCODING`, async () => {
      const { post } = await startApi();
      const hex = /^[0-9a-f]{70,}$/.test(text);
      const signature = hex ? Buffer.from(text, 'hex').toString('base64') : text;

      const response = await post(PATH, submissionWith({ bundle_signature: signature }));

      await expectProblem(response, 400, 'ERR_SIGNATURE_ENCODING');
    });
  }

  const notJson = [
    ['nothing', ''],
    ['text that is no JSON', '{"image_hash":'],
    ['two values', '{} {}'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['NaN', '{"timestamp":NaN}'],
  ] as const;
  for (const [what, body] of notJson) {
    it(`refuses ${what} as ERR_JSON`, async () => {
      const { post } = await startApi();

      const detail = await expectProblem(await post(PATH, body), 400, 'ERR_JSON');

      expect(detail).not.to.include('image_hash');
    });
  }

  for (const body of ['null', '1', '"text"', 'true']) {
    it(`refuses ${body} as ERR_FIELD`, async () => {
      const { post } = await startApi();

      await expectProblem(await post(PATH, body), 400, 'ERR_FIELD');
    });
  }

  it('refuses a body that is compressed', async () => {
    const { post } = await startApi();

    const response = await post(PATH, submissionWith(), {
      headers: { 'Content-Encoding': 'gzip' },
    });

    await expectProblem(response, 400, 'ERR_FIELD');
  });

  it('takes an object of 256 KiB and refuses one that is larger', async () => {
    const { post } = await startApi();
    const empty = JSON.stringify(submissionWith({ pad: '' })).length;
    const ofSize = (size: number): Json => submissionWith({ pad: 'x'.repeat(size - empty) });

    const fits = await post(PATH, ofSize(262_144));
    const exceeds = await post(PATH, ofSize(262_145));

    expect(fits.status).to.equal(202);
    await expectProblem(exceeds, 413, 'ERR_BODY_TOO_LARGE');
  });

  it('refuses a body above 4 MiB, with and without a length', async () => {
    const { get, post } = await startApi();
    const body = `[${' '.repeat(4 * 1_048_576)}1]`;
    const stream = new Blob([body]).stream();

    const declared = await post(PATH, body);
    const chunked = await get(PATH, {
      method: 'POST',
      body: stream,
      duplex: 'half',
    });

    await expectProblem(declared, 413, 'ERR_BODY_TOO_LARGE');
    await expectProblem(chunked, 413, 'ERR_BODY_TOO_LARGE');
  });

  const costly = [
    ['brackets in brackets', '['.repeat(2_000_000) + ']'.repeat(2_000_000)],
    ['empty objects', `[${'{},'.repeat(1_300_000)}{}]`],
    ['numbers', `[${'1,'.repeat(2_000_000)}1]`],
  ] as const;
  for (const [what, body] of costly) {
    it(`refuses 4 MB of ${what} before parsing them`, async () => {
      const { post } = await startApi();

      await expectProblem(await post(PATH, body), 413, 'ERR_BODY_TOO_LARGE');
    });
  }

  const refusals = [
    ['ERR_CERTIFICATE_EXPIRED', 401],
    ['ERR_CAMERA_SIGNATURE', 401],
    ['ERR_ISSUER_NOT_PINNED', 403],
    ['ERR_MANUFACTURER_ID', 403],
    ['ERR_ENDPOINT', 403],
    ['ERR_NUC_LENGTH', 400],
    ['ERR_KEY_TABLE_RANGE', 422],
    ['ERR_TIMESTAMP_AHEAD', 422],
  ] as const;
  for (const [code, status] of refusals) {
    it(`answers the chain's ${code} with ${status}`, async () => {
      const { ports, post } = await startApi();
      ports.intake.refuse = () => new ChainError(code, 'one thing is not another');

      const detail = await expectProblem(await post(PATH, submissionWith()), status, code);

      expect(detail).to.equal('one thing is not another');
    });
  }

  it('answers a full queue with 503 and Retry-After', async () => {
    const { ports, post } = await startApi();
    ports.intake.refuse = () => new ApiError('ERR_QUEUE_FULL', 'full', { retryAfterS: 7 });

    const response = await post(PATH, submissionWith());

    expect(response.headers.get('retry-after')).to.equal('7');
    await expectProblem(response, 503, 'ERR_QUEUE_FULL');
  });

  it('answers 503 with Retry-After also where the intake names no time', async () => {
    const { ports, post } = await startApi();
    ports.intake.refuse = () => new ApiError('ERR_NOT_READY', 'stopping');

    const response = await post(PATH, submissionWith());

    expect(response.headers.get('retry-after')).to.equal('5');
    await expectProblem(response, 503, 'ERR_NOT_READY');
  });
});
