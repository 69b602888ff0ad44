/**
 * Evidence: what shows that a record may stand in a batch. It travels beside the batch, committed by the
 * batch's `evidence_root`, is checked by every validator before it votes, and never enters the chain.
 *
 * Validity is a pure function of (batch, evidence, state, block time): no clock, no network.
 *
 * ```
 * Evidence = [ [certificate, …], [item, …] ]      one item for each record, in order
 * item     = [1, certificate id, signature, form, gps_hash, salt, verdict]
 *          | [2, authority id, token, [3 tables], [3 indices], gps_hash, signature, verdict]   legacy
 * ```
 */
import { hmacSha256, sha256 } from '#crypto';

import type { Authority } from './authority.ts';
import { type Batch, recordsOf } from './batch.ts';
import { concatBytes, equalBytes, formatHex } from './bytes.ts';
import {
  type CameraCertificate,
  parseCameraCertificate,
  parseCertificateBytes,
} from './certificate/certificate.ts';
import { KEY_INDEX_MAX, KEY_TABLE_ID_MAX, NUC_BYTES } from './certificate/extensions.ts';
import type { Registry } from './certificate/registry.ts';
import {
  bin,
  encode,
  list,
  literal,
  optional,
  type Schema,
  str,
  tuple,
  uint,
  union,
} from './codec.ts';
import { ChainError } from './errors.ts';
import { hashDomain } from './hash.ts';
import { BATCH_ITEM_COUNT_MAX, CERTIFICATE_BYTES_MAX, ID_BYTES_MAX } from './limits.ts';
import { leafHash, rootOfLeaves } from './merkle.ts';
import type { Params } from './params.ts';
import {
  areDigestsCanonical,
  AUTHORITY_CHECK,
  HASH_BYTES,
  type ImageRecord,
  imageRecordSchema,
  RECORD_KIND,
  SIGNED_FORM,
  type SignedForm,
} from './record.ts';
import { checkSignedForm, type Claims } from './submission.ts';
import { checkVerdict, type VerdictProof, verdictProofSchema } from './verdict.ts';

/** Size of the salt of a device commitment. */
const SALT_BYTES = 16;

/** What shows that a camera signed a record. */
export interface CameraEvidence {
  readonly kind: 1;
  /** SHA-256 of the certificate as it was sent. */
  readonly certificateId: Uint8Array;
  readonly signature: Uint8Array;
  readonly form: Exclude<SignedForm, 0>;
  /** As it was sent, also where the record does not keep it. */
  readonly gpsHash: Uint8Array | undefined;
  readonly salt: Uint8Array;
  readonly verdict: VerdictProof | undefined;
}

/** What came with a legacy record. The camera's signature cannot be checked. */
export interface LegacyEvidence {
  readonly kind: 2;
  readonly authorityId: string;
  readonly token: Uint8Array;
  readonly tableReferences: readonly number[];
  readonly keyIndices: readonly number[];
  readonly gpsHash: Uint8Array | undefined;
  readonly signature: Uint8Array | undefined;
  readonly verdict: VerdictProof | undefined;
}

/** Evidence of one record. */
export type EvidenceItem = CameraEvidence | LegacyEvidence;

/** Evidence of a batch: each certificate once, as it was sent, and an item for each record. */
export interface Evidence {
  readonly certificates: readonly Uint8Array[];
  readonly items: readonly EvidenceItem[];
}

const LEGACY_REFERENCE_COUNT = 3;
const CAMERA_SIGNATURE_BYTES_MAX = 72;

/** Canonical form of an item: what the evidence root commits to. */
export const evidenceItemSchema: Schema<EvidenceItem> = union<EvidenceItem>({
  1: tuple<CameraEvidence>({
    kind: literal(1),
    certificateId: bin(HASH_BYTES),
    signature: bin(CAMERA_SIGNATURE_BYTES_MAX, 8),
    form: uint(3, 1) as Schema<Exclude<SignedForm, 0>>,
    gpsHash: optional(bin(HASH_BYTES)),
    salt: bin(SALT_BYTES),
    verdict: optional(verdictProofSchema),
  }),
  2: tuple<LegacyEvidence>({
    kind: literal(2),
    authorityId: str(ID_BYTES_MAX),
    token: bin(NUC_BYTES),
    tableReferences: list(uint(KEY_TABLE_ID_MAX), LEGACY_REFERENCE_COUNT, LEGACY_REFERENCE_COUNT),
    keyIndices: list(uint(KEY_INDEX_MAX), LEGACY_REFERENCE_COUNT, LEGACY_REFERENCE_COUNT),
    gpsHash: optional(bin(HASH_BYTES)),
    signature: optional(bin(CAMERA_SIGNATURE_BYTES_MAX, 1)),
    verdict: optional(verdictProofSchema),
  }),
});

/** Canonical form of a batch's evidence: how it travels. */
export const evidenceSchema: Schema<Evidence> = tuple<Evidence>({
  certificates: list(bin(CERTIFICATE_BYTES_MAX, 1), BATCH_ITEM_COUNT_MAX),
  items: list(evidenceItemSchema, BATCH_ITEM_COUNT_MAX),
});

