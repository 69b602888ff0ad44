import { expect } from 'chai';

import type { Message } from '../../../chain/consensus/message.ts';
import type { Ready } from '../../../chain/consensus/ready.ts';
import { createCore } from '../../../chain/consensus/core.ts';
import { enterView } from '../../../chain/consensus/viewChanging.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import { CHAIN_ID, hashOfText, signerOf, validatorsOf } from '../../support/chainValues.ts';
import {
  commitOf,
  decisionOf,
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
  viewChangeOf,
} from './support/engineRig.ts';

const HEADER = headerOf();
const PREPARED = preparedOf(HEADER, 0, [0, 1, 3]);
/** What the proposer of view 1, v2, would build. */
const LATER = headerOf({ view: 1, text: 'later' });

/** An engine at height 1 with work, whose timer of view 0 runs. */
function busy(name = 'v0'): EngineRig {
  const rig = new EngineRig(name);
  rig.work();
  return rig;
}

/** An engine whose timer of view 0 has run out. */
function timedOut(name = 'v0'): EngineRig {
  const rig = busy(name);
  rig.timeout(0);
  return rig;
}

/** An engine of v0 that has prepared HEADER in view 0. */
function prepared(): EngineRig {
  const rig = busy();
  rig.hear(proposalOf(HEADER));
  rig.valid(HEADER);
  rig.hear(prepareOf(3, HEADER));
  return rig;
}

describe('R14: the timer', () => {
  it('runs while there is work, for the first view’s time and that of an announcement', () => {
    const place = { height: 1, view: 0 };

    expect(new EngineRig('v0').work().timer).to.deep.equal({ place, delayMs: 2_200 });
  });

  it('R7: stops where work is gone, and does not run where there is none', () => {
    const rig = busy();

    expect(rig.work(false).timer).to.equal('stop');
    expect(rig.hear(prepareOf(3, HEADER)).timer).to.equal(undefined);
  });

  it('is asked for once in a view', () => {
    expect(busy().hear(prepareOf(3, HEADER)).timer).to.equal(undefined);
  });

  it('stops with the decision, and runs anew, without an announcement, for the next height', () => {
    const rig = prepared();
    const decided = rig.hear(commitOf(1, HEADER), commitOf(3, HEADER));
    const place = { height: 2, view: 0 };

    expect([decided.decided?.header, decided.timer]).to.deep.equal([HEADER, 'stop']);
    expect(rig.applyBlock(HEADER).timer).to.deep.equal({ place, delayMs: 2_000 });
  });

  it('asks for the next view when it runs out, and waits there untimed', () => {
    const ready = busy().timeout(0);

    expect(ready).to.deep.equal({
      ...NOTHING,
      persist: [viewChangeOf(0, 1)],
      send: [viewChangeOf(0, 1)],
    });
  });

  it('runs again when a quorum has asked for the view', () => {
    const rig = timedOut();
    const two = rig.hear(viewChangeOf(3, 1));
    const three = rig.hear(viewChangeOf(1, 1));

    expect(two.timer).to.equal(undefined);
    expect(three.timer).to.deep.equal({ place: { height: 1, view: 1 }, delayMs: 4_000 });
  });

  it('runs again when some of the quorum have asked for a later view', () => {
    const rig = timedOut();
    const { timer } = rig.hear(viewChangeOf(3, 1), viewChangeOf(1, 6));

    expect(timer).to.deep.equal({ place: { height: 1, view: 1 }, delayMs: 4_000 });
  });

  it('is deaf to one VIEW-CHANGE that comes often', () => {
    const rig = timedOut();

    expect(rig.hear(viewChangeOf(3, 1), viewChangeOf(3, 1)).timer).to.equal(undefined);
  });

  it('ends no view with the time of another place', () => {
    const rig = busy();
    const stale = [rig.timeout(1), rig.timeout(0, 2)];
    rig.timeout(0);
    const again = rig.timeout(0);

    expect([...stale, again]).to.deep.equal([NOTHING, NOTHING, NOTHING]);
    expect(rig.engine.place()).to.deep.equal({ height: 1, view: 1 });
  });

  it('ends no view once it is stopped', () => {
    const rig = busy();
    rig.work(false);

    expect(rig.timeout(0)).to.deep.equal(NOTHING);
  });

  it('without a quorum grows neither views nor timers, however long', () => {
    const rig = timedOut();
    const later = [1, 1, 2, 3].map((view) => rig.timeout(view));

    expect(later).to.deep.equal(later.map(() => NOTHING));
    expect(rig.engine.place().view).to.equal(1);
  });
});

