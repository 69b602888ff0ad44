/** A photograph that is registered on the chain of the tests' genesis (`genesisValues.ts`), with its proof. */
import { createEd25519Signer, sha256 } from '#crypto';

import { formatUtf8 } from '../../chain/bytes.ts';
import { logKeyOf } from '../../chain/log/policy.ts';
import { formatTlogProof, type TlogProof } from '../../chain/log/tlogProof.ts';
import type { ImageRecord } from '../../chain/record.ts';
import { networkLogOf } from '../../scripts/cli/trust.ts';
import { hashOfText } from './chainValues.ts';
import { GENESIS } from './genesisValues.ts';
import { IMAGE_ENTRY, namesOf, proofOf } from './logRig.ts';

/** Bytes of the photograph. */
export const PHOTOGRAPH: Uint8Array = formatUtf8('the bytes of a proven photograph');

/** Where it stands. */
export interface ProvenPlace {
  readonly index: number;
  readonly treeSize: number;
}

/** Returns its proof, cosigned by v0, v1 and v2. */
export function provePhotograph(
  record: Partial<ImageRecord> = {},
  { index, treeSize }: ProvenPlace = { index: 12, treeSize: 43 },
): TlogProof {
  const imageHash = sha256(PHOTOGRAPH);
  const sign = createEd25519Signer(hashOfText('publisher'));
  return proofOf({
    treeSize,
    index,
    entry: { ...IMAGE_ENTRY, record: { ...IMAGE_ENTRY.record, imageHash, ...record } },
    cosigners: namesOf(3),
    signer: { key: logKeyOf(networkLogOf(GENESIS)), sign },
  });
}

/** Its proof as a file. */
export const PROOF_BYTES: Uint8Array = formatTlogProof(provePhotograph());
