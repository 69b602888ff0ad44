import { expect } from 'chai';

import { rangeSchema } from '../../api/schemas/range.ts';
import { formatHex } from '../../chain/bytes.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { expectProblem, startApi, stopAll, submissionWith } from './client.ts';

const RANGE = '/api/v1/verify/range';
const HASHES = Array.from({ length: 40 }, (_, i) => formatHex(bytesOf(i))).sort();
const RECORDS = HASHES.map((_, i) => recordWith({ imageHash: bytesOf(i) }));

describe('GET /api/v1/verify/range/{prefix}', () => {
  afterEach(stopAll);

  for (const length of [1, 2, 3, 7, 8]) {
    it(`has what is left of all hashes that begin with ${length} digits`, async () => {
      const { ports, get } = await startApi();
      ports.ledger.commit(RECORDS);
      const prefix = HASHES[7]!.slice(0, length);

      const response = await get(`${RANGE}/${prefix}`);

      const suffixes = HASHES.filter((hash) => hash.startsWith(prefix)).map((hash) =>
        hash.slice(length),
      );
      expect(response.status).to.equal(200);
      expect(rangeSchema.strict().parse(await response.json())).to.deep.equal({
        prefix,
        total: suffixes.length,
        suffixes,
        as_of: { height: 1, block_time: 1_760_000_001, log_size: 42 },
      });
    });
  }

  it('is 200 with none where no hash begins so, also while one is pending', async () => {
    const { get, post } = await startApi();
    await post('/api/v1/submit-cert', submissionWith());

    const response = await get(`${RANGE}/abab`);

    expect(response.status).to.equal(200);
    expect(await response.json())
      .to.include({ total: 0 })
      .and.to.deep.include({ suffixes: [] });
  });

  it('reads digits of either case, and answers in lower case', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit(RECORDS);
    const prefix = HASHES.find((hash) => /^[0-9]*[a-f]/.test(hash.slice(0, 8)))!.slice(0, 8);

    const upper = await get(`${RANGE}/${prefix.toUpperCase()}`);

    expect(await upper.text()).to.equal(await (await get(`${RANGE}/${prefix}`)).text());
  });

  it('may be asked by pages of any site, with an entity tag that changes with the chain', async () => {
    const { ports, get } = await startApi();
    ports.ledger.commit([recordWith()]);
    const first = await get(`${RANGE}/abc`);
    const tag = first.headers.get('etag')!;
    const again = (): Promise<Response> =>
      get(`${RANGE}/abc`, { headers: { 'If-None-Match': tag } });

    expect(first.headers.get('access-control-allow-origin')).to.equal('*');
    expect((await again()).status).to.equal(304);
    ports.ledger.commit([recordWith({ imageHash: bytesOf(5) })]);
    expect((await again()).status).to.equal(200);
  });

  it('says as of which block it is, also where the chain grows meanwhile', async () => {
    const ports = createMemoryPorts();
    const { get } = await startApi({ ports });
    const before = (await get(`${RANGE}/abc`)).headers.get('etag');
    ports.ledger.findImageHashes = async () => {
      ports.ledger.commit([recordWith()]);
      return [];
    };

    const response = await get(`${RANGE}/abc`);

    expect(await response.json()).to.deep.include({
      as_of: { height: 0, block_time: 1_760_000_000, log_size: 1 },
    });
    expect(response.headers.get('etag')).to.equal(before);
  });

  for (const prefix of ['g', '123456789', '-1', 'a b', 'ab%2F', '0x1', 'aé', ' ']) {
    it(`refuses the prefix "${prefix}" as ERR_FIELD`, async () => {
      const { get } = await startApi();

      const response = await get(`${RANGE}/${encodeURIComponent(prefix)}`);

      const detail = await expectProblem(response, 400, 'ERR_FIELD');
      expect(detail).to.equal('prefix: must be 1 to 8 hex digits');
    });
  }

  it('refuses no digits, and a whole hash', async () => {
    const { get } = await startApi();

    await expectProblem(await get(`${RANGE}/`), 400, 'ERR_FIELD');
    await expectProblem(await get(`${RANGE}/${HASHES[0]!}`), 400, 'ERR_FIELD');
  });
});

describe('a range of too many hashes', () => {
  afterEach(stopAll);

  const cases = [
    ['a', 4_097, 3_000, 422, 'ask with 2 digits'],
    ['a', 4_097, 10_000_000, 422, 'ask with 4 digits'],
    ['abcdef0', 4_097, 10_000_000, 422, 'ask with 8 digits'],
    ['abcdef01', 4_097, 10_000_000, 422, 'ask about the whole hash'],
  ] as const;
  for (const [prefix, found, total, status, advice] of cases) {
    it(`of ${prefix.length} digits, on a chain of ${total}, is refused: ${advice}`, async () => {
      const ports = createMemoryPorts();
      ports.ledger.recordCount = () => total;
      ports.ledger.findImageHashes = async () => Array.from({ length: found }, () => bytesOf(1));
      const { get } = await startApi({ ports });

      const detail = await expectProblem(await get(`${RANGE}/${prefix}`), status, 'ERR_RANGE');

      expect(detail).to.equal(
        `prefix: more than 4096 hashes begin with these ${prefix.length} digits: ${advice}`,
      );
    });
  }

  it('is not even read where four times as many are to be expected', async () => {
    const ports = createMemoryPorts();
    let isRead = false;
    ports.ledger.findImageHashes = async () => {
      isRead = true;
      return [];
    };
    const { get } = await startApi({ ports });

    ports.ledger.recordCount = () => 4 * 4_096 * 16 + 1;
    await expectProblem(await get(`${RANGE}/a`), 422, 'ERR_RANGE');
    expect(isRead).to.equal(false);
    ports.ledger.recordCount = () => 4 * 4_096 * 16;
    expect((await get(`${RANGE}/a`)).status).to.equal(200);
  });

  it('is not one of 4,096, of which no more than one further is read', async () => {
    const ports = createMemoryPorts();
    const asked: number[] = [];
    ports.ledger.findImageHashes = async (_, countMax) => {
      asked.push(countMax);
      return Array.from({ length: 4_096 }, () => bytesOf(1));
    };
    const { get } = await startApi({ ports });

    const response = await get(`${RANGE}/a`);

    expect(await response.json()).to.include({ total: 4_096 });
    expect(asked).to.deep.equal([4_097]);
  });

  it('is asked for 20 times a second by one client, and no more often', async () => {
    const { get } = await startApi();

    const answers = await Promise.all(Array.from({ length: 200 }, () => get(`${RANGE}/a`)));

    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).to.be.within(1, 180);
    expect(refused[0]!.headers.get('retry-after')).to.equal('1');
    await expectProblem(refused[0]!, 429, 'ERR_RATE');
  });
});
