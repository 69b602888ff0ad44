/** The Sigstore log over HTTP; what it signs is tested where it is made. */
import path from 'node:path';

import { expect } from 'chai';

import {
  bundleSchema,
  transparencyLogEntrySchema,
  trustedRootSchema,
} from '../../api/schemas/sigstore.ts';
import { formatBase64, formatHex } from '../../chain/bytes.ts';
import { parseSignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { leafHash } from '../../chain/merkle.ts';
import { RECORD_KIND } from '../../chain/record.ts';
import { signDigest } from '../../chain/sigstore/digestSignature.ts';
import { createMemoryPorts } from '../support/memoryPorts.ts';
import { openSigstoreRig, type SigstoreRig } from '../support/sigstoreRig.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { expectProblem, jsonOf, type Running, startApi, stopAll } from './client.ts';

const BASE = '/api/v1/sigstore';
const ENTRIES = '/api/v2/log/entries';

describe('the routes of a Sigstore log', () => {
  const folder = temporaryFolder();
  let count = 0;
  let rig: SigstoreRig;
  let api: Running;

  beforeEach(async () => {
    rig = await openSigstoreRig(path.join(folder, `log-${count++}`));
    api = await startApi({ ports: { ...createMemoryPorts(), sigstore: rig.log } });
  });
  afterEach(stopAll);

  const photo = (n = 0): string => formatHex(rig.register(`photograph ${n}`));
  const bundleOf = (hash: string): Promise<Response> => api.get(`${BASE}/${hash}`);
  const requestFor = (digest: Uint8Array, change: object = {}, more: object = {}): object => {
    const { secret, publicKey } = rig.keys.signer;
    const verifier = {
      publicKey: { rawBytes: formatBase64(publicKey) },
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      ...change,
    };
    const content = formatBase64(signDigest(secret, digest));
    return {
      hashedRekordRequestV002: {
        digest: formatBase64(digest),
        signature: { content, verifier },
        ...more,
      },
    };
  };

  describe('for bundles', () => {
    it('answer one that is saved under the photograph’s hash', async () => {
      const hash = photo();
      const response = await bundleOf(hash.toUpperCase());
      const bundle = bundleSchema.parse(await jsonOf(response));

      expect(response.status).to.equal(200);
      expect(response.headers.get('content-type')).to.equal(
        'application/vnd.dev.sigstore.bundle.v0.3+json',
      );
      expect(response.headers.get('cache-control')).to.equal('no-cache');
      expect(response.headers.get('content-disposition')).to.equal(
        `inline; filename="${hash}.sigstore.json"`,
      );
      expect(response.headers.get('access-control-allow-origin')).to.equal('*');
      expect(bundle.messageSignature.messageDigest.digest).to.equal(
        Buffer.from(hash, 'hex').toString('base64'),
      );
    });

    it('answer the same entry again', async () => {
      const hash = photo();
      const bodies = [await (await bundleOf(hash)).text(), await (await bundleOf(hash)).text()];

      expect(bodies[0]).to.equal(bodies[1]);
    });

    it('refuse what is not registered, an edit, and what is no hash', async () => {
      const edit = formatHex(rig.register('an edit', { kind: RECORD_KIND.edit }));

      await expectProblem(await bundleOf('ab'.repeat(32)), 404, 'ERR_NOT_FOUND');
      await expectProblem(await bundleOf(edit), 422, 'ERR_NOT_ORIGINAL');
      await expectProblem(await bundleOf('ab'), 400, 'ERR_FIELD');
    });

    it('make ten a second for one client, and answer any number that are made', async () => {
      const hashes = Array.from({ length: 20 }, (_, n) => photo(n));
      const responses = await Promise.all(hashes.map(bundleOf));
      const refused = responses.filter(({ status }) => status !== 200);
      const made = hashes.filter((_, i) => responses[i]!.status === 200);

      expect(made.length).to.be.within(10, 19);
      await expectProblem(refused[0]!, 429, 'ERR_RATE');
      const again = await Promise.all([...made, ...made, ...made].map(bundleOf));
      expect(again.map(({ status }) => status)).to.deep.equal(again.map(() => 200));
    });
  });

  describe('for what is to be trusted', () => {
    it('answer a trusted root that sigstore-go reads', async () => {
      const response = await api.get(`${BASE}/trusted_root.json`);
      const root = trustedRootSchema.parse(await jsonOf(response));
      const { origin } = rig.log.trust();

      expect(response.headers.get('cache-control')).to.equal('public, max-age=60');
      expect(response.headers.get('access-control-allow-origin')).to.equal('*');
      expect(root.mediaType).to.equal('application/vnd.dev.sigstore.trustedroot+json;version=0.1');
      // It compares the name of a checkpoint's key with the host.
      expect(new URL(root.tlogs[0]!.baseUrl).hostname).to.equal(origin);
      expect(root.tlogs[0]!.publicKey.validFor.start).to.equal('2025-10-09T08:53:20.000Z');
      expect(root.certificateAuthorities).to.deep.equal([]);
    });

    it('answer the key as PEM', async () => {
      const response = await api.get(`${BASE}/key.pem`);

      expect(await response.text()).to.match(/^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUB/);
      expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    });
  });

  describe('of Rekor v2', () => {
    it('take a signature of the institution, and answer the entry with its proof', async () => {
      const digest = rig.register('photograph');
      const response = await api.post(ENTRIES, requestFor(digest));
      const entry = transparencyLogEntrySchema.parse(await jsonOf(response));

      expect(response.status).to.equal(201);
      expect(entry.logIndex).to.equal('0');
      expect(entry.inclusionProof.treeSize).to.equal('1');
      const again = await api.post(ENTRIES, requestFor(digest));
      expect(again.status).to.equal(201);
      expect(await jsonOf(again)).to.deep.equal(entry);
    });

    it('refuse what the institution has not signed, or the chain does not hold', async () => {
      const digest = rig.register('photograph');
      const other = rig.register('another');
      const content = formatBase64(signDigest(rig.keys.signer.secret, other));
      const rawBytes = Buffer.from('another key').toString('base64');
      const unknown = new Uint8Array(32);
      const signed = requestFor(digest, {}, {});
      const broken = structuredClone(signed) as { hashedRekordRequestV002: Request };
      broken.hashedRekordRequestV002.signature.content = content;

      await expectProblem(
        await api.post(ENTRIES, requestFor(digest, { publicKey: { rawBytes } })),
        403,
        'ERR_UNKNOWN_SIGNER',
      );
      await expectProblem(await api.post(ENTRIES, broken), 401, 'ERR_SIGNATURE');
      await expectProblem(await api.post(ENTRIES, requestFor(unknown)), 404, 'ERR_NOT_FOUND');
    });

    const malformed: Readonly<
      Record<string, readonly [(digest: Uint8Array) => unknown, number, string]>
    > = {
      'no JSON': [() => '{', 400, 'ERR_JSON'],
      'no object': [() => [], 400, 'ERR_FIELD'],
      'another kind': [() => ({ dsseRequestV002: {} }), 400, 'ERR_FIELD'],
      'a digest of 31 bytes': [
        (digest) => requestFor(digest, {}, { digest: formatBase64(digest.subarray(1)) }),
        400,
        'ERR_FIELD',
      ],
      'no signature': [(digest) => requestFor(digest, {}, { signature: 7 }), 400, 'ERR_FIELD'],
      'no key': [(digest) => requestFor(digest, { publicKey: undefined }), 400, 'ERR_FIELD'],
      'a key and a certificate': [
        (digest) => requestFor(digest, { x509Certificate: { rawBytes: 'AA==' } }),
        400,
        'ERR_FIELD',
      ],
      'another algorithm': [
        (digest) => requestFor(digest, { keyDetails: 'PKIX_ED25519' }),
        422,
        'ERR_RANGE',
      ],
      'more than 16 KiB': [
        (digest) => requestFor(digest, {}, { more: 'x'.repeat(16_384) }),
        413,
        'ERR_BODY_TOO_LARGE',
      ],
    };
    for (const [what, [body, status, code]] of Object.entries(malformed)) {
      it(`refuse a body with ${what}`, async () => {
        await expectProblem(
          await api.post(ENTRIES, body(rig.register('photograph'))),
          status,
          code,
        );
        expect(rig.store.frontier().treeSize).to.equal(0);
      });
    }

    it('are not for pages of other sites, where they write', async () => {
      const response = await api.post(ENTRIES, requestFor(rig.register('photograph')), {
        headers: { Origin: 'https://elsewhere.example' },
      });

      expect(response.headers.get('access-control-allow-origin')).to.equal(null);
    });

    it('serve the checkpoint briefly, and tiles for ever', async () => {
      const { leaf } = await rig.log.sign(rig.register('photograph'));
      const checkpoint = await api.get('/api/v2/checkpoint');
      const tile = await api.get('/api/v2/tile/0/000.p/1');
      const entries = await api.get('/api/v2/tile/entries/000.p/1');
      const body = new Uint8Array(await checkpoint.arrayBuffer());

      expect(parseSignedCheckpoint(body).treeSize).to.equal(1);
      expect(checkpoint.headers.get('cache-control')).to.equal('public, max-age=2');
      expect(new Uint8Array(await tile.arrayBuffer())).to.deep.equal(leafHash(leaf));
      expect(tile.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
      expect(new Uint8Array(await entries.arrayBuffer()).subarray(2)).to.deep.equal(leaf);
    });

    for (const name of [
      '0/000',
      '0/000.p/2',
      '1/000.p/1',
      'entries/001.p/1',
      '0/0',
      'x',
      '64/000',
    ]) {
      it(`have no tile ${name} of a log of one`, async () => {
        await rig.log.sign(rig.register('photograph'));

        await expectProblem(await api.get(`/api/v2/tile/${name}`), 404, 'ERR_NOT_FOUND');
      });
    }
  });
});

describe('a node without a Sigstore log', () => {
  afterEach(stopAll);

  it('says so on every route of one, and how an operator has it', async () => {
    const { get, post } = await startApi();

    for (const name of [
      `${BASE}/${'ab'.repeat(32)}`,
      `${BASE}/trusted_root.json`,
      `${BASE}/key.pem`,
      '/api/v2/checkpoint',
      '/api/v2/tile/0/000',
    ]) {
      const detail = await expectProblem(await get(name), 404, 'ERR_NO_SIGSTORE');
      expect(detail, name).to.include('SIGSTORE_DIR');
    }
    await expectProblem(await post(ENTRIES, 'x'.repeat(20_000)), 404, 'ERR_NO_SIGSTORE');
  });
});

interface Request {
  readonly signature: { content: string };
}
