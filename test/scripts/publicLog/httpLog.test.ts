/** A log over HTTP: what strangers may answer, and how long they are waited for. */
import type { RequestListener } from 'node:http';

import { expect } from 'chai';

import { createHttpLog } from '../../../scripts/publicLog/httpLog.ts';
import type { PublicLog } from '../../../scripts/publicLog/publicLog.ts';
import { GrowingPublicLog, serve, type Served, serveLog } from '../../support/publicLogs.ts';

const TILE = { kind: 'hashes', level: 0, index: 0, width: 3 } as const;
const PATIENCE = { answerMsMax: 200, attemptCountMax: 3, retryMs: 1 };

describe('a log over HTTP', () => {
  const served: Served[] = [];
  afterEach(async () => {
    for (const each of served.splice(0)) await each.close();
  });

  const logOf = async (listener: RequestListener, path = ''): Promise<PublicLog> => {
    const server = await serve(listener);
    served.push(server);
    return createHttpLog(`${server.url}${path}`, PATIENCE);
  };
  const expectRefused = async (
    read: Promise<unknown>,
    code: string,
    message: RegExp,
  ): Promise<void> => {
    const error = await read.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).to.be.an('error').with.property('code', code);
    expect((error as Error).message).to.match(message);
  };

  it('is read file by file', async () => {
    const log = new GrowingPublicLog(300);
    const server = await serveLog(log);
    served.push(server);
    const read = createHttpLog(server.url, PATIENCE);

    expect(await read.readCheckpoint()).to.deep.equal(await log.readCheckpoint());
    expect(await read.readPolicy(300)).to.deep.equal(await log.readPolicy());
    expect(await read.readVerifierKey()).to.deep.equal(await log.readVerifierKey());
    for (const name of [TILE, { kind: 'entries', index: 1, width: 44 } as const]) {
      expect(await read.readTile(name)).to.deep.equal(await log.readTile(name));
    }
  });

  it('is found below a path too', async () => {
    const asked: (string | undefined)[] = [];
    const log = await logOf((incoming, outgoing) => {
      asked.push(incoming.url);
      outgoing.end();
    }, '/mirror/log');
    await log.readCheckpoint();
    await log.readPolicy(7);

    expect(asked).to.deep.equal(['/mirror/log/checkpoint', '/mirror/log/policy?size=7']);
  });

  it('is waited for where it asks for patience', async () => {
    let count = 0;
    const log = await logOf((_incoming, outgoing) => {
      count += 1;
      outgoing.statusCode = [429, 503, 200][count - 1] ?? 500;
      outgoing.end('text');
    });

    expect(await log.readPolicy(1)).to.have.length(4);
    expect(count).to.equal(3);
  });

  it('is not waited for without an end', async () => {
    let count = 0;
    const log = await logOf((_incoming, outgoing) => {
      count += 1;
      outgoing.statusCode = 503;
      outgoing.end();
    });

    await expectRefused(log.readCheckpoint(), 'ERR_NO_ANSWER', /answers 503/);
    expect(count).to.equal(3);
  });

  it('is asked again where the connection breaks', async () => {
    let count = 0;
    const log = await logOf((incoming, outgoing) => {
      count += 1;
      if (count < 3) incoming.socket.destroy();
      else outgoing.end('text');
    });

    expect(await log.readPolicy(1)).to.have.length(4);
  });

  it('has a limit of bytes for each file', async () => {
    const log = await logOf((_incoming, outgoing) => {
      outgoing.end(new Uint8Array(300_000));
    });

    await expectRefused(log.readTile(TILE), 'ERR_ANSWER', /more than 96 bytes/);
    await expectRefused(log.readCheckpoint(), 'ERR_ANSWER', /more than 262144 bytes/);
    await expectRefused(log.readPolicy(1), 'ERR_ANSWER', /more than 131072 bytes/);
    await expectRefused(log.readVerifierKey(), 'ERR_ANSWER', /more than 320 bytes/);
    await expectRefused(
      log.readTile({ kind: 'entries', index: 0, width: 2 }),
      'ERR_ANSWER',
      /more than 32772 bytes/,
    );
  });

  it('has a limit of bytes where the answer does not end', async () => {
    const log = await logOf((_incoming, outgoing) => {
      const more = (): void => {
        while (!outgoing.destroyed && outgoing.write(new Uint8Array(65_536)));
      };
      outgoing.on('drain', more);
      more();
    });

    await expectRefused(log.readPolicy(1), 'ERR_ANSWER', /more than 131072 bytes/);
  });

  it('has a limit of time where the answer trickles, or does not begin', async () => {
    const slow = await logOf((_incoming, outgoing) => {
      const timer = setInterval(() => outgoing.write('.'), 20);
      outgoing.on('close', () => {
        clearInterval(timer);
      });
    });
    const silent = await logOf(() => undefined);

    await expectRefused(slow.readCheckpoint(), 'ERR_NO_ANSWER', /no answer from .*checkpoint/);
    await expectRefused(silent.readCheckpoint(), 'ERR_NO_ANSWER', /no answer from .*checkpoint/);
  });

  it('is told from nobody', async () => {
    const log = createHttpLog('http://127.0.0.1:1', PATIENCE);

    await expectRefused(log.readCheckpoint(), 'ERR_NO_ANSWER', /no answer from http/);
  });

  for (const [what, status, headers] of [
    ['a redirection', 302, { location: '/elsewhere' }],
    ['a refusal', 404, {}],
    ['a mistake of its own', 500, {}],
  ] as const) {
    it(`is not read from ${what}`, async () => {
      const log = await logOf((_incoming, outgoing) => {
        outgoing.writeHead(status, headers).end('text');
      });

      await expectRefused(log.readCheckpoint(), 'ERR_ANSWER', new RegExp(`answers ${status}`));
    });
  }

  it('is not read compressed', async () => {
    const log = await logOf((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end('text');
    });

    await expectRefused(log.readCheckpoint(), 'ERR_ANSWER', /compressed/);
  });

  for (const url of ['somewhere', 'file:///etc/passwd', '']) {
    it(`has no URL like "${url}"`, () => {
      expect(() => createHttpLog(url)).to.throw(/is not a URL such as http/);
    });
  }
});
