import { expect } from 'chai';

import { formatSignedCheckpoint, type SignedCheckpoint } from '../../../chain/log/checkpoint.ts';
import { policyOf } from '../../../chain/log/policy.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from '../../../chain/log/trust.ts';
import { Checkpoints } from '../../../node/cosigning/checkpoints.ts';
import { assemble, checkClaim, logSignerOf } from '../../../node/cosigning/cosignedLog.ts';
import type { TreeRoot } from '../../../node/cosigning/treeHead.ts';
import type { ChainStore } from '../../../node/store/chainStore.ts';
import { createMemoryChainStore } from '../../../node/store/memoryChainStore.ts';
import { captureLog, messagesOf } from '../../support/capturedLog.ts';
import { codeOf, validatorOf, validatorsOf } from '../../support/chainValues.ts';
import { NETWORK_LOG, signLog } from '../../support/cosigners.ts';
import { settled } from '../../support/fakeClock.ts';
import { claimOf, GrowingLog, TIME_S } from './growingLog.ts';

/** Checkpoints of a log, and what came of them. */
class Rig {
  readonly log: GrowingLog;
  readonly chain: ChainStore;
  readonly captured = captureLog();
  readonly finals: SignedCheckpoint[] = [];
  readonly conflicts: string[] = [];
  readonly checkpoints: Checkpoints;
  readonly #validatorCount: number;

  constructor({ validatorCount = 4, chain = createMemoryChainStore(), isObserver = false } = {}) {
    this.#validatorCount = validatorCount;
    this.log = new GrowingLog(validatorCount);
    this.chain = chain;
    this.checkpoints = new Checkpoints(this.log.head(), {
      network: NETWORK_LOG,
      signLog: isObserver ? undefined : signLog,
      chain,
      readTile: this.log.readTile,
      log: this.captured.log,
      onFinal: (checkpoint) => void this.finals.push(checkpoint),
      onConflict: (why) => void this.conflicts.push(why),
      onFault: (error) => {
        throw error;
      },
    });
  }

  /** Adds blocks with so many entries each. */
  grow(...counts: readonly number[]): void {
    for (const count of counts) this.checkpoints.advance(this.log.grow(count));
  }

  /** Takes claims of validators for the last block. */
  hear(...indexes: readonly number[]): void {
    for (const index of indexes) this.checkpoints.hear(index, claimOf(index, this.log.head()));
  }

  /** Sizes of what was said to be final, in order. */
  sizes(): readonly number[] {
    return this.finals.map(({ treeSize }) => treeSize);
  }

  finalSize(): number | undefined {
    return this.checkpoints.final()?.treeSize;
  }

