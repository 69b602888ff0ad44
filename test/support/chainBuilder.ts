/**
 * Builds chains that are valid in every respect, without consensus or network: for tests and measurements.
 *
 * Everything is a function of the options: two builders with the same options build the same bytes. Blocks
 * go through `execute` and `closeBlock` as in the node; certificates carry the real signatures of a quorum.
 *
 * @example
 * const builder = new ChainBuilder();
 * await store.commit(builder.genesis);
 * await store.commit(builder.next({ batchCount: 2, recordCount: 100 }));
 */
import { ed25519PublicKey, sha256 } from '#crypto';

import {
  type Batch,
  hashBatch,
  type Item,
  signBatch,
  type SignedBatch,
} from '../../chain/batch.ts';
import {
  type CommitCertificate,
  hashHeader,
  type Header,
  PHASE,
  signBallot,
} from '../../chain/block.ts';
import { formatUtf8 } from '../../chain/bytes.ts';
import { proposerIndex } from '../../chain/consensus/proposer.ts';
import { quorumSize } from '../../chain/consensus/quorum.ts';
import { registrationKey } from '../../chain/execution.ts';
import { DEFAULT_PARAMS, type Params } from '../../chain/params.ts';
import { AUTHORITY_CHECK, type ImageRecord, RECORD_KIND, SIGNED_FORM } from '../../chain/record.ts';
import { createSigner, type Signer } from '../../chain/signature.ts';
import {
  type Applied,
  closeBlock,
  type Draft,
  type Edge,
  execute,
  genesisBlock,
  valueAt,
} from '../../chain/state.ts';
import { hashValidatorSet, type Validator } from '../../chain/validatorSet.ts';
import type { BlockWrite } from '../../node/store/chainStore.ts';

/** Block 0 of every chain built here: 2026-01-01T00:00:00Z. */
export const GENESIS_MS = 1_767_225_600_000;
/** Time between two blocks built here, unless a test says otherwise. */
const BLOCK_MS = 1_000;

const AUTHORITY_ID = 'ACME';

/** What chains differ in. */
export interface ChainOptions {
  /** Default 4. */
  readonly validatorCount: number;
  readonly params: Params;
  /** Makes the keys and the chain id. Default 'chain'. */
  readonly seed: string;
}

/** How many of each a block has; every batch has the same number of records. */
export interface BlockSize {
  readonly batchCount: number;
  /** Of each batch. */
  readonly recordCount: number;
}

/** A batch to be built. */
export interface BatchContent {
  /** Index of the aggregator in the validator set. Default: the batch's position in its block, in turn. */
  readonly aggregator?: number;
  readonly records?: readonly ImageRecord[];
  /** Default: the records. */
  readonly items?: readonly Item[];
}

/** A block to be built; what is absent is the usual. */
export interface BlockContent {
  readonly batches: readonly BatchContent[];
  /** Default 0. The proposers of the views before it are recorded as lost. */
  readonly view?: number;
  /** Default BLOCK_MS after the parent, or after the keep-alive for a block without batches. */
  readonly timestampMs?: number;
}

/** Returns 32 bytes that depend on the text only. */
export function hashOf(text: string): Uint8Array {
  return sha256(formatUtf8(text));
}

/** Returns a camera's record, whose hashes depend on the number only. */
export function cameraRecord(number: number, fields: Partial<ImageRecord> = {}): ImageRecord {
  return {
    imageHash: hashOf(`image ${number}`),
    capturedAt: GENESIS_MS / 1_000 - 3_600 + (number % 3_600),
    kind: RECORD_KIND.camera,
    signedForm: SIGNED_FORM.v2,
    authorityCheck: AUTHORITY_CHECK.signed,
    authorityId: AUTHORITY_ID,
    deviceCommitment: hashOf(`device of image ${number}`),
    gpsHash: undefined,
    parents: [],
    digests: [],
    ...fields,
  };
}

/** Returns the record of an edit made from other pictures. */
export function editRecord(number: number, parents: readonly Uint8Array[]): ImageRecord {
  return cameraRecord(number, { kind: RECORD_KIND.edit, parents });
}

/** A chain that grows block by block. */
export class ChainBuilder {
  /** In voting order. */
  readonly validators: readonly Validator[];
  /** Consensus keys' signers, in voting order. */
  readonly signers: readonly Signer[];
  /** Block 0, to be committed first. */
  readonly genesis: BlockWrite;
  #edge: Edge;
  readonly #registered = new Set<string>();
  #recordNumber = 0;
  #sequence = 0;

