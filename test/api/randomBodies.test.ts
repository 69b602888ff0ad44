import { expect } from 'chai';
import fc from 'fast-check';

import { acceptedSchema } from '../../api/schemas/receipt.ts';
import { problemSchema } from '../../api/schemas/problem.ts';
import { MemoryLedger } from '../support/memoryLedger.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { type Json, type Running, startApi, stopAll, submissionWith } from './client.ts';

const CASES = 10_000;
const AT_ONCE = 50;

const fields = Object.keys(submissionWith({ gps_hash: '', parents: [], digests: {} }));
const legacyFields = ['encrypted_nuc_token', 'table_references', 'key_indices', 'device_signature'];

/** Submissions with some fields replaced by anything. */
const mutated: fc.Arbitrary<string> = fc
  .dictionary(
    fc.constantFrom(...fields, ...legacyFields, '__proto__', 'constructor'),
    fc.jsonValue(),
  )
  .map((changes) => JSON.stringify({ ...submissionWith(), ...(changes as Json) }));

/** Texts of JSON with one character changed. */
const damaged: fc.Arbitrary<string> = fc
  .tuple(mutated, fc.nat(), fc.string({ minLength: 0, maxLength: 3, unit: 'binary' }))
  .map(([text, at, piece]) => {
    const place = at % text.length;
    return text.slice(0, place) + piece + text.slice(place + 1);
  });

const body: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  mutated,
  damaged,
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.jsonValue(), { maxLength: 5 }).map((list) => JSON.stringify(list)),
);

const route = fc.constantFrom('/api/v1/submit-cert', '/api/v1/submit', '/api/v1/verify');

/** Asks, and checks that the answer is one of the documented kinds. */
async function checkOne(
  { post }: Running,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const response = await post(path, content);
  const text = await response.text();
  expect(response.status, text).to.be.below(500);
  if (response.status >= 400) {
    problemSchema.parse(JSON.parse(text));
  } else if (response.status === 202 && !text.startsWith('[')) {
    acceptedSchema.parse(JSON.parse(text));
  }
}

describe('10,000 random bodies', () => {
  afterEach(stopAll);

  it('get no 5xx, and a problem whenever they are refused', async function () {
    this.timeout(120_000);
    const ports = createMemoryPorts(new MemoryLedger(['alpha'], { legacy: true }));
    const api = await startApi({ ports, options: { requestsPerSecond: 1_000_000 } });
    const group = fc.array(fc.tuple(route, body), { minLength: AT_ONCE, maxLength: AT_ONCE });

    // Asked some at a time: one after the other takes a minute.
    await fc.assert(
      fc.asyncProperty(group, async (cases) => {
        await Promise.all(cases.map(([path, content]) => checkOne(api, path, content)));
      }),
      { numRuns: CASES / AT_ONCE, endOnFailure: true },
    );

    expect(ports.faults).to.deep.equal([]);
    expect(ports.responses.length).to.be.at.least(CASES);
  });
});
