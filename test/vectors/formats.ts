/**
 * Makes one example of each format of the chain, from fixed values. `formats.json` holds what was made
 * once; it never changes, since what is on a chain never does.
 */
import { ed25519PublicKey } from '#crypto';

import { type Authority, authoritySchema } from '../../chain/authority.ts';
import { type Batch, batchSchema, hashBatch, itemSchema, signBatch } from '../../chain/batch.ts';
import {
  type Ballot,
  commitCertificateSchema,
  hashHeader,
  type Header,
  headerSchema,
  signBallot,
} from '../../chain/block.ts';
import { formatHex, formatUtf8 } from '../../chain/bytes.ts';
import { encode, type Schema } from '../../chain/codec.ts';
import { type Equivocation, equivocationSchema } from '../../chain/consensus/equivocation.ts';
import { type Entry, entrySchema } from '../../chain/entry.ts';
import {
  blindHash,
  type EvidenceItem,
  evidenceItemSchema,
  evidenceSchema,
  hashEvidence,
  saltOf,
} from '../../chain/evidence.ts';
import { hashDomain } from '../../chain/hash.ts';
import { leafHash } from '../../chain/merkle.ts';
import { offenderSubject } from '../../chain/offender.ts';
import { DEFAULT_PARAMS, paramsSchema } from '../../chain/params.ts';
import { type ImageRecord, imageRecordSchema } from '../../chain/record.ts';
import { createSigner } from '../../chain/signature.ts';
import { genesisBlock, stateSchema } from '../../chain/state.ts';
import { equivocationItem } from '../../chain/statusChange.ts';
import {
  formatV1Message,
  formatV1nMessage,
  formatV2Message,
  type SignedClaims,
} from '../../chain/submission.ts';
import { hashValidatorSet, type Validator, validatorSetSchema } from '../../chain/validatorSet.ts';
import { signVerdict } from '../../chain/verdict.ts';
import { PLAIN } from '../support/plainSchema.ts';

/** Hex by format, and within it by what it is: its bytes, its hash, a signature over it. */
export type FormatVectors = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** 32 times one byte, or another number of times. */
function fill(value: number, size = 32): Uint8Array {
  return new Uint8Array(size).fill(value);
}

const CHAIN_ID = fill(0xc1);
/** Seed of the institution's consensus key, of the authority's verdict key. */
const [CONSENSUS_SEED, VERDICT_SEED] = [fill(0x01), fill(0x02)];
const AGGREGATOR = ed25519PublicKey(CONSENSUS_SEED);
const CAPTURED_AT = 1_795_224_915;

const RECORD: ImageRecord = {
  imageHash: fill(0xaa),
  capturedAt: CAPTURED_AT,
  kind: 3,
  signedForm: 3,
  authorityCheck: 2,
  authorityId: 'acme_imaging',
  deviceCommitment: fill(0xdc),
  gpsHash: fill(0x95),
  parents: [fill(0xba)],
  digests: [{ name: 'raw-sha256', digest: fill(0xd1) }],
};
const PLAIN_RECORD: ImageRecord = {
  ...RECORD,
  kind: 1,
  signedForm: 1,
  gpsHash: undefined,
  parents: [],
  digests: [],
};

const CLAIMS: SignedClaims = {
  imageHash: RECORD.imageHash,
  capturedAt: CAPTURED_AT,
  gpsHash: RECORD.gpsHash,
  parents: RECORD.parents,
  digests: RECORD.digests,
  certificateBytes: formatUtf8('certificate'),
  fingerprint: fill(0xfe),
  signature: new Uint8Array(),
};

const VALIDATOR: Validator = {
  name: 'alpha',
  consensusKey: AGGREGATOR,
  cosignerKey: ed25519PublicKey(fill(0x03)),
  peerId: '12D3KooWExample',
  addresses: ['/dns4/alpha.example/tcp/4001'],
};