/** Roots of lists that are still in use: a batch's evidence is judged by its form first, and then as a whole. */
const ROOTS = new WeakMap<readonly EvidenceItem[], Uint8Array>();

/** Returns the RFC 6962 root over canonical evidence items, which never change. */
export function hashEvidence(items: readonly EvidenceItem[]): Uint8Array {
  const known = ROOTS.get(items);
  if (known !== undefined) return known;
  const root = rootOfLeaves(items.map((item) => leafHash(encode(evidenceItemSchema, item))));
  ROOTS.set(items, root);
  return root;
}

/** Returns the salt by which an aggregator hides which camera made a record: 16 bytes. */
export function saltOf(
  commitmentKey: Uint8Array,
  fingerprint: Uint8Array,
  imageHash: Uint8Array,
): Uint8Array {
  return hmacSha256(commitmentKey, concatBytes(fingerprint, imageHash)).slice(0, SALT_BYTES);
}

const saltedSchema = tuple<{ readonly hash: Uint8Array; readonly salt: Uint8Array }>({
  hash: bin(HASH_BYTES),
  salt: bin(SALT_BYTES),
});

/** Returns what a blind authority is sent in place of the image hash. */
export function blindHash(imageHash: Uint8Array, salt: Uint8Array): Uint8Array {
  return hashDomain('blind', encode(saltedSchema, { hash: imageHash, salt }));
}

/** The facts from which a record follows. */
export interface RecordFacts {
  readonly claims: Claims;
  readonly form: Exclude<SignedForm, 0>;
  readonly fingerprint: Uint8Array;
  readonly salt: Uint8Array;
  readonly authority: Authority;
}

/** Returns the record of a camera's submission: only what was signed in a safe form is kept. */
export function recordOf(facts: RecordFacts, params: Params): ImageRecord {
  const { claims, form, fingerprint, salt, authority } = facts;
  const safe = form === SIGNED_FORM.v2;
  const edit = safe && claims.parents.length > 0;
  return {
    imageHash: claims.imageHash,
    capturedAt: claims.capturedAt,
    kind: edit ? RECORD_KIND.edit : RECORD_KIND.camera,
    signedForm: form,
    authorityCheck: authorityCheckOf(authority),
    authorityId: params.publishAuthority ? authority.id : '',
    deviceCommitment: hashDomain('device', encode(saltedSchema, { hash: fingerprint, salt })),
    gpsHash: safe ? claims.gpsHash : undefined,
    parents: safe ? claims.parents : [],
    digests: safe ? claims.digests : [],
  };
}

/** Returns the record of a legacy submission. */
export function legacyRecordOf(
  claims: Pick<Claims, 'imageHash' | 'capturedAt'>,
  authority: Authority,
  params: Params,
): ImageRecord {
  return {
    imageHash: claims.imageHash,
    capturedAt: claims.capturedAt,
    kind: RECORD_KIND.legacy,
    signedForm: SIGNED_FORM.notCheckable,
    authorityCheck: authorityCheckOf(authority),
    authorityId: params.publishAuthority ? authority.id : '',
    deviceCommitment: new Uint8Array(HASH_BYTES),
    gpsHash: undefined,
    parents: [],
    digests: [],
  };
}

function authorityCheckOf(authority: Authority): 1 | 2 {
  return authority.verdictKey === undefined ? AUTHORITY_CHECK.reported : AUTHORITY_CHECK.signed;
}

/** Reads a certificate as it was sent. Parsing takes about a millisecond: callers keep what they parsed. */
export type CertificateParser = (sent: Uint8Array) => CameraCertificate;

/** Parses a certificate anew. */
export const parseSentCertificate: CertificateParser = (sent) =>
  parseCameraCertificate(parseCertificateBytes(sent));

/** What evidence is judged by: chain state before the block, nothing else. */
export interface EvidenceContext {
  readonly parse: CertificateParser;
  readonly chainId: Uint8Array;
  readonly registry: Registry;
  readonly params: Params;
  /** Validators in the set: with more than one, a legacy verdict must be signed. */
  readonly validatorCount: number;
}

/**
 * Checks a batch's evidence, all but its times. Stops soon after the first bad item.
 *
 * The work is bounded by the number of items: one camera signature and one verdict each, one issuer check
 * for each certificate. Rejects with the ChainError of the first fact that does not hold.
 */
