/** `birthmark evidence` and nodes that lie: nothing that they say is written before it is checked. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { sha256 } from '#crypto';

import { formatHex, parseUtf8 } from '../../../chain/bytes.ts';
import { formatPolicy } from '../../../chain/log/policy.ts';
import { formatTlogProof } from '../../../chain/log/tlogProof.ts';
import { formatGenesis, type SignedGenesis } from '../../../genesis/document.ts';
import { signGenesis } from '../../../genesis/signatures.ts';
import { createQuery, decodeQuery } from '../../../node/timestamp/query.ts';
import { Timestamps } from '../../../node/timestamp/timestamps.ts';
import { type Outcome, runCommand } from '../../support/capturedOutput.ts';
import { hashOfText, signerOf } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { GENESIS, SIGNED } from '../../support/genesisValues.ts';
import { networkPolicy } from '../../support/logRig.ts';
import { PHOTOGRAPH, PROOF_BYTES, provePhotograph } from '../../support/provenPhotograph.ts';
import { type StandInAnswer, StandInNode, type StandInRoutes } from '../../support/standInNode.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTsa, STAMP_MS } from '../../support/testTsa.ts';

const HASH = formatHex(sha256(PHOTOGRAPH));
const PROOF = '/api/v1/proof/';
const VERIFY = '/api/v1/verify/';
const OWN_GENESIS = '/api/v1/genesis';
const STAMP = '/api/v1/timestamp';

const answering = (verdict: string, hash = HASH): StandInAnswer => ({
  body: JSON.stringify({ verified: true, image_hash: hash, verdict }),
});
const genesisOf = (document: unknown): StandInAnswer => ({ body: JSON.stringify(document) });

/** A node that tells the truth. */
const HONEST: StandInRoutes = {
  [PROOF]: () => ({ body: PROOF_BYTES }),
  [VERIFY]: () => answering('registered_original'),
  [OWN_GENESIS]: () => genesisOf(formatGenesis(SIGNED)),
};

/** The same network but for its name, signed by its validators. */
const OTHER_NETWORK = ['v0', 'v1', 'v2'].reduce<SignedGenesis>(
  (signed, name) => signGenesis(signed, name, signerOf(name)),
  { genesis: { ...GENESIS, network: 'other.test' }, signatures: [] },
);