describe('R13: a validator among others at higher views', () => {
  it('joins f + 1 of them, at the smallest of their views', () => {
    const rig = new EngineRig('v0');
    const one = rig.hear(viewChangeOf(3, 5));
    const two = rig.hear(viewChangeOf(1, 3));

    expect(one).to.deep.equal(NOTHING);
    expect(two.send).to.deep.equal([viewChangeOf(0, 3)]);
    expect(rig.engine.place().view).to.equal(3);
  });

  it('is not drawn on by f of them, whatever they claim', () => {
    const rig = new EngineRig('v0');
    rig.hear(...[1, 2, 700, 1_000_000].map((view) => viewChangeOf(3, view)));

    expect(rig.engine.place().view).to.equal(0);
  });

  it('goes by the newest VIEW-CHANGE of each, in whatever order they come', () => {
    const views = [
      [1, 3],
      [3, 1],
    ].map((order) => {
      const rig = new EngineRig('v0');
      rig.hear(...order.map((view) => viewChangeOf(3, view)), viewChangeOf(1, 3));
      return rig.engine.place().view;
    });

    expect(views).to.deep.equal([3, 3]);
  });

  it('does not count itself', () => {
    const rig = timedOut();
    rig.hear(viewChangeOf(3, 2));

    expect(rig.engine.place().view).to.equal(1);
  });

  it('goes with a NEW-VIEW: a quorum has asked for it', () => {
    const rig = new EngineRig('v0');
    const viewChanges = [1, 2, 3].map((index) => viewChangeOf(index, 1));
    const ready = rig.hear(newViewOf(LATER, viewChanges));

    expect(ready.check).to.deep.equal({ header: LATER, isFresh: true });
    expect(rig.engine.place().view).to.equal(1);
  });
});

describe('R9: a VIEW-CHANGE', () => {
  it('carries what its sender has prepared, with the whole header', () => {
    expect(prepared().timeout(0).send).to.deep.equal([viewChangeOf(0, 1, PREPARED)]);
  });

  it('carries nothing of a sender that has only sent PREPARE', () => {
    const rig = busy();
    rig.hear(proposalOf(HEADER));
    rig.valid(HEADER);

    expect(rig.timeout(0).send).to.deep.equal([viewChangeOf(0, 1)]);
  });

  it('carries the certificate of the highest view', () => {
    const rig = prepared();
    rig.timeout(0);
    const viewChanges = [
      viewChangeOf(0, 1, PREPARED),
      ...[1, 3].map((index) => viewChangeOf(index, 1)),
    ];
    rig.hear(newViewOf(HEADER, viewChanges, PREPARED));
    rig.hear(prepareOf(1, HEADER, { view: 1 }));
    const { send } = rig.timeout(1);

    expect(send).to.deep.equal([viewChangeOf(0, 2, preparedOf(HEADER, 1, [0, 1, 2]))]);
  });
});

describe('R10: the proposer of a later view', () => {
  const ask = (...viewChanges: readonly Message[]): { rig: EngineRig; ready: Ready } => {
    const rig = timedOut('v2');
    return { rig, ready: rig.hear(...viewChanges) };
  };

  it('waits for VIEW-CHANGEs of a quorum for its view', () => {
    expect(ask(viewChangeOf(0, 1)).ready.build).to.equal(undefined);
    expect(ask(viewChangeOf(0, 1), viewChangeOf(3, 2)).ready.build).to.equal(undefined);
  });

  it('builds freely where none of them has prepared', () => {
    const { rig, ready } = ask(viewChangeOf(0, 1), viewChangeOf(3, 1));
    const { send } = rig.step({ type: 'built', header: LATER });
    const viewChanges = [0, 2, 3].map((index) => viewChangeOf(index, 1));

    expect(ready.build).to.deep.include({ height: 1, view: 1 });
    expect(send).to.deep.equal([newViewOf(LATER, viewChanges)]);
  });

  it('R7: waits for work before it builds', () => {
    const rig = new EngineRig('v2');
    const { build } = rig.hear(...[0, 1, 3].map((index) => viewChangeOf(index, 1)));

    expect([build, rig.work().build?.view]).to.deep.equal([undefined, 1]);
  });

  it('proposes again what one of them has prepared, header unchanged, once its batches are here', () => {
    const { rig, ready } = ask(viewChangeOf(0, 1, PREPARED), viewChangeOf(3, 1));
    const { send } = rig.valid(HEADER);
    const viewChanges = [viewChangeOf(0, 1, PREPARED), viewChangeOf(2, 1), viewChangeOf(3, 1)];

    expect(ready).to.deep.include({ check: { header: HEADER, isFresh: false }, send: [] });
    expect(send).to.deep.equal([newViewOf(HEADER, viewChanges, PREPARED)]);
  });

  it('proposes again without work of its own', () => {
    const rig = new EngineRig('v2');
    const { check } = rig.hear(viewChangeOf(1, 1, PREPARED), viewChangeOf(0, 1));

    expect(check).to.deep.equal({ header: HEADER, isFresh: false });
  });

  it('R11: does not sign a block that was built for a view which is over', () => {
    const rig = busy('v1');
    rig.timeout(0);

    expect(rig.step({ type: 'built', header: HEADER })).to.deep.equal(NOTHING);
  });
});