  constructor(options: Partial<ChainOptions> = {}) {
    const { validatorCount = 4, params = DEFAULT_PARAMS, seed = 'chain' } = options;
    const seeds = Array.from({ length: validatorCount }, (_, i) => hashOf(`${seed} key ${i}`));
    this.signers = seeds.map((each) => createSigner(each));
    this.validators = seeds.map((each, i) => ({
      name: `validator-${i}`,
      consensusKey: ed25519PublicKey(each),
      cosignerKey: ed25519PublicKey(hashOf(`${seed} cosigner ${i}`)),
      peerId: `peer-${i}`,
      addresses: [],
    }));
    const applied = genesisBlock({
      chainId: hashOf(`${seed} id`),
      timestampMs: GENESIS_MS,
      validators: this.validators,
      authorities: [],
      params,
    });
    this.genesis = { header: applied.edge.header, certificate: undefined, batches: [], applied };
    this.#edge = applied.edge;
  }

  /** What the next block builds on. */
  get edge(): Edge {
    return this.#edge;
  }

  /** Builds the next block of fresh camera records. */
  next({ batchCount, recordCount }: BlockSize): BlockWrite {
    const batches = Array.from({ length: batchCount }, () => ({
      records: Array.from({ length: recordCount }, () => cameraRecord(this.#recordNumber++)),
    }));
    return this.build({ batches });
  }

  /** Builds the next block. */
  build(content: BlockContent): BlockWrite {
    const batches = content.batches.map((each, i) => this.#batch(each, i));
    const draft = this.#draft(
      content,
      batches.map((each) => each.batch),
    );
    const execution = execute(this.#edge, draft, this.#registered);
    const parent = this.#edge.header;
    const header: Header = {
      version: 1,
      chainId: parent.chainId,
      height: draft.height,
      view: draft.view,
      parentHash: hashHeader(parent),
      timestampMs: draft.timestampMs,
      proposer: this.#proposer(draft.view),
      batchIds: draft.batches.map(hashBatch),
      logSize: execution.frontier.treeSize,
      logRoot: execution.logRoot,
      stateRoot: execution.stateRoot,
      validatorSetHash: hashValidatorSet(this.validators),
    };
    const applied = closeBlock(execution, header);
    this.#take(applied);
    return { header, certificate: this.certify(header), batches, applied };
  }

  #batch({ aggregator, records = [], items }: BatchContent, position: number): SignedBatch {
    const index = aggregator ?? position % this.validators.length;
    const [validator, sign] = [this.validators[index], this.signers[index]];
    if (validator === undefined || sign === undefined) throw new Error(`no validator ${index}`);
    this.#sequence += 1;
    const batch: Batch = {
      version: 1,
      chainId: this.#edge.header.chainId,
      aggregator: validator.consensusKey,
      sequence: this.#sequence,
      createdAtMs: this.#edge.header.timestampMs,
      items: items ?? records.map((record) => ({ kind: 1, record })),
      // No evidence is built: nothing here checks any.
      evidenceRoot: hashOf(`evidence ${this.#sequence}`),
    };
    return signBatch(batch, sign);
  }

  #draft({ view = 0, timestampMs }: BlockContent, batches: readonly Batch[]): Draft {
    const { header, state } = this.#edge;
    const height = header.height + 1;
    const { keepaliveS } = valueAt(state.params, height);
    const waitMs = batches.length === 0 ? keepaliveS * 1_000 : BLOCK_MS;
    return {
      height,
      view,
      timestampMs: timestampMs ?? header.timestampMs + waitMs,
      lostProposers: Array.from({ length: view }, (_, lost) => this.#proposer(lost)),
      batches,
    };
  }

  #take({ edge, entries }: Applied): void {
    this.#edge = edge;
    for (const { entry } of entries) {
      if (entry.kind !== 1) continue;
      this.#registered.add(registrationKey(entry.record.imageHash, entry.aggregator));
    }
  }

  /** The consensus key of the validator whose turn it is in a view of the next height. */
  #proposer(view: number): Uint8Array {
    const { state } = this.#edge;
    const validator = this.validators[proposerIndex(state, state.height + 1, view)];
    if (validator === undefined) throw new Error('the proposer is in the set');
    return validator.consensusKey;
  }

  /** Returns the certificate that the first validators of a quorum give a header, in the header's view. */
  certify(header: Header): CommitCertificate {
    const { chainId, height, view } = header;
    const blockHash = hashHeader(header);
    const ballot = { chainId, height, view, phase: PHASE.commit, blockHash };
    const voters = this.signers.slice(0, quorumSize(this.validators.length));
    const signatures = voters.map((sign, index) => ({
      index,
      signature: signBallot(ballot, sign),
    }));
    return { height, view, blockHash, signatures };
  }
}
