import { expect } from 'chai';

import { quorumSize } from '../../../chain/consensus/quorum.ts';
import type { SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import type { NoteSignature } from '../../../chain/log/note.ts';
import { trimForReaders } from '../../../chain/log/trim.ts';
import { codeOf, hashOfText } from '../../support/chainValues.ts';
import { checkpointOf, LOG_SIGNER, namesOf, networkPolicy } from '../../support/logRig.ts';
import { witnessSigner } from '../../support/witnessRig.ts';

const TREE = { treeSize: 300, root: hashOfText('root') };

/** The checkpoint that all of so many validators have cosigned. */
function cosignedBy(validatorCount: number): SignedCheckpoint {
  return checkpointOf(TREE, namesOf(validatorCount));
}

function linesOf(count: number, { note }: SignedCheckpoint): readonly NoteSignature[] {
  return Array.from({ length: count }, (_, i) =>
    cosign(note.text, 1_795_225_000, witnessSigner(`w${i}`)),
  );
}

/** Who has signed what is handed out: `log`, `v` for each validator, and the witnesses. */
function trimmed(validatorCount: number, witnessCount: number, others = true): string {
  const signed = cosignedBy(validatorCount);
  const witnesses = linesOf(witnessCount, signed);
  const policy = networkPolicy(validatorCount);
  const { note } = trimForReaders(signed, policy, { witnesses, others });
  return note.signatures
    .map(({ name }) => (name === LOG_SIGNER.key.name ? 'log' : name.startsWith('w') ? name : 'v'))
    .join(' ');
}

describe('what is handed out of a checkpoint', () => {
  it('is the log, a quorum, the witnesses and the other validators, as long as there is room', () => {
    expect(trimmed(4, 0)).to.equal('log v v v v');
    expect(trimmed(4, 2)).to.equal('log v v v w0 w1 v');
    expect(trimmed(1, 1)).to.equal('log v w0');
  });

  it('is without the other validators in a proof', () => {
    expect(trimmed(4, 2, false)).to.equal('log v v v w0 w1');
  });

  it('has 16 signatures at most, for every number of validators whose quorum has room', () => {
    for (let count = 1; quorumSize(count) < 16; count++) {
      const names = trimmed(count, 14).split(' ');
      expect(names.length, `${count}`).to.be.at.most(16);
      expect(names.filter((each) => each === 'v').length).to.be.at.least(quorumSize(count));
    }
  });

  it('drops the other validators first, and the last witnesses then', () => {
    const count = 16; // A quorum of 11.

    expect(trimmed(count, 2)).to.equal(`log${' v'.repeat(11)} w0 w1 v v`);
    expect(trimmed(count, 6)).to.equal(`log${' v'.repeat(11)} w0 w1 w2 w3`);
  });

  it('is the quorum alone where that fills it, and all of it where it is more', () => {
    expect(trimmed(22, 1)).to.equal(`log${' v'.repeat(15)}`);
    // No reader of 16 signatures can read these: the witnesses are for others.
    expect(trimmed(23, 1)).to.equal(`log${' v'.repeat(16)} w0`);
    expect(trimmed(100, 2)).to.equal(`log${' v'.repeat(67)} w0 w1`);
  });

  it('has no line of anybody else, and none twice', () => {
    const signed = cosignedBy(4);
    const { note } = signed;
    const stranger = linesOf(1, signed)[0]!;
    const signatures = [stranger, ...note.signatures, ...note.signatures];
    const full = { ...signed, note: { ...note, signatures } };
    const { note: left } = trimForReaders(full, networkPolicy(4), { witnesses: [], others: true });

    expect(left.signatures).to.deep.equal(note.signatures);
  });

  it('is nothing without a quorum', () => {
    const code = codeOf(() =>
      trimForReaders(checkpointOf(TREE, namesOf(2)), networkPolicy(4), {
        witnesses: linesOf(5, cosignedBy(4)),
        others: true,
      }),
    );

    expect(code).to.equal('ERR_QUORUM');
  });
});
