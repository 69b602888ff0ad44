import { expect } from 'chai';

import { checkCertificate, hashHeader } from '../../../chain/block.ts';
import type { Commit, Prepare } from '../../../chain/consensus/vote.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import { validatorsOf } from '../../support/chainValues.ts';
import {
  commitOf,
  EngineRig,
  headerOf,
  kindsOf,
  NOTHING,
  prepareOf,
  preparedOf,
  proposalOf,
} from './support/engineRig.ts';

const HEADER = headerOf();
const OTHER = headerOf({ text: 'other' });
const ALONE = headerOf({ validatorCount: 1 });

describe('an engine of one validator', () => {
  const alone = (): EngineRig => new EngineRig('v0', { validatorCount: 1 });
  const decide = (rig = alone()): EngineRig => {
    rig.work();
    rig.step({ type: 'built', header: ALONE });
    return rig;
  };

  it('asks for a block and a timer when there is work', () => {
    const place = { height: 1, view: 0 };

    expect(alone().work()).to.deep.equal({
      ...NOTHING,
      timer: { place, delayMs: 2_200 },
      build: { ...place, suspects: [] },
    });
  });

  it('R7: asks for none while there is no work', () => {
    expect(alone().work(false)).to.deep.equal(NOTHING);
  });

  it('R7: asks once, until it is answered', () => {
    const rig = alone();
    rig.work();
    const again = rig.work();
    const none = rig.work(false);

    expect(again).to.deep.equal(NOTHING);
    expect(none).to.deep.equal({ ...NOTHING, timer: 'stop' });
    expect(rig.work().build).to.not.equal(undefined);
  });

  it('persists its proposal, its certificate and its COMMIT, and decides', () => {
    const rig = alone();
    rig.work();
    const ready = rig.step({ type: 'built', header: ALONE });

    expect(kindsOf(ready.persist)).to.deep.equal([1, 6, 3]);
    expect(kindsOf(ready.send)).to.deep.equal([1, 3]);
    expect([ready.timer, ready.decided?.header]).to.deep.equal(['stop', ALONE]);
  });

  it('decides with a certificate that everybody accepts', () => {
    const rig = alone();
    rig.work();
    const { decided } = rig.step({ type: 'built', header: ALONE });
    if (decided === undefined) throw new Error('one is a quorum of one');

    expect(() => checkCertificate(decided.certificate, ALONE, validatorsOf(1))).to.not.throw();
  });

  it('goes on at the next height while there is work', () => {
    const rig = decide();
    const ready = rig.applyBlock(ALONE);

    expect(ready.build).to.deep.equal({ height: 2, view: 0, suspects: [] });
    expect(rig.engine.place()).to.deep.equal({ height: 2, view: 0 });
  });

  it('rests at the next height while there is none', () => {
    const rig = decide();
    rig.work(false);

    expect(rig.applyBlock(ALONE)).to.deep.equal(NOTHING);
  });

  it('asks for nothing between its decision and its application', () => {
    expect(decide().work()).to.deep.equal(NOTHING);
  });

  it('goes to the next view when its time is over, and proposes there', () => {
    const rig = alone();
    rig.work();
    const lost = rig.timeout(0);
    const header = headerOf({ validatorCount: 1, view: 1 });
    const ready = rig.step({ type: 'built', header });

    expect(kindsOf(lost.persist)).to.deep.equal([4]);
    expect(lost.build).to.deep.include({ height: 1, view: 1 });
    expect(kindsOf(ready.send)).to.deep.equal([5, 3]);
    expect(ready.decided?.certificate.view).to.equal(1);
  });

  it('R11: does not sign under a later view what was built for one that is over', () => {
    const rig = alone();
    rig.work();
    rig.timeout(0);

    expect(rig.step({ type: 'built', header: ALONE })).to.deep.equal(NOTHING);
  });

  it('ignores a block that it did not ask for', () => {
    expect(alone().step({ type: 'built', header: ALONE })).to.deep.equal(NOTHING);
  });

  it('stops at a block of a height that is to come', () => {
    const header = headerOf({ height: 2, validatorCount: 1 });

    expect(() => alone().step({ type: 'built', header })).to.throw(InvariantError);
  });

  it('stops at a state of a height that is over', () => {
    expect(() => alone().apply(0)).to.throw(InvariantError);
  });

  it('stops where another block is applied than the one decided', () => {
    const other = headerOf({ validatorCount: 1, text: 'other' });

    expect(() => decide().applyBlock(other)).to.throw(InvariantError);
  });
});

