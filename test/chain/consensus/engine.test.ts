import { expect } from 'chai';

import { checkCertificate, hashHeader, type Header } from '../../../chain/block.ts';
import { equalBytes } from '../../../chain/bytes.ts';
import { createEngine, type Engine, type Ready } from '../../../chain/consensus/engine.ts';
import {
  type Commit,
  createPrePrepare,
  createVote,
  type Message,
  type Prepare,
  type PrePrepare,
  type Vote,
} from '../../../chain/consensus/message.ts';
import { DEFAULT_PARAMS } from '../../../chain/params.ts';
import { genesisBlock, type State } from '../../../chain/state.ts';
import { hashValidatorSet } from '../../../chain/validatorSet.ts';
import {
  bytesOf,
  CHAIN_ID,
  hashOfText,
  signerOf,
  validatorOf,
  validatorsOf,
} from '../../support/chainValues.ts';

const NOTHING: Ready = {
  persist: [],
  send: [],
  decided: undefined,
  build: undefined,
  check: undefined,
};

/** The state after block 0 of a chain of so many validators; `height` pretends that more are applied. */
function stateOf(validatorCount: number, height = 0): State {
  const { edge } = genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: 1_000,
    validators: validatorsOf(validatorCount),
    authorities: [],
    params: DEFAULT_PARAMS,
  });
  return { ...edge.state, height };
}

/** A header at a height; the engine looks at nothing else of it but its hash. */
function headerAt(height: number, text = 'content', validatorCount = 4): Header {
  return {
    version: 1,
    chainId: CHAIN_ID,
    height,
    view: 0,
    parentHash: hashOfText(`parent ${height}`),
    timestampMs: 5_000,
    proposer: bytesOf(32, 1),
    batchIds: [hashOfText(text)],
    logSize: 2,
    logRoot: bytesOf(32, 2),
    stateRoot: bytesOf(32, 3),
    validatorSetHash: hashValidatorSet(validatorsOf(validatorCount)),
  };
}

function contextOf(name: string): Parameters<typeof createPrePrepare>[2] {
  return { chainId: CHAIN_ID, sign: signerOf(name) };
}

interface Setup {
  readonly validatorCount: number;
  readonly restored?: readonly Message[];
  readonly height?: number;
}

function engineOf(name: string, { validatorCount, restored = [], height = 0 }: Setup): Engine {
  return createEngine({
    ...contextOf(name),
    state: stateOf(validatorCount, height),
    publicKey: validatorOf(name).consensusKey,
    restored,
  });
}

function proposal(header: Header, by = 'v1'): PrePrepare {
  return createPrePrepare(0, header, contextOf(by));
}

function prepareOf(index: number, header: Header, fields: Partial<Prepare> = {}): Prepare {
  const { height } = header;
  const vote = { kind: 2, height, view: 0, blockHash: hashHeader(header), index } as const;
  return createVote<Prepare>({ ...vote, ...fields }, contextOf(`v${index}`));
}

function commitOf(index: number, header: Header, fields: Partial<Commit> = {}): Commit {
  const { height } = header;
  const vote = { kind: 3, height, view: 0, blockHash: hashHeader(header), index } as const;
  return createVote<Commit>({ ...vote, ...fields }, contextOf(`v${index}`));
}

function kindsOf(messages: readonly Message[]): readonly number[] {
  return messages.map(({ kind }) => kind);
}

/** Hears votes one after another; returns what the last one was owed. */
function hear(engine: Engine, ...votes: readonly Vote[]): Ready {
  return votes.reduce<Ready>((_before, vote) => engine.step({ type: 'vote', vote }), NOTHING);
}

