import { expect } from 'chai';
import fc from 'fast-check';

import { PHASE } from '../../../chain/block.ts';
import { BallotBox, VIEWS_HELD_MAX } from '../../../chain/consensus/ballotBox.ts';
import {
  ballotsOf,
  beginHeight,
  createCore,
  EVIDENCE_HEIGHTS,
} from '../../../chain/consensus/core.ts';
import { EarlyMessages } from '../../../chain/consensus/earlyMessages.ts';
import { checkEquivocation } from '../../../chain/consensus/equivocation.ts';
import { KNOWN_BLOCKS_MAX, KnownBlocks } from '../../../chain/consensus/knownBlocks.ts';
import type { Message } from '../../../chain/consensus/message.ts';
import { contextAt, type Statement } from '../../../chain/consensus/statement.ts';
import { SUSPECT_COUNT_MAX, SUSPECT_HEIGHTS, Suspects } from '../../../chain/consensus/suspects.ts';
import {
  bytesOf,
  CHAIN_ID,
  hashOfText,
  signerOf,
  validatorsOf,
} from '../../support/chainValues.ts';
import {
  commitOf,
  EngineRig,
  headerOf,
  kindsOf,
  newViewOf,
  NOTHING,
  NOW_MS,
  prepareOf,
  preparedOf,
  proposalOf,
  tipAt,
  viewChangeAt,
  viewChangeOf,
} from './support/engineRig.ts';

const HEADER = headerOf();
const OTHER = headerOf({ text: 'other' });
const NEXT = headerOf({ height: 2, timestampMs: NOW_MS + 1 });

function statement(fields: Partial<Statement>): Statement {
  const place = { height: 1, view: 0, phase: PHASE.prepare, index: 0 };
  return { ...place, valueHash: hashOfText('a'), signature: bytesOf(64, 1), ...fields };
}

describe('R18: a ballot box', () => {
  it('holds the newest views of a validator and phase, whatever is claimed', () => {
    const box = new BallotBox();
    for (let view = 0; view < 100; view++) box.add(statement({ view }));
    const held = box.viewsOf(PHASE.prepare, hashOfText('a'));

    expect(held).to.deep.equal([99, 98, 97, 96]);
    expect(box.size()).to.equal(VIEWS_HELD_MAX);
  });

  it('lets nobody push out what another has signed', () => {
    const box = new BallotBox();
    box.add(statement({ index: 1 }));
    for (let view = 0; view < 100; view++) box.add(statement({ view }));

    expect(box.signatures(PHASE.prepare, 0, hashOfText('a'))).to.have.length(1);
  });

  it('takes no view that is older than those it holds', () => {
    const box = new BallotBox();
    for (const view of [5, 6, 7, 8, 1]) box.add(statement({ view }));

    expect(box.viewsOf(PHASE.prepare, hashOfText('a'))).to.deep.equal([8, 7, 6, 5]);
  });
});