describe('the proposer among four validators', () => {
  const build = (): EngineRig => {
    const rig = new EngineRig('v1');
    rig.work();
    return rig;
  };
  const propose = (): EngineRig => {
    const rig = build();
    rig.step({ type: 'built', header: HEADER });
    return rig;
  };

  it('R5: is the second at height 1', () => {
    expect(new EngineRig('v0').engine.proposer()).to.equal(1);
  });

  it('R5: is not one that is suspended', () => {
    const rig = new EngineRig('v0', { height: 4, losers: [1, 1] });

    expect([rig.engine.proposer(), rig.engine.place().height]).to.deep.equal([3, 5]);
  });

  it('sends its PRE-PREPARE and waits', () => {
    const ready = build().step({ type: 'built', header: HEADER });

    expect(ready).to.deep.equal({
      ...NOTHING,
      persist: [proposalOf(HEADER)],
      send: [proposalOf(HEADER)],
    });
  });

  it('R9: persists a prepared certificate with the COMMIT that rests on it', () => {
    const rig = propose();
    const one = rig.hear(prepareOf(0, HEADER));
    const two = rig.hear(prepareOf(3, HEADER));

    expect(one).to.deep.equal(NOTHING);
    expect(two).to.deep.equal({
      ...NOTHING,
      persist: [preparedOf(HEADER, 0, [0, 1, 3]), commitOf(1, HEADER)],
      send: [commitOf(1, HEADER)],
    });
  });

  it('decides when a quorum of three has committed, itself included', () => {
    const rig = propose();
    rig.hear(prepareOf(0, HEADER), prepareOf(3, HEADER));
    const one = rig.hear(commitOf(3, HEADER));
    const { decided } = rig.hear(commitOf(0, HEADER));

    expect(one).to.deep.equal(NOTHING);
    expect(decided?.certificate.signatures.map(({ index }) => index)).to.deep.equal([0, 1, 3]);
    if (decided === undefined) throw new Error('three are a quorum of four');
    expect(() => checkCertificate(decided.certificate, HEADER, validatorsOf(4))).to.not.throw();
  });

  it('decides once', () => {
    const rig = propose();
    rig.hear(prepareOf(0, HEADER), prepareOf(3, HEADER), commitOf(0, HEADER), commitOf(2, HEADER));

    expect(rig.hear(commitOf(3, HEADER))).to.deep.equal(NOTHING);
  });

  it('R3: proposes once per view', () => {
    const rig = propose();
    const again = rig.work();
    const other = rig.step({ type: 'built', header: OTHER });

    expect([again, other]).to.deep.equal([NOTHING, NOTHING]);
  });

  it('R3: is deaf to a proposal of its own key that it does not know', () => {
    expect(build().hear(proposalOf(OTHER))).to.deep.equal(NOTHING);
  });
});

