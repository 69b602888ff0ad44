/**
 * Three honest validators as processes, and a fourth that lies with real keys over the real protocol.
 *
 * Whatever it says: the chain goes on, the honest ones agree byte for byte, nothing invalid is committed, what the
 * liar signed twice stands on the chain, and no honest process ends or grows without bound. The lies that get
 * it disconnected for a while come last.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { expect } from 'chai';

import { validatorsSchema } from '../../../api/schemas/node.ts';
import { hashBatch, type ImageItem, ITEM_KIND } from '../../../chain/batch.ts';
import { hashHeader, type Header } from '../../../chain/block.ts';
import { formatHex } from '../../../chain/bytes.ts';
import { createPrePrepare } from '../../../chain/consensus/prePrepare.ts';
import { createViewChange, type ViewChange } from '../../../chain/consensus/viewChange.ts';
import { type Commit, createVote, type Prepare, type Vote } from '../../../chain/consensus/vote.ts';
import { fieldsOf } from '../../../genesis/json.ts';
import { type SentBatch, encodeBatchFrame } from '../../../node/wire/batches.ts';
import { encodeRequest } from '../../../node/wire/requests.ts';
import { encodeVoteFrame } from '../../../node/wire/votes.ts';
import { Cameras } from '../../../scripts/torture/network/cameras.ts';
import { checkSameChain } from '../../../scripts/torture/network/sameChain.ts';
import { type NodeProcess, startNodeProcess } from '../../../scripts/torture/nodeProcess.ts';
import { Random } from '../../../scripts/torture/random.ts';
import { openSite, type Site } from '../../../scripts/torture/site.ts';
import { checkLog, checkStores } from '../../../scripts/torture/stores.ts';
import { Violations } from '../../../scripts/torture/violations.ts';
import { ask, elementsOf } from '../../../scripts/torture/ask.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { Liar } from './liar.ts';

const RUN_MS_MAX = 300_000;
const WAIT_MS_MAX = 60_000;
const MIB = 1_048_576;
/** How long a flood lasts. */
const FLOOD_BLOCK_COUNT = 8;
/** Of an honest process, whatever is poured over it. */
const RSS_BYTES_MAX = 700 * MIB;

/** A validator that keeps the rules. */
interface Honest {
  readonly name: string;
  readonly dir: string;
  readonly process: NodeProcess;
  readonly api: string;
  readonly cameras: Cameras;
}

