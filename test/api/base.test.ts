import { expect } from 'chai';

import { blocksSchema } from '../../api/schemas/chain.ts';
import { statusSchema, validatorsSchema } from '../../api/schemas/node.ts';
import { foundSchema } from '../../api/schemas/verify.ts';
import { formatHex } from '../../chain/bytes.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';
import { expectProblem, jsonOf, type Running, startApi, stopAll } from './client.ts';

/** Starts an interface of a chain of five blocks, one record each, that begins here with the third. */
async function startAtThird(): Promise<Running & { readonly batchIds: readonly string[] }> {
  const api = await startApi();
  const { ledger } = api.ports;
  const batchIds: string[] = [];
  for (let height = 1; height <= 5; height++) {
    batchIds.push(formatHex(ledger.commit([recordWith({ imageHash: bytesOf(height) })])));
    if (height === 3) ledger.beginHere();
  }
  return { ...api, batchIds };
}

describe('the interface of a node whose chain begins with block 3', () => {
  afterEach(stopAll);

  it('says so', async () => {
    const { get } = await startAtThird();

    const body = statusSchema.strict().parse(await (await get('/api/v1/status')).json());

    expect(body).to.include({ block_height: 5, base_height: 3, total_hashes: 5 });
  });

  it('shows block 3 and those after it', async () => {
    const { get } = await startAtThird();
    for (const height of [3, 4, 5]) {
      const body = await jsonOf(await get(`/api/v1/blocks/${height}`));
      const same = await jsonOf(await get(`/api/v1/blocks/${String(body['block_hash'])}`));

      expect(body).to.include({ block_height: height, record_count: 1 });
      expect(same).to.deep.equal(body);
    }
  });

  for (const name of ['0', '1', '2']) {
    it(`tells that block ${name} is decided, and held elsewhere`, async () => {
      const { get } = await startAtThird();

      const detail = await expectProblem(await get(`/api/v1/blocks/${name}`), 404, 'ERR_NOT_HELD');

      expect(detail).to.equal(
        `block: block ${name} is decided and not held here, where the chain begins with block 3: ask another node`,
      );
    });
  }

  it('knows of no block behind the last one', async () => {
    const { get } = await startAtThird();

    await expectProblem(await get('/api/v1/blocks/6'), 404, 'ERR_NOT_FOUND');
  });

  for (const path of ['blocks', 'transactions']) {
    it(`does not say that what it does not find by its hash among ${path} is not there`, async () => {
      const { get } = await startAtThird();

      const response = await get(`/api/v1/${path}/${'f'.repeat(64)}`);

      expect(await expectProblem(response, 404, 'ERR_NOT_HELD')).to.include('after block 3');
    });
  }

  it('shows transactions after block 3 and none before', async () => {
    const { get, batchIds } = await startAtThird();
    const statuses = await Promise.all(
      batchIds.map(async (id) => (await get(`/api/v1/transactions/${id}`)).status),
    );

    expect(statuses).to.deep.equal([404, 404, 404, 200, 200]);
  });

  it('lists the blocks that it holds', async () => {
    const { get } = await startAtThird();

    const body = blocksSchema.strict().parse(await (await get('/api/v1/blocks')).json());

    expect(body.blocks.map((block) => block.block_height)).to.deep.equal([3, 4, 5]);
    expect(body).to.include({ from: 3, next: null });
  });

  it('lists nothing where the list would have to begin with what it does not hold', async () => {
    const { get } = await startAtThird();
    await expectProblem(await get('/api/v1/blocks?from=2'), 404, 'ERR_NOT_HELD');

    expect((await get('/api/v1/blocks?from=3')).status).to.equal(200);
  });

  it('verifies every photograph', async () => {
    const { get } = await startAtThird();
    for (let height = 1; height <= 5; height++) {
      const response = await get(`/api/v1/verify/${formatHex(bytesOf(height))}`);
      const body = foundSchema.strict().parse(await response.json());

      expect(body).to.include({ verified: true, block_height: height });
    }
  });

  it('names the block with a proof against a validator that it does not hold', async () => {
    const api = await startAtThird();
    const [alpha] = api.ports.node.validators;
    api.ports.node.validators = [{ ...alpha!, evidenceElsewhere: 2 }];

    const body = validatorsSchema.parse(await (await api.get('/api/v1/validators')).json());

    expect(body.validators[0]).to.deep.include({ evidence: [], evidence_elsewhere: 2 });
  });
});
