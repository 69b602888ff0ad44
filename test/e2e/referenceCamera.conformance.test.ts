import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { parseHex } from '../../chain/bytes.ts';
import { describeConformance } from '../support/conformance.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { type FixedAuthority, startFixedAuthority } from '../support/fixedAuthority.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { entryOf, type Json, WholeNode } from '../support/wholeNode.ts';

/** When the captured requests were signed, Unix seconds; the legacy one a second later. */
const SIGNED_AT_S = 1_795_224_915;
const PORT = 8_001;
const BATCH_WAIT_MS = 1_000;

describeConformance('the captured requests of the reference camera', (vector) => {
  const folder = temporaryFolder();
  let authority: FixedAuthority;
  let clock: FakeClock;
  let node: WholeNode;
  let count = 0;

  before(async () => {
    authority = await startFixedAuthority(PORT);
  });
  after(() => authority.stop());
  afterEach(() => node.stop());

  const read = (name: string): string => readFileSync(vector('cameras', name), 'utf8');
  const begin = async (
    params: readonly string[] = [],
    legacyEndpoint: string | null = null,
  ): Promise<void> => {
    clock = new FakeClock((SIGNED_AT_S + 1) * 1_000);
    const entry = entryOf({
      id: 'birthmark_simulated_ma',
      name: 'Birthmark simulated manufacturer',
      ca_certificates: [read('intermediate-ca.crt')],
      endpoints: [`http://localhost:${PORT}/`],
      strict_names: false,
      allow_private: true,
      legacy_endpoint: legacyEndpoint,
    });
    const dir = path.join(folder, `node-${count++}`);
    node = await WholeNode.start(dir, { authorities: [entry], clock, params });
  };
  const questionsSince = (start: number): FixedAuthority['questions'] =>
    authority.questions.slice(start);

  /** Commits a submission; resolves to its receipt. */
  const commit = async (id: string): Promise<Json> => {
    await node.receiptIn(id, 'validated');
    await clock.advance(BATCH_WAIT_MS);
    return node.ended(id);
  };

  describe('with a certificate', () => {
    const request = JSON.parse(read('birthmark_nov2025_submit-cert.json')) as Json;
    const imageHash = parseHex(String(request['image_hash']));

    it('is accepted, asked about exactly where its certificate says, committed and verified', async () => {
      await begin();
      const start = authority.questions.length;
      const receipt = await commit(await node.accept(request));
      const [question, ...more] = questionsSince(start);
      const { status, body } = await node.verify(imageHash);

      expect(question?.url).to.equal(`POST http://localhost:${PORT}/validate-cert`);
      expect(question?.body['camera_cert']).to.equal(request['camera_cert']);
      expect(question?.body['image_hash']).to.equal(request['image_hash']);
      expect(more).to.deep.equal([]);
      expect(receipt['state']).to.equal('committed');
      expect(status).to.equal(200);
      expect(body).to.include({
        verified: true,
        verdict: 'registered_original',
        kind: 'camera',
        camera_signature: 'v1',
        authority: 'birthmark_simulated_ma',
        timestamp: SIGNED_AT_S,
      });
    });

    it('is the same when the camera sends it again from its queue', async () => {
      await begin();
      const start = authority.questions.length;
      const id = await node.accept(request);
      await commit(id);

      expect(await node.accept(request)).to.equal(id);
      expect(questionsSince(start)).to.have.length(1);
    });

    it('is refused where one bit of its signed part differs', async () => {
      await begin();
      const start = authority.questions.length;
      const other = { ...request, timestamp: SIGNED_AT_S - 1 };
      const { status, body } = await node.submit(other);

      expect([status, body['code']]).to.deep.equal([401, 'ERR_CAMERA_SIGNATURE']);
      expect(questionsSince(start)).to.deep.equal([]);
    });
  });

  describe('in the legacy form', () => {
    const request = JSON.parse(read('birthmark_nov2025_submit_legacy.json')) as Json;
    const imageHash = parseHex(String(request['image_hash']));
    const token = Buffer.from(String(request['encrypted_nuc_token']), 'base64').toString('hex');

    it('is gone by default', async () => {
      await begin();
      const start = authority.questions.length;
      const { status, body } = await node.post('/api/v1/submit', request);

      expect([status, body['code']]).to.deep.equal([410, 'ERR_LEGACY_GONE']);
      expect(questionsSince(start)).to.deep.equal([]);
    });

    it('is gone where no authority has an endpoint for it', async () => {
      await begin(['legacy=true']);
      const { status } = await node.post('/api/v1/submit', request);

      expect(status).to.equal(410);
    });

    it('is accepted where the genesis allows it, asked about, committed, and answered as what it is', async () => {
      await begin(['legacy=true'], `http://localhost:${PORT}/validate`);
      const start = authority.questions.length;
      const { status, body: accepted } = await node.post('/api/v1/submit', request);
      const receipt = await commit(String(accepted['receipt_id']));
      const { body } = await node.verify(imageHash);

      expect(status).to.equal(202);
      expect(questionsSince(start)).to.deep.equal([
        {
          url: `POST http://localhost:${PORT}/validate`,
          body: {
            ciphertext: token,
            table_references: request['table_references'],
            key_indices: request['key_indices'],
          },
        },
      ]);
      expect(receipt['state']).to.equal('committed');
      expect(body).to.include({
        verified: true,
        kind: 'legacy',
        camera_signature: 'not_checkable',
        authority_check: 'reported',
      });
    });
  });
});
