/** The log over HTTP: what a stranger's program gets, and whether it checks. */
import { expect } from 'chai';

import { consistencySchema, proofSchema } from '../../api/schemas/proof.ts';
import { formatHex, formatUtf8, parseBase64 } from '../../chain/bytes.ts';
import { parseSignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { checkConsistency } from '../../chain/log/consistency.ts';
import { decodeEntryBundle } from '../../chain/log/tilePath.ts';
import { verify } from '../../chain/log/verify.ts';
import { formatVerifierKey } from '../../chain/log/verifierKey.ts';
import { leafHash, rootOfLeaves } from '../../chain/merkle.ts';
import { bytesOf, recordWith } from '../support/memoryLedger.ts';
import { witnessSigner } from '../support/witnessRig.ts';
import { expectProblem, jsonOf, type Running, startApi, stopAll } from './client.ts';

const PHOTO = bytesOf(1);
const PROOF = `/api/v1/proof/${formatHex(PHOTO)}`;

async function bytesIn(response: Response): Promise<Uint8Array> {
  expect(response.status, await response.clone().text()).to.equal(200);
  return new Uint8Array(await response.arrayBuffer());
}

/** Commits so many photographs in a block, and lets the validators cosign it. */
function commit({ ports }: Running, count: number, first = 1): void {
  ports.ledger.commit(
    Array.from({ length: count }, (_, i) => recordWith({ imageHash: bytesOf(first + i) })),
  );
  ports.log.cosign();
}

describe('the checkpoint', () => {
  afterEach(stopAll);

  it('is the newest that a quorum has cosigned', async () => {
    const api = await startApi();
    commit(api, 3);
    api.ports.ledger.commit([recordWith({ imageHash: bytesOf(9) })]);
    const response = await api.get('/checkpoint');
    const checkpoint = parseSignedCheckpoint(await bytesIn(response));

    expect(checkpoint.treeSize).to.equal(5);
    expect(checkpoint.origin).to.match(/^memory\/[0-9a-f]{16}$/);
    expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).to.equal('public, max-age=2');
    expect(response.headers.get('access-control-allow-origin')).to.equal('*');
  });

  it('comes with the log’s verifier key, which is the policy’s', async () => {
    const { get } = await startApi();
    const key = await (await get('/log.vkey')).text();
    const policy = await (await get('/policy')).text();

    expect(key).to.match(/^memory\/[0-9a-f]{16}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\n$/);
    expect(policy.split('\n')[0]).to.equal(`log ${key.trim()}`);
    expect(policy).to.include('group pbft 2 memory/alpha memory/beta\nquorum pbft\n');
  });
});

describe('the checkpoint of a log with outside witnesses', () => {
  afterEach(stopAll);

  const first = witnessSigner('witness.example/1');
  const second = witnessSigner('witness.example/2');
  const namesIn = async (response: Response): Promise<readonly string[]> => {
    const { note } = parseSignedCheckpoint(await bytesIn(response));
    return note.signatures.map(({ name }) => name.replace(/^memory\/[0-9a-f]{16}$/, 'log'));
  };
  const validators = ['memory/alpha', 'memory/beta'];

  it('has their cosignatures behind those of the quorum, as they come', async () => {
    const api = await startApi();
    commit(api, 3);
    const before = await namesIn(await api.get('/checkpoint'));
    api.ports.log.witness(first);
    const after = await namesIn(await api.get('/checkpoint'));
    api.ports.log.witness(second);

    expect(before).to.deep.equal(['log', ...validators]);
    expect(after).to.deep.equal(['log', ...validators, first.key.name]);
    expect(await namesIn(await api.get('/checkpoint'))).to.deep.equal([...after, second.key.name]);
  });

  it('is the newest also where they have not cosigned it; theirs is asked for', async () => {
    const api = await startApi();
    commit(api, 3);
    api.ports.log.witness(first);
    commit(api, 2, 100);
    const witnessed = await api.get('/checkpoint?witnessed=true');
    const newest = await api.get('/checkpoint?witnessed=false');

    expect(await namesIn(witnessed.clone())).to.deep.equal(['log', ...validators, first.key.name]);
    expect(parseSignedCheckpoint(await bytesIn(witnessed)).treeSize).to.equal(5);
    expect(await namesIn(newest.clone())).to.deep.equal(['log', ...validators]);
    expect(parseSignedCheckpoint(await bytesIn(newest)).treeSize).to.equal(8);
  });

  it('is not there before one has cosigned, and not under another word', async () => {
    const { get } = await startApi();

    await expectProblem(await get('/checkpoint?witnessed=true'), 404, 'ERR_NOT_FOUND');
    await expectProblem(await get('/checkpoint?witnessed=yes'), 400, 'ERR_FIELD');
  });

  it('is that of proofs of what it covers, and of no others', async () => {
    const api = await startApi();
    commit(api, 3);
    api.ports.log.witness(first);
    commit(api, 2, 100);
    const policyText = await (await api.get('/policy')).text();
    const policy = formatUtf8(
      policyText.replace(
        'quorum pbft',
        `witness first ${formatVerifierKey(first.key)}\ngroup both all pbft first\nquorum both`,
      ),
    );
    const verdictOf = async (number: number): Promise<string> => {
      const hash = bytesOf(number);
      const proof = await bytesIn(await api.get(`/api/v1/proof/${formatHex(hash)}`));
      const verdict = verify({ file: { hash }, proof, policy });
      return verdict.verdict === 'not_verified' ? verdict.code : verdict.verdict;
    };

    expect(await verdictOf(1)).to.equal('registered_original');
    expect(await verdictOf(3)).to.equal('registered_original');
    expect(await verdictOf(100)).to.equal('ERR_QUORUM');
    api.ports.log.witness(first);
    expect(await verdictOf(100)).to.equal('registered_original');
  });
});

