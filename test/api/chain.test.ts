import { expect } from 'chai';

import {
  blockSchema,
  blocksSchema,
  stateSchema,
  transactionSchema,
} from '../../api/schemas/chain.ts';
import type { StatusItem } from '../../chain/batch.ts';
import { formatHex } from '../../chain/bytes.ts';
import { equivocationItem } from '../../chain/statusChange.ts';
import { equivocationBy } from '../support/equivocations.ts';
import { bytesOf, GENESIS_MS, recordWith } from '../support/memoryLedger.ts';
import { expectProblem, jsonOf, type Running, startApi, stopAll } from './client.ts';

/** Starts an interface of a chain with so many blocks after genesis, one record each. */
async function startWithBlocks(count: number): Promise<Running> {
  const api = await startApi();
  for (let i = 0; i < count; i++) api.ports.ledger.commit([recordWith({ imageHash: bytesOf(i) })]);
  return api;
}

describe('a block', () => {
  afterEach(stopAll);

  it('has the documented fields', async () => {
    const { ports, get } = await startApi();
    const batchId = ports.ledger.commit([recordWith(), recordWith({ imageHash: bytesOf(9) })], 1);
    const genesis = ports.ledger.readBlock(0)!;

    const body = blockSchema.strict().parse(await (await get('/api/v1/blocks/1')).json());

    expect(body).to.deep.include({
      block_height: 1,
      previous_hash: formatHex(genesis.hash),
      timestamp: GENESIS_MS / 1_000 + 1,
      timestamp_ms: GENESIS_MS + 1_000,
      view: 0,
      validator_id: 'beta',
      transaction_count: 1,
      record_count: 2,
      log_size: 3,
      transactions: [formatHex(batchId)],
    });
    expect(
      body.certificate!.signatures.map(({ validator, index }) => [validator, index]),
    ).to.deep.equal([
      ['alpha', 0],
      ['beta', 1],
    ]);
  });

  it('0 has no proposer and no certificate', async () => {
    const { get } = await startApi();

    const body = await jsonOf(await get('/api/v1/blocks/0'));

    expect(body).to.include({ block_height: 0, validator_id: null, certificate: null });
  });

  it('is the same by height, by hash in either case, as latest, and at its older address', async () => {
    const { get } = await startWithBlocks(1);
    const text = await (await get('/api/v1/blocks/1')).text();
    const hash = (JSON.parse(text) as { block_hash: string }).block_hash;

    for (const name of [
      `blocks/${hash}`,
      `blocks/${hash.toUpperCase()}`,
      'blocks/latest',
      'block/1',
    ]) {
      expect(await (await get(`/api/v1/${name}`)).text()).to.equal(text, name);
    }
  });

  for (const name of ['2', '999999999999999', 'f'.repeat(64)]) {
    it(`${name.slice(0, 15)} that is not decided is ERR_NOT_FOUND`, async () => {
      const { get } = await startWithBlocks(1);

      await expectProblem(await get(`/api/v1/blocks/${name}`), 404, 'ERR_NOT_FOUND');
    });
  }

  for (const name of ['-1', '1.5', '0x1', 'newest', 'f'.repeat(63), '1'.repeat(16)]) {
    it(`named ${name.slice(0, 10)} (${name.length} characters) is ERR_FIELD`, async () => {
      const { get } = await startApi();

      await expectProblem(await get(`/api/v1/blocks/${name}`), 400, 'ERR_FIELD');
    });
  }

  it('whose validators the state no longer knows still shows its votes', async () => {
    const { ports, get } = await startWithBlocks(1);
    const state = ports.ledger.state();
    const [set] = state.validatorSets;
    ports.ledger.state = () => ({ ...state, validatorSets: [{ height: 5, value: set!.value }] });

    const body = blockSchema.parse(await (await get('/api/v1/blocks/1')).json());

    expect(body.certificate!.signatures.map(({ validator }) => validator)).to.deep.equal([
      null,
      null,
    ]);
  });
});

describe('a list of blocks', () => {
  const heightsOf = (body: unknown): number[] =>
    blocksSchema
      .strict()
      .parse(body)
      .blocks.map((block) => block.block_height);

  afterEach(stopAll);

  it('has the last 20, ascending', async () => {
    const { get } = await startWithBlocks(25);

    const body = await jsonOf(await get('/api/v1/blocks'));

    expect(heightsOf(body)).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 6));
    expect(body).to.include({ from: 6, limit: 20, next: null });
  });

  it('begins where it is told and says where the next one begins', async () => {
    const { get } = await startWithBlocks(4);

    const body = await jsonOf(await get('/api/v1/blocks?from=1&limit=2'));

    expect(heightsOf(body)).to.deep.equal([1, 2]);
    expect(body['next']).to.equal(3);
  });

  it('ends with the last block', async () => {
    const { get } = await startWithBlocks(4);

    const body = await jsonOf(await get('/api/v1/blocks?from=4&limit=100'));

    expect(heightsOf(body)).to.deep.equal([4]);
    expect(body['next']).to.equal(null);
  });

  it('is empty behind the end', async () => {
    const { get } = await startWithBlocks(1);

    const body = await jsonOf(await get('/api/v1/blocks?from=7'));

    expect(heightsOf(body)).to.deep.equal([]);
    expect(body['next']).to.equal(null);
  });

  it('of a young chain begins with genesis', async () => {
    const { get } = await startWithBlocks(1);

    expect(heightsOf(await jsonOf(await get('/api/v1/blocks')))).to.deep.equal([0, 1]);
  });

  const refused = [
    ['limit=0', 422, 'ERR_RANGE'],
    ['limit=101', 422, 'ERR_RANGE'],
    ['limit=ten', 400, 'ERR_FIELD'],
    ['from=-1', 400, 'ERR_FIELD'],
    ['from=1&from=2', 400, 'ERR_FIELD'],
    ['from=', 400, 'ERR_FIELD'],
  ] as const;
  for (const [query, status, code] of refused) {
    it(`with ${query} is ${code}`, async () => {
      const { get } = await startApi();

      await expectProblem(await get(`/api/v1/blocks?${query}`), status, code);
    });
  }
});

