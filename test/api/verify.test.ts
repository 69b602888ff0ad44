import { expect } from 'chai';

import { absentSchema, foundSchema, resultsSchema } from '../../api/schemas/verify.ts';
import { formatHex, parseHex } from '../../chain/bytes.ts';
import { AUTHORITY_CHECK, RECORD_KIND, SIGNED_FORM } from '../../chain/record.ts';
import { bytesOf, GENESIS_MS, recordWith } from '../support/memoryLedger.ts';
import { expectProblem, jsonOf, startApi, stopAll, submissionWith } from './client.ts';

const HASH = bytesOf(1);
const PATH = `/api/v1/verify/${formatHex(HASH)}`;
const ABSENT = `/api/v1/verify/${formatHex(bytesOf(404))}`;

describe('the answer about a registered hash', () => {
  afterEach(stopAll);

  it('has the documented keys first, in their order', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);

    const body = await jsonOf(await get(PATH));

    expect(Object.keys(body).slice(0, 17)).to.deep.equal([
      'verified',
      'image_hash',
      'timestamp',
      'block_height',
      'aggregator',
      'tx_hash',
      'gps_hash',
      'verdict',
      'kind',
      'authority',
      'block_time',
      'camera_signature',
      'status',
      'parents',
      'derivatives',
      'proof_url',
      'as_of',
    ]);
  });

  it('tells what the chain has', async () => {
    const { ports, get } = await startApi();
    const batchId = ports.ledger.commit([recordWith()]);

    const response = await get(PATH);

    expect(response.status).to.equal(200);
    const body = foundSchema.strict().parse(await response.json());
    expect(body).to.deep.include({
      verified: true,
      image_hash: formatHex(HASH),
      timestamp: GENESIS_MS / 1_000 - 60,
      block_height: 1,
      aggregator: 'alpha',
      tx_hash: formatHex(batchId),
      gps_hash: null,
      verdict: 'registered_original',
      kind: 'camera',
      authority: 'maker',
      authority_name: 'The Maker',
      authority_check: 'reported',
      block_time: GENESIS_MS / 1_000 + 1,
      trust_window_s: 61,
      camera_signature: 'v1',
      status: 'active',
      proof_url: `/api/v1/proof/${formatHex(HASH)}`,
      log_index: 1,
      as_of: { height: 1, block_time: GENESIS_MS / 1_000 + 1, log_size: 3 },
    });
  });

  it('keeps what a v2 camera signed', async () => {
    const { ports, get } = await startApi();
    const digests = [{ name: 'raw-sha256', digest: bytesOf(7) }];
    const form = { signedForm: SIGNED_FORM.v2, authorityCheck: AUTHORITY_CHECK.signed };
    ports.ledger.commit([recordWith({ ...form, gpsHash: bytesOf(6), digests })]);

    const body = foundSchema.parse(await (await get(PATH)).json());

    expect(body).to.deep.include({
      gps_hash: formatHex(bytesOf(6)),
      camera_signature: 'v2',
      authority_check: 'signed',
      digests: [{ name: 'raw-sha256', digest: formatHex(bytesOf(7)) }],
    });
    expect(body.checked.join(' ')).to.include("manufacturer's authority signed");
  });

  it('about an edit is not verified, and names what it was made from', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([
      recordWith({ imageHash: bytesOf(8) }),
      recordWith({ kind: RECORD_KIND.edit, signedForm: SIGNED_FORM.v2, parents: [bytesOf(8)] }),
    ]);

    const edit = await get(PATH);
    const original = await jsonOf(await get(`/api/v1/verify/${formatHex(bytesOf(8))}`));

    expect(edit.status).to.equal(200);
    expect(await jsonOf(edit)).to.deep.include({
      verified: false,
      verdict: 'declared_edit',
      kind: 'edit',
      parents: [formatHex(bytesOf(8))],
    });
    expect(original).to.deep.include({ verified: true, derivatives: [formatHex(HASH)] });
  });

  it('about a legacy record says that its signature is not checkable', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([
      recordWith({ kind: RECORD_KIND.legacy, signedForm: SIGNED_FORM.notCheckable }),
    ]);

    const body = foundSchema.parse(await (await get(PATH)).json());

    expect(body).to.include({ kind: 'legacy', camera_signature: 'not_checkable' });
    expect(body.checked.join(' ')).not.to.include('the camera signed');
    expect(body.not_checked[0]).to.include("The camera's signature");
  });

  it('says null where the chain does not publish the authority', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith({ authorityId: '' })]);

    const body = await jsonOf(await get(PATH));

    expect(body).to.include({ authority: null, authority_name: null });
  });

  it('names the id of an authority that has left the registry', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith({ authorityId: 'gone' })]);

    const body = await jsonOf(await get(PATH));

    expect(body).to.include({ authority: 'gone', authority_name: null });
  });

  it('lists later registrations by other institutions', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()], 1);
    ports.ledger.commit([recordWith()], 0);

    const body = foundSchema.parse(await (await get(PATH)).json());

    expect(body).to.include({ aggregator: 'beta', block_height: 1 });
    expect(body.also_registered).to.have.lengthOf(1);
    expect(body.also_registered[0]).to.include({ aggregator: 'alpha', block_height: 2 });
  });

  it('is the same for a hash in upper case', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);

    const upper = await get(`/api/v1/verify/${formatHex(HASH).toUpperCase()}`);

    expect(await upper.text()).to.equal(await (await get(PATH)).text());
  });
});