describe('a backup among four validators', () => {
  const propose = (rig = new EngineRig('v0')): EngineRig => {
    rig.hear(proposalOf(HEADER));
    return rig;
  };
  const accept = (): EngineRig => {
    const rig = propose();
    rig.valid(HEADER);
    return rig;
  };

  it('does not build when there is work', () => {
    expect(new EngineRig('v0').work().build).to.equal(undefined);
  });

  it('R1: has a proposal checked, and says nothing yet', () => {
    const ready = new EngineRig('v0').hear(proposalOf(HEADER));

    expect(ready).to.deep.equal({ ...NOTHING, check: { header: HEADER, isFresh: true } });
  });

  it('R1: prepares what was found valid', () => {
    const ready = propose().valid(HEADER);

    expect(ready).to.deep.equal({
      ...NOTHING,
      persist: [prepareOf(0, HEADER)],
      send: [prepareOf(0, HEADER)],
    });
  });

  it('R1: does not prepare what another block’s check found valid', () => {
    expect(propose().valid(OTHER)).to.deep.equal(NOTHING);
  });

  it('R1: neither prepares nor commits nor decides before the check, whoever votes', () => {
    const rig = propose();
    const votes = [1, 2, 3].flatMap((i) => [prepareOf(i, HEADER), commitOf(i, HEADER)]);
    const said = votes.flatMap((vote) => {
      const { persist, send, decided } = rig.hear(vote);
      return [...persist, ...send, ...(decided === undefined ? [] : [decided])];
    });
    const after = rig.valid(HEADER);

    expect(said).to.deep.equal([]);
    expect(kindsOf(after.persist)).to.deep.equal([2, 6, 3]);
    expect(after.decided?.certificate.signatures).to.have.length(4);
  });

  it('commits with the PRE-PREPARE, its own PREPARE and one more', () => {
    const ready = accept().hear(prepareOf(2, HEADER));

    expect(ready.send).to.deep.equal([commitOf(0, HEADER)]);
  });

  it('decides with its own COMMIT and two more', () => {
    const rig = accept();
    rig.hear(prepareOf(2, HEADER), commitOf(1, HEADER));

    expect(rig.hear(commitOf(2, HEADER)).decided?.header).to.equal(HEADER);
  });

  it('hears votes that come before the proposal', () => {
    const rig = new EngineRig('v0');
    rig.hear(prepareOf(2, HEADER), prepareOf(3, HEADER));
    propose(rig);

    expect(kindsOf(rig.valid(HEADER).send)).to.deep.equal([2, 3]);
  });

  it('R4: counts a vote that is repeated once', () => {
    const rig = accept();
    rig.hear(prepareOf(2, HEADER));

    const said = [1, 2, 3].map(() => rig.hear(commitOf(2, HEADER)));

    expect(said).to.deep.equal([NOTHING, NOTHING, NOTHING]);
  });

  it('R4: counts its own vote once when it comes back', () => {
    expect(accept().hear(prepareOf(0, HEADER))).to.deep.equal(NOTHING);
  });

  it('R4: counts the proposer once, by its PRE-PREPARE', () => {
    expect(accept().hear(prepareOf(1, HEADER))).to.deep.equal(NOTHING);
  });

  const strange: readonly (readonly [string, Prepare | Commit])[] = [
    ['for another block', prepareOf(2, OTHER)],
    ['of another height', prepareOf(2, HEADER, { height: 2 })],
    ['of another view', prepareOf(2, HEADER, { view: 1 })],
    ['of another phase', commitOf(2, HEADER)],
  ];
  for (const [what, vote] of strange) {
    it(`R4: does not count a vote ${what}`, () => {
      expect(accept().hear(vote).send).to.deep.equal([]);
    });
  }

  it('R3: prepares once per view, whatever else is proposed', () => {
    const rig = accept();
    const other = rig.hear(proposalOf(OTHER));
    const valid = rig.valid(OTHER);

    expect([other.check, valid.send]).to.deep.equal([undefined, []]);
  });

  it('R3: prepares once, however often the block is found valid', () => {
    expect(accept().valid(HEADER)).to.deep.equal(NOTHING);
  });

  it('R5: does not follow a proposal of one whose turn it is not', () => {
    const { check, refused } = new EngineRig('v0').hear(proposalOf(HEADER, 0, 2));

    expect([check, refused?.code]).to.deep.equal([undefined, 'ERR_PROPOSER']);
  });

  it('R5: does not follow a header that names another first proposer or another view', () => {
    const named = { ...HEADER, proposer: validatorsOf(4)[2]!.consensusKey };
    const later = { ...HEADER, view: 1 };
    const refusals = [named, later].map(
      (header) => new EngineRig('v0').hear(proposalOf(header, 0, 1)).refused?.code,
    );

    expect(refusals).to.deep.equal(['ERR_PROPOSER', 'ERR_PROPOSER']);
  });

  it('R6: does not follow a proposal before its time, and follows it when it comes again', () => {
    const late = headerOf({ timestampMs: HEADER.timestampMs + 6_000 });
    const rig = new EngineRig('v0');
    const early = rig.hear(proposalOf(late));
    const again = rig.hearAt(HEADER.timestampMs + 1_000, proposalOf(late));

    expect([early.check, early.refused?.code]).to.deep.equal([undefined, 'ERR_BLOCK_TIME']);
    expect(again.check?.header).to.equal(late);
  });

  it('begins the next height without what it heard at the last', () => {
    const rig = accept();
    rig.hear(prepareOf(2, HEADER), commitOf(1, HEADER), commitOf(2, HEADER));
    rig.applyBlock(HEADER);
    const next = headerOf({ height: 2, timestampMs: HEADER.timestampMs + 1 });
    const late = rig.hear(commitOf(3, HEADER));
    rig.hear(proposalOf(next));

    expect(late).to.deep.equal(NOTHING);
    expect(kindsOf(rig.valid(next).send)).to.deep.equal([2]);
  });

  it('takes a block that was synced, of its own height or a later one', () => {
    const rig = accept();
    rig.apply(7);

    expect(rig.engine.place()).to.deep.equal({ height: 8, view: 0 });
  });
});

