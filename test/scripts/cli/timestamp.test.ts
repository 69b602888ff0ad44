/** `birthmark tsa create` and `birthmark timestamp`, against a node that stamps, one that does not, and liars. */
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { expect } from 'chai';

import { formatHex } from '../../../chain/bytes.ts';
import { createQuery, decodeQuery } from '../../../node/timestamp/query.ts';
import { decodeReply } from '../../../node/timestamp/reply.ts';
import { Timestamps } from '../../../node/timestamp/timestamps.ts';
import { runCommand } from '../../support/capturedOutput.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTsa, STAMP_MS } from '../../support/testTsa.ts';
import { WholeNode } from '../../support/wholeNode.ts';

const HASH = formatHex(hashOfText('a photograph'));

describe('birthmark tsa create', () => {
  const folder = temporaryFolder();
  const dir = path.join(folder, 'tsa');

  it('makes a CA and a certificate, and prints the settings that name them', async () => {
    const { code, lines } = await runCommand('tsa', 'create', '--dir', dir, '--name', 'museum');

    expect(code).to.equal(0);
    expect(lines).to.deep.equal([
      `TSA_CERT=${dir}/tsa.pem`,
      `TSA_KEY=${dir}/tsa.key`,
      'TSA_POLICY=2.999.3161.1',
    ]);
    expect(statSync(path.join(dir, 'tsa.key')).mode & 0o777).to.equal(0o600);
    expect(readFileSync(path.join(dir, 'ca.pem'), 'utf8')).to.not.include('PRIVATE KEY');
  });

  it('never overwrites a file', async () => {
    const before = readFileSync(path.join(dir, 'tsa.key'), 'utf8');
    const { code, notes } = await runCommand('tsa', 'create', '--dir', dir, '--name', 'museum');

    expect([code, notes.join()]).to.satisfy(
      ([exit, text]: [number, string]) => exit === 1 && text.includes('cannot create'),
    );
    expect(readFileSync(path.join(dir, 'tsa.key'), 'utf8')).to.equal(before);
  });

  it('wants a name', async () => {
    expect((await runCommand('tsa', 'create', '--dir', `${dir}-2`)).code).to.equal(2);
    expect((await runCommand('tsa', 'create', '--dir', `${dir}-2`, '--name', '')).code).to.equal(2);
  });
});

