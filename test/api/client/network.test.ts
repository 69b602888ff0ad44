import { expect } from 'chai';

import { afterConnection, afterEvent } from '../../../api/client/network.ts';
import {
  blockWith,
  SAMPLED_MS,
  sampleWith,
  snapshotWith,
  viewWith,
} from '../../support/networkViews.ts';

describe('the picture of a network', () => {
  const heightsOf = ({ blocks }: ReturnType<typeof viewWith>): readonly number[] =>
    blocks.map(({ block_height: height }) => height);

  it('begins with the blocks and the sample of the snapshot', () => {
    const view = viewWith();

    expect(heightsOf(view)).to.deep.equal([55, 56, 57, 58, 59, 60]);
    expect(view.about?.node_id).to.equal('v1');
    expect(view.moments).to.have.length(1);
    expect(view.about).to.not.have.any.keys('blocks', 'sample');
  });

  it('grows by blocks, and keeps the last 120', () => {
    let view = viewWith();
    for (let height = 61; height <= 200; height++) {
      view = afterEvent(view, { name: 'block', data: blockWith(height) });
    }

    expect(heightsOf(view)).to.have.length(120);
    expect(heightsOf(view)[0]).to.equal(81);
  });

  it('holds a block that is told twice once', () => {
    const view = afterEvent(viewWith(), { name: 'block', data: blockWith(60) });

    expect(heightsOf(view)).to.deep.equal([55, 56, 57, 58, 59, 60]);
  });

  it('keeps its blocks where the stream is continued', () => {
    const data = snapshotWith({ continued: true, blocks: [] });

    const view = afterEvent(viewWith(), { name: 'snapshot', data });

    expect(heightsOf(view)).to.deep.equal([55, 56, 57, 58, 59, 60]);
  });

  it('forgets its blocks where the stream begins anew', () => {
    const data = snapshotWith({ blocks: [blockWith(2)] });

    const view = afterEvent(viewWith(), { name: 'snapshot', data });

    expect(heightsOf(view)).to.deep.equal([2]);
  });

  it('keeps ten minutes of samples', () => {
    let view = viewWith();
    for (let i = 1; i <= 700; i++) {
      const time = new Date(SAMPLED_MS + i * 1_000).toISOString();
      view = afterEvent(view, { name: 'status', data: sampleWith({ time, block_height: i }) });
    }

    expect(view.moments).to.have.length(600);
    expect(view.sample?.block_height).to.equal(700);
  });

  it('remembers who has come and gone, the newest first', () => {
    const time = new Date(SAMPLED_MS).toISOString();
    const gone = { name: 'v4', status: 'missing', before: 'up', time };
    const back = { name: 'v4', status: 'up', before: 'missing', time };

    const view = [gone, back].reduce(
      (before, data) => afterEvent(before, { name: 'validator', data }),
      viewWith(),
    );

    expect(view.changes.map(({ text, isGood }) => [text, isGood])).to.deep.equal([
      ['v4 is up, and was missing', true],
      ['v4 cannot be reached, and was up', false],
    ]);
  });

  it('has a gap in its curves, and says so, where the connection was lost', () => {
    const waiting = { state: 'waiting', why: 'no answer', retryMs: 500 } as const;
    const lost = afterConnection(viewWith(), { connection: waiting, atMs: SAMPLED_MS });
    const again = afterConnection(lost, { connection: waiting, atMs: SAMPLED_MS + 500 });
    const back = afterConnection(again, { connection: { state: 'open' }, atMs: SAMPLED_MS + 900 });

    expect(back.moments.map(({ sample }) => sample === undefined)).to.deep.equal([false, true]);
    expect(back.changes.map(({ text }) => text)).to.deep.equal([
      'connected again',
      'connection lost: no answer',
    ]);
  });

  it('is not changed by events that it does not know', () => {
    const view = viewWith();

    expect(afterEvent(view, { name: 'weather', data: {} })).to.equal(view);
  });
});
