import { expect } from 'chai';

import type { Durable, Message } from '../../../chain/consensus/message.ts';
import { InvariantError } from '../../../chain/invariant.ts';
import {
  commitOf,
  EngineRig,
  headerOf,
  kindsOf,
  newViewOf,
  NOTHING,
  prepareOf,
  preparedOf,
  proposalOf,
  viewChangeOf,
} from './support/engineRig.ts';

const HEADER = headerOf();
const OTHER = headerOf({ text: 'other' });
const PREPARED = preparedOf(HEADER, 0, [0, 1, 3]);
const COMMITTED: readonly Durable[] = [prepareOf(0, HEADER), PREPARED, commitOf(0, HEADER)];
const PLACE = { height: 1, view: 0 };

describe('an engine after a restart', () => {
  it('R3: says again what it had said at this height, byte for byte', () => {
    const ready = new EngineRig('v0', { restored: COMMITTED }).engine.resume();
    const send = [prepareOf(0, HEADER), commitOf(0, HEADER)];

    expect(ready).to.deep.equal({ ...NOTHING, send, status: PLACE });
  });

  it('says nothing that it had said at heights that are over', () => {
    const ready = new EngineRig('v0', { restored: COMMITTED, height: 1 }).engine.resume();

    expect(ready).to.deep.equal({ ...NOTHING, status: { height: 2, view: 0 } });
  });

  it('R3: is bound by what it had said at a height that it reaches only later', () => {
    const header = headerOf({ height: 2 });
    const other = headerOf({ height: 2, text: 'other' });
    const rig = new EngineRig('v0', { restored: [prepareOf(0, header)] });
    rig.apply(1);
    rig.hear(proposalOf(other));

    expect(rig.valid(other).send).to.deep.equal([]);
  });

  it('R3: does not build where its proposal is in the log', () => {
    const rig = new EngineRig('v1', { restored: [proposalOf(HEADER)] });

    expect(rig.work().build).to.equal(undefined);
  });

  it('R3: decides alone what it had proposed, with the votes that it had given', () => {
    const header = headerOf({ validatorCount: 1 });
    const first = new EngineRig('v0', { validatorCount: 1 });
    first.work();
    const { persist, send } = first.step({ type: 'built', header });
    const ready = new EngineRig('v0', { validatorCount: 1, restored: persist }).engine.resume();

    expect(ready.persist).to.deep.equal([]);
    expect(ready.send).to.deep.equal(send);
    expect(ready.decided?.header).to.deep.equal(header);
  });

  it('R3: signs what was missing where only its proposal was durable', () => {
    const header = headerOf({ validatorCount: 1 });
    const restored = [proposalOf(header, 0, 0)];
    const ready = new EngineRig('v0', { validatorCount: 1, restored }).engine.resume();

    expect(kindsOf(ready.persist)).to.deep.equal([6, 3]);
    expect(kindsOf(ready.send)).to.deep.equal([1, 3]);
    expect(ready.decided?.header).to.deep.equal(header);
  });

  it('R3: does not prepare another block than the one it had prepared', () => {
    const rig = new EngineRig('v0', { restored: [prepareOf(0, HEADER)] });
    rig.engine.resume();
    rig.hear(proposalOf(OTHER));

    expect(rig.valid(OTHER).send).to.deep.equal([]);
  });

  it('R3: goes on with its own PREPARE when the proposal comes again', () => {
    const rig = new EngineRig('v0', { restored: [prepareOf(0, HEADER)] });
    rig.engine.resume();
    rig.hear(proposalOf(HEADER));
    const valid = rig.valid(HEADER);
    const { send } = rig.hear(prepareOf(2, HEADER));

    expect(valid).to.deep.equal(NOTHING);
    expect(send).to.deep.equal([commitOf(0, HEADER)]);
  });

  it('R9: carries into the next view what it had prepared', () => {
    const rig = new EngineRig('v0', { restored: COMMITTED });
    rig.engine.resume();
    rig.work();

    expect(rig.timeout(0).send).to.deep.equal([viewChangeOf(0, 1, PREPARED)]);
  });

  it('R9: carries further what its VIEW-CHANGE had carried', () => {
    const rig = new EngineRig('v0', { restored: [viewChangeOf(0, 1, PREPARED)] });
    rig.engine.resume();
    const { send } = rig.hear(viewChangeOf(1, 2), viewChangeOf(3, 2));

    expect(send).to.deep.equal([viewChangeOf(0, 2, PREPARED)]);
  });

  it('R12: decides what it had committed, without its proposal', () => {
    const rig = new EngineRig('v0', { restored: COMMITTED });
    const { decided } = rig.hear(commitOf(1, HEADER), commitOf(2, HEADER));

    expect(decided?.header).to.deep.equal(HEADER);
  });

  it('R11: stays in the view for which it had asked', () => {
    const rig = new EngineRig('v0', { restored: [viewChangeOf(0, 3)] });
    rig.engine.resume();
    rig.hear(proposalOf(HEADER));
    const { send } = rig.valid(HEADER);

    expect([send, rig.engine.place().view]).to.deep.equal([[], 3]);
  });

  it('R11: asks for no view in which it has voted', () => {
    const restored = [viewChangeOf(0, 1), prepareOf(0, HEADER, { view: 2 })];
    const rig = new EngineRig('v0', { restored });
    const resumed = rig.engine.resume();
    const { send } = rig.hear(viewChangeOf(1, 2), viewChangeOf(3, 2));

    expect([kindsOf(resumed.send), send]).to.deep.equal([[2], []]);
  });

  it('R10: is in the view that it had opened, as its proposer', () => {
    const later = headerOf({ view: 1 });
    const message = newViewOf(
      later,
      [0, 1, 3].map((index) => viewChangeOf(index, 1)),
    );
    const rig = new EngineRig('v2', { restored: [viewChangeOf(2, 1), message] });
    const { send } = rig.engine.resume();
    const { timer, build } = rig.work();
    const { send: committed } = rig.hear(prepareOf(0, later), prepareOf(3, later));

    expect(send).to.deep.equal([viewChangeOf(2, 1), message]);
    expect([timer !== undefined, build]).to.deep.equal([true, undefined]);
    expect(committed).to.deep.equal([commitOf(2, later)]);
  });

  it('R14: waits for a quorum at the view for which it had asked', () => {
    const rig = new EngineRig('v0', { restored: [viewChangeOf(0, 1)] });
    const before = rig.work();
    const after = rig.hear(viewChangeOf(1, 1), viewChangeOf(2, 1));

    expect([before.timer, after.timer !== undefined]).to.deep.equal([undefined, true]);
  });

  it('owes nothing but its place with an empty log', () => {
    expect(new EngineRig('v0').engine.resume()).to.deep.equal({ ...NOTHING, status: PLACE });
  });

  it('R3: stops at a log in which one slot is signed twice', () => {
    const restored = [prepareOf(0, HEADER), prepareOf(0, OTHER)];

    expect(() => new EngineRig('v0', { restored })).to.throw(InvariantError);
  });
});

