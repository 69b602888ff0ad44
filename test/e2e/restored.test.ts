/** A validator whose folder is an older one, or another's history: what it cosigns then. */
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { ForkError } from '../../node/sync/checkBlock.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createNetwork, until } from '../support/wholeNetwork.ts';
import type { Json, WholeNode } from '../support/wholeNode.ts';

const RUN_MS_MAX = 90_000;
/** Blocks come without photographs, one a second. */
const PARAM = ['keepalive_s=1'];

const dataOf = ({ folder }: WholeNode): string => path.join(folder, 'data');
const statusOf = async (node: WholeNode): Promise<Json> => (await node.get('/api/v1/status')).body;
const checkpointOf = async (node: WholeNode): Promise<Json> =>
  (await statusOf(node))['checkpoint'] as Json;
const cosignedBy = async (node: WholeNode): Promise<number> =>
  Number((await checkpointOf(node))['cosigned_size']);

function create(folder: string): Promise<readonly WholeNode[]> {
  return createNetwork(folder, { validators: 4, authority: [], param: PARAM });
}

function expectFork(error: unknown): void {
  expect(error).to.be.instanceOf(ForkError);
}

describe('a validator whose folder is put back from a backup', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  let nodes: readonly WholeNode[];
  let late: WholeNode;
  /** Sizes that it had cosigned: in the backup, and in the end. */
  let backedUp = 0;
  let last = 0;

  before(async () => {
    nodes = await create(path.join(folder, 'network'));
    late = nodes[3]!;
    await Promise.all(nodes.map((node) => node.start()));
    await until(async () => (await cosignedBy(late)) >= 2);
    await late.stop();
    cpSync(dataOf(late), path.join(folder, 'backup'), { recursive: true });
    await late.start();
    backedUp = await cosignedBy(late);
    await until(async () => (await cosignedBy(late)) >= backedUp + 2);
    last = await cosignedBy(late);
    await late.stop();
    rmSync(dataOf(late), { recursive: true });
    cpSync(path.join(folder, 'backup'), dataOf(late), { recursive: true });
  });
  after(() => Promise.all(nodes.map((node) => node.stop())));

  it('cosigns nothing before a quorum has told what it holds', async () => {
    const [first, ...others] = nodes.slice(0, 3);
    await Promise.all(others.map((node) => node.stop()));
    await late.start();
    await until(async () => {
      const { missing } = await statusOf(late);
      return !(missing as readonly string[]).includes('v1');
    });
    await until(async () => {
      const { missing } = await statusOf(first!);
      return !(missing as readonly string[]).includes('v4');
    });

    expect(await cosignedBy(late)).to.equal(backedUp);
  });

  it('then cosigns what has all that it had cosigned before, and nothing between', async () => {
    const sizes = new Set<number>();
    await Promise.all(nodes.slice(1, 3).map((node) => node.start()));
    await until(async () => {
      sizes.add(await cosignedBy(late));
      return Math.max(...sizes) > last;
    });
    sizes.delete(backedUp);

    expect(Math.min(...sizes)).to.be.at.least(last);
    expect(await checkpointOf(late)).to.have.property('refusal', null);
  });
});

describe('a validator whose folder has another history of the same network', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  let nodes: readonly WholeNode[];
  let strange: WholeNode;
  /** What it had cosigned of that history. */
  let cosigned = 0;

  /** Runs all until the log has so many entries that a quorum has cosigned. */
  const runUntil = async (size: number): Promise<void> => {
    await Promise.all(nodes.map((node) => node.start()));
    for (const node of nodes) {
      await until(async () => Number((await checkpointOf(node))['final_size']) >= size);
    }
    await Promise.all(nodes.map((node) => node.stop()));
  };

  before(async () => {
    nodes = await create(path.join(folder, 'network'));
    strange = nodes[3]!;
    // Far more than the others will have, of whom it could else fetch a block, and end.
    await runUntil(12);
    cpSync(dataOf(strange), path.join(folder, 'other'), { recursive: true });
    for (const node of nodes) rmSync(dataOf(node), { recursive: true });
    await runUntil(2);
    rmSync(dataOf(strange), { recursive: true });
    cpSync(path.join(folder, 'other'), dataOf(strange), { recursive: true });
    await strange.start();
    cosigned = await cosignedBy(strange);
    await Promise.all([nodes[0]!, nodes[1]!].map((node) => node.start()));
    await until(async () => (await checkpointOf(strange))['refusal'] !== null);
  });
  // Whoever of the others has fetched a block of that history has ended: a quorum has certified two.
  after(() => Promise.all(nodes.map((node) => node.stop().catch(expectFork))));

  it('cosigns nothing, and says why', async () => {
    const { refusal, cosigned_size: size } = await checkpointOf(strange);

    expect(String(refusal)).to.match(
      /another root of the first \d+ entries than is here|is not the one of which \d+ entries/,
    );
    expect(size).to.equal(cosigned);
  });

  it('is not ready', async () => {
    const { status, body } = await strange.get('/ready');

    expect(status).to.equal(503);
    expect(JSON.stringify(body)).to.match(/entries/);
  });
});