  /** Validators whose cosignatures a checkpoint has, after its signatures are checked. */
  cosignersOf(checkpoint: SignedCheckpoint | undefined): readonly string[] {
    const policy = policyOf(NETWORK_LOG, validatorsOf(this.#validatorCount));
    if (checkpoint === undefined) return [];
    checkLogSignature(checkpoint, policy);
    const cosigners = cosignersOf(checkpoint.note, policy);
    checkQuorum(cosigners, policy);
    return cosigners.map(({ name }) => name);
  }
}

/** A checkpoint that these validators have cosigned. */
function noteOf(tree: TreeRoot, indexes: readonly number[]): Uint8Array {
  const lines = indexes.map((index) =>
    checkClaim(claimOf(index, tree), NETWORK_LOG, validatorOf(`v${index}`)),
  );
  return formatSignedCheckpoint(assemble(tree, lines, logSignerOf(NETWORK_LOG, signLog)));
}

describe('a checkpoint', () => {
  for (const [validatorCount, quorum] of [
    [1, 1],
    [2, 2],
    [4, 3],
    [5, 4],
    [7, 5],
  ] as const) {
    it(`of ${validatorCount} is final when ${quorum} have cosigned, not before`, () => {
      const rig = new Rig({ validatorCount });
      const indexes = Array.from({ length: quorum }, (_, i) => validatorCount - 1 - i);
      rig.hear(...indexes.slice(1));
      const before = rig.finalSize();
      rig.hear(...indexes.slice(0, 1));

      expect([before, rig.finalSize()]).to.deep.equal([undefined, 1]);
      expect(rig.cosignersOf(rig.checkpoints.final())).to.deep.equal(
        indexes.toSorted().map((index) => `test/v${index}`),
      );
    });
  }

  it('counts each validator once, whatever it repeats', () => {
    const rig = new Rig();
    rig.hear(1, 1, 2, 2, 1);

    expect(rig.finalSize()).to.equal(undefined);
  });

  it('has one cosignature more whenever one comes later', () => {
    const rig = new Rig();
    rig.hear(0, 1, 2, 3);

    expect(rig.finals.map((each) => rig.cosignersOf(each).length)).to.deep.equal([3, 4]);
  });

  it('that becomes final after a newer one is of no use', () => {
    const rig = new Rig();
    const older = rig.log.head();
    rig.hear(0, 1);
    rig.grow(2);
    rig.hear(0, 1, 2);
    rig.checkpoints.hear(2, claimOf(2, older));

    expect(rig.sizes()).to.deep.equal([3]);
  });

  it('of an older block becomes final while newer ones wait', () => {
    const rig = new Rig();
    const older = rig.log.head();
    rig.hear(0, 1);
    rig.grow(2, 2);
    rig.checkpoints.hear(2, claimOf(2, older));
    rig.hear(0, 1, 3);

    expect(rig.sizes()).to.deep.equal([1, 5]);
  });

  it('is there again after a restart', async () => {
    const rig = new Rig();
    rig.hear(0, 1, 2);
    await settled();
    const again = new Rig({ chain: rig.chain });

    expect(again.checkpoints.final()).to.deep.equal(rig.checkpoints.final());
  });

  it('waits for cosignatures while 256 blocks come, and not for ever', () => {
    const rig = new Rig();
    const [first, second] = [rig.log.head(), rig.log.grow(1)];
    rig.checkpoints.advance(second);
    for (let i = 0; i < 255; i++) rig.grow(1);
    for (const index of [0, 1, 2]) rig.checkpoints.hear(index, claimOf(index, first));
    const before = rig.finalSize();
    for (const index of [0, 1, 2]) rig.checkpoints.hear(index, claimOf(index, second));

    expect([before, rig.finalSize()]).to.deep.equal([undefined, 2]);
  });
});

describe('a claim', () => {
  const wrong: readonly (readonly [string, () => void, string])[] = [
    [
      'of another',
      (rig = new Rig()) => rig.checkpoints.hear(1, claimOf(2, rig.log.head())),
      'ERR_SIGNATURE',
    ],
    [
      'of nobody',
      (rig = new Rig()) => rig.checkpoints.hear(4, claimOf(4, rig.log.head())),
      'ERR_UNKNOWN_VALIDATOR',
    ],
    [
      'with one bit changed',
      (rig = new Rig()) => {
        const claim = claimOf(1, rig.log.head());
        const signature = claim.signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte));
        rig.checkpoints.hear(1, { ...claim, signature });
      },
      'ERR_SIGNATURE',
    ],
    [
      'with another time than was signed',
      (rig = new Rig()) => {
        const claim = claimOf(1, rig.log.head());
        const signature = claim.signature.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
        rig.checkpoints.hear(1, { ...claim, signature });
      },
      'ERR_SIGNATURE',
    ],
  ];
  for (const [what, hear, code] of wrong) {
    it(`${what} is refused`, () => {
      expect(codeOf(hear)).to.equal(code);
    });
  }

  it('for a block that is not here yet counts when it is', () => {
    const rig = new Rig();
    const ahead = new GrowingLog();
    const head = ahead.grow(3);
    for (const index of [0, 1, 2]) rig.checkpoints.hear(index, claimOf(index, head));
    const before = rig.finalSize();
    rig.grow(3);

    expect([before, rig.finalSize()]).to.deep.equal([undefined, 4]);
  });

  it('for a block that is not here yet is kept only if it is its sender’s newest', () => {
    const rig = new Rig();
    const ahead = new GrowingLog();
    const [near, far] = [ahead.grow(1), ahead.grow(1)];
    for (const index of [0, 1, 2]) {
      rig.checkpoints.hear(index, claimOf(index, far));
      rig.checkpoints.hear(index, claimOf(index, near));
    }
    rig.grow(1, 1);

    expect(rig.sizes()).to.deep.equal([3]);
  });

  it('of no block’s end, or of another’s making, comes to nothing when its block is here', () => {
    const rig = new Rig();
    const ahead = new GrowingLog();
    ahead.grow(3);
    rig.checkpoints.hear(0, claimOf(0, ahead.rootAt(2)));
    rig.checkpoints.hear(1, claimOf(2, ahead.head()));
    rig.grow(3);
    rig.hear(2, 3);

    expect([rig.finalSize(), rig.checkpoints.newestOf(0)]).to.deep.equal([undefined, undefined]);
  });

  it('that was checked is the newest of its validator, for when it asks', () => {
    const rig = new Rig();
    const older = claimOf(1, rig.log.head());
    rig.grow(1);
    rig.hear(1);
    rig.checkpoints.hear(1, older);

    expect(rig.checkpoints.newestOf(1)).to.deep.equal(claimOf(1, rig.log.head()));
    expect(rig.checkpoints.newestOf(2)).to.equal(undefined);
  });
});

