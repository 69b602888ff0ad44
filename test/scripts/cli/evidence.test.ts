/** `birthmark evidence` and a node that runs: the folder, and every command of CHECK-BY-HAND.md in a real shell. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatHex } from '../../../chain/bytes.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { handBlocks, runByHand } from '../../support/byHand.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../../support/realAuthority.ts';
import { bodyOf, requestOf } from '../../support/shots.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { entryOf, WholeNode } from '../../support/wholeNode.ts';

const OPENSSL = 'openssl';
const BASH = 'bash';
const PHOTO = 'a photograph';
const HASH = formatHex(hashOfText(PHOTO));

describe('birthmark evidence and a running node', () => {
  const folder = temporaryFolder();
  const at = (...names: readonly string[]): string => path.join(folder, ...names);
  const photo = at('photo.jpg');
  const made = at('evidence');
  let authority: RealAuthority;
  let node: WholeNode;
  let args: readonly string[] = [];

  before(async () => {
    writeFileSync(photo, PHOTO);
    const tsa = await runCommand('tsa', 'create', '--dir', at('tsa'), '--name', 'museum', '--json');
    const [{ settings }] = tsa.values as [{ settings: Record<string, string> }];
    authority = await startRealAuthority(at('authority'));
    node = await WholeNode.start(at('node'), {
      authorities: [entryOf(authority.registryEntry)],
      params: ['batch_wait_ms=20'],
      environment: settings,
    });
    const camera = await provisionCamera(authority, 'EVIDENCE-1');
    // One before it and some after it, so that the path has steps on both sides.
    for (const [i, text] of ['before', PHOTO, 'after', 'later', 'last'].entries()) {
      const claims = { capturedAt: Math.floor(Date.now() / 1_000) - 10 + i };
      await node.ended(await node.accept(bodyOf(requestOf(camera, text, { claims }))));
    }
    args = ['--url', node.running.apiUrl, '--genesis', at('node', 'genesis.json')];
  });
  after(async () => {
    await node.stop();
    await authority.stop();
  });

  it('writes the folder and says what it shows', async () => {
    const ca = ['--tsa-ca', at('tsa', 'ca.pem')];
    const { code, lines, notes } = await runCommand('evidence', photo, '-o', made, ...args, ...ca);

    expect([code, notes]).to.deep.equal([0, []]);
    expect(lines[0]).to.equal(`registered_original  ${HASH}`);
    expect(lines.join('\n'))
      .to.match(/time stamp +20\d\d-/)
      .and.include(`written to        ${made}`);
    expect(readdirSync(made).toSorted()).to.deep.equal(
      [
        'CHECK-BY-HAND.md',
        'SUMMARY.txt',
        'answer.json',
        'checkpoint.txt',
        'cosigner-1.pem',
        'cosigner-1.sig',
        'entry.bin',
        'entry.json',
        'genesis.json',
        'log.pem',
        'log.sig',
        'photo.tlog-proof',
        'policy.txt',
        'timestamp-ca.pem',
        'timestamp-certificates.pem',
        'timestamp.tsr',
      ].toSorted(),
    );
    expect(readdirSync(folder).filter((name) => name.includes('.part-'))).to.deep.equal([]);
  });

  it('writes what birthmark verify accepts, under policy and genesis', async () => {
    const proof = ['--proof', path.join(made, 'photo.tlog-proof')];
    const codes = await Promise.all([
      runCommand('verify', photo, ...proof, '--policy', path.join(made, 'policy.txt')),
      runCommand('verify', photo, ...proof, '--genesis', path.join(made, 'genesis.json')),
    ]);

    expect(codes.map(({ code }) => code)).to.deep.equal([0, 0]);
  });

  it('sums up for people what was checked, by whom, when, and what is not shown', () => {
    const text = readFileSync(path.join(made, 'SUMMARY.txt'), 'utf8');
    const said = text.replaceAll(/\s+/g, ' ');

    expect(text)
      .to.match(/^Taken in by +archive$/m)
      .and.match(/^20\d\d-.*Z +birthmark\.test\/archive$/m);
    expect(said)
      .to.include(`SHA-256 ${HASH} Exactly these bytes were registered as an original.`)
      .and.match(/The quorum was reached at 20/)
      .and.match(/time stamp: of 20.* under the CA in timestamp-ca\.pem/)
      .and.include('- that the scene is real')
      .and.include('had it already')
      .and.include(formatHex(node.chainId));
    for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(110);
  });

  describe('by hand, with openssl and bash', () => {
    const copy = at('by-hand');
    /** The folder as it was made, with the photograph in it. */
    const prepare = (): void => {
      cpSync(made, copy, { recursive: true });
      cpSync(photo, path.join(copy, 'photo.jpg'));
    };
    const damage = (name: string, change: (bytes: Buffer) => void): void => {
      const bytes = readFileSync(path.join(copy, name));
      change(bytes);
      writeFileSync(path.join(copy, name), bytes);
    };
    const flip = (bytes: Buffer, place: number): void => {
      bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    };

    before('needs the programs openssl and bash', function () {
      if (spawnSync(OPENSSL, ['version']).status !== 0) this.skip();
      if (spawnSync(BASH, ['--version']).status !== 0) this.skip();
    });
    beforeEach(prepare);

    it('every command succeeds', () => {
      const { status, output } = runByHand(copy);

      expect(status, output).to.equal(0);
      expect(output)
        .to.match(/^photo\.jpg: OK$/m)
        .and.match(/^-: OK$/m)
        .and.include('Verification: OK');
      expect(output.match(/Signature Verified Successfully/g)).to.have.length(2);
      const checks =
        handBlocks(copy)
          .join('\n')
          .match(/^(?:same|holds) "?[^(]/gm) ?? [];
      expect(output.match(/^OK$/gm)).to.have.length(checks.length);
    });

    const damages: readonly (readonly [string, RegExp, () => void])[] = [
      [
        'the photograph',
        /photo\.jpg: FAILED/,
        () => damage('photo.jpg', (bytes) => flip(bytes, 0)),
      ],
      [
        'the hash in the entry',
        /DIFFERENT/,
        () => damage('entry.bin', (bytes) => flip(bytes, bytes.indexOf(hashOfText(PHOTO)) + 31)),
      ],
      [
        'something else in the entry',
        /-: FAILED/,
        () => damage('entry.bin', (bytes) => flip(bytes, bytes.length - 40)),
      ],
      [
        'a hash of the path',
        /DIFFERENT/,
        () =>
          damage('photo.tlog-proof', (bytes) => {
            const place = bytes.indexOf('\n', bytes.indexOf('\nindex ') + 1) + 5;
            bytes.write(bytes.toString('latin1', place, place + 1) === 'A' ? 'B' : 'A', place);
          }),
      ],
      [
        'the root',
        /DIFFERENT/,
        () => damage('checkpoint.txt', (bytes) => flip(bytes, bytes.length - 9)),
      ],
      [
        'the cosignature',
        /Signature Verification Failure/,
        () => damage('cosigner-1.sig', (bytes) => flip(bytes, 40)),
      ],
      [
        "the log's signature",
        /Signature Verification Failure/,
        () => damage('log.sig', (bytes) => flip(bytes, 40)),
      ],
      [
        "the cosigner's key, for one of somebody else",
        /Signature Verification Failure/,
        () => cpSync(path.join(copy, 'log.pem'), path.join(copy, 'cosigner-1.pem')),
      ],
      [
        "the cosigner's key in the policy",
        /DIFFERENT: policy\.txt/,
        () =>
          damage('policy.txt', (bytes) => {
            const place = bytes.indexOf('+B', bytes.indexOf('\nwitness ')) + 12;
            bytes.write(bytes.toString('latin1', place, place + 1) === 'A' ? 'B' : 'A', place);
          }),
      ],
      [
        'the time stamp',
        /Verification: FAILED|unable to load|error/i,
        () => damage('timestamp.tsr', (bytes) => flip(bytes, bytes.length - 3)),
      ],
    ];
    for (const [what, sentence, change] of damages) {
      it(`a command fails where somebody has changed ${what}`, () => {
        change();
        const { status, output } = runByHand(copy);

        expect(status, output).to.not.equal(0);
        expect(output).to.match(sentence);
      });
    }
  });

  it('takes a hash, a policy, no CA and no time stamp, and prints JSON', async () => {
    const out = at('by-hash');
    const policy = path.join(made, 'policy.txt');
    const url = ['--node', node.running.apiUrl];
    const options = ['--policy', policy, '--no-timestamp', '--json'];
    const { code, values } = await runCommand('evidence', HASH, '-o', out, ...url, ...options);

    expect(code).to.equal(0);
    expect(values[0]).to.deep.include({
      folder: out,
      verified: true,
      verdict: 'registered_original',
      image_hash: HASH,
      chain_id: formatHex(node.chainId),
      trust: 'policy',
      timestamp: null,
    });
    expect(existsSync(path.join(out, 'timestamp.tsr'))).to.equal(false);
    expect(readFileSync(path.join(out, 'SUMMARY.txt'), 'utf8')).to.include('none was asked for');
  });

  it('says that a genesis of the node itself is not to be believed, and how to compare it', async () => {
    const out = at('believing');
    const url = ['--url', node.running.apiUrl];
    const { code, notes } = await runCommand('evidence', photo, '-o', out, ...url);

    expect(code).to.equal(0);
    expect(notes.join()).to.match(
      /came from the node that was asked: compare the chain id [0-9a-f]{64}/,
    );
    const summary = readFileSync(path.join(out, 'SUMMARY.txt'), 'utf8');
    expect(summary)
      .to.include('IT CAME FROM THE NODE')
      .and.match(/is\s+not\s+checked/);
    expect(readFileSync(path.join(out, 'CHECK-BY-HAND.md'), 'utf8'))
      .to.include('that comparison is not done')
      .and.include('`timestamp-ca.pem` is not in this folder');
  });

  it('never writes into a folder with something in it, and takes an empty one', async () => {
    mkdirSync(at('full'));
    writeFileSync(at('full', 'kept'), 'kept');
    mkdirSync(at('empty'));
    const full = await runCommand('evidence', photo, '-o', at('full'), ...args);
    const empty = await runCommand('evidence', photo, '-o', at('empty'), ...args);
    const file = await runCommand('evidence', photo, '-o', photo, ...args);

    expect([full.code, empty.code, file.code]).to.deep.equal([1, 0, 1]);
    expect(full.notes.join()).to.include('is not empty, and nothing in it is overwritten');
    expect(readdirSync(at('full'))).to.deep.equal(['kept']);
    expect(file.notes.join()).to.include('is no folder');
  });

  it('says where a photograph is not registered, and writes nothing', async () => {
    const { code, notes } = await runCommand(
      'evidence',
      '00'.repeat(32),
      '-o',
      at('none'),
      ...args,
    );

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/answered 404 .*not registered.*: nothing was written/);
    expect(existsSync(at('none'))).to.equal(false);
  });

  it('gives the photograph a plain name where its own would trouble a shell', async () => {
    const odd = at("it's; `odd` $(name).jpg");
    writeFileSync(odd, PHOTO);
    await runCommand('evidence', odd, '-o', at('odd'), ...args, '--no-timestamp');

    expect(readFileSync(at('odd', 'CHECK-BY-HAND.md'), 'utf8')).to.include("photo='photo.jpg'\n");
  });
});