describe('R17: equivocation', () => {
  const contradictions: readonly (readonly [string, Message, Message])[] = [
    ['PRE-PREPARE', proposalOf(HEADER), proposalOf(OTHER)],
    ['PREPARE', prepareOf(3, HEADER), prepareOf(3, OTHER)],
    ['COMMIT', commitOf(3, HEADER), commitOf(3, OTHER)],
    ['VIEW-CHANGE', viewChangeOf(3, 1), viewChangeOf(3, 1, preparedOf(HEADER, 0, [0, 1, 3]))],
  ];
  for (const [what, one, other] of contradictions) {
    it(`by two of one ${what} makes evidence that everybody accepts, once`, () => {
      const rig = new EngineRig('v0');
      const first = rig.hear(one).evidence;
      const [evidence, ...more] = rig.hear(other).evidence;
      const again = [other, one].flatMap((each) => rig.hear(each).evidence);
      const context = contextAt(tipAt(0).state, 1);

      expect([first, more, again]).to.deep.equal([[], [], []]);
      expect(evidence?.phase).to.equal(one.kind);
      if (evidence === undefined || context === undefined) throw new Error('there is evidence');
      expect(() => checkEquivocation(evidence, context)).to.not.throw();
    });
  }

  it('is found by the votes of a certificate that contradict one that was heard', () => {
    const rig = new EngineRig('v0');
    rig.hear(prepareOf(3, OTHER));
    const { evidence } = rig.hear(viewChangeOf(2, 1, preparedOf(HEADER, 0, [1, 2, 3])));

    expect(evidence.map(({ index, phase }) => [index, phase])).to.deep.equal([[3, PHASE.prepare]]);
  });

  it('is found in what a NEW-VIEW carries', () => {
    const rig = new EngineRig('v0');
    rig.hear(viewChangeOf(3, 1, preparedOf(HEADER, 0, [0, 1, 3])));
    const viewChanges = [1, 2, 3].map((index) => viewChangeOf(index, 1));
    const { evidence } = rig.hear(newViewOf(headerOf({ view: 1 }), viewChanges));

    expect(evidence.map(({ index, phase }) => [index, phase])).to.deep.equal([
      [3, PHASE.viewChange],
    ]);
  });

  it('is found at heights that are over, as long as they are remembered', () => {
    const rig = new EngineRig('v0');
    rig.hear(commitOf(3, HEADER));
    rig.apply(1 + EVIDENCE_HEIGHTS - 1);
    const found = rig.hear(commitOf(3, OTHER)).evidence;

    expect(found).to.have.length(1);
  });

  it('is not found at heights that are long over', () => {
    const rig = new EngineRig('v0');
    rig.hear(commitOf(3, HEADER));
    rig.apply(1 + EVIDENCE_HEIGHTS);

    expect(rig.hear(commitOf(3, OTHER))).to.deep.equal(NOTHING);
  });

  it('is found at the next height', () => {
    const rig = new EngineRig('v0');
    rig.hear(prepareOf(3, NEXT));
    const other = headerOf({ height: 2, text: 'other' });

    expect(rig.hear(prepareOf(3, other)).evidence).to.have.length(1);
  });

  it('changes no count: the first vote stands', () => {
    const rig = new EngineRig('v0');
    rig.hear(proposalOf(HEADER));
    rig.valid(HEADER);

    expect(kindsOf(rig.hear(prepareOf(3, OTHER), prepareOf(3, HEADER)).send)).to.deep.equal([]);
  });
});

describe('R18: messages of the next height', () => {
  it('are followed when it begins', () => {
    const rig = new EngineRig('v0');
    const before = rig.hear(proposalOf(NEXT), prepareOf(1, NEXT), prepareOf(3, NEXT));
    const { check } = rig.applyBlock(HEADER);
    const { send } = rig.valid(NEXT);

    expect(before).to.deep.equal(NOTHING);
    expect(check).to.deep.equal({ header: NEXT, isFresh: true });
    expect(kindsOf(send)).to.deep.equal([2, 3]);
  });

  it('count as VIEW-CHANGEs when it begins', () => {
    const rig = new EngineRig('v0');
    rig.hear(viewChangeAt(2, 1, 1), viewChangeAt(2, 3, 1));
    const { send } = rig.applyBlock(HEADER);

    expect(send).to.deep.equal([viewChangeAt(2, 0, 1)]);
  });

  it('are kept one of each kind for each validator, that of the highest view', () => {
    const early = new EarlyMessages();
    for (const view of [3, 7, 5]) early.add(viewChangeOf(3, view));
    early.add(proposalOf(HEADER));
    early.add(proposalOf(OTHER));
    early.add(prepareOf(3, HEADER));

    expect(early.size()).to.equal(2);
    expect(early.takeAll()).to.deep.equal([viewChangeOf(3, 7), proposalOf(HEADER)]);
    expect(early.size()).to.equal(0);
  });

  it('are only a hint where they are of a later height still', () => {
    const rig = new EngineRig('v0');
    const message = commitOf(3, headerOf({ height: 900 }));
    const checked = message as never;

    expect(rig.step({ type: 'message', message: checked, nowMs: NOW_MS })).to.deep.equal({
      ...NOTHING,
      behind: { height: 899 },
    });
  });
});

describe('R18: a quorum of COMMITs for a block that is not here', () => {
  it('is a hint that others have it', () => {
    const rig = new EngineRig('v0');
    const two = rig.hear(commitOf(1, HEADER), commitOf(2, HEADER));
    const three = rig.hear(commitOf(3, HEADER));

    expect([two.behind, three.behind]).to.deep.equal([undefined, { height: 1 }]);
  });
});