describe('the answer about a hash that is not registered', () => {
  afterEach(stopAll);

  it('has the documented keys first, in their order', async () => {
    const { get } = await startApi();

    const response = await get(ABSENT);

    expect(response.status).to.equal(404);
    const body = absentSchema.strict().parse(await response.json());
    expect(Object.keys(body).slice(0, 8)).to.deep.equal([
      'verified',
      'image_hash',
      'timestamp',
      'block_height',
      'aggregator',
      'tx_hash',
      'verdict',
      'as_of',
    ]);
    expect(body.verdict).to.equal('not_found');
    expect(body.statement).to.include('says nothing about authenticity');
  });

  it('says pending where this node has a submission of it', async () => {
    const { get, post } = await startApi();
    await post('/api/v1/submit-cert', submissionWith());

    const response = await get(`/api/v1/verify/${'ab'.repeat(32)}`);

    expect(response.status).to.equal(404);
    expect(await jsonOf(response)).to.include({ verified: false, verdict: 'pending' });
  });

  for (const text of [
    'a'.repeat(63),
    'a'.repeat(65),
    'g'.repeat(64),
    'x',
    `${'a'.repeat(63)}%61a`,
  ]) {
    it(`refuses the hash ${text.slice(60)} of ${text.length} characters as ERR_FIELD`, async () => {
      const { get } = await startApi();

      const detail = await expectProblem(await get(`/api/v1/verify/${text}`), 400, 'ERR_FIELD');

      expect(detail).to.equal('image_hash: must be 64 hex digits');
    });
  }

  it('reads a hash with escaped digits', async () => {
    const { get } = await startApi();

    const response = await get(`/api/v1/verify/%61${'a'.repeat(63)}`);

    expect(await jsonOf(response)).to.include({ verdict: 'not_found' });
  });
});

describe('GET /api/v1/blockchain/verify/{image_hash}', () => {
  afterEach(stopAll);

  it('has the same bodies, with 200 in both cases', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);

    const found = await get(PATH.replace('verify', 'blockchain/verify'));
    const absent = await get(ABSENT.replace('verify', 'blockchain/verify'));

    expect([found.status, absent.status]).to.deep.equal([200, 200]);
    expect(await found.json()).to.deep.equal(await (await get(PATH)).json());
    expect(await absent.json()).to.deep.equal(await (await get(ABSENT)).json());
  });

  it('refuses a malformed hash', async () => {
    const { get } = await startApi();

    await expectProblem(await get('/api/v1/blockchain/verify/abc'), 400, 'ERR_FIELD');
  });
});

describe('POST /api/v1/verify', () => {
  const MANY = '/api/v1/verify';

  afterEach(stopAll);

  it('answers in order, with a problem in the place of a malformed hash', async () => {
    const { ports, post } = await startApi();
    ports.ledger.commit([recordWith()]);
    const hashes = [formatHex(bytesOf(9)), formatHex(HASH), 'abc', 5, null];

    const response = await post(MANY, { image_hashes: hashes });

    expect(response.status).to.equal(200);
    const { results, as_of: asOf } = resultsSchema.parse(await response.json());
    const words = results.map((each) => ('verdict' in each ? each.verdict : each.code));
    expect(words).to.deep.equal([
      'not_found',
      'registered_original',
      'ERR_FIELD',
      'ERR_FIELD',
      'ERR_FIELD',
    ]);
    expect(results[2]).to.include({ detail: 'image_hashes[2]: must be 64 hex digits' });
    expect(asOf.height).to.equal(1);
  });

  const refused = [
    ['no list', {}, 400, 'ERR_FIELD'],
    ['text', { image_hashes: 'ab' }, 400, 'ERR_FIELD'],
    ['an empty list', { image_hashes: [] }, 422, 'ERR_RANGE'],
    ['1,001 hashes', { image_hashes: Array(1_001).fill('ab'.repeat(32)) }, 422, 'ERR_RANGE'],
    ['a list alone', ['ab'.repeat(32)], 400, 'ERR_FIELD'],
  ] as const;
  for (const [what, body, status, code] of refused) {
    it(`refuses ${what} as ${code}`, async () => {
      const { post } = await startApi();

      await expectProblem(await post(MANY, body), status, code);
    });
  }

  it('takes 1,000 hashes', async () => {
    const { post } = await startApi();

    const response = await post(MANY, { image_hashes: Array(1_000).fill('ab'.repeat(32)) });

    expect(resultsSchema.parse(await response.json()).results).to.have.lengthOf(1_000);
  });

  it('counts each hash against the rate', async () => {
    const { post } = await startApi({ options: { requestsPerSecond: 10 } });
    const question = { image_hashes: Array(9).fill('ab'.repeat(32)) };

    const answers = await Promise.all([1, 2, 3].map(() => post(MANY, question)));

    expect(answers.map(({ status }) => status)).to.include(429);
    const limited = answers.find(({ status }) => status === 429)!;
    expect(limited.headers.get('retry-after')).to.equal('1');
    await expectProblem(limited, 429, 'ERR_RATE');
  });

  it('refuses a body above 256 KiB', async () => {
    const { post } = await startApi();

    const response = await post(MANY, { image_hashes: ['x'.repeat(300_000)] });

    await expectProblem(response, 413, 'ERR_BODY_TOO_LARGE');
  });
});

describe('names of aggregators', () => {
  afterEach(stopAll);

  it('fall back to the key where the state knows no name', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);
    const [registration] = ports.ledger.findRegistrations(HASH);
    const stranger = parseHex('5'.repeat(64));
    const entry = { ...registration!.entry, aggregator: stranger };
    ports.ledger.findRegistrations = () => [{ ...registration!, entry }];

    const body = await jsonOf(await get(PATH));

    expect(body['aggregator']).to.equal('5'.repeat(64));
  });
});
