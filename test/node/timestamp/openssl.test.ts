/**
 * Time stamps as OpenSSL sees them: it writes the queries, and it judges the replies. Where there is no openssl, the
 * tests are shown as pending, with its name; under CI that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { Timestamps } from '../../../node/timestamp/timestamps.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTsa, POLICY, privateKeyOf, STAMP_MS } from '../../support/testTsa.ts';

const OPENSSL = 'openssl';
const PHOTO = 'a photograph';

interface Run {
  readonly status: number | null;
  readonly output: string;
}

for (const kind of ['P-256', 'P-384', 'RSA'] as const) {
  describe(`openssl ts and a time stamp by ${kind}`, () => {
    const folder = temporaryFolder();
    const at = (name: string): string => path.join(folder, name);
    let stamps: Timestamps;

    before('needs the program openssl', async function () {
      if (spawnSync(OPENSSL, ['version']).status !== 0) this.skip();
      const key = await openTsa(folder, { privateKey: privateKeyOf(kind) });
      const clock = new FakeClock(STAMP_MS);
      stamps = new Timestamps(key, { clock, timeMinMs: () => 0, onOutcome: () => undefined });
      writeFileSync(at('photo.jpg'), PHOTO);
      writeFileSync(at('other.jpg'), `${PHOTO}, and another`);
      await openTsa(at('elsewhere'));
    });

    const openssl = (...args: readonly string[]): Run => {
      const { status, stdout, stderr } = spawnSync(OPENSSL, args, { cwd: folder });
      return { status, output: `${String(stdout)}${String(stderr)}` };
    };
    const stamp = async (...options: readonly string[]): Promise<void> => {
      openssl('ts', '-query', '-data', 'photo.jpg', '-out', 'photo.tsq', ...options);
      const reply = await stamps.answer(new Uint8Array(readFileSync(at('photo.tsq'))));
      writeFileSync(at('photo.tsr'), reply);
    };
    const verify = (...options: readonly string[]): Run => {
      const time = ['-attime', String(Math.floor(STAMP_MS / 1_000))];
      return openssl('ts', '-verify', '-in', 'photo.tsr', ...time, ...options);
    };
    const digest = createHash('sha256').update(PHOTO).digest('hex');
    const ca = ['-CAfile', 'ca.pem'];

    it('is accepted for the photograph, its digest and its query', async () => {
      await stamp('-sha256', '-cert');
      const runs = [
        verify('-data', 'photo.jpg', ...ca),
        verify('-digest', digest, ...ca),
        verify('-queryfile', 'photo.tsq', ...ca),
      ];

      for (const { status, output } of runs) expect([status, output]).to.deep.include(0, output);
      for (const { output } of runs) expect(output).to.include('Verification: OK');
    });

    it('is accepted without the certificate in it, by whoever has it', async () => {
      await stamp('-sha256');
      const without = verify('-data', 'photo.jpg', ...ca);
      const beside = verify('-data', 'photo.jpg', ...ca, '-untrusted', 'tsa.pem');

      expect(without.status, without.output).to.not.equal(0);
      expect(beside.output).to.include('Verification: OK');
    });

    it('is shown with its policy, its time and its accuracy', async () => {
      await stamp('-sha256', '-cert');
      const { output } = openssl('ts', '-reply', '-in', 'photo.tsr', '-text');

      expect(output)
        .to.include('Status: Granted.')
        .and.include(`Policy OID: ${POLICY}`)
        .and.include('Time stamp: Nov 21 12:00:00.25 2026 GMT')
        .and.include('Accuracy: 0x01 seconds');
    });

    it('is refused for another photograph, another digest and another query', async () => {
      await stamp('-sha256', '-cert');
      openssl('ts', '-query', '-data', 'photo.jpg', '-sha256', '-out', 'other.tsq');

      for (const options of [
        ['-data', 'other.jpg'],
        ['-digest', 'ab'.repeat(32)],
        ['-queryfile', 'other.tsq'],
      ]) {
        const { status, output } = verify(...options, ...ca);
        expect(status, output).to.not.equal(0);
      }
    });

    it('is refused under another CA', async () => {
      await stamp('-sha256', '-cert');
      const { status, output } = verify('-digest', digest, '-CAfile', 'elsewhere/ca.pem');

      expect(status).to.not.equal(0);
      expect(output).to.include('FAILED');
    });

    it('is refused where a byte of what is signed is another', async () => {
      await stamp('-sha256', '-cert', '-no_nonce');
      const reply = readFileSync(at('photo.tsr'));
      const time = reply.indexOf('20261121120000');
      const last = reply.length - 1;

      for (const place of [time + 3, last]) {
        const changed = Uint8Array.from(reply);
        changed[place] = changed[place]! ^ 1;
        writeFileSync(at('photo.tsr'), changed);
        const { status, output } = verify('-digest', digest, ...ca);
        expect(status, `${place}: ${output}`).to.not.equal(0);
      }
    });

    it('is not made for SHA-1, SHA-512 or a policy of others, and says why', async () => {
      const said: string[] = [];
      for (const options of [['-sha1'], ['-sha512'], ['-sha256', '-tspolicy', '1.2.3.4']]) {
        await stamp(...options, '-cert');
        const { output } = openssl('ts', '-reply', '-in', 'photo.tsr', '-text');
        said.push(/Failure info: (.*)/.exec(output)?.[1] ?? output);
      }

      expect(said.slice(0, 2)).to.deep.equal([
        'unrecognized or unsupported algorithm identifier',
        'unrecognized or unsupported algorithm identifier',
      ]);
      expect(said[2]).to.match(/^the requested (TSA )?policy is not supported by the TSA$/);
    });
  });
}