describe('birthmark evidence and a node that is not believed', () => {
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder, name);
  const written = (name: string, content: string | Uint8Array): string => {
    writeFileSync(at(name), content);
    return at(name);
  };
  const photo = written('photo.jpg', PHOTOGRAPH);
  const genesis = written('genesis.json', JSON.stringify(formatGenesis(SIGNED)));
  let node: StandInNode;
  let count = 0;
  let out = '';

  before(async () => {
    node = await StandInNode.start();
  });
  after(() => node.stop());
  beforeEach(() => {
    out = at(`out-${count++}`);
  });

  const make = (routes: StandInRoutes, ...args: readonly string[]): Promise<Outcome> => {
    node.routes = { ...HONEST, ...routes };
    return runCommand('evidence', photo, '-o', out, '--url', node.url, ...args);
  };
  const expectRefused = ({ code, notes, lines }: Outcome, sentence: RegExp): void => {
    expect([code, lines]).to.deep.equal([1, []]);
    expect(notes.join())
      .to.match(sentence)
      .and.match(/: nothing was written$/);
    expect(existsSync(out)).to.equal(false);
    expect(readdirSync(folder).filter((name) => name.includes('.part-'))).to.deep.equal([]);
  };

  const summary = (): string =>
    readFileSync(path.join(out, 'SUMMARY.txt'), 'utf8').replaceAll(/\s+/g, ' ');

  it('writes what an honest one answers, without a stamp where it makes none', async () => {
    const { code, lines } = await make({});

    expect(code).to.equal(0);
    expect(lines.join('\n')).to.match(/time stamp +none: the node makes none/);
    expect(readdirSync(out)).to.include.members(['cosigner-1.pem', 'cosigner-3.sig']);
  });

  it('writes of an edit, and says that it is no original', async () => {
    const proof = formatTlogProof(provePhotograph({ kind: 3, parents: [hashOfText('parent')] }));
    const { code, lines, values } = await make(
      { [PROOF]: () => ({ body: proof }), [VERIFY]: () => answering('declared_edit') },
      '--json',
    );

    expect([code, lines]).to.deep.equal([0, []]);
    expect(values[0]).to.include({ verified: false, verdict: 'declared_edit' });
    expect(summary()).to.include('this is no original');
  });

  it('writes of a revocation that the node tells of, as its word', async () => {
    const { code } = await make({ [VERIFY]: () => answering('registered_revoked') });

    expect(code).to.equal(0);
    expect(summary()).to.include(
      'the node itself said registered_revoked, which no proof can show',
    );
  });

  const other = formatTlogProof(provePhotograph({ imageHash: hashOfText('another') }));
  const broken = parseUtf8(PROOF_BYTES).replace('birthmark.test/v1 ', 'birthmark.test/v9 ');
  const unsigned = formatGenesis({ genesis: GENESIS, signatures: [] });
  const lies: readonly (readonly [string, RegExp, StandInRoutes])[] = [
    [
      'the proof of another photograph',
      /the proof is of another file/,
      { [PROOF]: () => ({ body: other }) },
    ],
    ['a proof with too few cosigners', /which is no quorum/, { [PROOF]: () => ({ body: broken }) }],
    ['what is no proof', /does not verify/, { [PROOF]: () => ({ body: '<html>' }) }],
    [
      'a genesis that the proof is not of',
      /the proof is of the network birthmark\.test\/.*, and the policy of other\.test/,
      { [OWN_GENESIS]: () => genesisOf(formatGenesis(OTHER_NETWORK)) },
    ],
    [
      'a genesis that nobody signed',
      /the genesis of .* is none: 0 of 4 validators signed/,
      { [OWN_GENESIS]: () => genesisOf(unsigned) },
    ],
    ['what is no genesis', /is none/, { [OWN_GENESIS]: () => ({ body: '{}' }) }],
    ['what is no JSON', /is none/, { [OWN_GENESIS]: () => ({ body: '[' }) }],
    [
      'a genesis that says something twice',
      /an object has the field "network" twice/,
      {
        [OWN_GENESIS]: () => ({
          body: JSON.stringify(formatGenesis(SIGNED)).replace('{', '{"network":"a",'),
        }),
      },
    ],
    [
      'another verdict than its own proof',
      /answers "declared_edit", and its own proof shows registered_original/,
      { [VERIFY]: () => answering('declared_edit') },
    ],
    [
      'an answer about another photograph',
      /its own proof shows/,
      { [VERIFY]: () => answering('registered_original', 'ab'.repeat(32)) },
    ],
    [
      'an answer that is no JSON',
      /with what is not JSON/,
      { [VERIFY]: () => ({ body: '<html>' }) },
    ],
    [
      'a problem',
      /answered 503 to \/api\/v1\/proof\/.* \(later\)/,
      { [PROOF]: () => ({ status: 503, body: '{"detail":"later"}' }) },
    ],
    [
      'a problem with what moves the cursor',
      /answered 500 .*\(\\u\{1b\}\[2J\)/,
      { [PROOF]: () => ({ status: 500, body: '{"detail":"\\u001b[2J"}' }) },
    ],
  ];
  for (const [what, sentence, routes] of lies) {
    it(`writes nothing for ${what}`, async () => {
      expectRefused(await make(routes), sentence);
    });
  }

  it('writes nothing for a node of another network than the genesis that was named', async () => {
    const own = written('other.json', JSON.stringify(formatGenesis(OTHER_NETWORK)));

    expectRefused(
      await make({}, '--genesis', own),
      /take the policy of the network that registered/,
    );
  });

  it('writes nothing for a genesis of another network than the policy that was named', async () => {
    const policy = `${out}.policy.txt`;
    await make({});
    writeFileSync(policy, readFileSync(path.join(out, 'policy.txt')));
    out = `${out}-again`;
    const routes = { [OWN_GENESIS]: () => genesisOf(formatGenesis(OTHER_NETWORK)) };

    expectRefused(
      await make(routes, '--policy', policy),
      /the genesis is of the network other\.test\/.*, and the policy of birthmark\.test/,
    );
  });

  it('writes nothing under a policy of another network', async () => {
    const policy = written('policy.txt', formatPolicy(networkPolicy(4)));

    expectRefused(await make({}, '--policy', policy), /does not verify/);
  });

  it('reads no answer that is longer than any, and says that there is none', async () => {
    const long: StandInAnswer = { body: new Uint8Array(17 * 1_048_576) };
    for (const route of [PROOF, OWN_GENESIS, VERIFY, STAMP]) {
      const { code, notes } = await make({ [route]: () => long });
      expect(code, route).to.equal(3);
      expect(notes.join(), route).to.match(/the answer has over \d+ bytes/);
    }
    expect(existsSync(out)).to.equal(false);
  });

  it('says where nobody answers', async () => {
    const { code } = await runCommand('evidence', photo, '-o', out, '--url', 'http://127.0.0.1:1');

    expect(code).to.equal(3);
  });

  describe('and its time stamps', () => {
    let stamps: Timestamps;

    before(async () => {
      const key = await openTsa(at('tsa'));
      const clock = new FakeClock(STAMP_MS);
      stamps = new Timestamps(key, { clock, timeMinMs: () => 0, onOutcome: () => undefined });
      await openTsa(at('elsewhere'));
    });

    const stampOf = async (bytes: Uint8Array): Promise<StandInAnswer> => ({
      body: await stamps.stamp(decodeQuery(new Uint8Array(bytes))),
    });

    it('keeps one under the CA that was named', async () => {
      const { code, values } = await make(
        { [STAMP]: stampOf },
        '--tsa-ca',
        at('tsa/ca.pem'),
        '--json',
      );

      expect(code).to.equal(0);
      expect(values[0]).to.include({ timestamp: '2026-11-21T12:00:00.250Z', trust: 'node' });
    });

    it('writes nothing for one under another CA, and says how to do without', async () => {
      expectRefused(
        await make({ [STAMP]: stampOf }, '--tsa-ca', at('elsewhere/ca.pem')),
        /no certificate of the CA that was named has issued .*--no-timestamp/,
      );
    });

    it('writes nothing for one about another photograph', async () => {
      const lie = async (bytes: Uint8Array): Promise<StandInAnswer> => {
        const { nonce } = decodeQuery(new Uint8Array(bytes));
        return { body: await stamps.stamp(createQuery(hashOfText('another'), nonce)) };
      };

      expectRefused(await make({ [STAMP]: lie }), /about another photograph/);
    });

    it('does without one that is refused, and says why', async () => {
      const refusal = async (): Promise<StandInAnswer> => ({
        body: await stamps.answer(new Uint8Array()),
      });
      const { code, lines } = await make({ [STAMP]: refusal });

      expect(code).to.equal(0);
      expect(lines.join('\n')).to.match(/none: the node refused: badDataFormat/);
    });
  });

  const wrong: readonly (readonly [string, RegExp, readonly string[]])[] = [
    ['both a policy and a genesis', /not both/, ['--policy', genesis, '--genesis', genesis]],
    ['a CA that is not there', /--tsa-ca .*cannot read/, ['--tsa-ca', at('missing')]],
    ['a CA that is none', /--tsa-ca .*0 certificates/, ['--tsa-ca', photo]],
  ];
  for (const [what, sentence, args] of wrong) {
    it(`is called wrongly with ${what}`, async () => {
      const { code, notes } = await make({}, ...args);

      expect(code).to.equal(2);
      expect(notes.join()).to.match(sentence);
    });
  }

  it('is called wrongly without a folder', async () => {
    expect((await runCommand('evidence', photo)).code).to.equal(2);
  });
});
