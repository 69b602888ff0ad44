/** Packages of evidence without a node: those of released versions, and those of odd places in the log. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { sha256 } from '#crypto';
import { expect } from 'chai';

import { encode } from '../../../chain/codec.ts';
import { entrySchema } from '../../../chain/entry.ts';
import { createEvidence } from '../../../scripts/evidence/evidenceFiles.ts';
import { hashOffset, pathSteps } from '../../../scripts/evidence/places.ts';
import { runByHand } from '../../support/byHand.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { evidenceOf } from '../../support/evidenceRig.ts';
import { IMAGE_ENTRY, proofOf } from '../../support/logRig.ts';
import { PHOTOGRAPH, provePhotograph } from '../../support/provenPhotograph.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { evidenceFolders, makeEvidence, readEvidence } from '../../vectors/evidence/evidence.ts';

const OPENSSL = 'openssl';
const BASH = 'bash';
const CURRENT = '0.1.0';
const HASH = sha256(PHOTOGRAPH);

function hasTools(): boolean {
  return [OPENSSL, BASH].every((each) => spawnSync(each, ['--version']).error === undefined);
}

describe('packages of evidence that were made before', () => {
  const folder = temporaryFolder();

  it('are what is made today', () => {
    expect(makeEvidence()).to.deep.equal(readEvidence(evidenceFolders().get(CURRENT) ?? ''));
  });

  for (const [version, made] of evidenceFolders()) {
    it(`verify with birthmark verify: ${version}`, async () => {
      const photo = path.join(folder, 'photo.jpg');
      writeFileSync(photo, PHOTOGRAPH);
      const proof = ['--proof', path.join(made, 'photo.tlog-proof')];
      const [byPolicy, byGenesis] = await Promise.all([
        runCommand('verify', photo, ...proof, '--policy', path.join(made, 'policy.txt')),
        runCommand('verify', photo, ...proof, '--genesis', path.join(made, 'genesis.json')),
      ]);

      expect([byPolicy.code, byGenesis.code]).to.deep.equal([0, 0]);
    });

    it(`verify by hand, with openssl and bash: ${version}`, function () {
      if (!hasTools()) this.skip();
      const copy = path.join(folder, version);
      cpSync(made, copy, { recursive: true });
      writeFileSync(path.join(copy, 'photo.jpg'), PHOTOGRAPH);
      const { status, output } = runByHand(copy);

      expect(status, output).to.equal(0);
      expect(output.match(/Signature Verified Successfully/g)).to.have.length(4);
    });
  }
});

describe('a package of evidence', () => {
  const folder = temporaryFolder();
  let count = 0;

  const write = (...args: Parameters<typeof provePhotograph>): string => {
    const made = path.join(folder, String(count++));
    mkdirSync(made);
    for (const [name, bytes] of createEvidence(evidenceOf(provePhotograph(...args)))) {
      writeFileSync(path.join(made, name), bytes);
    }
    writeFileSync(path.join(made, 'photo.jpg'), PHOTOGRAPH);
    return made;
  };

  for (const [index, treeSize] of [
    [0, 1],
    [1, 2],
    [4, 5],
    [12, 13],
    [299, 300],
  ] as const) {
    it(`checks by hand, with openssl and bash, where the photograph is entry ${index} of ${treeSize}`, function () {
      if (!hasTools()) this.skip();
      const { status, output } = runByHand(write({}, { index, treeSize }));

      expect(status, output).to.equal(0);
    });
  }

  it('checks by hand, with openssl and bash, where the photograph is known by another digest', function () {
    if (!hasTools()) this.skip();
    const digests = [
      { name: 'pixels-sha256', digest: hashOfText('pixels') },
      { name: 'raw-sha256', digest: HASH },
    ];
    const made = write({ imageHash: hashOfText('the delivered file'), digests });
    const { status, output } = runByHand(made);

    expect(status, output).to.equal(0);
  });
});

describe('the place of a hash in an entry', () => {
  const digests = [{ name: 'raw-sha256', digest: HASH }];
  const record = { ...IMAGE_ENTRY.record, imageHash: HASH, parents: [HASH], digests };

  it('is that of the hash that is meant, where the same bytes stand in several', () => {
    const entry = { ...IMAGE_ENTRY, batchId: HASH, record };
    const bytes = encode(entrySchema, entry);
    const places = [hashOffset(entry, 'image_hash'), hashOffset(entry, 'raw-sha256')];

    for (const place of places) expect(bytes.slice(place, place + 32)).to.deep.equal(HASH);
    const first = Buffer.from(bytes).indexOf(HASH);
    expect(places[0]).to.be.above(first);
    expect(places[1]).to.equal(Buffer.from(bytes).lastIndexOf(HASH));
  });
});

describe('the steps of a path', () => {
  it('lead to the root, for every entry of every small log', () => {
    for (let treeSize = 1; treeSize <= 20; treeSize++) {
      for (let index = 0; index < treeSize; index++) {
        const proof = proofOf({ treeSize, index, entry: IMAGE_ENTRY, cosigners: ['v0'] });
        const steps = pathSteps(encode(entrySchema, IMAGE_ENTRY), proof);
        const root = steps.at(-1)?.hash ?? proof.checkpoint.root;
        expect(root, `${index} of ${treeSize}`).to.deep.equal(proof.checkpoint.root);
        expect(steps).to.have.length(proof.hashes.length);
      }
    }
  });
});