describe('three honest validators and a liar', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  const violations = new Violations();
  /** Hashes of pictures that no camera signed. */
  const forged: string[] = [];
  let site: Site;
  let honest: readonly Honest[] = [];
  let liar: Liar;
  let liarDir = '';
  /** Height at which the liar first signed two values. */
  let offenceHeight = 0;

  before(async () => {
    site = await openSite(folder, { validatorCount: 4, cameraCount: 2 });
    honest = await Promise.all(site.validatorDirs.slice(0, 3).map((dir) => startHonest(dir)));
    liarDir = site.validatorDirs[3]!;
    liar = await Liar.start(liarDir);
    await liar.until(() => liar.connected().length === 3);
  });

  after(async () => {
    await liar.stop();
    for (const { process, cameras } of honest) {
      process.kill();
      await process.ended;
      await cameras.leave();
    }
    await site.close();
  });

  async function startHonest(dir: string): Promise<Honest> {
    const name = path.basename(dir);
    const process = await startNodeProcess(dir);
    const api = await process.ready;
    if (api === undefined) throw new Error(`${name} did not start`);
    const random = new Random(1).fork(name);
    const cameras = new Cameras({ site, violations, random, abroad: () => undefined });
    cameras.beacon.show(api);
    return { name, dir, process, api, cameras };
  }

  /** Asks until an answer has a fact hold; rejects when none comes. */
  async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
    const endMs = performance.now() + WAIT_MS_MAX;
    while (!(await holds())) {
      if (performance.now() > endMs) throw new Error(`it did not happen that ${what}`);
    }
  }

  async function get({ api }: Honest, route: string): Promise<Readonly<Record<string, unknown>>> {
    return fieldsOf((await ask(new URL(route, api))).json);
  }

  async function heightOf(each: Honest): Promise<number> {
    return Number((await get(each, '/api/v1/status'))['block_height']);
  }

  /** Resolves when all honest validators have two blocks more than any has by now. */
  async function expectProgress(): Promise<void> {
    const goal = Math.max(...(await Promise.all(honest.map(heightOf)))) + 2;
    for (const each of honest) {
      await until(async () => (await heightOf(each)) >= goal, `${each.name} has block ${goal}`);
    }
  }

  async function viewOfLiar(
    each: Honest,
  ): Promise<ReturnType<typeof validatorsSchema.parse>['validators'][number] | undefined> {
    const { validators } = validatorsSchema.parse(await get(each, '/api/v1/validators'));
    return validators.find(({ name }) => name === path.basename(liarDir));
  }

  /** Resolves to a number of a node's metrics, all labels together. */
  async function metric({ api }: Honest, name: string): Promise<number> {
    const text = await (await fetch(new URL('/metrics', api))).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  function randomHash(): Uint8Array {
    return new Uint8Array(randomBytes(32));
  }

  /** Returns votes of the liar for a block hash, of both phases. */
  function votesFor(blockHash: Uint8Array, height: number): readonly Vote[] {
    const fields = { height, view: 0, blockHash, index: liar.index };
    return [
      createVote<Prepare>({ kind: 2, ...fields }, liar.voter),
      createVote<Commit>({ kind: 3, ...fields }, liar.voter),
    ];
  }

  function proposeTo(header: Header, to: readonly number[]): void {
    liar.say(createPrePrepare({ view: 0, header, index: liar.index }, liar.voter), to);
  }

  it('make blocks while it says nothing', async () => {
    await expectProgress();
  });

  it('agree where it proposes two blocks for one view, one to each half, and votes for both', async () => {
    await liar.ownTurn();
    const [batch] = await liar.heardBatches();
    const timestampMs = liar.blockTimeMs();
    const one = liar.header({ batches: [batch!], timestampMs });
    const other = liar.header({ batches: [batch!], timestampMs: timestampMs + 1 });
    offenceHeight = one.height;
    proposeTo(one, [0]);
    proposeTo(other, [1, 2]);
    for (const header of [one, other]) {
      for (const vote of votesFor(hashHeader(header), header.height)) liar.say(vote);
    }
    await expectProgress();

    const blocks = await Promise.all(
      honest.map((each) => get(each, `/api/v1/blocks/${one.height}`)),
    );
    expect(new Set(blocks.map((block) => block['block_hash'])).size).to.equal(1);
  });

  it('go on where it votes for blocks that nobody proposed', async () => {
    for (let i = 0; i < 4; i++) {
      for (const vote of votesFor(randomHash(), liar.height + 1)) liar.say(vote);
    }
    await expectProgress();
  });

  it('have the proof on the chain, and all show it', async () => {
    for (const each of honest) {
      await until(async () => {
        const view = await viewOfLiar(each);
        return view?.evidence.some(({ recorded_height: height }) => height !== null) === true;
      }, `${each.name} shows evidence that stands on the chain`);
    }

    const views = await Promise.all(honest.map(viewOfLiar));
    for (const view of views) {
      expect(view?.evidence).to.have.length(1);
      expect(view?.evidence[0]).to.include({ height: offenceHeight, view: 0 });
    }
    expect(new Set(views.map((view) => JSON.stringify(view?.evidence))).size).to.equal(1);
  });

  it('do not follow it where it asks for other views, alone and as far as it likes', async () => {
    for (const view of [1, 2, 7, 1_000, 1_000_000]) {
      const place = { height: liar.height + 1, view, index: liar.index };
      liar.say(createViewChange({ ...place, prepared: undefined }, liar.voter));
    }
    await expectProgress();

    const status = await Promise.all(honest.map((each) => get(each, '/api/v1/status')));
    for (const { view } of status) expect(view).to.be.below(10);
  });

  it('refuse a view change whose prepared certificate it signed alone', async () => {
    liar.say(forgedViewChange());
    await expectProgress();
  });

  function forgedViewChange(): ViewChange {
    const { index, voter } = liar;
    const height = liar.height + 1;
    const header = { ...liar.header({ batches: [], timestampMs: liar.blockTimeMs() }), height };
    const vote = createVote<Prepare>(
      { kind: 2, height, view: 0, blockHash: hashHeader(header), index },
      voter,
    );
    const signatures = [0, 1, 2, 3].map((each) => ({ index: each, signature: vote.signature }));
    const prepared = { kind: 6 as const, header, votes: { view: 0, proposer: 0, signatures } };
    return createViewChange({ height, view: 1, index, prepared }, voter);
  }

  /** Returns batches that the liar rightly signed, of pictures that no camera did. */
  async function forgedBatches(): Promise<readonly SentBatch[]> {
    const [heard] = await liar.heardBatches();
    const { signed, evidence } = heard!;
    const { items, evidenceRoot } = signed.batch;
    const [first, ...rest] = items.filter(
      (item): item is ImageItem => item.kind === ITEM_KIND.image,
    );
    const imageHash = randomHash();
    forged.push(formatHex(imageHash));
    const { record } = first!;
    const changed: readonly ImageItem['record'][] = [
      { ...record, imageHash },
      { ...record, imageHash, capturedAt: record.capturedAt - 1 },
    ];
    return changed.map((each) =>
      liar.makeBatch({ items: [{ ...first!, record: each }, ...rest], evidenceRoot }, evidence),
    );
  }

  it('refuse batches with a hash that no camera signed, and count them', async () => {
    for (const batch of await forgedBatches()) {
      liar.hold(batch);
      liar.spread(batch);
    }
    for (const each of honest) {
      await until(
        async () => (await metric(each, 'birthmark_bad_batches_total')) >= 2,
        `${each.name} counts bad batches`,
      );
    }
    await expectProgress();
  });

  it('refuse a batch that bears the name of another institution', async () => {
    const [heard] = await liar.heardBatches();
    const { signed, evidence } = heard!;
    const { items, evidenceRoot, aggregator, sequence } = signed.batch;
    const batch = liar.makeBatch(
      { items, evidenceRoot, aggregator, sequence: sequence + 1_000 },
      evidence,
    );
    liar.spread(batch);
    await expectProgress();

    const id = formatHex(hashBatch(batch.signed.batch));
    for (const { api } of honest) {
      expect((await ask(new URL(`/api/v1/transactions/${id}`, api))).status).to.equal(404);
    }
  });

  it('vote for none of its blocks that name such a batch, and do without its proposals', async () => {
    for (let turn = 0; turn < 2; turn++) {
      await liar.ownTurn();
      const [batch] = await forgedBatches();
      liar.hold(batch!);
      const header = liar.header({ batches: [batch!], timestampMs: liar.blockTimeMs() });
      proposeTo(header, [0, 1, 2]);
      for (const vote of votesFor(hashHeader(header), header.height)) liar.say(vote);
      await liar.until(() => liar.height >= header.height);
      await expectProgress();
    }

    const view = await viewOfLiar(honest[0]!);
    expect(view?.lost_views).to.be.at.least(2);
    expect(view?.suspended_until).to.be.a('number');
  });

  it('go on and stay within bounds under a flood of what is well formed', async () => {
    const height = liar.height + 1;
    const votes = Array.from({ length: 200 }, () => votesFor(randomHash(), height)).flat();
    const frames = [
      ...votes.map((message) => encodeVoteFrame({ type: 'message', message })),
      ...Array.from({ length: 50 }, (_each, view) =>
        encodeVoteFrame({ type: 'status', place: { height: height + view * 1_000, view } }),
      ),
    ];
    const announcements = Array.from({ length: 50 }, () => {
      const ids = Array.from({ length: 256 }, randomHash);
      return encodeBatchFrame({ type: 'announcement', ids });
    });
    const peak = await flood(() => {
      for (const index of liar.connected()) {
        for (const frame of frames) liar.send(index, 'votes', frame);
        for (const frame of announcements) liar.send(index, 'batches', frame);
        void liar.ask(index, encodeRequest({ type: 'history' }));
        void liar.ask(index, encodeRequest({ type: 'blocks', first: 1, count: 256 }));
      }
    });

    expect(peak).to.be.below(RSS_BYTES_MAX);
  });

  it('go on and stay within bounds under a flood of what has no form, and turn it away', async () => {
    const frames = [1, 100, 100_000, MIB, 8 * MIB - 1].map(
      (size) => new Uint8Array(randomBytes(size)),
    );
    const peak = await flood(() => {
      for (const index of liar.connected()) {
        for (const frame of frames) {
          for (const channel of ['votes', 'batches', 'sync'] as const) {
            liar.send(index, channel, frame);
          }
        }
      }
    });

    expect(peak).to.be.below(RSS_BYTES_MAX);
    await liar.until(() => liar.connected().length === 0);
  });

  /** Pours for a number of blocks; resolves to the largest memory of an honest process meanwhile. */
  async function flood(pour: () => void): Promise<number> {
    let peak = 0;
    const goal = (await heightOf(honest[0]!)) + FLOOD_BLOCK_COUNT;
    const endMs = performance.now() + WAIT_MS_MAX;
    for (let height = 0; height < goal; height = await heightOf(honest[0]!)) {
      if (performance.now() > endMs) throw new Error(`no block ${goal} under a flood`);
      pour();
      const sizes = await Promise.all(
        honest.map((each) => metric(each, 'birthmark_process_resident_memory_bytes')),
      );
      peak = Math.max(peak, ...sizes);
    }
    await expectProgress();
    return peak;
  }

  it('commit what their cameras submitted, and never what no camera signed', async () => {
    for (const { cameras } of honest) await cameras.load.end();
    await expectCommitted();

    for (const each of honest) {
      for (const hash of forged) {
        expect(await get(each, `/api/v1/verify/${hash}`)).to.include({ verdict: 'not_found' });
      }
    }
  });

  async function expectCommitted(): Promise<void> {
    for (const each of honest) {
      const hashes = each.cameras.journal.promised.map(({ shot }) => shot.imageHash);
      expect(hashes).to.have.length.above(0);
      await until(async () => {
        const url = new URL('/api/v1/verify', each.api);
        const { json } = await ask(url, { image_hashes: hashes.slice(-1_000) });
        const results = elementsOf(fieldsOf(json)['results']).map(fieldsOf);
        return results.every(({ verified }) => verified === true);
      }, `${each.name} has committed what it promised`);
    }
  }

  it('stop in peace, with the same chain in stores that are whole', async () => {
    const [first, ...others] = honest;
    const endings = await Promise.all(others.map(({ process }) => process.stop()));
    for (const { dir } of others) await checkStores(dir, violations, first!.api);
    endings.push(await first!.process.stop());
    await checkSameChain(
      honest.map(({ dir }) => dir),
      violations,
    );
    for (const { dir } of honest) await checkLog(dir, violations);

    expect(endings.map(({ code }) => code)).to.deep.equal([0, 0, 0]);
    expect(violations.toArray()).to.deep.equal([]);
  });
});
