/**
 * Makes a chain of any number of records: `execute`, `closeBlock` and the real store, without cameras.
 *
 * The chain is one that the node of the folder could have made: its genesis, its keys, its signatures. Only
 * the evidence is missing, which is no part of the chain.
 */
import { sha256 } from '#crypto';

import { type Batch, hashBatch, signBatch, type SignedBatch } from '../../chain/batch.ts';
import {
  type CommitCertificate,
  hashHeader,
  type Header,
  PHASE,
  signBallot,
} from '../../chain/block.ts';
import { formatUtf8 } from '../../chain/bytes.ts';
import { AUTHORITY_CHECK, type ImageRecord, RECORD_KIND, SIGNED_FORM } from '../../chain/record.ts';
import type { Signer } from '../../chain/signature.ts';
import { type Applied, closeBlock, type Edge, execute, genesisBlock } from '../../chain/state.ts';
import { hashValidatorSet } from '../../chain/validatorSet.ts';
import { factsOf, type Genesis } from '../../genesis/document.ts';
import type { BlockWrite, ChainStore } from '../../node/store/chainStore.ts';

/** Whose chain is made, and how long it is. */
export interface ChainPlan {
  readonly genesis: Genesis;
  /** Signs with the only validator's consensus key. */
  readonly sign: Signer;
  readonly records: number;
}

const BATCH_RECORDS = 100;
const BLOCK_BATCHES = 10;
const GPS_EVERY = 2;

/** Returns the hash of the picture with this number. */
export function imageHashOf(number: number): Uint8Array {
  return sha256(formatUtf8(`bench image ${number}`));
}

/**
 * Writes the chain into an empty store.
 *
 * @param onProgress - called with the number of records so far.
 */
export async function makeChain(
  plan: ChainPlan,
  store: ChainStore,
  onProgress: (records: number) => void,
): Promise<void> {
  const applied = genesisBlock(factsOf(plan.genesis));
  await store.commit({ header: applied.edge.header, certificate: undefined, batches: [], applied });
  const maker = new ChainMaker(plan, applied.edge);
  for (let records = 0; records < plan.records;) {
    const count = Math.min(BATCH_RECORDS * BLOCK_BATCHES, plan.records - records);
    await store.commit(maker.next(count));
    records += count;
    onProgress(records);
  }
}

class ChainMaker {
  readonly #plan: ChainPlan;
  readonly #authorityId: string;
  readonly #aggregator: Uint8Array;
  #edge: Edge;
  #records = 0;
  #sequence = 0;

  constructor(plan: ChainPlan, edge: Edge) {
    this.#plan = plan;
    this.#edge = edge;
    this.#authorityId = plan.genesis.authorities[0]?.id ?? '';
    this.#aggregator = plan.genesis.validators[0]?.consensusKey ?? new Uint8Array();
  }

  /** The next block, of this number of fresh records. */
  next(count: number): BlockWrite {
    const batches: SignedBatch[] = [];
    for (let left = count; left > 0; left -= BATCH_RECORDS) {
      batches.push(this.#batch(Math.min(left, BATCH_RECORDS)));
    }
    const applied = this.#apply(batches.map(({ batch }) => batch));
    const { header } = applied.edge;
    this.#edge = applied.edge;
    return { header, certificate: this.#certify(header), batches, applied };
  }

  #batch(count: number): SignedBatch {
    const { chainId, timestampMs } = this.#edge.header;
    this.#sequence += 1;
    const batch: Batch = {
      version: 1,
      chainId,
      aggregator: this.#aggregator,
      sequence: this.#sequence,
      createdAtMs: timestampMs,
      items: Array.from({ length: count }, () => ({ kind: 1, record: this.#record() })),
      evidenceRoot: sha256(formatUtf8(`bench evidence ${this.#sequence}`)),
    };
    return signBatch(batch, this.#plan.sign);
  }

  #record(): ImageRecord {
    const imageHash = imageHashOf(this.#records);
    const deviceCommitment = sha256(imageHash);
    this.#records += 1;
    return {
      imageHash,
      capturedAt: Math.floor(this.#edge.header.timestampMs / 1_000),
      kind: RECORD_KIND.camera,
      signedForm: SIGNED_FORM.v2,
      authorityCheck: AUTHORITY_CHECK.signed,
      authorityId: this.#authorityId,
      deviceCommitment,
      gpsHash: this.#records % GPS_EVERY === 0 ? sha256(deviceCommitment) : undefined,
      parents: [],
      digests: [],
    };
  }

  #apply(batches: readonly Batch[]): Applied {
    const { state, header: parent } = this.#edge;
    // A millisecond apart: the chain must not reach beyond the time at which the node starts on it.
    const timestampMs = parent.timestampMs + 1;
    const place = { height: state.height + 1, view: 0, timestampMs };
    const execution = execute(this.#edge, { ...place, lostProposers: [], batches }, new Set());
    return closeBlock(execution, {
      version: 1,
      chainId: parent.chainId,
      ...place,
      parentHash: hashHeader(parent),
      proposer: this.#aggregator,
      batchIds: batches.map(hashBatch),
      logSize: execution.frontier.treeSize,
      logRoot: execution.logRoot,
      stateRoot: execution.stateRoot,
      validatorSetHash: hashValidatorSet(this.#plan.genesis.validators),
    });
  }

  #certify(header: Header): CommitCertificate {
    const { chainId, height, view } = header;
    const blockHash = hashHeader(header);
    const ballot = { chainId, height, view, phase: PHASE.commit, blockHash };
    const signature = signBallot(ballot, this.#plan.sign);
    return { height, view, blockHash, signatures: [{ index: 0, signature }] };
  }
}