describe('R18: an engine that has come far', () => {
  it('remembers the ballots of the heights that count, and of no others', () => {
    const publicKey = validatorsOf(4)[0]!.consensusKey;
    const sign = signerOf('v0');
    const core = createCore({ chainId: CHAIN_ID, tip: tipAt(0), publicKey, sign, restored: [] });
    for (let height = 1; height <= 100; height++) beginHeight(core, tipAt(height));
    const held = [0, 84, 85, 101, 102, 103].filter((of) => ballotsOf(core, of) !== undefined);

    expect(held).to.deep.equal([85, 101, 102]);
    expect(core.ballots.size).to.equal(EVIDENCE_HEIGHTS + 2);
  });
});

describe('R18: blocks and suspects', () => {
  it('are remembered up to a number, the newest', () => {
    const blocks = new KnownBlocks();
    for (let i = 0; i <= KNOWN_BLOCKS_MAX; i++) {
      blocks.add({ header: HEADER, blockHash: hashOfText(`${i}`), isAvailable: true });
    }

    expect(blocks.available()).to.have.length(KNOWN_BLOCKS_MAX);
    expect(blocks.isAvailable(hashOfText('0'))).to.be.false;
  });

  it('keep what is known of a block that comes again', () => {
    const blocks = new KnownBlocks();
    blocks.add({ header: HEADER, blockHash: hashOfText('a'), isAvailable: true });
    blocks.add({ header: HEADER, blockHash: hashOfText('a'), isAvailable: false });

    expect(blocks.isAvailable(hashOfText('a'))).to.be.true;
  });

  it('are suspects up to a number, the newest', () => {
    const suspects = new Suspects();
    const ids = Array.from({ length: SUSPECT_COUNT_MAX + 1 }, (_, i) => hashOfText(`${i}`));
    suspects.add(ids, 1);

    expect(suspects.at(1)).to.deep.equal(ids.slice(1));
  });

  it('are suspects for so many heights', () => {
    const suspects = new Suspects();
    suspects.add([hashOfText('a')], 1);
    const last = suspects.at(1 + SUSPECT_HEIGHTS);

    expect([last.length, suspects.at(2 + SUSPECT_HEIGHTS).length]).to.deep.equal([1, 0]);
  });
});

describe('R20: whatever checked messages come, in whatever order', () => {
  const certificate = preparedOf(HEADER, 0, [0, 1, 3]);
  const viewChanges = [1, 2, 3].map((index) => viewChangeOf(index, 1));
  const bound = [viewChangeOf(0, 2, certificate), ...[1, 3].map((index) => viewChangeOf(index, 2))];
  const messages: readonly Message[] = [
    ...[HEADER, OTHER, NEXT].map((header) => proposalOf(header)),
    ...[0, 1, 2, 3].flatMap((index) =>
      [HEADER, OTHER, NEXT].flatMap((header) =>
        [0, 1, 1_000_000].flatMap((view) => [
          prepareOf(index, header, { view }),
          commitOf(index, header, { view }),
        ]),
      ),
    ),
    ...viewChanges,
    ...bound,
    viewChangeOf(3, 1_000_000),
    newViewOf(headerOf({ view: 1 }), viewChanges),
    newViewOf(HEADER, bound, certificate),
  ];

  it('the engine does not throw, and what it keeps is bounded', () => {
    const steps = fc.array(fc.record({ at: fc.nat(messages.length - 1), then: fc.nat(3) }), {
      minLength: 30,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.nat(3), (chosen, self) => {
        const rig = new EngineRig(`v${self}`);
        for (const { at, then } of chosen) {
          const { check, build } = rig.hear(messages[at]!);
          if (check !== undefined && then > 0) rig.valid(check.header);
          if (build !== undefined) rig.work(false);
          if (then === 1) rig.work();
          if (then === 2) rig.timeout(rig.engine.place().view);
          if (then === 3) rig.step({ type: 'tick' });
        }
        expect(rig.step({ type: 'tick' }).send.length).to.be.at.most(4);
      }),
      { numRuns: 60 },
    );
  });
});