export async function checkEvidence(
  batch: Batch,
  evidence: Evidence,
  context: EvidenceContext,
): Promise<void> {
  checkEvidenceForm(batch, evidence);
  const records = recordsOf(batch);
  const certificates = parseCertificates(evidence, context.parse);
  const issuers = new Map<CameraCertificate, Authority>();
  for (const { certificate } of certificates.values()) {
    issuers.set(certificate, await context.registry.checkIssuer(certificate));
  }
  const check = async (item: EvidenceItem, i: number): Promise<void> => {
    const record = records[i];
    if (record === undefined) throw refused(`record ${i} is missing`);
    if (item.kind === 2) {
      await checkLegacyItem(item, record, context);
      return;
    }
    const sent = certificateOf(item, certificates);
    const authority = issuers.get(sent.certificate);
    if (authority === undefined) throw refused('a certificate has no issuer');
    await checkCameraItem(item, { record, authority, ...sent }, context);
  };
  for (let start = 0; start < evidence.items.length; start += TOGETHER_COUNT_MAX) {
    const items = evidence.items.slice(start, start + TOGETHER_COUNT_MAX);
    const results = await Promise.allSettled(items.map((item, i) => check(item, start + i)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/**
 * Checks that evidence is the one that a batch commits to, certificates included: whoever sent it with the
 * batch is to blame where it is not. Throws ERR_EVIDENCE.
 */
export function checkEvidenceForm(batch: Batch, evidence: Evidence): void {
  const count = recordsOf(batch).length;
  if (count !== evidence.items.length) {
    throw refused(`${count} records have ${evidence.items.length} items of evidence`);
  }
  if (!equalBytes(hashEvidence(evidence.items), batch.evidenceRoot)) {
    throw refused('the evidence is not the one that the batch commits to');
  }
  sentCertificates(evidence);
}

/** Items that are checked at a time: enough to keep the verifying threads busy, and what one bad item costs. */
const TOGETHER_COUNT_MAX = 32;

/** A certificate as it was sent, and what it says. */
export interface SentCertificate {
  readonly sent: Uint8Array;
  readonly certificate: CameraCertificate;
}

/** Parses the certificates of evidence, by the hex of their ids. Throws ERR_EVIDENCE unless items name each. */
export function parseCertificates(
  evidence: Evidence,
  parse: CertificateParser,
): ReadonlyMap<string, SentCertificate> {
  // First: a stranger's certificates cost nothing unless items need them.
  const sentById = sentCertificates(evidence);
  return new Map([...sentById].map(([id, sent]) => [id, { sent, certificate: parse(sent) }]));
}

function sentCertificates({ certificates, items }: Evidence): ReadonlyMap<string, Uint8Array> {
  const sentById = new Map(certificates.map((sent) => [formatHex(sha256(sent)), sent]));
  const named = new Set(
    items.flatMap((item) => (item.kind === 1 ? [formatHex(item.certificateId)] : [])),
  );
  const once = sentById.size === certificates.length && sentById.size === named.size;
  if (!once || ![...named].every((id) => sentById.has(id))) {
    throw refused('each certificate stands there once, and an item names it');
  }
  return sentById;
}

/** Returns the certificate that an item names. Throws ERR_EVIDENCE. */
export function certificateOf(
  item: CameraEvidence,
  certificates: ReadonlyMap<string, SentCertificate>,
): SentCertificate {
  const certificate = certificates.get(formatHex(item.certificateId));
  if (certificate === undefined) throw refused('a certificate is missing');
  return certificate;
}

interface CameraSubject extends SentCertificate {
  readonly record: ImageRecord;
  readonly authority: Authority;
}

async function checkCameraItem(
  item: CameraEvidence,
  { record, sent, certificate, authority }: CameraSubject,
  context: EvidenceContext,
): Promise<void> {
  const { fingerprint } = certificate;
  const { salt, form, gpsHash } = item;
  const claims: Claims = { ...record, gpsHash };
  if (!areDigestsCanonical(record.digests)) {
    throw new ChainError('ERR_RECORD', 'the digests are not canonical');
  }
  checkRecord(record, recordOf({ claims, form, fingerprint, salt, authority }, context.params));
  const imageHash = authority.blind ? blindHash(record.imageHash, salt) : record.imageHash;
  const { chainId } = context;
  await checkVerdict(item.verdict, authority, { chainId, subject: fingerprint, imageHash });
  await checkSignedForm(
    form,
    { ...claims, certificateBytes: sent, fingerprint, signature: item.signature },
    { publicKey: certificate.publicKey, chainId },
  );
}

async function checkLegacyItem(
  item: LegacyEvidence,
  record: ImageRecord,
  context: EvidenceContext,
): Promise<void> {
  const authority = context.registry.find(item.authorityId);
  const signed = authority?.verdictKey !== undefined;
  if (!context.params.legacy || (context.validatorCount > 1 && !signed)) {
    throw new ChainError('ERR_LEGACY_OFF', 'this chain does not accept such legacy records');
  }
  if (authority?.legacyEndpoint === undefined) {
    throw new ChainError(
      'ERR_LEGACY_OFF',
      'the registry names no legacy endpoint of this authority',
    );
  }
  checkRecord(record, legacyRecordOf(record, authority, context.params));
  const subject = sha256(item.token);
  const { chainId } = context;
  await checkVerdict(item.verdict, authority, { chainId, subject, imageHash: record.imageHash });
}

function checkRecord(given: ImageRecord, expected: ImageRecord): void {
  if (!equalBytes(encode(imageRecordSchema, given), encode(imageRecordSchema, expected))) {
    throw new ChainError('ERR_RECORD', 'the record is not the one that its evidence yields');
  }
}

function refused(message: string): ChainError {
  return new ChainError('ERR_EVIDENCE', message);
}