const AUTHORITY: Authority = {
  id: 'acme_imaging',
  name: 'Acme Imaging',
  caCertificates: [fill(0x30, 4)],
  endpoints: ['https://authority.acme.example/'],
  strictNames: false,
  allowPrivate: false,
  verdictKey: ed25519PublicKey(VERDICT_SEED),
  blind: false,
  legacyEndpoint: undefined,
  revocation: ['https://authority.acme.example/crl'],
};

const VERDICT = {
  chainId: CHAIN_ID,
  subject: CLAIMS.fingerprint,
  imageHash: RECORD.imageHash,
  valid: true,
  issuedAt: 1_795_224_916,
};
const VERDICT_PROOF = {
  issuedAt: VERDICT.issuedAt,
  signature: signVerdict(VERDICT, createSigner(VERDICT_SEED)),
};

const EVIDENCE_ITEMS: readonly [EvidenceItem, EvidenceItem] = [
  {
    kind: 1,
    certificateId: fill(0xce),
    signature: fill(0x51, 64),
    form: 1,
    gpsHash: undefined,
    salt: fill(0x5a, 16),
    verdict: VERDICT_PROOF,
  },
  {
    kind: 2,
    authorityId: 'acme_imaging',
    token: fill(0x70, 60),
    tableReferences: [1, 2, 4],
    keyIndices: [439, 45, 730],
    gpsHash: undefined,
    signature: undefined,
    verdict: undefined,
  },
];

const BATCH: Batch = {
  version: 1,
  chainId: CHAIN_ID,
  aggregator: AGGREGATOR,
  sequence: 7,
  createdAtMs: 1_795_224_917_000,
  items: [{ kind: 1, record: PLAIN_RECORD }],
  evidenceRoot: hashEvidence(EVIDENCE_ITEMS.slice(0, 1)),
};

const HEADER: Header = {
  version: 1,
  chainId: CHAIN_ID,
  height: 5,
  view: 0,
  parentHash: fill(0xb4),
  timestampMs: 1_795_224_918_000,
  proposer: AGGREGATOR,
  batchIds: [hashBatch(BATCH)],
  logSize: 6,
  logRoot: fill(0x10),
  stateRoot: fill(0x57),
  validatorSetHash: hashValidatorSet([VALIDATOR]),
};
const BALLOT: Ballot = {
  chainId: CHAIN_ID,
  height: 5,
  view: 0,
  phase: 3,
  blockHash: hashHeader(HEADER),
};

/** A COMMIT for the header, and one for another block in the same view. */
const EQUIVOCATION: Equivocation = {
  height: 5,
  view: 0,
  phase: 3,
  index: 0,
  first: signedValue(fill(0x0b)),
  second: signedValue(BALLOT.blockHash),
};

function signedValue(valueHash: Uint8Array): Equivocation['first'] {
  const ballot = { ...BALLOT, blockHash: valueHash };
  return { valueHash, signature: signBallot(ballot, createSigner(CONSENSUS_SEED)) };
}

const CHANGE = { validators: undefined, authorities: undefined, params: DEFAULT_PARAMS };
const ENTRIES: readonly Entry[] = [
  {
    kind: 1,
    height: 5,
    timestampMs: HEADER.timestampMs,
    aggregator: AGGREGATOR,
    batchId: hashBatch(BATCH),
    record: PLAIN_RECORD,
  },
  { kind: 2, height: 5, blockHash: hashHeader(HEADER) },
  { kind: 3, height: 5, change: CHANGE, firstHeight: 7 },
  { kind: 4, height: 5, reason: 1, subject: fill(0xdc), since: CAPTURED_AT },
];

/** Returns the hex of canonical bytes. */
function hexOf<T>(schema: Schema<T>, value: T): string {
  return formatHex(encode(schema, value));
}

/** Returns an example of each format. */
export function makeFormatVectors(): FormatVectors {
  return { ...photographVectors(), ...batchVectors(), ...blockVectors(), ...stateVectors() };
}

