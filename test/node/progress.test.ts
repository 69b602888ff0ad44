/** What a validator says of why no block is made, over replicas on one network and one clock. */
import { expect } from 'chai';

import { equalBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { Progress } from '../../node/progress.ts';
import { Rules } from '../../node/rules.ts';
import { type KnownPeer, Standings } from '../../node/standings.ts';
import { validatorOf, validatorsOf } from '../support/chainValues.ts';
import { sentBatchOf } from '../support/sentBatches.ts';
import { ReplicaSite } from './replicaRig.ts';

const COUNT = 4;

/** Returns what a validator of the site would tell, which sees the others as they are. */
function progressOf(site: ReplicaSite, index: number): Progress {
  const { clock } = site;
  const { ledger, replica } = site.at(index);
  const { consensusKey } = validatorOf(`v${index}`);
  const known = (): readonly KnownPeer[] =>
    validatorsOf(COUNT).map(({ peerId }, place) => {
      const running = site.all().find((each) => each.index === place);
      const height = running?.height;
      return { peerId, isUp: running !== undefined, height, lastSeenMs: undefined };
    });
  const standings = new Standings({
    clock,
    ledger,
    rules: new Rules(ledger),
    peers: known,
    isSelf: (validator) => equalBytes(validator.consensusKey, consensusKey),
  });
  const { engine, sync } = replica;
  const waitingFor = (): string | undefined => replica.waitingFor();
  return new Progress({ clock, ledger, engine, sync, standings, waitingFor });
}

describe('the progress of a validator', () => {
  let site: ReplicaSite;

  beforeEach(async () => {
    site = await ReplicaSite.start({ count: COUNT });
  });

  afterEach(() => site.stopAll());

  it('says nothing while nothing is wrong', () => {
    const progress = progressOf(site, 0);

    expect(progress.stalled()).to.equal(undefined);
    expect(progress.lastRefusal()).to.equal(undefined);
    expect(progress.signFloor()).to.equal(undefined);
    expect(progress.isSyncing()).to.equal(false);
  });

  it('counts who is there, and names who is not', async () => {
    const progress = progressOf(site, 0);
    await site.stop(2);
    expect(progress.stalled()).to.equal(undefined);

    await site.stop(3);
    expect(progress.stalled()).to.equal(
      '2 of 4 validators can be reached, this one included, and a block needs 3: v2, v3 cannot',
    );
  });

  it('tells after ten seconds that work waits, and for whom', async () => {
    const progress = progressOf(site, 0);
    progress.noteStep({ type: 'work', waiting: true });
    await site.clock.advance(9_999);
    expect(progress.stalled()).to.equal(undefined);

    await site.clock.advance(1);
    expect(progress.stalled()).to.match(
      /^no block for 10 s at height \d+, view 0, whose proposer is v\d$/,
    );

    progress.noteStep({ type: 'work', waiting: false });
    expect(progress.stalled()).to.equal(undefined);
  });

  it('keeps the last refusal, and gives it as the reason at its height alone', async () => {
    const progress = progressOf(site, 0);
    const { header } = site.at(0).ledger.edge();
    const { height, view } = site.at(0).replica.engine.place();
    progress.noteStep({ type: 'work', waiting: true });
    await site.clock.advance(10_000);
    progress.noteRefusal(new ChainError('ERR_BLOCK_TIME', 'ten minutes ahead'), {
      ...header,
      height,
      view,
    });

    expect(progress.stalled()).to.include('; the last proposal was refused: ten minutes ahead');
    expect(progress.lastRefusal()).to.deep.equal({
      code: 'ERR_BLOCK_TIME',
      message: 'ten minutes ahead',
      height,
      view,
      atMs: site.clock.nowMs(),
    });

    progress.noteRefusal(new ChainError('ERR_BLOCK_TIME', 'long ago'), {
      ...header,
      height: height - 1,
    });
    expect(progress.stalled()).not.to.include('refused');
  });

  it('tells up to where a validator without its history signs nothing, until the chain is past it', async () => {
    site.at(0).submit(sentBatchOf('v0', 1));
    await site.untilRecords(1);
    await site.stop(3);
    site.wipe(3);
    await site.start(3);
    const progress = progressOf(site, 3);
    expect(progress.signFloor()).to.equal(undefined);
    expect(progress.stalled()).to.be.a('string');

    await site.untilRecords(1);
    await site.until(() => site.at(3).replica.waitingFor() === undefined);
    const { height } = site.at(0);
    expect(progress.signFloor()).to.equal(height + 2);
    progress.noteStep({ type: 'work', waiting: true });
    await site.clock.advance(10_000);
    expect(progress.stalled()).to.include(
      `this validator signs nothing up to height ${height + 2}, since it may have lost what it signed`,
    );

    for (let sequence = 2; site.at(3).height < height + 2; sequence++) {
      site.at(0).submit(sentBatchOf('v0', sequence));
      await site.untilRecords(sequence);
    }
    expect(progress.signFloor()).to.equal(undefined);
  });
});