describe('R10: a backup in a later view', () => {
  const viewChanges = [viewChangeOf(1, 1), viewChangeOf(2, 1), viewChangeOf(3, 1, PREPARED)];
  const NEW_VIEW = newViewOf(HEADER, viewChanges, PREPARED);

  it('prepares a block again without judging its evidence', () => {
    const rig = timedOut();
    const { check } = rig.hear(NEW_VIEW);
    const { send } = rig.valid(HEADER);

    expect(check).to.deep.equal({ header: HEADER, isFresh: false });
    expect(send).to.deep.equal([prepareOf(0, HEADER, { view: 1 })]);
  });

  it('R1: has what it has checked before prepared at once', () => {
    const rig = busy();
    rig.hear(proposalOf(HEADER));
    rig.valid(HEADER);
    rig.timeout(0);
    const { check, send } = rig.hear(NEW_VIEW);

    expect([check, send]).to.deep.equal([undefined, [prepareOf(0, HEADER, { view: 1 })]]);
  });

  it('R6: does not judge the time of a block that is proposed again', () => {
    const { check } = timedOut().hearAt(NOW_MS + 3_600_000, NEW_VIEW);

    expect(check?.header).to.deep.equal(HEADER);
  });

  it('R6: judges the time of a block that is proposed freely', () => {
    const free = [1, 2, 3].map((index) => viewChangeOf(index, 1));
    const { check, refused } = timedOut().hearAt(NOW_MS + 10_001, newViewOf(LATER, free));

    expect([check, refused?.code]).to.deep.equal([undefined, 'ERR_BLOCK_TIME']);
  });

  it('decides what was proposed again, with a certificate of the later view', () => {
    const rig = timedOut();
    rig.hear(NEW_VIEW);
    rig.valid(HEADER);
    rig.hear(prepareOf(1, HEADER, { view: 1 }));
    const { decided } = rig.hear(...[1, 2].map((index) => commitOf(index, HEADER, { view: 1 })));

    expect(decided?.header).to.deep.equal(HEADER);
    expect([decided?.header.view, decided?.certificate.view]).to.deep.equal([0, 1]);
  });

  it('is deaf to a PRE-PREPARE of a later view that nothing justifies', () => {
    expect(timedOut().hear(proposalOf(LATER))).to.deep.equal(NOTHING);
  });

  it('R5: is deaf to a NEW-VIEW of one whose turn it is not', () => {
    const message = { ...NEW_VIEW, proposal: proposalOf(HEADER, 1, 3) };
    const rig = timedOut();
    const { check, refused } = rig.hear(message);

    expect([check, refused?.code]).to.deep.equal([undefined, 'ERR_PROPOSER']);
  });
});

