import { expect } from 'chai';

import { acceptedSchema } from '../../api/schemas/receipt.ts';
import { MemoryLedger } from '../support/memoryLedger.ts';
import { createMemoryPorts, type MemoryPorts } from '../support/memoryPorts.ts';
import { DER_SIGNATURE, expectProblem, type Json, startApi, stopAll } from './client.ts';

function base64(size: number): string {
  return Buffer.alloc(size, 7).toString('base64');
}

describe('POST /api/v1/submit', () => {
  const LEGACY = '/api/v1/submit';
  const legacyWith = (fields: Json = {}): Json => ({
    image_hash: 'ab'.repeat(32),
    encrypted_nuc_token: base64(60),
    table_references: [1, 2, 2_499],
    key_indices: [0, 45, 999],
    timestamp: 1_760_000_000,
    ...fields,
  });
  const legacyPorts = (): MemoryPorts =>
    createMemoryPorts(new MemoryLedger(['alpha'], { legacy: true }));

  afterEach(stopAll);

  it('is gone where the chain does not take it, whatever is sent', async () => {
    const { ports, post } = await startApi();

    await expectProblem(await post(LEGACY, legacyWith()), 410, 'ERR_LEGACY_GONE');
    await expectProblem(await post(LEGACY, 'no JSON'), 410, 'ERR_LEGACY_GONE');

    expect(ports.intake.legacyRequests).to.deep.equal([]);
  });

  it('answers with a receipt where the chain takes it', async () => {
    const { ports, post } = await startApi({ ports: legacyPorts() });

    const response = await post(LEGACY, legacyWith({ device_signature: DER_SIGNATURE }));

    expect(response.status).to.equal(202);
    acceptedSchema.strict().parse(await response.json());
    const [request] = ports.intake.legacyRequests;
    expect(request!.tableReferences).to.deep.equal([1, 2, 2_499]);
    expect(request!.token).to.have.lengthOf(60);
    expect(request!.signature).to.have.lengthOf(71);
  });

  const refused: readonly (readonly [string, Json, number, string])[] = [
    ['a token of 59 bytes', { encrypted_nuc_token: base64(59) }, 400, 'ERR_FIELD'],
    ['a token of 61 bytes', { encrypted_nuc_token: base64(61) }, 400, 'ERR_FIELD'],
    ['two tables', { table_references: [1, 2] }, 400, 'ERR_FIELD'],
    ['four keys', { key_indices: [1, 2, 3, 4] }, 400, 'ERR_FIELD'],
    ['a table with a fraction', { table_references: [1, 2, 0.5] }, 400, 'ERR_FIELD'],
    ['a table of 2500', { table_references: [1, 2, 2_500] }, 422, 'ERR_RANGE'],
    ['a key of 1000', { key_indices: [1, 2, 1_000] }, 422, 'ERR_RANGE'],
    ['a negative key', { key_indices: [1, 2, -1] }, 422, 'ERR_RANGE'],
    ['a negative time', { timestamp: -5 }, 422, 'ERR_RANGE'],
    ['a signature of 73 bytes', { device_signature: base64(73) }, 400, 'ERR_FIELD'],
  ];
  for (const [what, fields, status, code] of refused) {
    it(`refuses ${what} as ${code}`, async () => {
      const { post } = await startApi({ ports: legacyPorts() });

      await expectProblem(await post(LEGACY, legacyWith(fields)), status, code);
    });
  }

  it('takes no list', async () => {
    const { post } = await startApi({ ports: legacyPorts() });

    await expectProblem(await post(LEGACY, [legacyWith()]), 400, 'ERR_FIELD');
  });
});
