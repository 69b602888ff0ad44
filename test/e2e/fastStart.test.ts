/** Nodes without a chain that fetch one whole: a validator whose folder is lost, an observer, and one with a wrong pin. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { statusSchema, type Validators } from '../../api/schemas/node.ts';
import { formatHex } from '../../chain/bytes.ts';
import { checkInclusion, inclusionProof, leafHash } from '../../chain/merkle.ts';
import { readNodesFrom } from '../../chain/tile.ts';
import { openLevelChainStore } from '../../node/store/levelChainStore.ts';
import { runCommand } from '../support/capturedOutput.ts';
import { messagesOf } from '../support/capturedLog.ts';
import type { Camera } from '../support/certificates.ts';
import { ChainBuilder } from '../support/chainBuilder.ts';
import { beginFilling } from '../support/chainFilling.ts';
import { hashOfText } from '../support/chainValues.ts';
import { killGroup, startBirthmark } from '../support/crashProcess.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../support/realAuthority.ts';
import { bodyOf, requestOf } from '../support/shots.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createNetwork, createObserver, until } from '../support/wholeNetwork.ts';
import type { Json, WholeNode } from '../support/wholeNode.ts';

const RUN_MS_MAX = 120_000;
const FREE_PORTS = 'API_LISTEN=127.0.0.1:0\nADMIN_LISTEN=127.0.0.1:0\n';

describe('a fast start among four validators', function () {
  this.timeout(RUN_MS_MAX);
  const folder = temporaryFolder();
  let authority: RealAuthority;
  let camera: Camera;
  let validators: readonly WholeNode[];
  let v1: WholeNode;
  let v4: WholeNode;
  let observer: WholeNode;
  /** Of block 1, as v1 shows it. */
  let pin = '';
  let shots = 0;

  const dataOf = (node: WholeNode): string => path.join(node.folder, 'data');
  const statusOf = async (node: WholeNode): Promise<ReturnType<typeof statusSchema.parse>> =>
    statusSchema.parse((await node.get('/api/v1/status')).body);
  const isVerified = async (node: WholeNode, name: string): Promise<boolean> =>
    (await node.verify(hashOfText(name))).body['verified'] === true;
  /** Registers a photograph; resolves to the receipt's id. */
  const register = async (name: string, node = v1): Promise<string> => {
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    const body = bodyOf(requestOf(camera, name, { chainId: v1.chainId, claims }));
    const id = await node.accept(body);
    expect(await node.ended(id)).to.include({ state: 'committed' });
    return id;
  };
  /** Registers photographs until a node's chain is longer than so many blocks. */
  const growBeyond = async (node: WholeNode, height: number): Promise<void> => {
    while ((await statusOf(node)).block_height <= height) await register(`more ${shots++}`);
  };
  const isMade = ({ captured }: WholeNode, message: string): boolean =>
    messagesOf(captured).includes(message);

  before(async () => {
    const dir = path.join(folder, 'authority');
    authority = await startRealAuthority(dir);
    validators = await createNetwork(path.join(folder, 'network'), {
      validators: 4,
      authority: [path.join(dir, 'authority.json')],
      param: ['batch_wait_ms=20'],
    });
    [v1, , , v4] = validators as [WholeNode, WholeNode, WholeNode, WholeNode];
    observer = await createObserver(path.join(folder, 'observer'), v1);
    const P2P_OBSERVERS = await observer.peerId();
    for (const node of validators) node.environment = { ...node.environment, P2P_OBSERVERS };
    await Promise.all(validators.map((node) => node.start()));
    camera = await provisionCamera(authority, 'FAST-1');
    for (const name of ['old', 'older', 'oldest']) await register(name);
    await until(() => isVerified(v4, 'oldest'));
    pin = `1:${String((await v1.get('/api/v1/blocks/1')).body['block_hash'])}`;
  });
  after(async () => {
    await Promise.all([observer, ...validators].map((node) => node.stop()));
    await authority.stop();
  });

  describe('of a validator whose data folder is lost', () => {
    before(async () => {
      await v4.stop();
      rmSync(dataOf(v4), { recursive: true });
      await register('while it was away');
      v4.environment = { ...v4.environment, FAST_START: pin };
      await v4.start();
    });

    it('fetches the chain, and begins it where that ended', async () => {
      const { base_height: base, block_height: height } = await statusOf(v4);

      expect(isMade(v4, 'fast start: the chain is here')).to.equal(true);
      expect(base).to.be.at.least(4);
      expect(height).to.be.at.least(base);
      for (const name of ['old', 'older', 'oldest', 'while it was away']) {
        expect(await isVerified(v4, name), name).to.equal(true);
      }
    });

    it('shows its first block, and those before nowhere', async () => {
      const { base_height: base } = await statusOf(v4);
      const route = `/api/v1/blocks/${base}`;
      const [here, there] = [(await v4.get(route)).body, (await v1.get(route)).body];
      const earlier = await v4.get('/api/v1/blocks/1');

      expect({ ...here, certificate: null }).to.deep.equal({ ...there, certificate: null });
      expect([earlier.status, earlier.body['code']]).to.deep.equal([404, 'ERR_NOT_HELD']);
    });

    it('signs nothing up to two heights above it, and votes from then on', async () => {
      await until(async () => (await statusOf(v4)).sign_floor !== null);
      const { sign_floor: floor, base_height: base } = await statusOf(v4);
      expect(floor).to.be.at.least(base + 2);
      await growBeyond(v1, floor! + 1);
      await until(async () => (await statusOf(v4)).sign_floor === null);
      // Without the third there is no quorum but with it.
      await validators[2]!.stop();
      await register('with its vote');
      await validators[2]!.start();
      const { validators: shown } = (await v1.get('/api/v1/validators')).body as Validators;

      expect(shown[3]).to.include({ name: 'v4' });
      expect(shown[3]!.last_signed_height).to.be.above(floor!);
    });

    it('goes on where it was after a restart, and needs no other fast start', async () => {
      const { base_height: base } = await statusOf(v4);
      await v4.restart();

      expect(isMade(v4, 'FAST_START is not needed: the chain is here')).to.equal(true);
      expect((await statusOf(v4)).base_height).to.equal(base);
    });

    it('leaves a folder in which a check and the doctor find nothing wrong', async () => {
      await v4.stop();
      const check = ['db', 'check', '--dir', v4.folder, '--json'];
      const { code, values } = await runCommand(...check, '--against', v1.running.apiUrl);
      const doctor = await runCommand('doctor', v4.folder, '--json');
      await v4.start();
      const [report] = values as readonly { against: readonly Json[]; problems: unknown }[];
      const { findings } = doctor.values[0] as { findings: readonly Json[] };

      expect(report!.problems).to.deep.equal([]);
      expect(code).to.equal(0);
      expect(report!.against[0]).to.deep.include({ first_difference: null });
      expect(Number(report!.against[0]!['records'])).to.be.at.least(5);
      expect(findings.filter(({ status }) => status === 'problem')).to.deep.equal([]);
      expect(findings.find(({ check: name }) => name === 'chain')!['what']).to.match(
        /begins here with block \d+$/,
      );
    });

    it('serves others what it has: a node from genesis gets the rest elsewhere', async () => {
      await observer.start();
      await until(() => isVerified(observer, 'with its vote'));
      await observer.stop();

      expect(observer.captured.lines.join()).to.not.match(/"level":"(warn|error)"/);
      rmSync(dataOf(observer), { recursive: true });
    });
  });

  describe('of a validator whose chain alone is lost', () => {
    let receipt: string;

    before(async () => {
      receipt = await register('its own', v4);
      await v4.stop();
      rmSync(path.join(dataOf(v4), 'chain'), { recursive: true });
      await v4.start();
    });

    it('keeps its receipts', async () => {
      const { status, body } = await v4.get(`/api/v1/submission/${receipt}`);

      expect(status).to.equal(200);
      expect(body).to.include({ state: 'committed' });
      expect((await v4.get(`/api/v1/transactions/${String(body['tx_hash'])}`)).status).to.equal(
        404,
      );
      expect(await isVerified(v4, 'its own')).to.equal(true);
    });

    it('signs nothing up to two heights above the chain, whatever its log says', async () => {
      await until(async () => (await statusOf(v4)).sign_floor !== null);
      const { sign_floor: floor, base_height: base } = await statusOf(v4);

      expect(floor).to.be.at.least(base + 2);
      await growBeyond(v1, floor! + 1);
      await until(async () => (await statusOf(v4)).sign_floor === null);
    });

    it('takes photographs, under sequences that it has not used', async () => {
      await register('its next', v4);
      await v4.stop();
      const { values } = await runCommand('db', 'check', '--dir', v4.folder, '--json');
      await v4.start();

      expect((values[0] as Json)['problems']).to.deep.equal([]);
    });
  });

  describe('of an observer', () => {
    before(async () => {
      // What a process has left that was killed in the middle.
      const other = new ChainBuilder();
      const store = await openLevelChainStore(path.join(dataOf(observer), 'chain'));
      await beginFilling(store, [other.genesis, other.next({ batchCount: 1, recordCount: 300 })]);
      await store.close();
      observer.environment = { ...observer.environment, FAST_START: pin };
      await observer.start();
    });

    it('answers about photographs of every block', async () => {
      const { total_hashes: total } = await statusOf(v1);
      for (const name of ['old', 'with its vote']) {
        expect(await isVerified(observer, name), name).to.equal(true);
      }
      await until(async () => (await statusOf(observer)).total_hashes === total);

      expect((await statusOf(observer)).base_height).to.be.above(4);
    });

    it('follows', async () => {
      await register('after it');
      await until(() => isVerified(observer, 'after it'));

      expect((await observer.get('/api/v1/blocks')).status).to.equal(200);
    });

    it('has the proof that an old photograph is in the log that validators certified', async () => {
      const { body } = await observer.verify(hashOfText('old'));
      await observer.stop();
      const store = await openLevelChainStore(path.join(dataOf(observer), 'chain'));
      const { header } = store.edge()!;
      const index = Number(body['log_index']);
      const read = readNodesFrom((place) => store.readTile(place)!);
      const place = { index, treeSize: header.logSize };
      const proof = inclusionProof(place, read);
      const claim = { ...place, leafHash: leafHash(store.readEntry(index)!), root: header.logRoot };
      await store.close();
      const there = (await v1.get(`/api/v1/blocks/${header.height}`)).body;

      expect(there['log_root']).to.equal(formatHex(header.logRoot));
      expect(proof).to.have.length.above(0);
      expect(() => checkInclusion(claim, proof)).to.not.throw();
      expect(() => checkInclusion({ ...claim, index: index + 1 }, proof)).to.throw();
    });
  });

  describe('with a block that is not in the chain', () => {
    const wrong = `2:${'ab'.repeat(32)}`;

    it('ends with what it found, and leaves no chain', async () => {
      rmSync(dataOf(observer), { recursive: true });
      const settings = `OBSERVER=true\n${FREE_PORTS}FAST_START=${wrong}\n`;
      writeFileSync(path.join(observer.folder, 'node.env'), settings);
      const node = startBirthmark(['start', '--dir', observer.folder]);
      const { code } = await node.ended;
      const hash = String((await v1.get('/api/v1/blocks/2')).body['block_hash']);

      expect(code).to.equal(1);
      expect(node.stderr()).to.include(
        `the validators' chain has ${hash} at height 2, not ${'ab'.repeat(32)}: ` +
          'ask the institution again for height and hash',
      );
      const doctor = await runCommand('doctor', observer.folder, '--json');
      const { findings } = doctor.values[0] as { findings: readonly Json[] };
      expect(findings.find(({ check }) => check === 'chain')!['what']).to.match(/^none yet/);
    });
  });

  describe('where nobody can be reached', () => {
    it('waits, and ends when it is told to', async () => {
      await Promise.all(validators.map((node) => node.stop()));
      const settings = `OBSERVER=true\n${FREE_PORTS}FAST_START=${pin}\n`;
      writeFileSync(path.join(observer.folder, 'node.env'), settings);
      const node = startBirthmark(['start', '--dir', observer.folder]);
      try {
        await node.says(/fast start: waiting, since no validator can be reached/);
        process.kill(node.process.pid!, 'SIGTERM');
        const { code } = await node.ended;

        expect(code, node.stderr()).to.equal(0);
        expect(node.stderr()).to.include('stopped before it was ready');
      } finally {
        killGroup(node);
      }
    });
  });
});
