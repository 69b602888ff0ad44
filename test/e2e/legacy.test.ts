import path from 'node:path';

import { expect } from 'chai';

import { formatBase64, formatHex, parseHex } from '../../chain/bytes.ts';
import { openKeys } from '../../scripts/authority/keyFolder.ts';
import { encryptLegacyToken } from '../../scripts/authority/nuc.ts';
import { hashOfText } from '../support/chainValues.ts';
import { provisionText, type RealAuthority, startRealAuthority } from '../support/realAuthority.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { entryOf, type Json, WholeNode } from '../support/wholeNode.ts';

const KEY_INDEX = 439;
const PARAMS = ['legacy=true', 'batch_wait_ms=20'];

describe('an early camera, with the reference authority', () => {
  const folder = temporaryFolder();
  const authorityDir = path.join(folder, 'authority');
  let authority: RealAuthority;
  let node: WholeNode;
  let camera: { readonly tables: readonly number[]; readonly nucHash: string };

  before(async () => {
    authority = await startRealAuthority(authorityDir, { legacy: true });
    const authorities = [entryOf(authority.registryEntry)];
    node = await WholeNode.start(path.join(folder, 'node'), { authorities, params: PARAMS });
    const answer = JSON.parse(await provisionText(authority, 'EARLY-1')) as Json;
    camera = {
      tables: answer['table_assignments'] as readonly number[],
      nucHash: String(answer['nuc_hash']),
    };
  });
  after(async () => {
    await node.stop();
    await authority.stop();
  });

  /** What a camera sends whose token its second key opens. */
  const shoot = async (name: string, nucHash = camera.nucHash): Promise<Json> => {
    const manufacturer = { id: 'maker_one', name: 'Maker One' };
    const { tables } = await openKeys(authorityDir, manufacturer, Date.now);
    const [, table = 0] = camera.tables;
    const key = { masterKey: tables.masterKey(table), keyIndex: KEY_INDEX };
    const nonce = hashOfText(name).slice(0, 12);
    const token = encryptLegacyToken(key, { nucHash: parseHex(nucHash), nonce });
    return {
      image_hash: formatHex(hashOfText(name)),
      encrypted_nuc_token: formatBase64(token),
      table_references: camera.tables,
      key_indices: [7, KEY_INDEX, 9],
      timestamp: Math.floor(Date.now() / 1_000),
    };
  };
  const accept = async (body: unknown): Promise<string> => {
    const { status, body: answer } = await node.post('/api/v1/submit', body);
    expect(status, JSON.stringify(answer)).to.equal(202);
    return String(answer['receipt_id']);
  };

  it('registers a photograph, which is shown as what it is', async () => {
    const receipt = await node.ended(await accept(await shoot('early')));
    const { body } = await node.verify(hashOfText('early'));

    expect(receipt['state']).to.equal('committed');
    expect(body).to.include({
      verified: true,
      kind: 'legacy',
      camera_signature: 'not_checkable',
      authority: 'maker_one',
      authority_check: 'signed',
    });
    expect(body['not_checked']).to.satisfy((lines: readonly string[]) =>
      lines.some((line) => line.includes("camera's signature")),
    );
  });

  it('gets the same receipt with other decoys', async () => {
    const body = await shoot('decoys');
    const first = await accept(body);

    expect(await accept({ ...body, key_indices: [1, 2, 3] })).to.equal(first);
  });

  it('is rejected where the authority does not know its token', async () => {
    const receipt = await node.ended(await accept(await shoot('stranger', 'ab'.repeat(32))));

    expect(receipt['state']).to.equal('rejected');
    expect((receipt['reason'] as Json)['code']).to.equal('ERR_AUTHORITY_REFUSED');
  });

  const refused: readonly (readonly [string, number, string, Json])[] = [
    [
      'a token of 59 bytes',
      400,
      'ERR_FIELD',
      { encrypted_nuc_token: formatBase64(new Uint8Array(59)) },
    ],
    ['two tables', 400, 'ERR_FIELD', { table_references: [1, 2] }],
    ['table 2500', 422, 'ERR_RANGE', { table_references: [1, 2, 2_500] }],
    ['index 1000', 422, 'ERR_RANGE', { key_indices: [1, 2, 1_000] }],
    ['a time in ten years', 422, 'ERR_TIMESTAMP_AHEAD', { timestamp: 4_000_000_000 }],
  ];
  for (const [what, status, code, fields] of refused) {
    it(`is refused with ${what}`, async () => {
      const answer = await node.post('/api/v1/submit', { ...(await shoot('bad')), ...fields });

      expect([answer.status, answer.body['code']]).to.deep.equal([status, code]);
    });
  }
});
