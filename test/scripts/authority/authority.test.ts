import { expect } from 'chai';

import { formatHex, parseBase64, parseHex, formatUtf8 } from '../../../chain/bytes.ts';
import { verifyVerdict } from '../../../chain/verdict.ts';
import { sha256 } from '../../../chain/crypto/node.ts';
import type { Answer, ProvisionAnswer } from '../../../scripts/authority/authority.ts';
import { createCaPem, openCa } from '../../../scripts/authority/ca.ts';
import { issueDevice } from '../../../scripts/authority/deviceCertificate.ts';
import { decryptNuc, encryptLegacyToken, encryptNuc } from '../../../scripts/authority/nuc.ts';
import type { TokenQuestion } from '../../../scripts/authority/request.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import {
  ask,
  CHAIN_ID,
  ENDPOINT,
  hashOf,
  IMAGE_HASH,
  NOW_S,
  openRig,
  readCamera,
  type Rig,
  toDer,
} from './rig.ts';

const NONCE = new Uint8Array(12).fill(7);

describe('a manufacturer authority', () => {
  const folder = temporaryFolder();
  let rig: Rig;
  let serialCount = 0;
  before(async () => {
    rig = await openRig(folder);
  });
  after(() => rig.store.close());

  const provision = (nucHash?: string): Promise<ProvisionAnswer> =>
    rig.authority.provision({ device_serial: `CAM-${serialCount++}`, nuc_hash: nucHash });
  const judge = (certificate: Uint8Array): Promise<Answer> =>
    rig.authority.validateCertificate(ask(certificate));

  /** A certificate by this CA, or another, that differs from the provisioned one as told. */
  async function issue(
    serial: string,
    change: { readonly nucHash?: string; readonly foreign?: boolean; readonly id?: string },
  ): Promise<Uint8Array> {
    const { keys } = rig;
    const pem = await createCaPem({ id: 'maker_one', name: 'Maker One' }, NOW_S);
    const nucHash = parseHex(change.nucHash ?? hashOf(200));
    const birthmark = {
      manufacturerId: change.id ?? 'maker_one',
      endpoint: ENDPOINT,
      encryptedNuc: encryptNuc(keys.tables.masterKey(5), { nucHash, nonce: NONCE }),
      keyTableId: 5,
      keyIndex: 0,
      deviceFamily: 'F',
    };
    const ca = change.foreign === true ? await openCa(pem) : keys.ca;
    const identity = { serial, organization: 'Maker One', birthmark };
    return (await issueDevice(ca, identity, { nowS: NOW_S, encoding: 'raw' })).certificateDer;
  }

  describe('provisioning', () => {
    it('gives a camera the NUC hash that was measured, encrypted in its certificate', async () => {
      const answer = await provision(hashOf(1));

      const { keyTableId, encryptedNuc } = readCamera(answer).birthmark;
      const nucHash = decryptNuc(rig.keys.tables.masterKey(keyTableId), encryptedNuc);

      expect(answer.nuc_hash).to.equal(hashOf(1));
      expect(formatHex(nucHash ?? new Uint8Array())).to.equal(hashOf(1));
    });

    it('draws a NUC hash where none was measured', async () => {
      const [one, other] = [await provision(), await provision()];

      expect(one.nuc_hash).to.match(/^[0-9a-f]{64}$/);
      expect(other.nuc_hash).not.to.equal(one.nuc_hash);
    });

    it('refuses a serial that was provisioned before', async () => {
      const { device_serial: serial } = await provision();

      const refusal = await rig.authority
        .provision({ device_serial: serial })
        .catch((error: unknown) => error);

      expect(refusal).to.have.property('code', 'ERR_SERIAL_TAKEN');
    });

    it('refuses a NUC hash that another camera has', async () => {
      await provision(hashOf(2));

      const refusal = await provision(hashOf(2)).catch((error: unknown) => error);

      expect(refusal).to.have.property('code', 'ERR_NUC_TAKEN');
    });

    it('does not keep the private key', async () => {
      const answer = await provision();

      const kept = JSON.stringify(rig.authority.find(answer.device_serial));

      expect(kept).not.to.include('PRIVATE');
      expect(kept).to.include(answer.nuc_hash);
    });
  });

  describe('judging a certificate', () => {
    it('calls a provisioned camera genuine, sent as DER or as PEM', async () => {
      const { device_certificate: pem } = await provision();

      expect(await judge(toDer(pem))).to.deep.equal({
        valid: true,
        message: 'the camera is genuine',
      });
      expect(await judge(formatUtf8(pem))).to.have.property('valid', true);
    });

    it('says the same the second time', async () => {
      const der = toDer((await provision()).device_certificate);

      expect(await judge(der)).to.deep.equal(await judge(der));
    });

    it('refuses an unknown serial', async () => {
      const der = await issue('CAM-NEVER', {});

      expect(await judge(der)).to.deep.equal({
        valid: false,
        message: 'no such camera was provisioned here',
      });
    });

    it('refuses a revoked camera from the next question on', async () => {
      const answer = await provision();
      const der = toDer(answer.device_certificate);
      const before = await judge(der);

      await rig.authority.revoke(answer.device_serial, 'stolen');

      expect(before.valid).to.equal(true);
      expect(await judge(der)).to.deep.equal({ valid: false, message: 'the camera is revoked' });
    });

    it('refuses what another CA signed under the same name', async () => {
      const answer = await provision();
      const change = { nucHash: answer.nuc_hash, foreign: true };
      const der = await issue(answer.device_serial, change);

      expect(await judge(der)).to.have.property(
        'message',
        'the certificate was not issued by this authority',
      );
    });

    it('refuses another manufacturer’s id', async () => {
      const der = await issue('CAM-ID', { id: 'maker_two' });

      expect(await judge(der)).to.have.property('valid', false);
    });

    it('refuses another NUC in a certificate that this CA signed', async () => {
      const { device_serial: serial } = await provision();
      const der = await issue(serial, { nucHash: hashOf(201) });

      expect(await judge(der)).to.have.property(
        'message',
        'the encrypted NUC is not the one of this camera',
      );
    });

    it('refuses a second certificate for the same camera', async () => {
      const answer = await provision();
      const der = await issue(answer.device_serial, { nucHash: answer.nuc_hash });

      expect(await judge(der)).to.have.property(
        'message',
        'the certificate is not the one that this camera was given',
      );
    });

    it('refuses a certificate with any byte changed', async () => {
      const der = toDer((await provision()).device_certificate);

      for (let at = 0; at < der.length; at++) {
        const changed = der.map((byte, i) => (i === at ? byte ^ 1 : byte));
        const { valid } = await judge(changed);
        expect(valid, `byte ${at}`).to.equal(false);
      }
    });

    it('refuses bytes that are no certificate', async () => {
      for (const bytes of [new Uint8Array(1), formatUtf8('-----BEGIN'), new Uint8Array(9_000)]) {
        expect(await judge(bytes)).to.have.property('message', 'the certificate cannot be read');
      }
    });

    it('refuses the CA’s own certificate', async () => {
      const { valid } = await judge(toDer(rig.keys.ca.certificatePem));

      expect(valid).to.equal(false);
    });
  });

  describe('a signed verdict', () => {
    const check = (answer: Answer, subject: Uint8Array, change: object = {}): Promise<boolean> => {
      const key = toVerdictKey(rig.keys.verdictKeyPem);
      const { issued_at: issuedAt = 0, signature = '' } = answer.verdict ?? {};
      const said = { chainId: CHAIN_ID, subject, imageHash: IMAGE_HASH, valid: answer.valid };
      return verifyVerdict({ ...said, issuedAt, ...change }, parseBase64(signature), key);
    };

    it('is there if the question names a chain, for yes and for no', async () => {
      const genuine = toDer((await provision()).device_certificate);
      const unknown = await issue('CAM-SIGNED', {});

      const yes = await rig.authority.validateCertificate(ask(genuine, CHAIN_ID));
      const no = await rig.authority.validateCertificate(ask(unknown, CHAIN_ID));

      expect([yes.valid, await check(yes, sha256(genuine))]).to.deep.equal([true, true]);
      expect([no.valid, await check(no, sha256(unknown))]).to.deep.equal([false, true]);
      expect(yes.verdict?.issued_at).to.equal(NOW_S);
    });

    it('names the DER of a certificate that was sent as PEM', async () => {
      const { device_certificate: pem } = await provision();

      const answer = await rig.authority.validateCertificate(ask(formatUtf8(pem), CHAIN_ID));

      expect(await check(answer, sha256(toDer(pem)))).to.equal(true);
    });

    it('cannot be used for anything else', async () => {
      const der = toDer((await provision()).device_certificate);
      const answer = await rig.authority.validateCertificate(ask(der, CHAIN_ID));
      const other = new Uint8Array(32);

      for (const change of [
        { chainId: other },
        { subject: other },
        { imageHash: other },
        { valid: false },
        { issuedAt: NOW_S + 1 },
      ]) {
        const [field] = Object.keys(change);
        expect(await check(answer, sha256(der), change), field).to.equal(false);
      }
    });

    it('is left out if the question names no chain', async () => {
      const der = toDer((await provision()).device_certificate);

      expect(await judge(der)).not.to.have.property('verdict');
    });
  });

  describe('judging a legacy token', () => {
    /** The question of a camera whose real key is at `place` among the three. */
    const question = (answer: ProvisionAnswer, place: number, tableId?: number): TokenQuestion => {
      const tables = answer.table_assignments;
      const masterKey = rig.keys.tables.masterKey(tableId ?? tables[place] ?? 0);
      const key = { masterKey, keyIndex: 100 + place };
      const ciphertext = encryptLegacyToken(key, {
        nucHash: parseHex(answer.nuc_hash),
        nonce: NONCE,
      });
      const references = tables.map((id, i) => (i === place ? (tableId ?? id) : id));
      return { ciphertext, table_references: references, key_indices: [100, 101, 102] };
    };

    it('finds the key among the three, wherever it stands', async () => {
      const answer = await provision();

      for (const place of [0, 1, 2]) {
        const { valid } = rig.authority.validateToken(question(answer, place));
        expect(valid, `place ${place}`).to.equal(true);
      }
    });

    it('refuses a token under a table that this camera does not have', async () => {
      const answer = await provision();
      const foreign = [0, 1, 2, 3].find((id) => !answer.table_assignments.includes(id));

      const { valid, message } = rig.authority.validateToken(question(answer, 1, foreign));

      expect([valid, message]).to.deep.equal([
        false,
        'the token was made with a key that this camera does not have',
      ]);
    });

    it('refuses a token with a byte changed', async () => {
      const asked = question(await provision(), 0);

      for (let at = 0; at < 60; at++) {
        const ciphertext = asked.ciphertext.map((byte, i) => (i === at ? byte ^ 1 : byte));
        const { valid } = rig.authority.validateToken({ ...asked, ciphertext });
        expect(valid, `byte ${at}`).to.equal(false);
      }
    });

    it('refuses the NUC of no camera, and of a revoked one', async () => {
      const answer = await provision();
      const unknown = question({ ...answer, nuc_hash: hashOf(99) }, 0);
      await rig.authority.revoke(answer.device_serial, 'stolen');

      expect(rig.authority.validateToken(unknown).message).to.match(/^no such camera/);
      expect(rig.authority.validateToken(question(answer, 0)).message).to.match(/revoked$/);
    });

    it('signs its verdict over the token', async () => {
      const asked = question(await provision(), 2);

      const answer = rig.authority.validateToken({
        ...asked,
        image_hash: IMAGE_HASH,
        chain_id: CHAIN_ID,
      });

      const { issued_at: issuedAt = 0, signature = '' } = answer.verdict ?? {};
      const subject = sha256(asked.ciphertext);
      const verdict = { chainId: CHAIN_ID, subject, imageHash: IMAGE_HASH, valid: true, issuedAt };
      const key = toVerdictKey(rig.keys.verdictKeyPem);
      expect(await verifyVerdict(verdict, parseBase64(signature), key)).to.equal(true);
    });
  });
});

/** The 32 bytes of an Ed25519 key in PEM: the end of its DER. */
function toVerdictKey(pem: string): Uint8Array {
  return parseBase64(pem.replaceAll(/-----[^-]+-----|\s/g, '')).slice(-32);
}
