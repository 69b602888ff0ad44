/**
 * An evidence package: everything that is known of a photograph's registration, as a folder that can be handed to
 * somebody who has never heard of this network, and who may check it with programs that are not ours.
 *
 * It is a function of what was checked before; nothing here asks anybody or looks at a clock.
 */
import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { encode } from '../../chain/codec.ts';
import { entrySchema } from '../../chain/entry.ts';
import type { Registration } from '../../chain/log/verify.ts';
import { leafHash } from '../../chain/merkle.ts';
import { formatGenesis } from '../../genesis/document.ts';
import { formatPem } from '../authority/pem.ts';
import { formatJson } from '../cli/files.ts';
import { formatByHand } from './byHand.ts';
import { formatEntry } from './entryJson.ts';
import { type Evidence, FILE, signerFiles } from './evidence.ts';
import { cosignersOf, logSignerOf, type Signer } from './signers.ts';
import { formatSummary } from './summary.ts';

/** Returns the files of a package by their names. */
export function createEvidence(evidence: Evidence): ReadonlyMap<string, Uint8Array> {
  const { proof, policy, registration, genesis, answer } = evidence;
  const { note } = proof.parsed.checkpoint;
  const entryBytes = encode(entrySchema, registration.entry);
  const cosigners = cosignersOf(note, policy.parsed, registration.cosigners);
  return new Map<string, Uint8Array>([
    [FILE.summary, formatUtf8(formatSummary(evidence))],
    [FILE.byHand, formatUtf8(formatByHand(evidence))],
    [FILE.proof, proof.bytes],
    [FILE.policy, policy.bytes],
    [FILE.genesis, formatUtf8(formatJson(formatGenesis(genesis)))],
    [FILE.entry, entryBytes],
    [FILE.entryJson, formatUtf8(formatJson(entryFile(registration, entryBytes)))],
    [FILE.answer, answer.bytes],
    [FILE.checkpoint, formatUtf8(note.text)],
    ...filesOf('log', logSignerOf(note, policy.parsed)),
    ...cosigners.flatMap((each, i) => filesOf(`cosigner-${i + 1}`, each)),
    ...stampFiles(evidence),
  ]);
}

function filesOf(stem: string, signer: Signer): readonly (readonly [string, Uint8Array])[] {
  const { key, signature } = signerFiles(stem);
  return [
    [key, formatUtf8(signer.publicKeyPem)],
    [signature, signer.signature],
  ];
}

function stampFiles({ timestamp }: Evidence): readonly (readonly [string, Uint8Array])[] {
  if (timestamp.stamp === undefined) return [];
  const { stamp, caPem } = timestamp;
  const pems = stamp.certificates.map(({ raw }) => formatPem('CERTIFICATE', new Uint8Array(raw)));
  return [
    [FILE.stamp, stamp.reply],
    [FILE.stampCertificates, formatUtf8(pems.join(''))],
    ...(caPem === undefined ? [] : [[FILE.stampCa, formatUtf8(caPem)] as const]),
  ];
}

/** The entry for people: what the bytes of `entry.bin` say, and where they stand. */
function entryFile(
  { entry, index, origin, treeSize }: Registration,
  bytes: Uint8Array,
): Readonly<Record<string, unknown>> {
  return {
    ...formatEntry(entry),
    log_index: index,
    log_size: treeSize,
    origin,
    leaf_hash: formatHex(leafHash(bytes)),
  };
}