describe('the policy of a size', () => {
  afterEach(stopAll);

  it('is there up to the size of the checkpoint', async () => {
    const api = await startApi();
    commit(api, 3);

    expect((await api.get('/policy?size=1')).status).to.equal(200);
    expect((await api.get('/policy?size=5')).status).to.equal(200);
    await expectProblem(await api.get('/policy?size=6'), 404, 'ERR_NOT_FOUND');
    await expectProblem(await api.get('/policy?size=x'), 400, 'ERR_FIELD');
  });
});

describe('a proof', () => {
  afterEach(stopAll);

  it('verifies against the policy, for the photograph and no other', async () => {
    const api = await startApi();
    commit(api, 40);
    const response = await api.get(PROOF);
    const proof = await bytesIn(response);
    const policy = await bytesIn(await api.get('/policy'));
    const check = (hash: Uint8Array): string => verify({ file: { hash }, proof, policy }).verdict;

    expect([check(PHOTO), check(bytesOf(2))]).to.deep.equal([
      'registered_original',
      'not_verified',
    ]);
    expect(response.headers.get('cache-control')).to.equal('no-cache');
    expect(response.headers.get('content-disposition')).to.equal(
      `inline; filename="${formatHex(PHOTO)}.tlog-proof"`,
    );
  });

  it('is of the same tree as its checkpoint, though the chain has grown', async () => {
    const api = await startApi();
    commit(api, 5);
    api.ports.ledger.commit([recordWith({ imageHash: bytesOf(77) })]);
    const proof = await bytesIn(await api.get(PROOF));
    const policy = await bytesIn(await api.get('/policy'));
    const verdict = verify({ file: { hash: PHOTO }, proof, policy });

    expect(verdict.verdict).to.equal('registered_original');
    expect(verdict).to.have.nested.property('registration.treeSize', 7);
  });

  it('is JSON where that is asked for', async () => {
    const api = await startApi();
    commit(api, 2);
    const body = proofSchema.parse(await jsonOf(await api.get(`${PROOF}?format=json`)));

    expect([body.index, body.tree_size, body.hashes.length]).to.deep.equal([1, 4, 2]);
    expect(body.checkpoint.split('\n').slice(1, 3)).to.deep.equal(['4', body.root]);
  });

  it('waits for the cosignatures of its block', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith({ imageHash: PHOTO })]);
    const asked = api.get(PROOF);
    await api.get('/health');
    api.ports.log.cosign();

    expect((await asked).status).to.equal(200);
  });

  it('is refused for a while where they do not come', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith({ imageHash: PHOTO })]);
    const response = await api.get(PROOF);

    expect(response.headers.get('retry-after')).to.equal('1');
    await expectProblem(response, 503, 'ERR_NOT_FINAL');
  }).timeout(10_000);

  it('is refused of what is not registered, and of no hash', async () => {
    const { get } = await startApi();

    await expectProblem(await get(PROOF), 404, 'ERR_NOT_FOUND');
    await expectProblem(await get('/api/v1/proof/12'), 400, 'ERR_FIELD');
    await expectProblem(await get(`${PROOF}?format=xml`), 400, 'ERR_FIELD');
  });
});