describe('R11: a validator that has asked for view 1', () => {
  it('does not prepare in view 0', () => {
    const rig = busy();
    rig.hear(proposalOf(HEADER));
    rig.timeout(0);

    expect(rig.valid(HEADER).send).to.deep.equal([]);
  });

  it('does not commit in view 0', () => {
    const rig = busy();
    rig.hear(proposalOf(HEADER));
    rig.valid(HEADER);
    rig.timeout(0);

    expect(rig.hear(prepareOf(2, HEADER), prepareOf(3, HEADER)).send).to.deep.equal([]);
  });

  it('does not follow a proposal of view 0', () => {
    expect(timedOut().hear(proposalOf(HEADER))).to.deep.equal(NOTHING);
  });

  it('does not go back for a NEW-VIEW of a view that is over', () => {
    const rig = new EngineRig('v0');
    rig.hear(viewChangeOf(1, 2), viewChangeOf(3, 2));
    const viewChanges = [1, 2, 3].map((index) => viewChangeOf(index, 1));
    const ready = rig.hear(newViewOf(LATER, viewChanges));

    expect([ready.check, rig.engine.place().view]).to.deep.equal([undefined, 2]);
  });

  it('R12: decides by COMMITs of view 0', () => {
    const rig = prepared();
    rig.timeout(0);
    const { decided } = rig.hear(commitOf(1, HEADER), commitOf(3, HEADER));

    expect([decided?.header, decided?.certificate.view]).to.deep.equal([HEADER, 0]);
  });

  it('R12: decides by COMMITs of view 0 what is found valid only then', () => {
    const rig = busy();
    rig.hear(proposalOf(HEADER));
    rig.timeout(0);
    rig.hear(...[1, 2, 3].map((index) => commitOf(index, HEADER)));

    expect(rig.valid(HEADER).decided?.header).to.equal(HEADER);
  });
});

describe('R11: an engine', () => {
  it('stops at a mistake that would take it back to a view', () => {
    const publicKey = validatorsOf(4)[0]!.consensusKey;
    const sign = signerOf('v0');
    const core = createCore({ chainId: CHAIN_ID, tip: tipAt(0), publicKey, sign, restored: [] });
    enterView(core, 2);

    expect(() => enterView(core, 2)).to.throw(InvariantError);
    expect(() => enterView(core, 1)).to.throw(InvariantError);
  });
});

describe('R15: a validator without progress', () => {
  it('says again what others may have missed, and where it stands', () => {
    const rig = prepared();
    const place = { height: 1, view: 0 };
    const send = [prepareOf(0, HEADER), commitOf(0, HEADER)];

    expect(rig.step({ type: 'tick' })).to.deep.equal({ ...NOTHING, send, status: place });
  });

  it('says again its newest COMMIT and its VIEW-CHANGE when it has left a view', () => {
    const rig = prepared();
    rig.timeout(0);
    const { send } = rig.step({ type: 'tick' });

    expect(send).to.deep.equal([viewChangeOf(0, 1, PREPARED), commitOf(0, HEADER)]);
  });

  it('helps a peer that is behind to the block that it lacks', () => {
    const rig = new EngineRig('v0', { height: 9 });
    const place = { height: 7, view: 3 };

    expect(rig.step({ type: 'status', peer: 'v2', place })).to.deep.equal({
      ...NOTHING,
      help: { peer: 'v2', height: 7 },
    });
  });

  it('looks for blocks where a peer is ahead', () => {
    const rig = new EngineRig('v0', { height: 9 });
    const place = { height: 12, view: 0 };

    expect(rig.step({ type: 'status', peer: 'v2', place }).behind).to.deep.equal({ height: 11 });
  });

  it('owes nothing to a peer at its own height, or at none', () => {
    const rig = new EngineRig('v0', { height: 9 });
    const said = [10, 0].map((height) =>
      rig.step({ type: 'status', peer: 'v2', place: { height, view: 8 } }),
    );

    expect(said).to.deep.equal([NOTHING, NOTHING]);
  });
});