describe('an engine of one validator', () => {
  const HEADER = headerAt(1, 'alone', 1);

  it('asks for a block when there is work', () => {
    const engine = engineOf('v0', { validatorCount: 1 });

    expect(engine.step({ type: 'work', waiting: true })).to.deep.equal({
      ...NOTHING,
      build: { height: 1, view: 0 },
    });
  });

  it('R7: asks for none while there is no work', () => {
    const engine = engineOf('v0', { validatorCount: 1 });

    expect(engine.step({ type: 'work', waiting: false })).to.deep.equal(NOTHING);
  });

  it('asks once, until it is answered', () => {
    const engine = engineOf('v0', { validatorCount: 1 });
    engine.step({ type: 'work', waiting: true });
    const again = engine.step({ type: 'work', waiting: true });
    engine.step({ type: 'work', waiting: false });

    expect(again).to.deep.equal(NOTHING);
    expect(engine.step({ type: 'work', waiting: true }).build).to.not.equal(undefined);
  });

  it('persists and sends its proposal and its COMMIT, and decides', () => {
    const engine = engineOf('v0', { validatorCount: 1 });
    engine.step({ type: 'work', waiting: true });
    const ready = engine.step({ type: 'built', header: HEADER });

    expect(kindsOf(ready.persist)).to.deep.equal([1, 3]);
    expect(ready.send).to.deep.equal(ready.persist);
    expect(ready.decided?.header).to.equal(HEADER);
  });

  it('decides with a certificate that everybody accepts', () => {
    const engine = engineOf('v0', { validatorCount: 1 });
    engine.step({ type: 'work', waiting: true });
    const { decided } = engine.step({ type: 'built', header: HEADER });
    if (decided === undefined) throw new Error('one is a quorum of one');

    expect(() => checkCertificate(decided.certificate, HEADER, validatorsOf(1))).to.not.throw();
  });

  it('goes on at the next height while there is work', () => {
    const engine = engineOf('v0', { validatorCount: 1 });
    engine.step({ type: 'work', waiting: true });
    engine.step({ type: 'built', header: HEADER });
    const ready = engine.step({ type: 'applied', state: stateOf(1, 1) });

    expect(ready.build).to.deep.equal({ height: 2, view: 0 });
    expect(engine.place()).to.deep.equal({ height: 2, view: 0 });
  });

  it('rests at the next height while there is none', () => {
    const engine = engineOf('v0', { validatorCount: 1 });
    engine.step({ type: 'work', waiting: true });
    engine.step({ type: 'built', header: HEADER });
    engine.step({ type: 'work', waiting: false });

    expect(engine.step({ type: 'applied', state: stateOf(1, 1) })).to.deep.equal(NOTHING);
  });

  it('asks for nothing between its decision and its application', () => {
    const engine = engineOf('v0', { validatorCount: 1 });
    engine.step({ type: 'work', waiting: true });
    engine.step({ type: 'built', header: HEADER });

    expect(engine.step({ type: 'work', waiting: true })).to.deep.equal(NOTHING);
  });

  const mistakes: readonly (readonly [string, (engine: Engine) => unknown])[] = [
    ['a block that it did not ask for', (engine) => engine.step({ type: 'built', header: HEADER })],
    [
      'a block of another height',
      (engine) => {
        engine.step({ type: 'work', waiting: true });
        engine.step({ type: 'built', header: headerAt(2) });
      },
    ],
    [
      'a state of another height',
      (engine) => engine.step({ type: 'applied', state: stateOf(1, 2) }),
    ],
  ];
  for (const [what, act] of mistakes) {
    it(`stops at ${what}`, () => {
      expect(() => act(engineOf('v0', { validatorCount: 1 }))).to.throw();
    });
  }
});

