import { expect } from 'chai';

import type { Change } from '../../../chain/batch.ts';
import type { ChangeEntry, Entry } from '../../../chain/entry.ts';
import { formatPolicy, policyOf } from '../../../chain/log/policy.ts';
import {
  CHANGE_PROOF_COUNT_MAX,
  type PinnedNetwork,
  policyAt,
  rollForward,
} from '../../../chain/log/rollForward.ts';
import { formatTlogProof } from '../../../chain/log/tlogProof.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import type { Validator } from '../../../chain/validatorSet.ts';
import { codeOf, validatorOf } from '../../support/chainValues.ts';
import { closingEntry, flipBit, LOG, namesOf, proofOf } from '../../support/logRig.ts';

const FOUR = ['v0', 'v1', 'v2', 'v3'];
const FIVE = [...FOUR, 'v4'];
/** v0 has left. */
const OTHERS = ['v1', 'v2', 'v3', 'v4'];
const PINNED: PinnedNetwork = { log: LOG, validators: FOUR.map(validatorOf) };

function changeTo(validators: readonly Validator[], height: number): ChangeEntry {
  const change: Change = { validators, authorities: undefined, params: undefined };
  return { kind: 3, height, change, firstHeight: height + 2 };
}

/** The proof of an entry, cosigned by validators of these names. */
function prove(entry: Entry, cosigners: readonly string[]): Uint8Array {
  return formatTlogProof(proofOf({ treeSize: 20, entry, index: 11, cosigners }));
}

const TO_FIVE = prove(changeTo(FIVE.map(validatorOf), 10), FOUR.slice(0, 3));
const TO_OTHERS = prove(changeTo(OTHERS.map(validatorOf), 30), FIVE.slice(0, 4));

/** The code with which proofs are refused, or `accepted`. */
function refusalOf(...proofs: readonly Uint8Array[]): string {
  return codeOf(() => rollForward(PINNED, proofs));
}

describe('the sets of a network', () => {
  it('are that of its genesis where nothing has changed', () => {
    expect(rollForward(PINNED, [])).to.deep.equal([{ height: 0, value: PINNED.validators }]);
  });

  it('follow from each other, each signed by a quorum of the one before', () => {
    expect(rollForward(PINNED, [TO_FIVE, TO_OTHERS])).to.deep.equal([
      { height: 0, value: PINNED.validators },
      { height: 12, value: FIVE.map(validatorOf) },
      { height: 32, value: OTHERS.map(validatorOf) },
    ]);
  });

  it('give the policy of every height', () => {
    const history = rollForward(PINNED, [TO_FIVE, TO_OTHERS]);
    const policies = [FOUR, FIVE, OTHERS].map((names) =>
      formatPolicy(policyOf(LOG, names.map(validatorOf))),
    );
    const at = (height: number): number =>
      policies.indexOf(formatPolicy(policyAt(LOG, history, height)));

    expect([0, 1, 11, 12, 31, 32, 1_000_000].map(at)).to.deep.equal([0, 0, 0, 1, 1, 2, 2]);
  });

  it('say nothing of a height below the first that is known', () => {
    const [, later] = rollForward(PINNED, [TO_FIVE]);

    expect(codeOf(() => policyAt(LOG, [later!], 11))).to.equal('ERR_HEIGHT');
  });
});

describe('a change of the set is refused', () => {
  it('with one cosignature less than a quorum of the set before', () => {
    expect(refusalOf(prove(changeTo(FIVE.map(validatorOf), 10), FOUR.slice(0, 2)))).to.equal(
      'ERR_QUORUM',
    );
  });

  it('with the new set alone behind it', () => {
    const strangers = ['v5', 'v6', 'v7', 'v8'];
    const proof = prove(changeTo(strangers.map(validatorOf), 10), strangers);

    expect(refusalOf(proof)).to.equal('ERR_QUORUM');
  });

  it('where the one before it is left out, and too few of the older set have signed', () => {
    const byNew = prove(changeTo(OTHERS.map(validatorOf), 30), ['v1', 'v2', 'v4']);

    expect(refusalOf(byNew)).to.equal('ERR_QUORUM');
  });

  it('that comes again, or is older than the set that it changes', () => {
    expect(refusalOf(TO_FIVE, TO_FIVE)).to.equal('ERR_ENTRY');
    const early = prove(changeTo(OTHERS.map(validatorOf), 11), FIVE.slice(0, 4));
    expect(refusalOf(TO_FIVE, early)).to.equal('ERR_ENTRY');
    const atOnce = prove(changeTo(OTHERS.map(validatorOf), 12), FIVE.slice(0, 4));
    expect(refusalOf(TO_FIVE, atOnce)).to.equal('accepted');
  });

  for (const delay of [0, 1, 3]) {
    it(`that acts ${delay} heights later`, () => {
      const entry = { ...changeTo(FIVE.map(validatorOf), 10), firstHeight: 10 + delay };

      expect(refusalOf(prove(entry, FOUR))).to.equal('ERR_ENTRY');
    });
  }

  it('of the parameters, or of no kind of change', () => {
    const change: Change = {
      validators: undefined,
      authorities: undefined,
      params: DEFAULT_PARAMS,
    };
    const ofParams = { ...changeTo([], 10), change };

    expect(refusalOf(prove(ofParams, FOUR))).to.equal('ERR_ENTRY');
    expect(refusalOf(prove(closingEntry(10), FOUR))).to.equal('ERR_ENTRY');
  });

  it('without its entry', () => {
    const entry = changeTo(FIVE.map(validatorOf), 10);
    const proof = proofOf({ treeSize: 20, entry, index: 11, cosigners: FOUR });

    expect(refusalOf(formatTlogProof({ ...proof, extra: undefined }))).to.equal('ERR_ENTRY');
  });

  it('to a set in which somebody stands twice, or the key of the log counts', () => {
    const [first, ...rest] = FIVE.map(validatorOf);
    const twice = { ...first!, cosignerKey: rest[0]!.cosignerKey };
    const renamed = { ...first!, name: rest[0]!.name };
    const log = { ...first!, cosignerKey: LOG.logKey };
    for (const changed of [twice, renamed, log]) {
      const proof = prove(changeTo([changed, ...rest], 10), FOUR);
      expect(refusalOf(proof)).to.equal('ERR_ENTRY');
    }
  });

  it('of another network', () => {
    const elsewhere = { ...PINNED, log: { ...LOG, network: 'elsewhere.test' } };

    expect(codeOf(() => rollForward(elsewhere, [TO_FIVE]))).to.equal('ERR_UNKNOWN_LOG');
  });

  it('with a bit flipped in any byte of its proof', () => {
    for (let byte = 0; byte < TO_FIVE.length; byte++) {
      const code = refusalOf(flipBit(TO_FIVE, byte * 8 + (byte % 8)));
      expect(code, `byte ${byte}`).to.not.equal('accepted');
    }
  });

  it('where there are more of them than anybody follows', () => {
    const proofs = Array.from({ length: CHANGE_PROOF_COUNT_MAX + 1 }, () => TO_FIVE);

    expect(refusalOf(...proofs)).to.equal('ERR_LIMIT');
  });
});

describe('the sets of networks of any size', () => {
  for (const count of [1, 2, 3, 6]) {
    it(`grow from ${count} by one`, () => {
      const names = namesOf(count);
      const next = namesOf(count + 1).map(validatorOf);
      const pinned = { log: LOG, validators: names.map(validatorOf) };
      const history = rollForward(pinned, [prove(changeTo(next, 3), names)]);

      expect(history.at(-1)).to.deep.equal({ height: 5, value: next });
    });
  }
});
