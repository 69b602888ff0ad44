import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'chai';

import { formatBase64 } from '../../../chain/bytes.ts';
import { type RunningAuthority, startAuthority } from '../../../scripts/authority/start.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { SILENT, toDer } from './rig.ts';

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly json: Readonly<Record<string, unknown>>;
}

const IMAGE_HASH = 'ab'.repeat(32);

describe('the interface of an authority', () => {
  const folder = temporaryFolder();
  let count = 0;
  let running: RunningAuthority;

  const start = (dir: string, requireToken: boolean): Promise<RunningAuthority> =>
    startAuthority(
      {
        dir: path.join(folder, dir),
        listen: { host: '127.0.0.1', port: 0 },
        id: 'maker_one',
        name: 'Maker One',
        requireToken,
      },
      { log: SILENT },
    );
  const send = async (place: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(new URL(place, running.url), init);
    const json = (await response.json()) as Reply['json'];
    return { status: response.status, type: response.headers.get('content-type'), json };
  };
  const post = (place: string, body: unknown, token?: string): Promise<Reply> =>
    send(place, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const provision = (): Promise<Reply> =>
    post('api/v1/devices/provision', { device_serial: `CAM-${count++}` });
  const certificateOf = ({ json }: Reply): string =>
    formatBase64(toDer(String(json['device_certificate'])));
  const readToken = (): string => readFileSync(running.tokenFile, 'utf8').trim();

  before(async () => {
    running = await start('shared', false);
  });
  after(() => running.stop());

  describe('to a factory', () => {
    it('answers 201 with all that a camera needs, and in the reference’s names', async () => {
      const { status, json } = await provision();

      expect(status).to.equal(201);
      expect(Object.keys(json)).to.deep.equal([
        'device_serial',
        'device_certificate',
        'certificate_chain',
        'device_private_key',
        'device_public_key',
        'table_assignments',
        'nuc_hash',
        'device_family',
      ]);
      expect(json['device_private_key']).to.match(/^-----BEGIN PRIVATE KEY-----\n/);
      expect(json['device_public_key']).to.match(/^-----BEGIN PUBLIC KEY-----\n/);
    });

    it('answers 409 as a problem when the serial comes again', async () => {
      await post('api/v1/devices/provision', { device_serial: 'CAM-TWICE' });

      const again = await post('api/v1/devices/provision', { device_serial: 'CAM-TWICE' });

      expect(again.status).to.equal(409);
      expect(again.type).to.match(/^application\/problem\+json/);
      expect(again.json['code']).to.equal('ERR_SERIAL_TAKEN');
    });

    it('gives one of two that ask at once', async () => {
      const ask = (): Promise<Reply> =>
        post('api/v1/devices/provision', { device_serial: 'CAM-RACE' });

      const statuses = (await Promise.all([ask(), ask()])).map(({ status }) => status);

      expect(statuses.sort()).to.deep.equal([201, 409]);
    });

    const malformed = [
      ['', 'an empty body'],
      ['{', 'half of a JSON'],
      ['[]', 'a list'],
      [{ device_serial: '' }, 'an empty serial'],
      [{ device_serial: 'x'.repeat(65) }, 'a serial of 65 characters'],
      [{ device_serial: '../x' }, 'a serial with slashes'],
      [{ device_serial: 7 }, 'a serial that is a number'],
      [{ device_serial: 'C', device_family: 'ä'.repeat(65) }, 'a family of 130 bytes'],
      [{ device_serial: 'C', device_family: 'a\nb' }, 'a family of two lines'],
      [{ device_serial: 'C', nuc_hash: 'ab' }, 'a NUC hash of one byte'],
      [{ device_serial: 'C', nuc_hash: 'AB'.repeat(32) }, 'a NUC hash in capitals'],
    ] as const;
    for (const [body, name] of malformed) {
      it(`answers 400 to ${name}`, async () => {
        const { status, type } = await post('api/v1/devices/provision', body);

        expect(status).to.equal(400);
        expect(type).to.match(/^application\/problem\+json/);
      });
    }
  });

  describe('to a node', () => {
    it('answers 200 with a verdict that is true or false', async () => {
      const camera_cert = certificateOf(await provision());

      const yes = await post('validate-cert', { camera_cert, image_hash: IMAGE_HASH });
      const no = await post('validate-cert', { camera_cert: 'AAAA', image_hash: IMAGE_HASH });

      expect([yes.status, yes.json['valid'], typeof yes.json['message']]).to.deep.equal([
        200,
        true,
        'string',
      ]);
      expect([no.status, no.json['valid']]).to.deep.equal([200, false]);
    });

    it('tolerates the reference’s other fields, and null for what is absent', async () => {
      const camera_cert = certificateOf(await provision());
      const others = {
        timestamp: 1,
        gps_hash: null,
        bundle_signature: 'MEUC',
        chain_id: null,
        x: 1,
      };

      const { json } = await post('validate-cert', {
        camera_cert,
        image_hash: IMAGE_HASH,
        ...others,
      });

      expect(json['valid']).to.equal(true);
      expect(json).not.to.have.property('verdict');
    });

    const good = { camera_cert: 'AAAA', image_hash: IMAGE_HASH };
    const malformed = [
      ['null', 'null'],
      [{}, 'no field'],
      [{ ...good, camera_cert: 'AAA' }, 'base64 without padding'],
      [{ ...good, camera_cert: 'AA==A' }, 'what is not base64'],
      [{ ...good, camera_cert: 'AB==' }, 'base64 with bits behind its end'],
      [{ ...good, camera_cert: 'AAAA'.repeat(2_732) }, 'a certificate above 8 KiB'],
      [{ ...good, image_hash: 'ab'.repeat(31) }, 'a hash of 31 bytes'],
      [{ ...good, image_hash: 'AB'.repeat(32) }, 'a hash in capitals'],
      [{ ...good, chain_id: 'cd' }, 'a chain id of one byte'],
    ] as const;
    for (const [body, name] of malformed) {
      it(`answers 400, not a verdict, to ${name}`, async () => {
        const { status, json } = await post('validate-cert', body);

        expect(status).to.equal(400);
        expect(json).not.to.have.property('valid');
        expect(json['code']).to.equal('ERR_FIELD');
      });
    }

    const token = {
      ciphertext: '00'.repeat(60),
      table_references: [0, 1, 2_499],
      key_indices: [0, 1, 999],
    };
    it('answers 200 to a legacy token', async () => {
      const { status, json } = await post('validate', token);

      expect([status, json['valid']]).to.deep.equal([200, false]);
    });

    const malformedTokens = [
      [{ ...token, ciphertext: '00'.repeat(59) }, '59 bytes'],
      [{ ...token, table_references: [0, 1] }, 'two tables'],
      [{ ...token, table_references: [0, 1, 2_500] }, 'table 2500'],
      [{ ...token, key_indices: [0, 1, 1_000] }, 'index 1000'],
      [{ ...token, key_indices: [0, 1, -1] }, 'index -1'],
      [{ ...token, key_indices: [0, 1, 1.5] }, 'a fraction'],
      [{ ...token, chain_id: IMAGE_HASH }, 'a chain without a photograph'],
    ] as const;
    for (const [body, name] of malformedTokens) {
      it(`answers 400 to a legacy token with ${name}`, async () => {
        const { status, json } = await post('validate', body);

        expect([status, json['code']]).to.deep.equal([400, 'ERR_FIELD']);
      });
    }

    it('answers 413 to a body above its limit', async () => {
      const { status, json } = await post('validate-cert', ' '.repeat(65_537));

      expect([status, json['code']]).to.deep.equal([413, 'ERR_BODY_TOO_LARGE']);
    });

    it('answers 404 and 405 where there is nothing', async () => {
      const absent = await send('absent', {});
      const method = await send('validate-cert', {});

      expect([absent.status, absent.json['code']]).to.deep.equal([404, 'ERR_NOT_FOUND']);
      expect([method.status, method.json['code']]).to.deep.equal([405, 'ERR_METHOD']);
    });
  });

  describe('to its administrator', () => {
    it('shows a camera, and revokes it, to who holds the token', async () => {
      const provisioned = await provision();
      const serial = String(provisioned.json['device_serial']);
      const headers = { authorization: `Bearer ${readToken()}` };

      const shown = await send(`api/v1/devices/${serial}`, { headers });
      const revoked = await post(
        `api/v1/devices/${serial}/revoke`,
        { reason: 'stolen' },
        readToken(),
      );
      const camera_cert = certificateOf(provisioned);
      const judged = await post('validate-cert', { camera_cert, image_hash: IMAGE_HASH });

      expect([shown.status, shown.json['status']]).to.deep.equal([200, 'active']);
      expect(JSON.stringify(shown.json)).not.to.include(String(provisioned.json['nuc_hash']));
      expect([revoked.status, revoked.json['revocation_reason']]).to.deep.equal([200, 'stolen']);
      expect(judged.json['valid']).to.equal(false);
    });

    it('refuses anyone else', async () => {
      const { json } = await provision();
      const place = `api/v1/devices/${String(json['device_serial'])}`;

      const replies = [
        await send(place, {}),
        await post(`${place}/revoke`, {}, 'wrong'),
        await post(`${place}/revoke`, {}, `${readToken()}0`),
      ];

      for (const { status, json: problem } of replies) {
        expect([status, problem['code']]).to.deep.equal([401, 'ERR_TOKEN']);
      }
    });

    it('answers 404 for a camera that is not there', async () => {
      const { status } = await post('api/v1/devices/CAM-NEVER/revoke', {}, readToken());

      expect(status).to.equal(404);
    });

    it('asks the factory for the token too where that is wanted', async () => {
      const locked = await start('locked', true);
      const ask = (headers: Readonly<Record<string, string>>): Promise<Response> =>
        fetch(`${locked.url}api/v1/devices/provision`, {
          method: 'POST',
          body: '{"device_serial":"CAM-1"}',
          headers,
        });

      const without = await ask({});
      const token = readFileSync(locked.tokenFile, 'utf8').trim();
      const withToken = await ask({ authorization: `Bearer ${token}` });
      await locked.stop();

      expect([without.status, withToken.status]).to.deep.equal([401, 201]);
    });
  });

  it('serves its registry entry and its health', async () => {
    const entry = await send('registry-entry', {});
    const health = await send('health', {});

    expect(entry.json).to.deep.equal(running.registryEntry);
    expect([health.status, health.json]).to.deep.equal([200, { status: 'ok' }]);
  });
});