describe('R3: whatever comes after a restart at any moment', () => {
  /** The inputs of a view that is lost and one in which the block is prepared again. */
  const viewChanges = [
    viewChangeOf(0, 1, PREPARED),
    ...[1, 3].map((index) => viewChangeOf(index, 1)),
  ];
  const again = newViewOf(HEADER, viewChanges, PREPARED);
  const free = newViewOf(
    headerOf({ view: 1, text: 'free' }),
    [1, 2, 3].map((index) => viewChangeOf(index, 1)),
  );
  const heard: readonly Message[] = [
    proposalOf(HEADER),
    proposalOf(OTHER),
    ...[HEADER, OTHER].flatMap((header) => [
      prepareOf(2, header),
      prepareOf(3, header),
      prepareOf(3, header, { view: 1 }),
    ]),
    ...viewChanges.slice(1),
    again,
    free,
  ];

  /** Everything that an engine makes durable which is started anew before each message of an order. */
  const run = (order: readonly Message[]): readonly Durable[] => {
    const log: Durable[] = [];
    for (const message of order) {
      const rig = new EngineRig('v0', { restored: log });
      const readies = [rig.engine.resume(), rig.work(), rig.hear(message)];
      const { check } = readies[2]!;
      if (check !== undefined) readies.push(rig.valid(check.header));
      readies.push(rig.hear(...order.slice(0, 3)), rig.timeout(0));
      log.push(...readies.flatMap(({ persist }) => persist));
    }
    return log;
  };

  it('nothing is signed for a slot that is taken', () => {
    for (let turn = 0; turn < heard.length; turn++) {
      const order = [...heard.slice(turn), ...heard.slice(0, turn)];
      const slots = [order, order.toReversed()].flatMap((each, way) =>
        run(each).flatMap((message) =>
          message.kind === 6 || message.kind === 1 || message.kind === 5
            ? []
            : [`${turn}/${way}/${message.kind}/${message.view}`],
        ),
      );

      expect(new Set(slots).size, `turn ${turn}`).to.equal(slots.length);
    }
  });
});
