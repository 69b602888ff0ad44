import { rmSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { readConfig } from '../../node/config.ts';
import { startNode } from '../../node/node.ts';
import { openLevelChainStore } from '../../node/store/levelChainStore.ts';
import { captureLog, type CapturedLog, messagesOf } from '../support/capturedLog.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createNetwork, until } from '../support/wholeNetwork.ts';
import { WholeNode } from '../support/wholeNode.ts';

const FAST_START = `7:${'ab'.repeat(32)}`;
const NOT_NEEDED = 'FAST_START is not needed: the chain is here';

describe('a named block, for a validator that is alone', () => {
  const folder = temporaryFolder();
  let node: WholeNode;

  before(async () => {
    node = await WholeNode.start(folder);
    await node.stop();
    node.environment = { FAST_START };
  });

  it('is not needed where there is a chain', async () => {
    await node.start();
    await node.stop();

    expect(messagesOf(node.captured)).to.include(NOT_NEEDED);
  });

  it('ends the start where there is none, since nobody can be asked', async () => {
    rmSync(path.join(folder, 'data'), { recursive: true });
    const error = await node.start().catch((reason: unknown) => reason);

    expect(error).to.include({ code: 'ERR_PIN' });
    expect(String(error)).to.include('this validator is the only one of its genesis');
  });

  it('is of no matter where none is named', async () => {
    node.environment = {};
    await node.start();
    await node.stop();

    expect(messagesOf(node.captured).filter((each) => each === NOT_NEEDED)).to.have.length(1);
  });
});

describe('two validators without a chain that both wait for one', () => {
  const folder = temporaryFolder();
  const stop = new AbortController();
  let nodes: readonly { readonly dir: string; readonly log: CapturedLog; ended: unknown }[];

  before(async () => {
    const options = { validators: 2, authority: [], param: [] };
    const network = await createNetwork(path.join(folder, 'network'), options);
    nodes = network.map(({ folder: dir }) => ({ dir, log: captureLog('debug'), ended: undefined }));
    nodes.forEach((node, i) => {
      const environment = { ...network[i]!.environment, FAST_START };
      const free = { API_LISTEN: '127.0.0.1:0', ADMIN_LISTEN: '127.0.0.1:0' };
      const config = readConfig({ ...environment, ...free }, node.dir);
      startNode(config, { log: node.log.log, signal: stop.signal }).catch((reason: unknown) => {
        node.ended = reason;
      });
    });
  });

  it('ask each other in vain, and hold nothing against each other', async () => {
    const isRefused = ({ log }: { readonly log: CapturedLog }): boolean =>
      log.lines.some((line) => line.includes('"how":"down","why":"ERR_PEER_FAILED"'));
    await until(async () => nodes.every(isRefused));

    for (const { log, ended } of nodes) {
      expect(messagesOf(log)).to.not.include('peer judged');
      expect(ended).to.equal(undefined);
    }
  });

  it('end when they are told to, and leave stores without a chain that others may open', async () => {
    const reason = new Error('enough');
    stop.abort(reason);
    await until(async () => nodes.every(({ ended }) => ended !== undefined));

    for (const { dir, ended } of nodes) {
      expect(ended).to.equal(reason);
      const store = await openLevelChainStore(path.join(dir, 'data', 'chain'));
      expect(store.edge()).to.equal(undefined);
      await store.close();
    }
  });
});