describe('a transaction', () => {
  afterEach(stopAll);

  it('has the documented fields', async () => {
    const { ports, get } = await startApi();
    const batchId = ports.ledger.commit([recordWith(), recordWith({ imageHash: bytesOf(9) })], 1);
    const path = `/api/v1/transactions/${formatHex(batchId)}`;

    const body = transactionSchema.strict().parse(await (await get(path)).json());

    expect(body).to.deep.include({
      tx_hash: formatHex(batchId),
      block_height: 1,
      aggregator: 'beta',
      sequence: 0,
      created_at_ms: GENESIS_MS,
      batch_size: 2,
      image_hashes: [formatHex(bytesOf(1)), formatHex(bytesOf(9))],
      status_changes: [],
    });
  });

  it('shows its status changes, beside photographs and alone', async () => {
    const { ports, get } = await startApi();
    const [, beta] = ports.ledger.state().validatorSets[0]!.value;
    const proof = equivocationBy({ index: 1, height: 7, view: 2, phase: 4 });
    const item = equivocationItem(proof, beta!);
    const stranger = equivocationItem(proof, { consensusKey: bytesOf(77) });
    const changeOf = (name: string | null, { subject }: StatusItem): unknown => ({
      reason: 'equivocation',
      subject: formatHex(subject),
      validator: name,
      evidence: {
        height: 7,
        view: 2,
        phase: 'view_change',
        values: [proof.first, proof.second].map(({ valueHash, signature }) => ({
          value_hash: formatHex(valueHash),
          signature: formatHex(signature),
        })),
      },
    });
    const bodies = [
      ports.ledger.commit([recordWith()], 0, [item]),
      ports.ledger.commit([], 0, [item, stranger]),
    ].map(async (id) => {
      const response = await get(`/api/v1/transactions/${formatHex(id)}`);
      return transactionSchema.strict().parse(await response.json());
    });

    expect(await bodies[0]).to.deep.include({
      batch_size: 2,
      image_hashes: [formatHex(bytesOf(1))],
      status_changes: [changeOf('beta', item)],
    });
    expect(await bodies[1]).to.deep.include({
      batch_size: 2,
      image_hashes: [],
      status_changes: [changeOf('beta', item), changeOf(null, stranger)],
    });
    expect(await jsonOf(await get('/api/v1/blocks/2'))).to.include({
      record_count: 0,
      transaction_count: 1,
    });
  });

  it('that is not committed is ERR_NOT_FOUND', async () => {
    const { get } = await startApi();

    const response = await get(`/api/v1/transactions/${'0'.repeat(64)}`);

    await expectProblem(response, 404, 'ERR_NOT_FOUND');
  });

  it('of a malformed hash is ERR_FIELD', async () => {
    const { get } = await startApi();

    await expectProblem(await get('/api/v1/transactions/1'), 400, 'ERR_FIELD');
  });
});

describe('state and genesis', () => {
  afterEach(stopAll);

  it('tell what the next block is judged by', async () => {
    const { get } = await startWithBlocks(2);

    const body = stateSchema.strict().parse(await (await get('/api/v1/state')).json());

    const block = await jsonOf(await get('/api/v1/blocks/latest'));
    expect(body.height).to.equal(2);
    expect(body.state_root).to.equal(block['state_root']);
    expect(body.parameters).to.include({
      batch_target: 100,
      view_timeout_ms: 2_000,
      legacy: false,
    });
    expect(body.validators.map(({ name }) => name)).to.deep.equal(['alpha', 'beta']);
    expect(body.sequences).to.deep.equal([{ aggregator: 'alpha', sequence: 1 }]);
    expect(body.offenders).to.deep.equal([]);
    expect(body.registry[0]).to.include({ id: 'maker', legacy_endpoint: null });
    expect(body.registry[0]!.ca_certificates[0]).to.equal(
      '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n',
    );
    expect(body.registry[0]!.verdict_key).to.match(/^-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA/);
  });

  it('tell whose equivocation is recorded', async () => {
    const { ports, get } = await startApi();
    const [alpha] = ports.ledger.state().validatorSets[0]!.value;
    const item = equivocationItem(equivocationBy({ index: 0 }), alpha!);
    ports.ledger.commit([recordWith()]);
    ports.ledger.commit([recordWith({ imageHash: bytesOf(9) })], 1, [item]);

    const body = stateSchema.strict().parse(await (await get('/api/v1/state')).json());

    expect(body.offenders).to.deep.equal([
      { validator: 'alpha', subject: formatHex(item.subject), height: 2 },
    ]);
  });

  it('show the genesis document as it is', async () => {
    const { ports, get } = await startApi();

    expect(await jsonOf(await get('/api/v1/genesis'))).to.deep.equal(ports.ledger.genesis());
  });
});
