import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatHex, parseHex } from '../../../chain/bytes.ts';
import { sha256 } from '../../../chain/crypto/node.ts';
import { capture, type CaptureOptions, drainQueue } from '../../../scripts/camera/camera.ts';
import { openQueue } from '../../../scripts/camera/queue.ts';
import { hashPosition } from '../../../scripts/camera/sign.ts';
import type { CameraWorld } from '../../../scripts/camera/world.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import {
  type Act,
  CHAIN_ID,
  createProvisionAnswer,
  createTestWorld,
  never,
  type ScriptedNode,
  type Seen,
  startNode,
} from './rig.ts';

const POWER_LOST = new Error('power lost');

/** A node that gives a receipt for each image hash, the same again, and commits all of them. */
function takeAll(): (seen: Seen) => Act {
  return ({ path: place, body }) => {
    if (place === '/health') return { status: 200 };
    if (place === '/api/v1/status') return { status: 200, json: { chain_id: CHAIN_ID } };
    if (place.startsWith('/api/v1/submission/'))
      return { status: 200, json: { state: 'committed' } };
    const { image_hash: hash } = JSON.parse(body) as { image_hash: string };
    return { status: 202, json: { receipt_id: `receipt-${hash}` } };
  };
}

describe('a simulated camera', () => {
  const folder = temporaryFolder();
  const provisioning = path.join(folder, 'camera.json');
  const nodes: ScriptedNode[] = [];
  let count = 0;
  before(async () => {
    writeFileSync(provisioning, await createProvisionAnswer());
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
  });

  const serve = async (act: (seen: Seen) => Act): Promise<ScriptedNode> => {
    const node = await startNode(act);
    nodes.push(node);
    return node;
  };
  const optionsFor = (node: string, wait = false): CaptureOptions => ({
    provisioning,
    dir: path.join(folder, `camera-${count++}`),
    node,
    wait,
    form: 'v1',
    signal: never(),
  });
  const namesIn = (dir: string, name: string): readonly string[] =>
    readdirSync(path.join(dir, name));
  const readOnly = (dir: string, name: string): Readonly<Record<string, unknown>> => {
    const [file = ''] = namesIn(dir, name);
    return JSON.parse(readFileSync(path.join(dir, name, file), 'utf8')) as Record<string, unknown>;
  };
  const postsOf = ({ seen }: ScriptedNode): readonly string[] =>
    seen
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => (JSON.parse(body) as { image_hash: string }).image_hash);

  describe('taking a photograph', () => {
    it('asks for health first, sends, and keeps the receipt', async () => {
      const node = await serve(takeAll());
      const options = optionsFor(node.url);

      const [result] = await capture(options, createTestWorld());

      expect(node.seen.map((seen) => seen.path)).to.deep.equal(['/health', '/api/v1/submit-cert']);
      expect(result).to.include({ state: 'accepted', receiptId: `receipt-${result?.imageHash}` });
      expect(result?.verifyUrl).to.equal(`${node.url}verify/${result?.imageHash}`);
      expect(namesIn(options.dir, 'queue')).to.deep.equal([]);
      expect(namesIn(options.dir, 'receipts')).to.have.length(1);
    });

    it('has it on disk before the node hears of it', async () => {
      const accept = takeAll();
      const queued: number[] = [];
      const node = await serve((seen) => {
        if (seen.method === 'POST') queued.push(namesIn(options.dir, 'queue').length);
        return accept(seen);
      });
      const options = optionsFor(node.url);

      await capture(options, createTestWorld());

      expect(queued).to.deep.equal([1]);
    });

    it('keeps the made-up picture, whose hash it sent', async () => {
      const options = optionsFor((await serve(takeAll())).url);

      const [result] = await capture(options, createTestWorld());

      const [name = ''] = namesIn(options.dir, 'photos');
      const bytes = readFileSync(path.join(options.dir, 'photos', name));
      expect(formatHex(sha256(bytes))).to.equal(result?.imageHash);
    });

    it('hashes a given file', async () => {
      const photo = path.join(folder, 'photo.jpg');
      writeFileSync(photo, 'not really a picture');
      const options = optionsFor((await serve(takeAll())).url);

      const [result] = await capture({ ...options, photo }, createTestWorld());

      expect(result?.imageHash).to.equal(formatHex(sha256(readFileSync(photo))));
    });

    it('takes several, all different', async () => {
      const node = await serve(takeAll());

      const results = await capture({ ...optionsFor(node.url), count: 3 }, createTestWorld());

      expect(new Set(results.map(({ imageHash }) => imageHash)).size).to.equal(3);
      expect(postsOf(node)).to.have.length(3);
    });

    it('waits until all are committed, where that is wanted', async () => {
      const node = await serve(takeAll());
      const options = { ...optionsFor(node.url, true), count: 2 };

      const results = await capture(options, createTestWorld());

      expect(results.map(({ state }) => state)).to.deep.equal(['committed', 'committed']);
      expect(readOnly(options.dir, 'receipts')['answer']).to.deep.equal({ state: 'committed' });
    });

    it('signs for the node’s chain in form v2, and keeps the salt of the position', async () => {
      const node = await serve(takeAll());
      const v2 = { form: 'v2', gps: '59.3,18.0', parents: ['ab'.repeat(32)] } as const;
      const options = { ...optionsFor(node.url), ...v2 };

      await capture(options, createTestWorld());

      const sent = JSON.parse(node.seen.at(-1)?.body ?? '') as Record<string, unknown>;
      const { gps } = readOnly(options.dir, 'receipts') as { gps: { salt: string } };
      const gpsHash = formatHex(hashPosition('59.3,18.0', parseHex(gps.salt)));
      expect(sent).to.include({ gps_hash: gpsHash }).and.not.have.property('gps');
      expect(sent['parents']).to.deep.equal(['ab'.repeat(32)]);
    });

    it('moves what the node refuses to refused/, with the reason, and goes on', async () => {
      const accept = takeAll();
      const problem = { code: 'ERR_RATE_OF_FIRE', status: 422 };
      let refusals = 1;
      const node = await serve((seen) =>
        seen.method === 'POST' && refusals-- > 0 ? { status: 422, json: problem } : accept(seen),
      );
      const options = { ...optionsFor(node.url), count: 2 };

      const results = await capture(options, createTestWorld());

      expect(results.map(({ state }) => state)).to.deep.equal(['refused', 'accepted']);
      expect(readOnly(options.dir, 'refused')['problem']).to.deep.equal(problem);
      expect(namesIn(options.dir, 'queue')).to.deep.equal([]);
    });

    it('moves what is rejected later to refused/ too', async () => {
      const accept = takeAll();
      const rejected = { state: 'rejected', reason: { code: 'ERR_AUTHORITY_REFUSED' } };
      const node = await serve((seen) =>
        seen.path.includes('/submission/') ? { status: 200, json: rejected } : accept(seen),
      );
      const options = optionsFor(node.url, true);

      const [result] = await capture(options, createTestWorld());

      expect(result?.state).to.equal('rejected');
      expect(readOnly(options.dir, 'refused')['problem']).to.deep.equal(rejected);
    });

    const wrong: readonly Partial<CaptureOptions>[] = [
      { count: 0 },
      { count: 1.5 },
      { count: 1_001 },
      { photo: 'photo.jpg', count: 2 },
      { form: 'v1', gps: '0,0' },
      { form: 'v1', parents: ['ab'.repeat(32)] },
      { form: 'v2', parents: ['ab'] },
      { form: 'v2', parents: Array.from({ length: 17 }, () => 'ab'.repeat(32)) },
    ];
    for (const change of wrong) {
      it(`refuses ${JSON.stringify(change).slice(0, 50)} before it does anything`, async () => {
        const options = { ...optionsFor('http://127.0.0.1:1/'), ...change };

        const refusal = await capture(options, createTestWorld()).catch((error: unknown) => error);

        expect(refusal).to.have.property('code', 'ERR_OPTION');
      });
    }

    it('tells people no serial, certificate or key', async () => {
      const world = createTestWorld();
      await capture(optionsFor((await serve(takeAll())).url, true), world);

      const { device_certificate: pem } = JSON.parse(readFileSync(provisioning, 'utf8')) as {
        device_certificate: string;
      };
      const said = world.lines.join('\n');
      expect(said).to.include('committed').and.not.include('CAM-SECRET');
      expect(said).not.to.include(pem.split('\n')[1]);
    });
  });

  describe('losing power', () => {
    /** A world in which the power fails when `line` is said. */
    const failAt = (line: RegExp): CameraWorld =>
      createTestWorld({
        out: (said) => {
          if (line.test(said)) throw POWER_LOST;
        },
      });
    const captureUntil = async (options: CaptureOptions, world: CameraWorld): Promise<void> => {
      const end = await capture(options, world).catch((error: unknown) => error);
      expect(end).to.equal(POWER_LOST);
    };

    it('before it sends: the photograph is on disk, and is sent later', async () => {
      const node = await serve(takeAll());
      const options = optionsFor(node.url);
      await captureUntil(options, failAt(/signed and queued/));
      const before = postsOf(node).length;

      const [result] = await drainQueue(options, createTestWorld());

      expect(before).to.equal(0);
      expect(result?.state).to.equal('accepted');
      expect(postsOf(node)).to.deep.equal([result?.imageHash]);
    });

    it('before the answer is there: the same request is sent again', async () => {
      const accept = takeAll();
      let losses = 1;
      const node = await serve((seen) =>
        seen.method === 'POST' && losses-- > 0 ? 'reset' : accept(seen),
      );
      const options = optionsFor(node.url);
      const world = createTestWorld({ delay: () => Promise.reject(POWER_LOST) });
      await captureUntil(options, world);

      await drainQueue(options, createTestWorld());

      const bodies = node.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
      expect(bodies).to.have.length(2);
      expect(JSON.parse(bodies[0] ?? '')).to.deep.equal(JSON.parse(bodies[1] ?? ''));
    });

    it('with the receipt: it is not sent again, and waited for', async () => {
      const node = await serve(takeAll());
      const options = optionsFor(node.url, true);
      await captureUntil(options, failAt(/accepted, receipt/));

      const [result] = await drainQueue(options, createTestWorld());

      expect(result?.state).to.equal('committed');
      expect(postsOf(node)).to.have.length(1);
    });

    it('while it waits: the photograph stays queued until it is committed', async () => {
      const node = await serve(takeAll());
      const options = optionsFor(node.url, true);
      await captureUntil(options, failAt(/ committed$/));
      const queued = namesIn(options.dir, 'queue').length;

      const [result] = await drainQueue(options, createTestWorld());

      expect(queued).to.equal(1);
      expect(result?.state).to.equal('committed');
      expect(namesIn(options.dir, 'queue')).to.deep.equal([]);
    });

    it('between writing the receipt and clearing the queue: nothing is lost or doubled', async () => {
      const node = await serve(takeAll());
      const options = optionsFor(node.url);
      await capture(options, createTestWorld());
      const [name = ''] = namesIn(options.dir, 'receipts');
      const [kept, queued] = ['receipts', 'queue'].map((each) =>
        path.join(options.dir, each, name),
      );
      copyFileSync(kept ?? '', queued ?? '');

      await drainQueue(options, createTestWorld());

      expect(postsOf(node)).to.have.length(1);
      expect(namesIn(options.dir, 'receipts')).to.deep.equal([name]);
      expect(namesIn(options.dir, 'queue')).to.deep.equal([]);
    });

    it('while it writes: the part that was written is passed over', async () => {
      const options = optionsFor((await serve(takeAll())).url);
      await openQueue(options.dir);
      writeFileSync(path.join(options.dir, 'queue', '1.json.5.tmp'), '{"id":');

      expect(await drainQueue(options, createTestWorld())).to.deep.equal([]);
    });
  });

  describe('its queue', () => {
    it('keeps everything while no node answers, and sends the oldest first', async () => {
      const node = await serve(takeAll());
      const options = { ...optionsFor('http://127.0.0.1:1/'), count: 2 };
      let nowMs = 1_795_224_915_000;
      const world = createTestWorld({ clock: () => nowMs++ });
      const refusal = await capture(options, world).catch((error: unknown) => error);
      const taken = world.lines.flatMap(
        (line) => /photograph (\w{64}) signed/.exec(line)?.[1] ?? [],
      );

      await drainQueue({ ...options, node: node.url }, createTestWorld());

      expect(refusal).to.have.property('code', 'ERR_NODE_UNREACHABLE');
      expect(postsOf(node)).to.deep.equal(taken);
    });

    it('sends again, once, what the node has forgotten', async () => {
      const accept = takeAll();
      let forgotten = 1;
      const node = await serve((seen) =>
        seen.path.includes('/submission/') && forgotten-- > 0 ? { status: 404 } : accept(seen),
      );

      const [result] = await capture(optionsFor(node.url, true), createTestWorld());

      expect(result?.state).to.equal('committed');
      expect(postsOf(node)).to.have.length(2);
    });

    it('does not go on for ever with a node that forgets', async () => {
      const accept = takeAll();
      const node = await serve((seen) =>
        seen.path.includes('/submission/') ? { status: 404 } : accept(seen),
      );
      const options = optionsFor(node.url, true);

      const refusal = await capture(options, createTestWorld()).catch((error: unknown) => error);

      expect(refusal).to.have.property('code', 'ERR_NODE_ANSWER');
      expect(namesIn(options.dir, 'queue')).to.have.length(1);
    });

    it('names a file that is no submission', async () => {
      const options = optionsFor('http://127.0.0.1:1/');
      await openQueue(options.dir);
      writeFileSync(path.join(options.dir, 'queue', '1.json'), '{}');

      const refusal = await drainQueue(options, createTestWorld()).catch((error: unknown) => error);

      expect(refusal).to.have.property('code', 'ERR_QUEUE');
      expect(refusal).to.have.property('message').that.includes('1.json');
    });

    it('is for its owner only', async () => {
      const options = optionsFor((await serve(takeAll())).url);
      await capture(options, createTestWorld());

      const [name = ''] = namesIn(options.dir, 'receipts');
      const modeOf = (place: string): number =>
        statSync(path.join(options.dir, place)).mode & 0o777;
      expect(modeOf('queue')).to.equal(0o700);
      expect(modeOf(path.join('receipts', name))).to.equal(0o600);
    });
  });
});
