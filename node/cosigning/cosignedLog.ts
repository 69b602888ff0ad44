/** The log that is cosigned: texts and keys of one network. */
import { formatCheckpoint, originOf, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { checkCosignatures, cosign } from '../../chain/log/cosignature.ts';
import {
  type NoteSignature,
  type NoteSigner,
  type RawSigner,
  signNote,
} from '../../chain/log/note.ts';
import { cosignerKeyOf, logKeyOf, type NetworkLog } from '../../chain/log/policy.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import type { Claim } from './claim.ts';
import type { TreeRoot } from './treeHead.ts';

/** Returns the text of a network's checkpoint. */
export function checkpointText(log: NetworkLog, { treeSize, root }: TreeRoot): string {
  return formatCheckpoint({ origin: originOf(log), treeSize, root });
}

/** Returns the log's signer. */
export function logSignerOf(log: NetworkLog, sign: RawSigner): NoteSigner {
  return { key: logKeyOf(log), sign };
}

/** Returns a validator's claim of a checkpoint at a time, Unix seconds. */
export function createClaim(
  { treeSize, root }: TreeRoot,
  timeS: number,
  {
    log,
    validator,
    sign,
  }: { readonly log: NetworkLog; readonly validator: Validator; readonly sign: RawSigner },
): Claim {
  const signer = { key: cosignerKeyOf(log, validator), sign };
  const { signature } = cosign(checkpointText(log, { treeSize, root }), timeS, signer);
  return { treeSize, root, signature };
}

/** Returns the signature line of a validator's claim. Throws ERR_SIGNATURE where it does not verify. */
export function checkClaim(claim: Claim, log: NetworkLog, validator: Validator): NoteSignature {
  const key = cosignerKeyOf(log, validator);
  const line = { name: key.name, keyId: key.keyId, signature: claim.signature };
  checkCosignatures({ text: checkpointText(log, claim), signatures: [line] }, [key]);
  return line;
}

/** Returns a checkpoint with the log's signature and those that have been gathered. */
export function assemble(
  { treeSize, root }: TreeRoot,
  signatures: readonly NoteSignature[],
  signer: NoteSigner,
): SignedCheckpoint {
  const checkpoint = { origin: signer.key.name, treeSize, root };
  const text = formatCheckpoint(checkpoint);
  return { ...checkpoint, note: { text, signatures: [signNote(text, signer), ...signatures] } };
}