describe('an observer', () => {
  it('follows and decides, and says nothing', () => {
    const rig = new EngineRig('nobody');
    rig.work();
    const said = [
      rig.hear(proposalOf(HEADER)),
      rig.valid(HEADER),
      ...[0, 2, 3].map((i) => rig.hear(prepareOf(i, HEADER))),
      ...[0, 2].map((i) => rig.hear(commitOf(i, HEADER))),
    ];
    const { decided } = rig.hear(commitOf(3, HEADER));

    expect(said.flatMap(({ persist, send }) => [...persist, ...send])).to.deep.equal([]);
    expect(decided?.header).to.equal(HEADER);
  });
});

describe('engines of every size', () => {
  const QUORUMS = [1, 2, 2, 3, 4, 4, 5, 6, 6, 7];

  for (const [i, quorum] of QUORUMS.entries()) {
    const validatorCount = i + 1;
    it(`R4: of ${validatorCount} decide with ${quorum} and not with one fewer`, () => {
      const header = headerOf({ validatorCount });
      const rig = new EngineRig('observer', { validatorCount });
      rig.hear(proposalOf(header, 0, 1 % validatorCount));
      rig.valid(header);
      const decidedAt = Array.from({ length: validatorCount }, (_, voter) => voter + 1).find(
        (voters) => rig.hear(commitOf(voters - 1, header)).decided !== undefined,
      );

      expect(decidedAt).to.equal(quorum);
    });

    it(`R4: of ${validatorCount} commit when ${quorum} have prepared and not with one fewer`, () => {
      const header = headerOf({ validatorCount });
      const proposer = 1 % validatorCount;
      const rig = new EngineRig(`v${proposer}`, { validatorCount });
      rig.work();
      const alone = rig.step({ type: 'built', header });
      const others = Array.from({ length: validatorCount }, (_, index) => index).filter(
        (index) => index !== proposer,
      );
      const readies = [alone, ...others.map((index) => rig.hear(prepareOf(index, header)))];
      const committedAt = readies.findIndex(({ send }) => send.some(({ kind }) => kind === 3)) + 1;

      expect(committedAt).to.equal(quorum);
    });
  }

  it('R3: sign nothing twice for the same height, view and phase', () => {
    const rig = new EngineRig('v0');
    const said = [
      rig.hear(proposalOf(HEADER)),
      rig.valid(HEADER),
      ...[2, 3, 2].map((i) => rig.hear(prepareOf(i, HEADER))),
      ...[1, 2, 3].map((i) => rig.hear(commitOf(i, HEADER))),
    ].flatMap(({ send }) => send);
    const hashes = said.flatMap((each) => ('blockHash' in each ? [each.blockHash] : []));

    expect(kindsOf(said)).to.deep.equal([2, 3]);
    expect(hashes).to.deep.equal([hashHeader(HEADER), hashHeader(HEADER)]);
  });
});
