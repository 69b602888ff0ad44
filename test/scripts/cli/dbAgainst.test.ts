/** `birthmark db check --against`: a stopped node's chain, compared with what a running one shows. */
import { cpSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { expect } from 'chai';

import { fieldsOf } from '../../../genesis/json.ts';
import { beginAtEdge } from '../../support/chainFilling.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import {
  provisionCamera,
  type RealAuthority,
  startRealAuthority,
} from '../../support/realAuthority.ts';
import { bodyOf, requestOf } from '../../support/shots.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { entryOf, type Json, WholeNode } from '../../support/wholeNode.ts';

/** Block 1 is empty: its keep-alive was due when the node started. */
const BATCH_HEIGHT = 2;
const ZEROS = '0'.repeat(64);

/** Changes what a node shows; returns the changed answer. */
type Lie = (route: string, shown: Json) => unknown;

describe('birthmark db check --against another node', () => {
  const folder = temporaryFolder();
  const dir = path.join(folder, 'stopped');
  const pictures = ['first', 'second', 'third'];
  let authority: RealAuthority;
  let node: WholeNode;
  let url = '';
  let liar: Server;
  let liarUrl = '';
  let lie: Lie = (_route, shown) => shown;

  before(async () => {
    authority = await startRealAuthority(path.join(folder, 'authority'));
    node = await WholeNode.start(path.join(folder, 'running'), {
      authorities: [entryOf(authority.registryEntry)],
      params: ['batch_wait_ms=20'],
    });
    const camera = await provisionCamera(authority, 'AGAINST-1');
    const claims = { capturedAt: Math.floor(Date.now() / 1_000) };
    const submit = async (name: string): Promise<void> => {
      await node.ended(await node.accept(bodyOf(requestOf(camera, name, { claims }))));
    };
    for (const name of pictures) await submit(name);
    await node.stop();
    cpSync(node.folder, dir, { recursive: true });
    await node.start();
    await submit('only on the running one');
    url = node.running.apiUrl;
    liar = createServer((incoming, outgoing) => {
      void answerWithLie(incoming.url ?? '', incoming).then((text) => outgoing.end(text));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => liar.once('listening', resolve));
    liarUrl = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
  });
  after(async () => {
    liar.close();
    await node.stop();
    await authority.stop();
  });

  /** What the running node answers, changed. */
  const answerWithLie = async (
    route: string,
    incoming: AsyncIterable<Uint8Array> & { readonly method?: string | undefined },
  ): Promise<string> => {
    const body = Buffer.concat(await Array.fromAsync(incoming));
    const init =
      incoming.method === 'POST'
        ? { method: 'POST', headers: { 'content-type': 'application/json' }, body }
        : {};
    const answer = (await (await fetch(new URL(route, url), init)).json()) as Json;
    return JSON.stringify(lie(route, answer));
  };

  const check = (against: string): ReturnType<typeof runCommand> =>
    runCommand('db', 'check', '--dir', dir, '--json', '--against', against);

  it('finds the same blocks, valid certificates and the same records, up to the lower height', async () => {
    const { code, values } = await check(url);

    expect(code).to.equal(0);
    const { against, problems, blocks } = values[0] as Json;
    expect(problems).to.deep.equal([]);
    expect(against).to.deep.equal([
      {
        url,
        first_height: 0,
        height: Number(blocks) - 1,
        blocks,
        certificates: Number(blocks) - 1,
        records: pictures.length,
        first_difference: null,
      },
    ]);
  });

  it('says so to people', async () => {
    const { lines } = await runCommand('db', 'check', '--dir', dir, '--against', url);

    expect(lines[1]).to.match(
      /^http:\S+: \d+ blocks and 3 records are the same, \d+ certificates are valid$/,
    );
  });

  it('compares with several', async () => {
    lie = (_route, shown) => shown;
    const { code, values } = await check(`${url},${liarUrl}`);

    expect(code).to.equal(0);
    expect((values[0] as Json)['against']).to.have.length(2);
  });

  it('compares up to the height of a node that is behind', async () => {
    lie = (route, shown) => (route.endsWith('/status') ? { ...shown, block_height: 1 } : shown);
    const { code, values } = await check(liarUrl);

    expect(code).to.equal(0);
    expect((values[0] as { against: readonly Json[] }).against[0]).to.include({
      height: 1,
      blocks: 2,
    });
  });

  const inBlock = (height: number, change: (block: Json) => Json): Lie => {
    return (route, shown) => {
      if (!route.startsWith('/api/v1/blocks?')) return shown;
      const blocks = (shown['blocks'] as readonly Json[]).map((block) =>
        block['block_height'] === height ? change(block) : block,
      );
      return { ...shown, blocks };
    };
  };
  const inCertificate = (change: (votes: readonly Json[]) => readonly unknown[]): Lie =>
    inBlock(2, (block) => {
      const certificate = fieldsOf(block['certificate']);
      const signatures = change(certificate['signatures'] as readonly Json[]);
      return { ...block, certificate: { ...certificate, signatures } };
    });
  const inTransaction = (field: string, value: unknown): Lie => {
    return (route, shown) =>
      route.startsWith('/api/v1/transactions/') ? { ...shown, [field]: value } : shown;
  };
  const inRegistration = (field: string, value: unknown): Lie => {
    return (route, shown) => {
      if (!route.endsWith('/verify')) return shown;
      const results = (shown['results'] as readonly Json[]).map((each) => ({
        ...each,
        [field]: value,
      }));
      return { ...shown, results };
    };
  };

  const lies: readonly (readonly [string, Lie, number, RegExp])[] = [
    ['another block', inBlock(2, (b) => ({ ...b, block_hash: ZEROS })), 2, /block_hash is "/],
    ['another genesis', inBlock(0, (b) => ({ ...b, block_hash: ZEROS })), 0, /block_hash is "/],
    ['another log', inBlock(1, (b) => ({ ...b, log_root: ZEROS })), 1, /log_root is "/],
    ['a batch more', inBlock(1, (b) => ({ ...b, transactions: [ZEROS] })), 1, /transactions is/],
    ['no certificate', inBlock(2, (b) => ({ ...b, certificate: null })), 2, /no certificate/],
    ['a certificate without votes', inCertificate(() => []), 2, /certificate is not valid/],
    [
      'a vote that nobody signed',
      inCertificate((votes) => votes.map((v) => ({ ...v, signature: '0'.repeat(128) }))),
      2,
      /certificate is not valid/,
    ],
    [
      'a vote of no form',
      inCertificate((votes) => votes.map((v) => ({ ...v, signature: 'x' }))),
      2,
      /"x" is no signature/,
    ],
    [
      'another signature',
      inTransaction('signature', '00'),
      BATCH_HEIGHT,
      /signature of batch \w+ is/,
    ],
    [
      'another sequence',
      inTransaction('sequence', 77),
      BATCH_HEIGHT,
      /sequence of batch \w+ is \d+ here, 77/,
    ],
    [
      'another picture',
      inTransaction('image_hashes', [ZEROS]),
      BATCH_HEIGHT,
      /image_hashes of batch/,
    ],
    [
      'another claim',
      inRegistration('timestamp', 5),
      BATCH_HEIGHT,
      /timestamp of \w+ is \d+ here, 5 there/,
    ],
    ['another place', inRegistration('log_index', 9), BATCH_HEIGHT, /log_index of \w+/],
    [
      'another registration too',
      inRegistration('also_registered', [{ block_height: 1, aggregator: 'x' }]),
      BATCH_HEIGHT,
      /also_registered of/,
    ],
    [
      'no registration',
      (r, s) => (r.endsWith('/verify') ? { results: [] } : s),
      BATCH_HEIGHT,
      /image_hash of/,
    ],
    [
      'another chain',
      (r, s) => (r.endsWith('/status') ? { ...s, chain_id: ZEROS } : s),
      0,
      /chain_id/,
    ],
    [
      'fewer blocks than it says',
      (r, s) => (r.startsWith('/api/v1/blocks?') ? { ...s, blocks: [] } : s),
      0,
      /the last height is/,
    ],
    ['nothing of form', (r, s) => (r.startsWith('/api/v1/blocks?') ? [] : s), 0, /the last height/],
  ];

  for (const [what, each, height, problem] of lies) {
    it(`names the first height at which the other shows ${what}`, async () => {
      lie = each;
      const { code, values } = await check(liarUrl);

      expect(code).to.equal(1);
      const { problems } = values[0] as { problems: readonly { height: number; what: string }[] };
      expect(problems).to.have.length(1);
      expect(problems[0]?.height).to.equal(height);
      expect(problems[0]?.what).to.match(problem).and.include(liarUrl);
    });
  }

  describe('on a chain that begins at its last block', () => {
    const based = path.join(folder, 'based');
    const checkBased = (against: string): ReturnType<typeof runCommand> =>
      runCommand('db', 'check', '--dir', based, '--json', '--against', against);
    /** Height of the last block of the stopped node. */
    let last = 0;

    before(async () => {
      cpSync(dir, based, { recursive: true });
      await beginAtEdge(path.join(based, 'data'));
      const { values } = await runCommand('db', 'check', '--dir', based, '--json');
      last = (values[0] as { readonly base_height: number }).base_height;
      expect(values[0]).to.deep.include({ blocks: 0, records: pictures.length, problems: [] });
      expect(last).to.be.at.least(BATCH_HEIGHT);
    });

    it('says where that is', async () => {
      const { lines } = await runCommand('db', 'check', '--dir', based, '--against', url);

      expect(lines[1]).to.equal(
        `the chain begins here with block ${last}: those before it are not held`,
      );
      expect(lines[2]).to.match(/: 1 blocks since height \d+ and 3 records are the same, 1 cert/);
    });

    it('finds that block and all records the same', async () => {
      lie = (_route, shown) => shown;
      const { code, values } = await checkBased(liarUrl);

      expect(code).to.equal(0);
      expect((values[0] as { against: readonly Json[] }).against[0]).to.include({
        first_height: last,
        height: last,
        blocks: 1,
        certificates: 1,
        records: pictures.length,
      });
    });

    it('compares records up to the height of a node that is behind, and no block', async () => {
      lie = (route, shown) =>
        route.endsWith('/status') ? { ...shown, block_height: BATCH_HEIGHT } : shown;
      const { code, values } = await checkBased(liarUrl);

      expect(code).to.equal(0);
      expect((values[0] as { against: readonly Json[] }).against[0]).to.include({
        blocks: 0,
        records: 1,
      });
    });

    const baseLies: readonly (readonly [string, () => Lie, RegExp])[] = [
      ['another block', () => inBlock(last, (b) => ({ ...b, block_hash: ZEROS })), /block_hash is/],
      ['no certificate', () => inBlock(last, (b) => ({ ...b, certificate: null })), /no certif/],
      ['another claim of an old picture', () => inRegistration('timestamp', 5), /timestamp of/],
      [
        'no registration of an old picture',
        () => (r, s) => (r.endsWith('/verify') ? { results: [] } : s),
        /image_hash of/,
      ],
    ];
    for (const [what, each, problem] of baseLies) {
      it(`finds that the other shows ${what}`, async () => {
        lie = each();
        const { code, values } = await checkBased(liarUrl);

        expect(code).to.equal(1);
        const { problems } = values[0] as { problems: readonly { height: number; what: string }[] };
        expect(problems.map(({ height }) => height)).to.deep.equal([last]);
        expect(problems[0]?.what).to.match(problem);
      });
    }

    it('compares with a node whose chain begins there, from there on', async () => {
      const other = new WholeNode(based);
      await other.start();
      const { code, values } = await check(other.running.apiUrl);
      await other.stop();

      expect(code).to.equal(0);
      expect((values[0] as { against: readonly Json[] }).against[0]).to.include({
        first_height: last,
        blocks: 1,
        records: pictures.length,
      });
    });

    it('takes no number for a height that is none', async () => {
      lie = (route, shown) => (route.endsWith('/status') ? { ...shown, base_height: 1.5 } : shown);
      const { code } = await check(liarUrl);

      expect(code).to.equal(0);
    });
  });

  it('does not say that nobody differs where nobody answers', async () => {
    const { code, notes } = await check('http://127.0.0.1:1');

    expect(code).to.equal(3);
    expect(notes.join()).to.match(/no answer from http:\/\/127\.0\.0\.1:1 .*does the node run/);
  });

  it('refuses what is no URL, with exit code 2', async () => {
    const { code, notes } = await check('somewhere');

    expect(code).to.equal(2);
    expect(notes.join()).to.match(/--against somewhere is not a URL/);
  });
});
