/** Whole nodes whose stored log is damaged: what they stop doing, and how operators hear of it. */
import path from 'node:path';

import { expect } from 'chai';

import { CHAIN_LEVEL_OPTIONS } from '../../node/store/levelChainStore.ts';
import { numberKey } from '../../node/store/chainKey.ts';
import { openLevelRows } from '../../node/store/levelRows.ts';
import { runCommand } from '../support/capturedOutput.ts';
import { messagesOf } from '../support/capturedLog.ts';
import { flipBit } from '../support/logRig.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createNetwork, createObserver, until } from '../support/wholeNetwork.ts';
import type { Json, WholeNode } from '../support/wholeNode.ts';

const REASON = /^the check of the stored log found a difference at height [01]: \S.+$/;

/** Flips a bit of the first entry in the store of a stopped node. */
async function damage({ folder }: WholeNode): Promise<void> {
  const rows = await openLevelRows(path.join(folder, 'data', 'chain'), CHAIN_LEVEL_OPTIONS);
  const key = numberKey('entry', 0);
  await rows.write([{ key, value: flipBit(rows.get(key)!, 100) }], { durable: true });
  await rows.close();
}

describe('a node whose stored log is damaged', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let node: WholeNode;
  let observer: WholeNode;

  const checkpointOf = async (of: WholeNode): Promise<Json> =>
    (await of.get('/api/v1/status')).body['checkpoint'] as Json;
  const heightOf = async (of: WholeNode): Promise<number> =>
    Number((await of.get('/api/v1/status')).body['block_height']);
  const metricOf = async (of: WholeNode, name: string): Promise<number> => {
    const text = String((await of.get('/metrics')).body['text']);
    return Number(new RegExp(`^birthmark_log_check_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };

  before(async () => {
    const options = { validators: 1, authority: [], param: ['keepalive_s=1'] };
    [node] = (await createNetwork(path.join(folder, 'network'), options)) as [WholeNode];
    observer = await createObserver(path.join(folder, 'observer'), node);
    node.environment = { ...node.environment, P2P_OBSERVERS: await observer.peerId() };
    for (const each of [node, observer]) await each.start();
    await until(async () => Number((await checkpointOf(observer))['final_size']) >= 3);
    await until(async () => (await metricOf(node, 'rounds_total')) === 1);
  });
  after(async () => {
    await observer.stop();
    await node.stop();
  });

  it('says nothing while it is whole', async () => {
    expect(await checkpointOf(node)).to.have.property('refusal', null);
    expect((await node.get('/ready')).status).to.equal(200);
    expect(await metricOf(node, 'differences_total')).to.equal(0);
    expect(await metricOf(node, 'entries')).to.be.at.least(1);
  });

  describe('and that starts on it', () => {
    let cosignedBefore = 0;

    before(async () => {
      for (const each of [observer, node]) await each.stop();
      for (const each of [observer, node]) await damage(each);
      for (const each of [node, observer]) await each.start();
      cosignedBefore = Number((await checkpointOf(node))['cosigned_size']);
      for (const each of [node, observer]) {
        await until(async () => String((await checkpointOf(each))['refusal']).includes('check of'));
      }
    });

    it('is not ready, and says why', async () => {
      for (const each of [node, observer]) {
        const { status, body } = await each.get('/ready');

        expect(status).to.equal(503);
        expect(JSON.stringify(body)).to.match(/the check of the stored log found a difference/);
        expect(String((await checkpointOf(each))['refusal'])).to.match(REASON);
      }
    });

    it('goes on with its chain and cosigns none of it', async () => {
      const height = await heightOf(node);
      await until(async () => (await heightOf(node)) > height + 1);

      expect(await checkpointOf(node)).to.include({
        cosigned_size: cosignedBefore,
        final_size: cosignedBefore,
      });
    });

    it('counts it, logs it, and puts it on record', async () => {
      expect(await metricOf(node, 'differences_total')).to.equal(1);
      expect(await metricOf(node, 'rounds_total')).to.equal(0);
      expect(messagesOf(node.captured)).to.include.members([
        'the stored log is damaged',
        'cosigning has ended',
      ]);
      await node.restart();
      const { values } = await runCommand(
        ...['audit', 'show', node.folder, '--event', 'log_difference', '--json'],
      );
      expect(values[0]).to.have.property('event', 'log_difference');
      expect(JSON.stringify(values[0])).to.match(/"height":[01]/);
    });
  });
});
