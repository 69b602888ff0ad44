import { expect } from 'chai';
import fc from 'fast-check';

import type { AddCheckpoint } from '../../../chain/log/addCheckpoint.ts';
import { signNote } from '../../../chain/log/note.ts';
import { judgeCheckpoint, type KnownTree, type Ruling } from '../../../chain/log/witness.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { flipBit } from '../../support/logRig.ts';
import { logSigner, TestLog } from '../../support/witnessRig.ts';

const LOG = new TestLog();
const FORK = new TestLog(LOG.origin, 'another');
const LOGS = new Map([[LOG.origin, [LOG.signer.key]]]);

/** What a witness knows that has cosigned the first entries; 0: nothing. */
function known(treeSize: number): KnownTree | undefined {
  return treeSize === 0 ? undefined : { treeSize, root: LOG.rootAt(treeSize) };
}

function judge(question: AddCheckpoint, knownSize: number): Ruling {
  return judgeCheckpoint(question, LOGS, known(knownSize));
}

describe('a witness', () => {
  it('cosigns what has grown from what it knows, for all sizes of small logs', () => {
    for (let newSize = 0; newSize <= 20; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const question = LOG.question(oldSize, newSize);
        expect(judge(question, oldSize), `${oldSize} to ${newSize}`).to.deep.equal({
          type: 'cosign',
        });
      }
    }
  });

  it('cosigns a log without entries that it has cosigned already', () => {
    const empty = { treeSize: 0, root: LOG.rootAt(0) };

    expect(judgeCheckpoint(LOG.question(0, 0), LOGS, empty).type).to.equal('cosign');
    expect(judgeCheckpoint(LOG.question(0, 9), LOGS, empty).type).to.equal('cosign');
  });

  it('cosigns with extension lines, which it does not judge', () => {
    const question = LOG.question(3, 7, { extension: 'whatever it says\n' });

    expect(judge(question, 3).type).to.equal('cosign');
  });

  it('W1: does not know a log that it was not told of, whoever signed', () => {
    const origin = 'other.example/1';
    for (const signers of [[LOG.signer], [logSigner(origin)], [logSigner(origin, LOG.origin)]]) {
      expect(judge(LOG.question(3, 7, { origin, signers }), 3).type).to.equal('unknownLog');
    }
    expect(judgeCheckpoint(LOG.question(0, 7), new Map(), undefined).type).to.equal('unknownLog');
  });

  it('W2: needs a signature of a key of the log', () => {
    const impostor = logSigner(LOG.origin, 'an impostor');
    const change = { signers: [impostor, logSigner('other.example/1')] };

    expect(judge(LOG.question(3, 7, change), 3).type).to.equal('unsigned');
  });

  it('W2: ignores signatures of unknown keys beside it', () => {
    const change = { signers: [logSigner(LOG.origin, 'an impostor'), LOG.signer] };

    expect(judge(LOG.question(3, 7, change), 3).type).to.equal('cosign');
  });

  it('W2: refuses a line of the log that does not verify, also beside one that does', () => {
    const { checkpoint, ...rest } = LOG.question(3, 7);
    const line = signNote(checkpoint.note.text, LOG.signer);
    const bad = { ...line, signature: flipBit(line.signature, 77) };
    for (const signatures of [[bad], [line, bad]]) {
      const question = {
        ...rest,
        checkpoint: { ...checkpoint, note: { ...checkpoint.note, signatures } },
      };
      expect(judge(question, 3).type).to.equal('unsigned');
    }
  });

  it('W2: takes any key of a log that has several', () => {
    const next = logSigner(LOG.origin, 'the next key');
    const logs = new Map([[LOG.origin, [LOG.signer.key, next.key]]]);
    for (const signers of [[next], [LOG.signer], [LOG.signer, next]]) {
      const question = LOG.question(3, 7, { signers });
      expect(judgeCheckpoint(question, logs, known(3)).type).to.equal('cosign');
    }
  });

  it('W3: refuses an old size above that of the checkpoint, whatever it knows', () => {
    for (const knownSize of [0, 3, 7, 8, 20]) {
      const question = LOG.question(3, 7, { oldSize: 8 });
      expect(judge(question, knownSize).type, `${knownSize}`).to.equal('backwards');
    }
  });

  it('W4: names the size that it knows where the old size is another', () => {
    expect(judge(LOG.question(3, 7), 4)).to.deep.equal({ type: 'otherSize', treeSize: 4 });
    expect(judge(LOG.question(3, 7), 2)).to.deep.equal({ type: 'otherSize', treeSize: 2 });
    expect(judge(LOG.question(0, 7), 9)).to.deep.equal({ type: 'otherSize', treeSize: 9 });
  });

  it('W4: knows a log that it never cosigned as empty', () => {
    expect(judge(LOG.question(3, 7), 0)).to.deep.equal({ type: 'otherSize', treeSize: 0 });
  });

  it('W4: comes before the proof, and after the signature', () => {
    const bad = { hashes: [hashOfText('bad')] };
    const unsigned = { ...bad, signers: [logSigner('other.example/1')] };

    expect(judge(LOG.question(3, 7, bad), 4).type).to.equal('otherSize');
    expect(judge(LOG.question(3, 7, unsigned), 4).type).to.equal('unsigned');
  });

  it('W5: refuses a proof with a hash changed, missing or added, for all sizes of small logs', () => {
    for (let newSize = 2; newSize <= 12; newSize++) {
      for (let oldSize = 1; oldSize < newSize; oldSize++) {
        const { hashes } = LOG.question(oldSize, newSize);
        const wrong = [
          hashes.slice(1),
          hashes.slice(0, -1),
          [...hashes, hashOfText('more')],
          [hashOfText('more'), ...hashes],
          hashes.map((hash, i) => (i === 0 ? flipBit(hash, 3) : hash)),
        ];
        for (const each of wrong) {
          const ruling = judge(LOG.question(oldSize, newSize, { hashes: each }), oldSize);
          expect(ruling, `${oldSize} to ${newSize}`).to.include({
            type: 'inconsistent',
            isFork: false,
          });
        }
      }
    }
  });

  it('W5: refuses a log that has changed what was cosigned, with a proof of its own', () => {
    const ruling = judge(FORK.question(7, 12), 7);

    expect(ruling).to.include({ type: 'inconsistent', isFork: false });
  });

  it('W5: takes one that differs only behind what was cosigned', () => {
    expect(judge(FORK.question(5, 12), 5).type).to.equal('cosign');
  });

  it('W5: refuses another root of the size that it knows, which proves a lie', () => {
    expect(judge(FORK.question(7, 7), 7)).to.include({ type: 'inconsistent', isFork: true });
    const withHashes = FORK.question(7, 7, { hashes: [hashOfText('x')] });
    expect(judge(withHashes, 7)).to.include({ type: 'inconsistent', isFork: true });
  });

  it('W5: refuses hashes where none is needed, which proves nothing', () => {
    const change = { hashes: [hashOfText('x')] };

    expect(judge(LOG.question(7, 7, change), 7)).to.include({
      type: 'inconsistent',
      isFork: false,
    });
    expect(judge(LOG.question(0, 7, change), 0)).to.include({
      type: 'inconsistent',
      isFork: false,
    });
  });

  it('W5: knows one root of a log without entries', () => {
    const change = { root: hashOfText('not of nothing') };

    expect(judge(LOG.question(0, 0, change), 0).type).to.equal('inconsistent');
  });

  it('never cosigns two histories, whatever is asked in whatever order', () => {
    const sizes = fc.integer({ min: 0, max: 24 });
    const asked = fc.tuple(fc.boolean(), sizes, sizes, fc.option(fc.nat(4), { nil: undefined }));

    fc.assert(
      fc.property(fc.array(asked, { maxLength: 30 }), (questions) => {
        let tree: KnownTree | undefined;
        const cosigned: KnownTree[] = [];
        for (const [isFork, a, b, cut] of questions) {
          const log = isFork ? FORK : LOG;
          const [oldSize, newSize] = [Math.min(a, b), Math.max(a, b)];
          const honest = log.question(oldSize, newSize);
          const hashes = cut === undefined ? honest.hashes : honest.hashes.slice(0, cut);
          const { checkpoint } = honest;
          const ruling = judgeCheckpoint({ ...honest, hashes }, LOGS, tree);
          if (ruling.type !== 'cosign') continue;
          tree = checkpoint;
          cosigned.push(checkpoint);
        }
        const isOf = (log: TestLog): boolean =>
          cosigned.every(({ treeSize, root }) =>
            Buffer.from(root).equals(Buffer.from(log.rootAt(treeSize))),
          );
        expect(cosigned.map(({ treeSize }) => treeSize)).to.deep.equal(
          cosigned.map(({ treeSize }) => treeSize).toSorted((x, y) => x - y),
        );
        expect(isOf(LOG) || isOf(FORK)).to.equal(true);
      }),
    );
  });
});
