/** A proof as JSON. */
import { formatBase64, parseUtf8 } from '../../chain/bytes.ts';
import { formatSignedCheckpoint } from '../../chain/log/checkpoint.ts';
import type { TlogProof } from '../../chain/log/tlogProof.ts';
import type { Proof } from '../schemas/proof.ts';

/** Returns a proof as JSON. */
export function formatProof({ extra, index, hashes, checkpoint }: TlogProof): Proof {
  return {
    index,
    entry: formatBase64(extra ?? new Uint8Array()),
    hashes: hashes.map(formatBase64),
    tree_size: checkpoint.treeSize,
    root: formatBase64(checkpoint.root),
    checkpoint: parseUtf8(formatSignedCheckpoint(checkpoint)),
  };
}