describe('tiles', () => {
  afterEach(stopAll);

  it('hold the hashes and the entries of the tree', async () => {
    const api = await startApi();
    commit(api, 300);
    const full = await bytesIn(await api.get('/tile/0/000'));
    const rest = await bytesIn(await api.get('/tile/0/001.p/46'));
    const above = await bytesIn(await api.get('/tile/1/000.p/1'));
    const entries = [
      ...decodeEntryBundle(await bytesIn(await api.get('/tile/entries/000')), 256),
      ...decodeEntryBundle(await bytesIn(await api.get('/tile/entries/001.p/46')), 46),
    ];
    const leaves = entries.map(leafHash);
    const { root } = parseSignedCheckpoint(await bytesIn(await api.get('/checkpoint')));

    expect([full.length, rest.length]).to.deep.equal([8_192, 46 * 32]);
    expect(Uint8Array.of(...full, ...rest)).to.deep.equal(
      Uint8Array.of(...leaves.flatMap((leaf) => [...leaf])),
    );
    expect(above).to.deep.equal(rootOfLeaves(leaves.slice(0, 256)));
    expect(rootOfLeaves(leaves)).to.deep.equal(root);
  });

  it('are kept by caches for ever, also when they are full later', async () => {
    const api = await startApi();
    commit(api, 10);
    const before = await bytesIn(await api.get('/tile/0/000.p/5'));
    commit(api, 300, 100);
    const response = await api.get('/tile/0/000.p/5');

    expect(response.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).to.equal('application/octet-stream');
    expect(await bytesIn(response)).to.deep.equal(before);
  });

  for (const path of [
    '0/000',
    '0/000.p/13',
    '0/001.p/1',
    '1/000.p/1',
    'entries/000.p/13',
    '0/000.p/0',
    '0/0',
    '0/x000/000',
    '64/000',
    '-1/000',
    'data/000',
    '0/000.p/5/6',
    '',
  ]) {
    it(`are not there: ${path}`, async () => {
      const api = await startApi();
      commit(api, 10);

      await expectProblem(await api.get(`/tile/${path}`), 404, 'ERR_NOT_FOUND');
    });
  }

  it('are not there for what is not cosigned', async () => {
    const api = await startApi();
    api.ports.ledger.commit([recordWith({ imageHash: PHOTO })]);

    await expectProblem(await api.get('/tile/0/000.p/3'), 404, 'ERR_NOT_FOUND');
    expect((await api.get('/tile/0/000.p/1')).status).to.equal(200);
  });
});

describe('a consistency proof', () => {
  afterEach(stopAll);

  it('leads from one checkpoint to another', async () => {
    const api = await startApi();
    commit(api, 10);
    const old = parseSignedCheckpoint(await bytesIn(await api.get('/checkpoint')));
    commit(api, 30, 100);
    const now = parseSignedCheckpoint(await bytesIn(await api.get('/checkpoint')));
    const answer = await jsonOf(await api.get(`/api/v1/consistency?from=${old.treeSize}`));
    const { from, to, hashes } = consistencySchema.parse(answer);
    const sizes = { oldSize: from, newSize: to };

    expect([from, to]).to.deep.equal([12, 43]);
    checkConsistency({ ...sizes, oldRoot: old.root, newRoot: now.root }, hashes.map(parseBase64));
  });

  it('is refused beyond the log, backwards, and of no numbers', async () => {
    const { get } = await startApi();

    await expectProblem(await get('/api/v1/consistency?to=2'), 404, 'ERR_NOT_FOUND');
    await expectProblem(await get('/api/v1/consistency?from=2&to=1'), 422, 'ERR_RANGE');
    await expectProblem(await get('/api/v1/consistency?from=-1'), 400, 'ERR_FIELD');
  });
});