describe('a claim for another root', () => {
  const other = new GrowingLog(4, 'another log');

  it('of one validator is told to operators, and counts for nothing', () => {
    const rig = new Rig();
    for (let i = 0; i < 3; i++) rig.checkpoints.hear(3, claimOf(3, other.head()));
    rig.hear(0, 1, 3);

    expect(messagesOf(rig.captured)).to.deep.equal(['a validator cosigned another root']);
    expect([rig.finalSize(), rig.conflicts]).to.deep.equal([undefined, []]);
  });

  it('of more than f validators contradicts the log here', () => {
    const rig = new Rig();
    for (const index of [2, 3]) rig.checkpoints.hear(index, claimOf(index, other.head()));

    expect(rig.conflicts).to.deep.equal([
      'more than f validators have cosigned another root of the first 1 entries than is here',
    ]);
  });
});

describe('a checkpoint that others have made final', () => {
  it('is taken, by a node without the log’s key too', () => {
    const rig = new Rig({ isObserver: true });
    rig.grow(3);
    rig.checkpoints.adopt(noteOf(rig.log.head(), [0, 1, 3]));

    expect(rig.cosignersOf(rig.checkpoints.final())).to.deep.equal([
      'test/v0',
      'test/v1',
      'test/v3',
    ]);
  });

  it('of an earlier size is taken where nothing newer is here', () => {
    const rig = new Rig();
    rig.grow(300, 5);
    rig.checkpoints.adopt(noteOf(rig.log.rootAt(301), [0, 1, 2]));
    rig.checkpoints.adopt(noteOf(rig.log.rootAt(1), [0, 1, 2]));

    expect(rig.sizes()).to.deep.equal([301]);
  });

  it('of what is not here yet is told, and not taken', () => {
    const rig = new Rig();
    const ahead = new GrowingLog();
    const head = ahead.grow(3);
    const tree = rig.checkpoints.adopt(noteOf(head, [0, 1, 2]));

    expect([tree.treeSize, tree.root]).to.deep.equal([4, head.root]);
    expect(rig.finalSize()).to.equal(undefined);
  });

  it('contradicts the log here where its root is another', () => {
    const rig = new Rig();
    rig.grow(3);
    const other = new GrowingLog(4, 'another log');
    rig.checkpoints.adopt(noteOf(other.head(), [0, 1, 2]));

    expect(rig.conflicts).to.deep.equal([
      'a quorum has cosigned another root of the first 1 entries than is here',
    ]);
    expect(rig.finalSize()).to.equal(undefined);
  });

  const head = new GrowingLog().head();
  const lies: readonly (readonly [string, Uint8Array, string])[] = [
    ['with too few cosignatures', noteOf(head, [0, 1]), 'ERR_QUORUM'],
    ['with one validator’s cosignatures', noteOf(head, [0, 0, 0]), 'ERR_QUORUM'],
    ['with bytes of no form', new Uint8Array(3), 'ERR_MALFORMED'],
    [
      'with a cosignature for another tree',
      new TextEncoder().encode(
        new TextDecoder().decode(noteOf(head, [0, 1, 2])).replace('\n1\n', '\n2\n'),
      ),
      'ERR_SIGNATURE',
    ],
  ];
  for (const [what, bytes, code] of lies) {
    it(`is refused ${what}`, () => {
      expect(codeOf(() => new Rig().checkpoints.adopt(bytes))).to.equal(code);
    });
  }

  it('is refused without the log’s signature', () => {
    const rig = new Rig();
    const text = new TextDecoder().decode(noteOf(head, [0, 1, 2]));
    const lines = text.split('\n').filter((line) => !/^— test\/[0-9a-f]{16} /.test(line));
    expect(
      codeOf(() => rig.checkpoints.adopt(new TextEncoder().encode(lines.join('\n')))),
    ).to.equal('ERR_UNKNOWN_SIGNER');
  });

  it('carries the times at which it was cosigned', () => {
    const rig = new Rig();
    rig.hear(0, 1, 2);
    const policy = policyOf(NETWORK_LOG, validatorsOf(4));
    const cosigners = cosignersOf(rig.checkpoints.final()!.note, policy);

    expect(cosigners.map(({ timeS }) => timeS)).to.deep.equal([TIME_S, TIME_S, TIME_S]);
  });
});