describe('birthmark timestamp', () => {
  const folder = temporaryFolder();
  const photo = path.join(folder, 'photo.jpg');
  const liars: Server[] = [];
  let node: WholeNode;
  let url = '';

  before(async () => {
    writeFileSync(photo, 'a photograph');
    const tsa = path.join(folder, 'tsa');
    const made = await runCommand('tsa', 'create', '--dir', tsa, '--name', 'museum', '--json');
    const [{ settings }] = made.values as [{ settings: Record<string, string> }];
    node = await WholeNode.start(path.join(folder, 'node'), { environment: settings });
    url = node.running.apiUrl;
  });
  after(async () => {
    await node.stop();
    for (const liar of liars) liar.close();
  });

  /** A node that answers every query with what `answer` makes of it. */
  const startLiar = async (
    answer: (query: Uint8Array) => Promise<Uint8Array>,
    status = 200,
  ): Promise<string> => {
    const server = createServer((request, response) => {
      request.once('data', (query: Uint8Array) => {
        void answer(query).then((body) => response.writeHead(status).end(body));
      });
    });
    liars.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const stampsOfAnother = async (): Promise<Timestamps> =>
    new Timestamps(await openTsa(path.join(folder, 'liar')), {
      clock: new FakeClock(STAMP_MS),
      timeMinMs: () => 0,
      onOutcome: () => undefined,
    });

  it('writes the reply about a file beside it, and says the time and the policy', async () => {
    const { code, lines, notes } = await runCommand('timestamp', photo, '--node', url);
    const reply = decodeReply(new Uint8Array(readFileSync(`${photo}.tsr`)));

    expect(code).to.equal(0);
    expect(lines[0]).to.match(new RegExp(`^20\\d\\d-.*Z  ${HASH}$`));
    expect(lines.join('\n')).to.include('2.999.3161.1').and.include(`${photo}.tsr`);
    expect(notes.join()).to.include(`openssl ts -verify -digest ${HASH}`);
    expect(reply).to.deep.include({ status: 'granted' });
  });

  it('takes a hash in either case and the name of a file, and prints JSON', async () => {
    const out = path.join(folder, 'by-hash.tsr');
    const args = [HASH.toUpperCase(), '--node', url, '-o', out, '--json'];
    const { code, values } = await runCommand('timestamp', ...args);

    expect(code).to.equal(0);
    expect(values[0]).to.include({ image_hash: HASH, policy: '2.999.3161.1', file: out });
    expect(existsSync(out)).to.equal(true);
  });

  it('never overwrites a file', async () => {
    const out = path.join(folder, 'kept.tsr');
    writeFileSync(out, 'kept');
    const { code, notes } = await runCommand('timestamp', photo, '--node', url, '-o', out);

    expect(code).to.equal(1);
    expect(notes.join()).to.include('cannot create');
    expect(readFileSync(out, 'utf8')).to.equal('kept');
  });

  it('is called wrongly with neither a file nor a hash', async () => {
    const { code, notes } = await runCommand('timestamp', `${photo}.png`, '--node', url);

    expect(code).to.equal(2);
    expect(notes.join()).to.include('neither a readable file nor 64 hex digits');
  });

  it('says where there is no answer, with an exit code of its own', async () => {
    const { code, notes } = await runCommand('timestamp', HASH, '--node', 'http://127.0.0.1:1');

    expect(code).to.equal(3);
    expect(notes.join()).to.include('is the node running');
  });

  it('says what a node without a certificate says', async () => {
    const without = await WholeNode.start(path.join(folder, 'without'));
    const args = ['--node', without.running.apiUrl, '-o', path.join(folder, 'none.tsr')];
    const { code, notes } = await runCommand('timestamp', HASH, ...args);
    await without.stop();

    expect(code).to.equal(1);
    expect(notes.join()).to.match(/answered 404: this node has no time-stamping certificate/);
  });

  const lies: readonly (readonly [string, RegExp, () => Promise<string>, number?])[] = [
    [
      'a token about another photograph',
      /about another photograph: nothing was written/,
      async () => {
        const stamps = await stampsOfAnother();
        return startLiar((query) => {
          const { nonce } = decodeQuery(new Uint8Array(query));
          return stamps.stamp(createQuery(hashOfText('another'), nonce));
        });
      },
    ],
    [
      'a token that was made for another question',
      /answers another question: nothing was written/,
      async () => {
        const stamps = await stampsOfAnother();
        return startLiar(() => stamps.stamp(createQuery(hashOfText('a photograph'))));
      },
    ],
    [
      'a token with another nonce',
      /answers another question: nothing was written/,
      async () => {
        const stamps = await stampsOfAnother();
        const nonce = Uint8Array.of(5);
        return startLiar(() => stamps.stamp(createQuery(hashOfText('a photograph'), nonce)));
      },
    ],
    [
      'a rejection',
      /the node makes no time stamp: badDataFormat, the query is/,
      async () => {
        const stamps = await stampsOfAnother();
        return startLiar(() => stamps.answer(new Uint8Array()));
      },
    ],
    [
      'what is no reply',
      /the answer is no time-stamp reply/,
      () => startLiar(async () => Buffer.from('<html>')),
    ],
    [
      'a problem that cannot be read',
      /answered 500: no problem that can be read/,
      () => startLiar(async () => Buffer.from('<html>'), 500),
    ],
  ];
  for (const [what, sentence, lie] of lies) {
    it(`writes nothing for ${what}: exit code 1`, async () => {
      const out = path.join(folder, 'lie.tsr');
      const args = ['timestamp', HASH, '--node', await lie(), '-o', out];
      const { code, notes } = await runCommand(...args);

      expect(code).to.equal(1);
      expect(notes.join()).to.match(sentence);
      expect(existsSync(out)).to.equal(false);
    });
  }

  it('takes no answer that is longer than any reply', async () => {
    const liar = await startLiar(async () => new Uint8Array(200_000));
    const { code, notes } = await runCommand('timestamp', HASH, '--node', liar);

    expect(code).to.equal(3);
    expect(notes.join()).to.include('over 131072 bytes');
  });
});