describe('R16: a validator with a floor', () => {
  const follow = (rig: EngineRig): readonly Ready[] => [
    rig.work(),
    rig.hear(proposalOf(HEADER)),
    rig.valid(HEADER),
    rig.hear(prepareOf(2, HEADER)),
    rig.hear(prepareOf(3, HEADER)),
    rig.timeout(0),
  ];

  it('signs nothing at heights up to it, follows, counts and decides', () => {
    const rig = new EngineRig('v0', { signFloor: 1 });
    const said = follow(rig);
    const { decided } = rig.hear(...[1, 2, 3].map((index) => commitOf(index, HEADER)));

    expect(said.flatMap(({ persist, send }) => [...persist, ...send])).to.deep.equal([]);
    expect(decided?.header).to.equal(HEADER);
  });

  it('does not propose', () => {
    expect(new EngineRig('v1', { signFloor: 1 }).work()).to.deep.equal(NOTHING);
  });

  it('signs at the first height above it', () => {
    const rig = new EngineRig('v0', { signFloor: 1 });
    rig.apply(1);
    const next = headerOf({ height: 2 });
    rig.hear(proposalOf(next));

    expect(kindsOf(rig.valid(next).send)).to.deep.equal([2]);
  });

  it('signs what is due when the floor is taken away', () => {
    const rig = new EngineRig('v0', { signFloor: 5 });
    follow(rig);

    expect(kindsOf(rig.step({ type: 'sign-floor', height: 0 }).persist)).to.deep.equal([2, 6, 3]);
  });

  it('signs nothing while a certificate for its height is held or being fetched', () => {
    const rig = new EngineRig('v0');
    rig.step({ type: 'certified', decision: decisionOf(headerOf({ height: 2 })) });
    const said = follow(rig);

    expect(said.flatMap(({ persist, send }) => [...persist, ...send])).to.deep.equal([]);
  });

  it('does not sign a block that was being built when the floor rose', () => {
    const rig = busy('v1');
    rig.step({ type: 'sign-floor', height: 1 });

    expect(rig.step({ type: 'built', header: HEADER })).to.deep.equal(NOTHING);
  });
});

describe('R16: a certificate that sync holds, though its block does not come', () => {
  const DECISION = decisionOf(HEADER);

  function held(decision = DECISION): EngineRig {
    const rig = busy();
    rig.step({ type: 'certified', decision });
    return rig;
  }

  it('decides as soon as what the block names is here, though its voters are silent', () => {
    const rig = held();
    const { check } = rig.step({ type: 'tick' });

    expect(check).to.deep.equal({ header: HEADER, isFresh: false });
    expect(rig.valid(HEADER).decided).to.equal(DECISION);
  });

  it('decides at once where that is here already', () => {
    const rig = busy();
    rig.hear(proposalOf(HEADER));
    rig.valid(HEADER);

    expect(rig.step({ type: 'certified', decision: DECISION }).decided).to.equal(DECISION);
  });

  it('has what the block names looked for once, and no other proposal of the height', () => {
    const rig = held();
    rig.step({ type: 'tick' });
    const said = [rig.step({ type: 'tick' }), rig.hear(proposalOf(headerOf({ text: 'other' })))];

    expect(said.map(({ check }) => check)).to.deep.equal([undefined, undefined]);
  });

  it('is kept until its height has come', () => {
    const third = headerOf({ height: 3 });
    const rig = held(decisionOf(third));
    const early = rig.step({ type: 'tick' });
    rig.apply(2);

    expect(early.check).to.equal(undefined);
    expect(rig.step({ type: 'tick' }).check).to.deep.equal({ header: third, isFresh: false });
    expect(rig.valid(third).decided?.header).to.equal(third);
  });

  it('gives way to one of a greater height only', () => {
    const third = decisionOf(headerOf({ height: 3 }));
    const rig = held(third);
    rig.step({ type: 'certified', decision: DECISION });

    expect(rig.step({ type: 'tick' }).check).to.equal(undefined);
    rig.apply(2);
    expect(rig.step({ type: 'tick' }).check?.header).to.equal(third.header);
  });

  it('is over with its height', () => {
    const rig = held();
    rig.apply(1);

    expect(rig.step({ type: 'tick' }).check).to.equal(undefined);
    rig.hear(proposalOf(headerOf({ height: 2 })));
    expect(kindsOf(rig.valid(headerOf({ height: 2 })).send)).to.deep.equal([2]);
  });
});

describe('R19: a batch that was named in a lost view', () => {
  const lose = (): { rig: EngineRig; build: Ready['build'] } => {
    const rig = busy('v2');
    rig.hear(proposalOf(HEADER));
    rig.timeout(0);
    const { build } = rig.hear(viewChangeOf(0, 1), viewChangeOf(3, 1));
    return { rig, build };
  };

  it('is suspect for the next proposal', () => {
    expect(lose().build?.suspects).to.deep.equal([hashOfText('content')]);
  });

  it('is suspect at the next height too, and no longer once it is decided', () => {
    const other = lose().rig.applyBlock(headerOf({ text: 'other' }));
    const same = lose().rig.applyBlock(HEADER);

    expect(other.build?.suspects).to.deep.equal([hashOfText('content')]);
    expect(same.build?.suspects).to.deep.equal([]);
  });
});