describe('the proposer among four validators', () => {
  const HEADER = headerAt(1);
  const build = (): Engine => {
    const engine = engineOf('v1', { validatorCount: 4 });
    engine.step({ type: 'work', waiting: true });
    return engine;
  };

  it('R5: is the second at height 1', () => {
    expect(engineOf('v0', { validatorCount: 4 }).proposer()).to.equal(1);
  });

  it('sends its PRE-PREPARE and waits', () => {
    const ready = build().step({ type: 'built', header: HEADER });

    expect(ready).to.deep.equal({
      ...NOTHING,
      persist: [proposal(HEADER)],
      send: [proposal(HEADER)],
    });
  });

  it('sends COMMIT when a quorum of three has prepared, itself included', () => {
    const engine = build();
    engine.step({ type: 'built', header: HEADER });
    const one = hear(engine, prepareOf(0, HEADER));
    const two = hear(engine, prepareOf(3, HEADER));

    expect(one).to.deep.equal(NOTHING);
    expect(two).to.deep.equal({
      ...NOTHING,
      persist: [commitOf(1, HEADER)],
      send: [commitOf(1, HEADER)],
    });
  });

  it('decides when a quorum of three has committed, itself included', () => {
    const engine = build();
    engine.step({ type: 'built', header: HEADER });
    hear(engine, prepareOf(0, HEADER), prepareOf(3, HEADER));
    const one = hear(engine, commitOf(3, HEADER));
    const { decided } = hear(engine, commitOf(0, HEADER));

    expect(one).to.deep.equal(NOTHING);
    expect(decided?.certificate.signatures.map(({ index }) => index)).to.deep.equal([0, 1, 3]);
    if (decided === undefined) throw new Error('three are a quorum of four');
    expect(() => checkCertificate(decided.certificate, HEADER, validatorsOf(4))).to.not.throw();
  });

  it('decides once', () => {
    const engine = build();
    engine.step({ type: 'built', header: HEADER });
    hear(engine, prepareOf(0, HEADER), prepareOf(3, HEADER));
    hear(engine, commitOf(0, HEADER), commitOf(2, HEADER));

    expect(hear(engine, commitOf(3, HEADER))).to.deep.equal(NOTHING);
  });

  it('R3: proposes once per view', () => {
    const engine = build();
    engine.step({ type: 'built', header: HEADER });

    expect(engine.step({ type: 'work', waiting: true })).to.deep.equal(NOTHING);
    expect(() => engine.step({ type: 'built', header: headerAt(1, 'other') })).to.throw();
  });

  it('R3: is deaf to another proposal in its own view', () => {
    const engine = build();
    engine.step({ type: 'built', header: HEADER });
    const other = proposal(headerAt(1, 'other'));

    expect(engine.step({ type: 'pre-prepare', message: other })).to.deep.equal(NOTHING);
  });
});

