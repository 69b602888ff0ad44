/** The check of a proof as a worker does it. */
import { sha256 } from '#crypto';
import { expect } from 'chai';

import type { Found } from '../../../../api/schemas/verify.ts';
import { checkProof } from '../../../../api/web/verify/proofCheck.ts';
import { formatHex, formatUtf8 } from '../../../../chain/bytes.ts';
import { formatPolicy } from '../../../../chain/log/policy.ts';
import { formatTlogProof } from '../../../../chain/log/tlogProof.ts';
import {
  COSIGNED_AT_S,
  IMAGE_ENTRY,
  namesOf,
  networkPolicy,
  proofOf,
} from '../../../support/logRig.ts';

const PHOTO_HASH = sha256(formatUtf8('the bytes of a photograph'));
const HASH = formatHex(PHOTO_HASH);
const FOUND = { image_hash: HASH, parents: [] as string[] } as Found;

/** The check of a proof that so many of four institutions cosigned. */
function checkWith(count: number, hash = HASH): ReturnType<typeof checkProof> {
  const entry = { ...IMAGE_ENTRY, record: { ...IMAGE_ENTRY.record, imageHash: PHOTO_HASH } };
  const proof = proofOf({ treeSize: 20, entry, index: 11, cosigners: namesOf(count) });
  return checkProof({
    hash,
    isOfFile: true,
    proof: formatTlogProof(proof),
    policy: formatPolicy(networkPolicy(4)),
    found: FOUND,
  });
}

describe('the check of a proof in a worker', () => {
  it('names who cosigned, and where the answer is another', () => {
    const { code, cosigners, differences } = checkWith(3);

    expect(code).to.equal(undefined);
    expect(cosigners.map(({ name }) => name)).to.deep.equal(
      namesOf(3).map((name) => `birthmark.test/${name}`),
    );
    expect(differences.map(({ field }) => field)).to.include('block_time');
  });

  it('names who did cosign where they are too few', () => {
    const { code, cosigners, differences } = checkWith(2);

    expect(code).to.equal('ERR_QUORUM');
    expect(cosigners).to.deep.equal([
      { name: 'birthmark.test/v0', timeS: COSIGNED_AT_S },
      { name: 'birthmark.test/v1', timeS: COSIGNED_AT_S + 1 },
    ]);
    expect(differences).to.deep.equal([]);
  });

  it('names nobody where nobody did', () => {
    expect(checkWith(0)).to.include({ code: 'ERR_QUORUM' });
    expect(checkWith(0).cosigners).to.deep.equal([]);
  });

  it('names nobody where a step before failed', () => {
    const { code, cosigners } = checkWith(3, '0'.repeat(64));

    expect(code).to.equal('ERR_IMAGE_HASH');
    expect(cosigners).to.deep.equal([]);
  });
});
