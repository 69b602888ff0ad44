import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatBase64 } from '../../../chain/bytes.ts';
import {
  type RunningAuthority,
  startAuthority,
  type StartOptions,
} from '../../../scripts/authority/start.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { NOW_S, SILENT, toDer } from './rig.ts';

const IMAGE_HASH = 'ab'.repeat(32);

describe('an authority', () => {
  const folder = temporaryFolder();
  let count = 0;
  let running: RunningAuthority;

  const optionsFor = (dir: string): StartOptions => ({
    dir: path.join(folder, dir),
    listen: { host: '127.0.0.1', port: 0 },
    id: 'maker_one',
    name: 'Maker One',
  });
  const start = (options: StartOptions): Promise<RunningAuthority> =>
    startAuthority(options, { log: SILENT, clock: () => NOW_S * 1_000 });
  before(async () => {
    running = await start(optionsFor('shared'));
  });
  after(() => running.stop());

  describe('its registry entry', () => {
    it('is the authority file', () => {
      const file = JSON.parse(readFileSync(running.registryFile, 'utf8')) as object;

      expect(file).to.deep.equal(running.registryEntry);
      expect(Object.keys(file)).to.deep.equal([
        'id',
        'name',
        'ca_certificates',
        'endpoints',
        'strict_names',
        'allow_private',
        'verdict_key',
        'blind',
        'legacy_endpoint',
        'revocation',
      ]);
      expect(file).to.have.property('legacy_endpoint', null);
    });

    it('names the public URL, and the legacy endpoint where that is wanted', async () => {
      const publicUrl = 'https://authority.example/cameras';
      const authority = await start({ ...optionsFor('public'), publicUrl, legacy: true });
      await authority.stop();

      const { endpoints, legacy_endpoint: legacyEndpoint } = authority.registryEntry;
      expect(endpoints).to.deep.equal(['https://authority.example/cameras/']);
      expect(legacyEndpoint).to.equal('https://authority.example/cameras/validate');
    });
  });

  describe('its folder', () => {
    it('is for its owner only, and so is every secret', () => {
      const dir = path.dirname(running.registryFile);
      const modeOf = (name: string): number => statSync(path.join(dir, name)).mode & 0o777;

      expect(modeOf('.')).to.equal(0o700);
      for (const name of ['ca.pem', 'verdict.pem', 'key-tables.secret', 'admin.token']) {
        expect(modeOf(name), name).to.equal(0o600);
      }
    });

    it('keeps keys and cameras over a restart', async () => {
      const options = optionsFor('restart');
      const request = { method: 'POST', body: '{"device_serial":"CAM-1"}' };
      const before = await start(options);
      const reply = await fetch(`${before.url}api/v1/devices/provision`, request);
      const { device_certificate: pem } = (await reply.json()) as { device_certificate: string };
      await before.stop();

      const after = await start({ ...options, publicUrl: before.registryEntry.endpoints[0] });
      const again = await fetch(`${after.url}api/v1/devices/provision`, request);
      const judged = await fetch(`${after.url}validate-cert`, {
        method: 'POST',
        body: JSON.stringify({ camera_cert: formatBase64(toDer(pem)), image_hash: IMAGE_HASH }),
      });
      await after.stop();

      expect(after.registryEntry).to.deep.equal(before.registryEntry);
      expect(again.status).to.equal(409);
      expect(await judged.json()).to.have.property('valid', true);
    });

    it('warns where other users can read it', async () => {
      const warnings: string[] = [];
      const options = optionsFor('open');
      mkdirSync(options.dir);
      chmodSync(options.dir, 0o755);
      const log = { ...SILENT, warn: (_: object, message: string) => warnings.push(message) };

      const authority = await startAuthority(options, { log });
      await authority.stop();

      expect(warnings).to.deep.equal([
        'the folder of the authority can be read by other users of this machine',
      ]);
    });
  });

  describe('does not start', () => {
    const refusalOf = async (options: StartOptions): Promise<unknown> =>
      start(options).then(
        async (authority) => authority.stop(),
        (error: unknown) => error,
      );

    it('on a port in use, and says which', async () => {
      const port = Number(new URL(running.url).port);

      const refusal = await refusalOf({
        ...optionsFor('port'),
        listen: { host: '127.0.0.1', port },
      });

      expect(refusal).to.have.property('code', 'ERR_LISTEN');
      expect(refusal).to.have.property('message').that.includes(`127.0.0.1:${port}`);
    });

    it('in a folder that is in use', async () => {
      expect(await refusalOf(optionsFor('shared'))).to.have.property('code', 'ERR_FOLDER_BUSY');
    });

    it('in a folder of another authority', async () => {
      await (await start(optionsFor('identity'))).stop();

      const refusal = await refusalOf({ ...optionsFor('identity'), id: 'maker_two' });

      expect(refusal).to.have.property('code', 'ERR_FOLDER_IDENTITY');
    });

    for (const name of ['ca.pem', 'verdict.pem', 'key-tables.secret', 'authority.json']) {
      it(`with a damaged ${name}, which it leaves alone`, async () => {
        const options = optionsFor(`damaged-${name}`);
        await (await start(options)).stop();
        writeFileSync(path.join(options.dir, name), 'no');

        const refusal = await refusalOf(options);

        expect(refusal).to.have.property('code', 'ERR_FOLDER_DAMAGED');
        expect(readFileSync(path.join(options.dir, name), 'utf8')).to.equal('no');
      });
    }

    const wrong = [
      ['id', { id: 'Maker One' }],
      ['id', { id: 'a'.repeat(61) }],
      ['name', { name: '' }],
      ['name', { name: 'two\nlines' }],
      ['public URL', { publicUrl: 'ftp://localhost/' }],
      ['public URL', { publicUrl: 'http://user@localhost/' }],
    ] as const;
    for (const [option, change] of wrong) {
      it(`with the ${option} of ${JSON.stringify(change)}`, async () => {
        const refusal = await refusalOf({ ...optionsFor(`wrong-${count++}`), ...change });

        expect(refusal).to.have.property('code', 'ERR_OPTION');
        expect(refusal).to.have.property('message').that.includes(`${option}:`);
      });
    }
  });

  it('logs no key, certificate, serial or NUC above debug', async () => {
    const lines: string[] = [];
    const record = (data: object, message: string): unknown =>
      lines.push(message + JSON.stringify(data));
    const log = { ...SILENT, info: record, warn: record, error: record };
    const authority = await startAuthority(optionsFor('log'), { log });
    const response = await fetch(`${authority.url}api/v1/devices/provision`, {
      method: 'POST',
      body: '{"device_serial":"CAM-LOGGED"}',
    });
    const answer = (await response.json()) as Readonly<Record<string, string>>;
    await authority.stop();

    const secrets = ['device_serial', 'nuc_hash', 'device_certificate', 'device_private_key'];
    const logged = lines.join('\n');
    expect(logged).to.include('authority ready');
    for (const name of secrets) expect(logged).not.to.include(answer[name]);
  });
});