describe('a backup among four validators', () => {
  const HEADER = headerAt(1);
  const HASH = hashHeader(HEADER);
  const OTHER = headerAt(1, 'other');

  const propose = (engine = engineOf('v0', { validatorCount: 4 })): Engine => {
    engine.step({ type: 'pre-prepare', message: proposal(HEADER) });
    return engine;
  };
  const accept = (): Engine => {
    const engine = propose();
    engine.step({ type: 'valid', blockHash: HASH });
    return engine;
  };

  it('does not build when there is work', () => {
    const engine = engineOf('v0', { validatorCount: 4 });

    expect(engine.step({ type: 'work', waiting: true })).to.deep.equal(NOTHING);
  });

  it('R1: has a proposal checked, and says nothing yet', () => {
    const engine = engineOf('v0', { validatorCount: 4 });
    const ready = engine.step({ type: 'pre-prepare', message: proposal(HEADER) });

    expect(ready).to.deep.equal({ ...NOTHING, check: HEADER });
  });

  it('R1: prepares what was found valid', () => {
    const ready = propose().step({ type: 'valid', blockHash: HASH });

    expect(ready).to.deep.equal({
      ...NOTHING,
      persist: [prepareOf(0, HEADER)],
      send: [prepareOf(0, HEADER)],
    });
  });

  it('R1: does not prepare what another block’s check found valid', () => {
    const ready = propose().step({ type: 'valid', blockHash: hashHeader(OTHER) });

    expect(ready).to.deep.equal(NOTHING);
  });

  it('R1: neither prepares nor commits nor decides before the check, whoever votes', () => {
    const engine = propose();
    const votes = [1, 2, 3].flatMap((i) => [prepareOf(i, HEADER), commitOf(i, HEADER)]);
    const said = votes.map((vote) => hear(engine, vote));
    const after = engine.step({ type: 'valid', blockHash: HASH });

    expect(said).to.deep.equal(votes.map(() => NOTHING));
    expect(kindsOf(after.persist)).to.deep.equal([2, 3]);
    expect(after.decided?.certificate.signatures).to.have.length(4);
  });

  it('commits with the PRE-PREPARE, its own PREPARE and one more', () => {
    const ready = hear(accept(), prepareOf(2, HEADER));

    expect(ready.send).to.deep.equal([commitOf(0, HEADER)]);
    expect(ready.persist).to.deep.equal(ready.send);
  });

  it('decides with its own COMMIT and two more', () => {
    const engine = accept();
    hear(engine, prepareOf(2, HEADER), commitOf(1, HEADER));

    expect(hear(engine, commitOf(2, HEADER)).decided?.header).to.equal(HEADER);
  });

  it('hears votes that come before the proposal', () => {
    const engine = engineOf('v0', { validatorCount: 4 });
    hear(engine, prepareOf(2, HEADER), prepareOf(3, HEADER));
    propose(engine);
    const ready = engine.step({ type: 'valid', blockHash: HASH });

    expect(kindsOf(ready.send)).to.deep.equal([2, 3]);
  });

  it('R4: counts a vote that is repeated once', () => {
    const engine = accept();
    hear(engine, prepareOf(2, HEADER));
    const ready = hear(engine, commitOf(2, HEADER), commitOf(2, HEADER), commitOf(2, HEADER));

    expect(ready).to.deep.equal(NOTHING);
  });

  it('R4: counts its own vote once when it comes back', () => {
    const engine = accept();

    expect(hear(engine, prepareOf(0, HEADER), prepareOf(0, HEADER))).to.deep.equal(NOTHING);
  });

  it('R4: counts the proposer once, by its PRE-PREPARE', () => {
    expect(hear(accept(), prepareOf(1, HEADER), prepareOf(1, HEADER))).to.deep.equal(NOTHING);
  });

  const strange: readonly (readonly [string, Vote])[] = [
    ['for another block', prepareOf(2, OTHER)],
    ['of nobody in the set', prepareOf(4, HEADER)],
    ['of another height', prepareOf(2, HEADER, { height: 2 })],
    ['of another view', prepareOf(2, HEADER, { view: 1 })],
    ['of another phase', commitOf(2, HEADER)],
  ];
  for (const [what, vote] of strange) {
    it(`R4: does not count a vote ${what}`, () => {
      expect(hear(accept(), vote)).to.deep.equal(NOTHING);
    });
  }

  it('R3: prepares once per view, whatever else is proposed', () => {
    const engine = accept();
    const other = engine.step({ type: 'pre-prepare', message: proposal(OTHER) });
    const valid = engine.step({ type: 'valid', blockHash: hashHeader(OTHER) });

    expect([other, valid]).to.deep.equal([NOTHING, NOTHING]);
  });

  it('R3: prepares once, however often the block is found valid', () => {
    expect(accept().step({ type: 'valid', blockHash: HASH })).to.deep.equal(NOTHING);
  });

  it('is deaf to proposals of other heights and views', () => {
    const engine = engineOf('v0', { validatorCount: 4 });
    const next = engine.step({ type: 'pre-prepare', message: proposal(headerAt(2)) });
    const message = createPrePrepare(1, HEADER, contextOf('v1'));
    const later = engine.step({ type: 'pre-prepare', message });

    expect([next, later]).to.deep.equal([NOTHING, NOTHING]);
  });

  it('begins the next height without what it heard at the last', () => {
    const engine = accept();
    hear(engine, prepareOf(2, HEADER), commitOf(1, HEADER), commitOf(2, HEADER));
    engine.step({ type: 'applied', state: stateOf(4, 1) });
    const next = headerAt(2);
    const late = hear(engine, commitOf(3, HEADER));
    engine.step({ type: 'pre-prepare', message: proposal(next, 'v2') });

    expect(late).to.deep.equal(NOTHING);
    expect(kindsOf(engine.step({ type: 'valid', blockHash: hashHeader(next) }).send)).to.deep.equal(
      [2],
    );
  });
});

describe('an observer of four validators', () => {
  const HEADER = headerAt(1);

  it('never votes, and learns what a quorum decided', () => {
    const engine = engineOf('v9', { validatorCount: 4 });
    engine.step({ type: 'pre-prepare', message: proposal(HEADER) });
    const valid = engine.step({ type: 'valid', blockHash: hashHeader(HEADER) });
    const prepared = hear(engine, prepareOf(0, HEADER), prepareOf(2, HEADER));
    const { decided, send } = hear(
      engine,
      commitOf(0, HEADER),
      commitOf(1, HEADER),
      commitOf(2, HEADER),
    );

    expect([valid, prepared]).to.deep.equal([NOTHING, NOTHING]);
    expect([send, decided?.header]).to.deep.equal([[], HEADER]);
  });
});

