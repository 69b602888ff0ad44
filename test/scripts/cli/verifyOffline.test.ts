/** `birthmark verify --proof`: the corpus of proofs, proofs under a genesis, and what is no proof. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { sha256 } from '#crypto';

import { formatHex, formatUtf8 } from '../../../chain/bytes.ts';
import { formatPolicy } from '../../../chain/log/policy.ts';
import { formatTlogProof } from '../../../chain/log/tlogProof.ts';
import { STEPS } from '../../../chain/log/verify.ts';
import { formatGenesis } from '../../../genesis/document.ts';
import { formatProof } from '../../../api/views/proof.ts';
import type { VerdictJson } from '../../../scripts/cli/offlineVerify.ts';
import { type Outcome, runCommand } from '../../support/capturedOutput.ts';
import { GENESIS, SIGNED } from '../../support/genesisValues.ts';
import { networkPolicy } from '../../support/logRig.ts';
import { PHOTOGRAPH, PROOF_BYTES, provePhotograph } from '../../support/provenPhotograph.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { readProofVectors, versions } from '../../vectors/proofs/files.ts';

const HASH = formatHex(sha256(PHOTOGRAPH));

describe('birthmark verify --proof', () => {
  const folder = temporaryFolder();
  const at = (name: string): string => path.join(folder, name);
  const written = (name: string, content: string | Uint8Array): string => {
    writeFileSync(at(name), content);
    return at(name);
  };
  const photo = written('photo.jpg', PHOTOGRAPH);
  const proof = written('photo.jpg.tlog-proof', PROOF_BYTES);
  const genesis = written('genesis.json', JSON.stringify(formatGenesis(SIGNED)));
  const policy = written('policy.txt', formatPolicy(networkPolicy(4)));

  const verify = (...args: readonly string[]): Promise<Outcome> => runCommand('verify', ...args);
  const underGenesis = (...args: readonly string[]): Promise<Outcome> =>
    verify(...args, '--genesis', genesis);
  const judged = async (...args: readonly string[]): Promise<VerdictJson & { code: string }> => {
    const { values } = await verify(...args, '--json');
    expect(values).to.have.length(1);
    return values[0] as VerdictJson & { code: string };
  };

  for (const version of versions()) {
    for (const each of readProofVectors(version)) {
      it(`says what it said of ${each.name} of ${version}, and yes to originals alone`, async () => {
        const args = [
          written('corpus.jpg', each.photograph),
          '--proof',
          written('corpus.tlog-proof', each.proof),
          '--policy',
          written('corpus.policy.txt', each.policy),
        ];
        const { code, lines, notes } = await verify(...args);
        const { verdict, verified, registration, steps } = await judged(...args);

        const isOriginal = each.verdict === 'registered_original';
        expect([code, notes]).to.deep.equal([isOriginal ? 0 : 1, []]);
        expect(lines[0]).to.match(new RegExp(`^${each.verdict}  [0-9a-f]{64}$`));
        expect([verdict, verified]).to.deep.equal([each.verdict, isOriginal]);
        expect(registration).to.deep.include({
          match: each.match,
          log_index: each.index,
          log_size: each.treeSize,
          quorum_time: each.quorumTimeS,
        });
        expect(registration?.cosigners).to.have.length(each.quorum);
        expect(steps.map(({ outcome }) => outcome)).to.deep.equal(STEPS.map(() => 'passed'));
      });
    }
  }

  it('shows every step, who cosigned and when, and what the proof does not show', async () => {
    const { lines } = await underGenesis(photo, '--proof', proof);
    const text = lines.join('\n');

    expect(text).to.include(`SHA-256 of the file is ${HASH}`);
    for (const step of STEPS) expect(text).to.match(new RegExp(`^  ${step} +passed: `, 'm'));
    expect(text)
      .to.match(/^ {2}cosigned +2026-11-21T01:35:20\.000Z {2}birthmark\.test\/v0$/m)
      .and.match(/^ {2}quorum reached +2026-11-21T01:35:22\.000Z$/m)
      .and.include("that of the network's first validators")
      .and.match(/^It does not show\n {2}- that the scene is real: /m);
  });

  it('takes the hash in place of the file, in either case', async () => {
    const { code, lines } = await underGenesis(HASH.toUpperCase(), '--proof', proof);

    expect(code).to.equal(0);
    expect(lines.join('\n')).to.include(`the hash is ${HASH}`);
  });

  it('prints one stable object for programs', async () => {
    const verdict = await judged(photo, '--proof', proof, '--genesis', genesis);

    expect(Object.keys(verdict)).to.deep.equal([
      'verified',
      'verdict',
      'image_hash',
      'steps',
      'chain_id',
      'code',
      'reason',
      'advice',
      'registration',
      'shows',
      'does_not_show',
    ]);
    expect(verdict).to.deep.include({
      verified: true,
      verdict: 'registered_original',
      image_hash: HASH,
      chain_id: formatGenesis(SIGNED)['chain_id'],
      code: null,
      reason: null,
      advice: null,
    });
    expect(Object.keys(verdict.registration ?? {})).to.deep.equal([
      'image_hash',
      'kind',
      'timestamp',
      'block_height',
      'block_time',
      'aggregator_key',
      'tx_hash',
      'camera_signature',
      'authority',
      'authority_check',
      'device_commitment',
      'gps_hash',
      'parents',
      'digests',
      'match',
      'log_index',
      'origin',
      'log_size',
      'cosigners',
      'quorum_time',
    ]);
  });

  it('opens no connection, where the question to a node opens one', async () => {
    const sockets: unknown[] = [];
    const note = (socket: unknown): void => void sockets.push(socket);
    const countDuring = async (run: () => Promise<Outcome>): Promise<number> => {
      sockets.length = 0;
      await run();
      return sockets.length;
    };
    subscribe('net.client.socket', note);
    const offline = await countDuring(() => underGenesis(photo, '--proof', proof));
    const online = await countDuring(() => verify(photo, '--node', 'http://127.0.0.1:1'));
    unsubscribe('net.client.socket', note);

    expect([offline, online]).to.deep.equal([0, 1]);
  });

  const refusals: readonly (readonly [string, string, RegExp, () => readonly string[]])[] = [
    [
      'another photograph',
      'ERR_IMAGE_HASH',
      /another file: a saved, resized or recompressed copy has another hash/,
      () => [written('other.jpg', 'another'), '--proof', proof, '--genesis', genesis],
    ],
    [
      'a proof of another network',
      'ERR_UNKNOWN_LOG',
      /is of the network birthmark\.test\/[0-9a-f]{16}, and the policy of birthmark\.test\/abb065351477f81c: take the policy of the network/,
      () => [photo, '--proof', proof, '--policy', policy],
    ],
    [
      'too few cosigners for the policy',
      'ERR_QUORUM',
      /if they have changed, take the policy for the size/,
      () => {
        const { checkpoint, ...rest } = provePhotograph();
        const signatures = checkpoint.note.signatures.slice(0, 3);
        const few = {
          ...rest,
          checkpoint: { ...checkpoint, note: { ...checkpoint.note, signatures } },
        };
        return [photo, '--proof', written('few', formatTlogProof(few)), '--genesis', genesis];
      },
    ],
    [
      'a proof in JSON',
      'ERR_MALFORMED',
      /the proof is JSON: ask for it without \?format=json/,
      () => {
        const json = JSON.stringify(formatProof(provePhotograph()));
        return [photo, '--proof', written('json', json), '--genesis', genesis];
      },
    ],
    [
      'an empty proof',
      'ERR_MALFORMED',
      /no empty line before its checkpoint/,
      () => [photo, '--proof', written('empty', ''), '--genesis', genesis],
    ],
    [
      'a proof that is too long, of which no more is read',
      'ERR_LIMIT',
      /360449 bytes of a proof are above 360448/,
      () => [photo, '--proof', written('long', new Uint8Array(2_000_000)), '--genesis', genesis],
    ],
    [
      'what is no policy',
      'ERR_POLICY',
      /line 1/,
      () => [photo, '--proof', proof, '--policy', written('none', 'trust me\n')],
    ],
  ];
  for (const [what, code, sentence, args] of refusals) {
    it(`says no to ${what}, with exit code 1 and a reason`, async () => {
      const { code: exitCode, lines, notes } = await verify(...args());
      const verdict = await judged(...args());

      expect([exitCode, notes]).to.deep.equal([1, []]);
      expect(lines[0]).to.match(/^not_verified /);
      expect(lines.join('\n')).to.match(sentence).and.not.include('It shows');
      expect(verdict).to.deep.include({ verified: false, code, registration: null, shows: null });
    });
  }

  it('shows names of strangers without what moves the cursor or turns the text', async () => {
    const vector = readProofVectors('0.1.0').find(({ quorum }) => quorum === 3)!;
    const odd = vector.policy.replaceAll(/birthmark\.test\/v1(?= )/g, 'v\u202e\u009b2J');
    const { lines } = await verify(
      written('odd.jpg', vector.photograph),
      '--proof',
      written('odd.tlog-proof', vector.proof),
      '--policy',
      written('odd.policy.txt', odd),
    );
    const said = lines.join('\n');

    expect(said).to.include('cosigned by birthmark.test/v0').and.include('v\\u{202e}\\u{9b}2J');
    expect(said).to.not.match(/[\u0080-\u009f\u202e]/);
  });

  const wrong: readonly (readonly [string, RegExp, readonly string[]])[] = [
    [
      'a proof and nobody to believe',
      /--proof needs --policy or --genesis/,
      [photo, '--proof', proof],
    ],
    [
      'both a policy and a genesis',
      /--policy or --genesis, not both/,
      [photo, '--proof', proof, '--policy', policy, '--genesis', genesis],
    ],
    ['a policy without a proof', /--policy is for the offline check/, [photo, '--policy', policy]],
    [
      'a genesis without a proof',
      /--genesis is for the offline check/,
      [photo, '--genesis', genesis],
    ],
    [
      'a node beside a proof',
      /give --proof or --node, not both/,
      [photo, '--proof', proof, '--genesis', genesis, '--node', 'http://127.0.0.1:1'],
    ],
    [
      'a proof that is not there',
      /cannot read --proof .*missing/,
      [photo, '--proof', at('missing'), '--genesis', genesis],
    ],
    [
      'a proof that is a folder',
      /cannot read --proof/,
      [photo, '--proof', folder, '--policy', policy],
    ],
    [
      'a policy that is not there',
      /cannot read --policy .*missing/,
      [photo, '--proof', proof, '--policy', at('missing')],
    ],
    [
      'a genesis that is not there',
      /--genesis .*cannot read/,
      [photo, '--proof', proof, '--genesis', at('missing')],
    ],
    [
      'a genesis that is none',
      /--genesis .*is not valid/,
      [photo, '--proof', proof, '--genesis', written('none.json', '{}')],
    ],
    [
      'a genesis that too few have signed',
      /--genesis .*0 of 4 validators signed/,
      [
        photo,
        '--proof',
        proof,
        '--genesis',
        written(
          'unsigned.json',
          JSON.stringify(formatGenesis({ genesis: GENESIS, signatures: [] })),
        ),
      ],
    ],
    [
      'what is neither a file nor a hash',
      /neither a readable file nor 64 hex digits/,
      [at('missing.jpg'), '--proof', proof, '--genesis', genesis],
    ],
  ];
  for (const [what, sentence, args] of wrong) {
    it(`is called wrongly with ${what}: exit code 2, a sentence, and no verdict`, async () => {
      const { code, lines, notes } = await verify(...args);

      expect([code, lines]).to.deep.equal([2, []]);
      expect(notes.join()).to.match(sentence);
    });
  }

  it('hashes a file as a stream, whatever its size', async () => {
    mkdirSync(at('large'));
    const chunk = new Uint8Array(3_000_000).fill(7);
    const large = written('large/photo.raw', chunk);
    const { image_hash } = await judged(large, '--proof', proof, '--genesis', genesis);

    expect(image_hash).to.equal(formatHex(sha256(chunk)));
  });
});

describe('the policy of a genesis', () => {
  const folder = temporaryFolder();

  it('is refused a proof that a validator outside it cosigned in the place of one inside', async () => {
    const { checkpoint, ...rest } = provePhotograph();
    const [log, ...cosignatures] = checkpoint.note.signatures;
    const signatures = [
      log!,
      ...cosignatures.slice(0, 2),
      { ...cosignatures[2]!, name: 'birthmark.test/v9' },
    ];
    const forged = {
      ...rest,
      checkpoint: { ...checkpoint, note: { ...checkpoint.note, signatures } },
    };
    writeFileSync(path.join(folder, 'proof'), formatTlogProof(forged));
    writeFileSync(path.join(folder, 'genesis'), formatUtf8(JSON.stringify(formatGenesis(SIGNED))));
    const args = ['--proof', path.join(folder, 'proof'), '--genesis', path.join(folder, 'genesis')];
    const { values } = await runCommand('verify', HASH, ...args, '--json');

    expect(values[0]).to.include({ verified: false, code: 'ERR_QUORUM' });
  });
});