function photographVectors(): FormatVectors {
  const verdict = Object.values(VERDICT);
  const salt = saltOf(fill(0x06), CLAIMS.fingerprint, RECORD.imageHash);
  const device = hexOf(PLAIN, [CLAIMS.fingerprint, salt]);
  return {
    record: { bytes: hexOf(imageRecordSchema, RECORD) },
    'message-v1': { bytes: formatHex(formatV1Message(CLAIMS)) },
    'message-v1n': { bytes: formatHex(formatV1nMessage(CLAIMS)) },
    'message-v2': { bytes: formatHex(formatV2Message({ ...CLAIMS, chainId: CHAIN_ID })) },
    device: {
      salt: formatHex(salt),
      bytes: device,
      hash: formatHex(hashDomain('device', encode(PLAIN, [CLAIMS.fingerprint, salt]))),
    },
    blind: {
      bytes: hexOf(PLAIN, [RECORD.imageHash, salt]),
      hash: formatHex(blindHash(RECORD.imageHash, salt)),
    },
    verdict: {
      bytes: hexOf(PLAIN, verdict),
      publicKey: formatHex(ed25519PublicKey(VERDICT_SEED)),
      signature: formatHex(VERDICT_PROOF.signature),
    },
  };
}

function batchVectors(): FormatVectors {
  const [camera, legacy] = EVIDENCE_ITEMS;
  const evidence = { certificates: [fill(0x30, 4)], items: [camera] };
  const { signature } = signBatch(BATCH, createSigner(CONSENSUS_SEED));
  return {
    'evidence-camera': { bytes: hexOf(evidenceItemSchema, camera) },
    'evidence-legacy': { bytes: hexOf(evidenceItemSchema, legacy) },
    evidence: {
      bytes: hexOf(evidenceSchema, evidence),
      root: formatHex(hashEvidence(EVIDENCE_ITEMS)),
    },
    batch: {
      bytes: hexOf(batchSchema, BATCH),
      hash: formatHex(hashBatch(BATCH)),
      publicKey: formatHex(AGGREGATOR),
      signature: formatHex(signature),
    },
    equivocation: {
      bytes: hexOf(equivocationSchema, EQUIVOCATION),
      subject: formatHex(offenderSubject(AGGREGATOR)),
    },
    'item-4': { bytes: hexOf(itemSchema, equivocationItem(EQUIVOCATION, VALIDATOR)) },
  };
}

function blockVectors(): FormatVectors {
  const signature = signBallot(BALLOT, createSigner(CONSENSUS_SEED));
  const { height, view, blockHash } = BALLOT;
  const certificate = { height, view, blockHash, signatures: [{ index: 0, signature }] };
  const entries = ENTRIES.map((entry) => {
    const bytes = encode(entrySchema, entry);
    const vector = { bytes: formatHex(bytes), leafHash: formatHex(leafHash(bytes)) };
    return [`entry-${entry.kind}`, vector] as const;
  });
  return {
    header: { bytes: hexOf(headerSchema, HEADER), hash: formatHex(hashHeader(HEADER)) },
    vote: {
      bytes: hexOf(PLAIN, Object.values(BALLOT)),
      publicKey: formatHex(AGGREGATOR),
      signature: formatHex(signature),
    },
    'commit-certificate': { bytes: hexOf(commitCertificateSchema, certificate) },
    ...Object.fromEntries(entries),
  };
}

function stateVectors(): FormatVectors {
  const { edge } = genesisBlock({
    chainId: CHAIN_ID,
    timestampMs: 1_795_219_200_000,
    validators: [VALIDATOR],
    authorities: [AUTHORITY],
    params: DEFAULT_PARAMS,
  });
  return {
    params: { bytes: hexOf(paramsSchema, DEFAULT_PARAMS) },
    authority: { bytes: hexOf(authoritySchema, AUTHORITY) },
    'validator-set': {
      bytes: hexOf(validatorSetSchema, [VALIDATOR]),
      hash: formatHex(hashValidatorSet([VALIDATOR])),
    },
    'genesis-state': {
      bytes: hexOf(stateSchema, edge.state),
      hash: formatHex(edge.header.stateRoot),
    },
    'genesis-block': {
      bytes: hexOf(headerSchema, edge.header),
      hash: formatHex(hashHeader(edge.header)),
    },
  };
}