describe('an engine after a restart', () => {
  const HEADER = headerAt(1);

  it('R3: says again what it had said at this height, byte for byte', () => {
    const restored = [prepareOf(0, HEADER), commitOf(0, HEADER)];
    const ready = engineOf('v0', { validatorCount: 4, restored }).resume();

    expect(ready).to.deep.equal({ ...NOTHING, send: restored });
  });

  it('says nothing that it had said at heights that are over', () => {
    const restored = [prepareOf(0, HEADER), commitOf(0, HEADER)];
    const ready = engineOf('v0', { validatorCount: 4, restored, height: 1 }).resume();

    expect(ready).to.deep.equal(NOTHING);
  });

  it('R3: does not build where its proposal is in the log', () => {
    const engine = engineOf('v1', { validatorCount: 4, restored: [proposal(HEADER)] });
    engine.resume();

    expect(engine.step({ type: 'work', waiting: true })).to.deep.equal(NOTHING);
  });

  it('R3: decides alone what it had proposed, with the votes that it had given', () => {
    const header = headerAt(1, 'alone', 1);
    const first = engineOf('v0', { validatorCount: 1 });
    first.step({ type: 'work', waiting: true });
    const { persist } = first.step({ type: 'built', header });
    const ready = engineOf('v0', { validatorCount: 1, restored: persist }).resume();

    expect(ready.persist).to.deep.equal([]);
    expect(ready.send).to.deep.equal(persist);
    expect(ready.decided?.header).to.deep.equal(header);
  });

  it('R3: signs what was missing where only its proposal was durable', () => {
    const header = headerAt(1, 'alone', 1);
    const restored = [proposal(header, 'v0')];
    const ready = engineOf('v0', { validatorCount: 1, restored }).resume();

    expect(kindsOf(ready.persist)).to.deep.equal([3]);
    expect(kindsOf(ready.send)).to.deep.equal([1, 3]);
    expect(ready.decided?.header).to.deep.equal(header);
  });

  it('R3: does not prepare another block than the one it had prepared', () => {
    const other = headerAt(1, 'other');
    const engine = engineOf('v0', { validatorCount: 4, restored: [prepareOf(0, HEADER)] });
    engine.resume();
    engine.step({ type: 'pre-prepare', message: proposal(other) });

    expect(engine.step({ type: 'valid', blockHash: hashHeader(other) })).to.deep.equal(NOTHING);
  });

  it('R3: goes on with its own PREPARE when the proposal comes again', () => {
    const engine = engineOf('v0', { validatorCount: 4, restored: [prepareOf(0, HEADER)] });
    engine.resume();
    engine.step({ type: 'pre-prepare', message: proposal(HEADER) });
    const valid = engine.step({ type: 'valid', blockHash: hashHeader(HEADER) });
    const { send } = hear(engine, prepareOf(2, HEADER));

    expect(valid).to.deep.equal(NOTHING);
    expect(send).to.deep.equal([commitOf(0, HEADER)]);
  });

  it('owes nothing with an empty log', () => {
    expect(engineOf('v0', { validatorCount: 4 }).resume()).to.deep.equal(NOTHING);
  });
});

describe('engines of every size', () => {
  const QUORUMS = [1, 2, 2, 3, 4, 4, 5, 6, 6, 7];

  for (const [i, quorum] of QUORUMS.entries()) {
    const count = i + 1;
    it(`of ${count} decide with ${quorum} and not with one fewer`, () => {
      const header = headerAt(1, 'any', count);
      const proposer = 1 % count;
      const engine = engineOf('observer', { validatorCount: count });
      engine.step({ type: 'pre-prepare', message: proposal(header, `v${proposer}`) });
      engine.step({ type: 'valid', blockHash: hashHeader(header) });
      const decidedAt = Array.from({ length: count }, (_, voter) => voter + 1).find(
        (voters) => hear(engine, commitOf(voters - 1, header)).decided !== undefined,
      );

      expect(decidedAt).to.equal(quorum);
    });
  }

  it('sign nothing twice for the same height, view and phase', () => {
    const header = headerAt(1);
    const engine = engineOf('v0', { validatorCount: 4 });
    const said = [
      engine.step({ type: 'pre-prepare', message: proposal(header) }),
      engine.step({ type: 'valid', blockHash: hashHeader(header) }),
      ...[2, 3, 2].map((i) => hear(engine, prepareOf(i, header))),
      ...[1, 2, 3].map((i) => hear(engine, commitOf(i, header))),
    ].flatMap(({ send }) => send);

    expect(kindsOf(said)).to.deep.equal([2, 3]);
    expect(said.every((each) => each.kind !== 1 && equalBytes(each.blockHash, hashHeader(header))))
      .to.be.true;
  });
});
