/**
 * State, and the execution of a block: `applyBlock`, a pure function.
 *
 * State is small and explicit; what grows with the chain is the log. Values that can change carry the
 * height from which they act, so that a change committed at h acts from h + 2 for everybody alike.
 */
import { type Authority, authoritySchema } from './authority.ts';
import { type Batch, batchSchema, checkBlockSize, hashBatch, hashBatchBytes } from './batch.ts';
import { type Header, hashHeader } from './block.ts';
import { equalBytes } from './bytes.ts';
import { bin, encode, list, literal, type Schema, tuple, uint } from './codec.ts';
import { logEntry, type LoggedEntry } from './entry.ts';
import { ChainError } from './errors.ts';
import { executeBatch, Seen } from './execution.ts';
import { hashDomain } from './hash.ts';
import { invariant } from './invariant.ts';
import {
  AUTHORITY_COUNT_MAX,
  LOST_VIEW_HEIGHTS,
  OFFENDER_COUNT_MAX,
  SET_HISTORY_HEIGHTS,
  VALIDATOR_COUNT_MAX,
} from './limits.ts';
import { advanceLostViews, type LostView, lostViewSchema } from './lostView.ts';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, rootOf } from './merkle.ts';
import { keepKnown, type Offender, offenderSchema, sortOffenders } from './offender.ts';
import { type Params, paramsSchema } from './params.ts';
import { HASH_BYTES } from './record.ts';
import { KEY_BYTES } from './signature.ts';
import { advanceSequences, type Sequence, sequenceSchema } from './sequence.ts';
import { hashValidatorSet, type ValidatorSet, validatorSetSchema } from './validatorSet.ts';

/** A value and the height from which it acts. */
export interface Since<T> {
  readonly height: number;
  readonly value: T;
}

/** A change that waits for approvals. */
export interface OpenProposal {
  readonly change: Uint8Array;
  readonly height: number;
  /** Consensus keys of the institutions that approved it. */
  readonly approvals: readonly Uint8Array[];
}

/** Everything that the next block is judged by. */
export interface State {
  readonly version: 1;
  readonly chainId: Uint8Array;
  readonly height: number;
  /** Ascending; the last that began is in force, older ones serve to judge evidence. */
  readonly validatorSets: readonly Since<ValidatorSet>[];
  readonly registries: readonly Since<readonly Authority[]>[];
  readonly params: readonly Since<Params>[];
  /** Ascending by aggregator. */
  readonly sequences: readonly Sequence[];
  readonly lostViews: readonly LostView[];
  readonly proposals: readonly OpenProposal[];
  /** Ascending by subject: validators whose equivocation stands in the log. */
  readonly offenders: readonly Offender[];
}

const CHANGE_COUNT_MAX = SET_HISTORY_HEIGHTS + 2;
const PROPOSAL_COUNT_MAX = 100;

function since<T>(schema: Schema<T>): Schema<readonly Since<T>[]> {
  return list(tuple<Since<T>>({ height: uint(), value: schema }), CHANGE_COUNT_MAX, 1);
}

/** Canonical form of the state: what the state root hashes. */
export const stateSchema: Schema<State> = tuple<State>({
  version: literal(1),
  chainId: bin(HASH_BYTES),
  height: uint(),
  validatorSets: since(validatorSetSchema),
  registries: since(list(authoritySchema, AUTHORITY_COUNT_MAX)),
  params: since(paramsSchema),
  sequences: list(sequenceSchema, VALIDATOR_COUNT_MAX * SET_HISTORY_HEIGHTS),
  lostViews: list(lostViewSchema, LOST_VIEW_HEIGHTS * VALIDATOR_COUNT_MAX),
  proposals: list(
    tuple<OpenProposal>({
      change: bin(HASH_BYTES),
      height: uint(),
      approvals: list(bin(KEY_BYTES), VALIDATOR_COUNT_MAX),
    }),
    PROPOSAL_COUNT_MAX,
  ),
  offenders: list(offenderSchema, OFFENDER_COUNT_MAX),
});

/** Returns the hash that a header names. */
export function hashState(state: State): Uint8Array {
  return hashDomain('state', encode(stateSchema, state));
}

/** Returns the value that acts at `height`. */
export function valueAt<T>(changes: readonly Since<T>[], height: number): T {
  const change = changes.findLast((each) => each.height <= height);
  invariant(change !== undefined, 'a value acts at every height');
  return change.value;
}

/** Returns the validators that decide block `height`. */
export function validatorsAt(state: State, height: number): ValidatorSet {
  return valueAt(state.validatorSets, height);
}

/** Returns an aggregator's highest committed sequence, or undefined if it has none. */
export function lastSequence(state: State, aggregator: Uint8Array): number | undefined {
  return state.sequences.find((each) => equalBytes(each.aggregator, aggregator))?.sequence;
}

/** The ledger's edge: what the next block builds on. */
export interface Edge {
  readonly state: State;
  /** The log's right edge, the last block's closing entry included. */
  readonly frontier: Frontier;
  readonly header: Header;
}

/** The registrations among a block's batches that the chain already has: keys by `registrationKey`. */
export type Known = ReadonlySet<string>;

/** What executing a block's items yields, before the block is closed. */
export interface Execution {
  readonly state: State;
  readonly frontier: Frontier;
  readonly entries: readonly LoggedEntry[];
  /** For each batch, its items' positions that made no entry: registered or recorded before. */
  readonly skipped: readonly (readonly number[])[];
  readonly logRoot: Uint8Array;
  readonly stateRoot: Uint8Array;
}

/** A block's place and content, before its results are known. */
export interface Draft {
  readonly height: number;
  readonly view: number;
  readonly timestampMs: number;
  /** Proposers of the views before `view`, in order. */
  readonly lostProposers: readonly Uint8Array[];
  readonly batches: readonly Batch[];
}

/**
 * Executes a block's items on the edge.
 *
 * Throws ERR_HEIGHT, ERR_SEQUENCE or ERR_LIMIT. The batches have been checked, but for their sequence.
 */
export function execute(edge: Edge, draft: Draft, known: Known): Execution {
  const { state } = edge;
  if (draft.height !== state.height + 1) {
    throw new ChainError('ERR_HEIGHT', `height ${draft.height} does not follow ${state.height}`);
  }
  const batches = draft.batches.map((batch) => ({ batch, bytes: encode(batchSchema, batch) }));
  checkBlockSize(
    batches.reduce((sum, { batch }) => sum + batch.items.length, 0),
    batches.reduce((sum, { bytes }) => sum + bytes.length, 0),
    valueAt(state.params, draft.height),
  );
  const sequences = advanceSequences(state.sequences, draft.batches);
  const seen = new Seen(known, state.offenders);
  const { height, timestampMs } = draft;
  const results = batches.map(({ batch, bytes }) =>
    executeBatch({ batch, batchId: hashBatchBytes(bytes), height, timestampMs }, seen),
  );
  const entries = results.flatMap((result) => result.entries);
  const validatorSets = dropOld(state.validatorSets, draft.height - SET_HISTORY_HEIGHTS);
  const after: State = {
    ...state,
    height: draft.height,
    validatorSets,
    registries: dropOld(state.registries, draft.height),
    params: dropOld(state.params, draft.height),
    sequences,
    lostViews: advanceLostViews(state.lostViews, draft),
    offenders: offendersAfter(seen, state.validatorSets, validatorSets),
  };
  const frontier = appendLeaves(
    edge.frontier,
    entries.map((each) => each.leafHash),
  );
  return {
    state: after,
    frontier,
    entries,
    skipped: results.map((result) => result.skipped),
    logRoot: rootOf(frontier),
    stateRoot: hashState(after),
  };
}

/** Who is forgotten with a set that is dropped cannot be judged any more. */
function offendersAfter(
  seen: Seen,
  before: State['validatorSets'],
  after: State['validatorSets'],
): readonly Offender[] {
  const offenders = sortOffenders(seen.offenders());
  if (after === before) return offenders;
  return keepKnown(
    offenders,
    after.map(({ value }) => value),
  );
}

/** Keeps what acts at `height` or later. */
function dropOld<T>(changes: readonly Since<T>[], height: number): readonly Since<T>[] {
  const inForce = changes.findLastIndex((each) => each.height <= height);
  return inForce > 0 ? changes.slice(inForce) : changes;
}

/** What a committed block leaves behind. */
export interface Applied {
  readonly edge: Edge;
  /** All entries of the block, the closing one last. */
  readonly entries: readonly LoggedEntry[];
  readonly skipped: readonly (readonly number[])[];
}

/** Returns what a decided header leaves behind, given what executing its draft yielded. */
export function closeBlock(execution: Execution, header: Header): Applied {
  checkExecution(execution, header);
  const closing = logEntry({ kind: 2, height: header.height, blockHash: hashHeader(header) });
  return {
    edge: {
      state: execution.state,
      frontier: appendLeaves(execution.frontier, [closing.leafHash]),
      header,
    },
    entries: [...execution.entries, closing],
    skipped: execution.skipped,
  };
}

/** A decided block with its batches, in the order in which the header names them. */
export interface Block {
  readonly header: Header;
  readonly batches: readonly Batch[];
  /** Proposers of the views before the header's, in order. */
  readonly lostProposers: readonly Uint8Array[];
}

/**
 * Applies a block to the edge: the one way in which the chain grows.
 *
 * Whether a quorum decided the block is checked elsewhere (`checkCertificate`); whether the header follows
 * from the edge is checked here. Throws ERR_HEIGHT, ERR_PARENT, ERR_CHAIN_ID, ERR_BLOCK_TIME,
 * ERR_VALIDATOR_SET, ERR_EVIDENCE, ERR_SEQUENCE, ERR_LIMIT, ERR_LOG_ROOT or ERR_STATE_ROOT.
 */
export function applyBlock(edge: Edge, block: Block, known: Known): Applied {
  checkHeader(edge, block);
  const { height, view, timestampMs } = block.header;
  const { batches, lostProposers } = block;
  const execution = execute(edge, { height, view, timestampMs, lostProposers, batches }, known);
  return closeBlock(execution, block.header);
}

/** Checks that a header may follow the edge, results excepted. Throws as `applyBlock` does. */
export function checkHeader(
  edge: Edge,
  { header, batches }: Pick<Block, 'header' | 'batches'>,
): void {
  const { state, header: parent } = edge;
  const params = valueAt(state.params, header.height);
  if (!equalBytes(header.chainId, state.chainId)) {
    throw new ChainError('ERR_CHAIN_ID', 'the block was made for another chain');
  }
  if (header.height !== parent.height + 1) {
    throw new ChainError('ERR_HEIGHT', `height ${header.height} does not follow ${parent.height}`);
  }
  if (!equalBytes(header.parentHash, hashHeader(parent))) {
    throw new ChainError('ERR_PARENT', `the parent of block ${header.height} is another block`);
  }
  const earliest = earliestTime(parent, batches.length === 0 ? params.keepaliveS : undefined);
  if (header.timestampMs < earliest) {
    throw new ChainError('ERR_BLOCK_TIME', `time ${header.timestampMs} is before ${earliest}`);
  }
  if (!equalBytes(header.validatorSetHash, hashValidatorSet(validatorsAt(state, header.height)))) {
    throw new ChainError('ERR_VALIDATOR_SET', 'the block names another validator set');
  }
  const same = batches.length === header.batchIds.length;
  if (
    !same ||
    !batches.every((batch, i) => equalBytes(hashBatch(batch), header.batchIds[i] ?? EMPTY))
  ) {
    throw new ChainError('ERR_EVIDENCE', 'the batches are not those that the header names');
  }
}

const EMPTY = new Uint8Array();

/** Returns the earliest time of a block after `parent`; an empty one must wait for the keep-alive. */
export function earliestTime(parent: Header, keepaliveS: number | undefined): number {
  return parent.timestampMs + (keepaliveS === undefined ? 1 : keepaliveS * 1_000);
}

/** Checks that execution yields what a header claims. Throws ERR_LOG_ROOT or ERR_STATE_ROOT. */
export function checkExecution(execution: Execution, header: Header): void {
  const { treeSize } = execution.frontier;
  if (header.logSize !== treeSize || !equalBytes(header.logRoot, execution.logRoot)) {
    throw new ChainError(
      'ERR_LOG_ROOT',
      `block ${header.height} names log size ${header.logSize}; execution gives ${treeSize}, or the root differs`,
    );
  }
  if (!equalBytes(header.stateRoot, execution.stateRoot)) {
    throw new ChainError(
      'ERR_STATE_ROOT',
      `execution of block ${header.height} gives another state`,
    );
  }
}

/** What a genesis document contributes to block 0. */
export interface GenesisFacts {
  readonly chainId: Uint8Array;
  readonly timestampMs: number;
  readonly validators: ValidatorSet;
  readonly authorities: readonly Authority[];
  readonly params: Params;
}

/** Returns block 0: nobody signs it, everybody derives it. Its closing entry is leaf 0. */
export function genesisBlock(genesis: GenesisFacts): Applied {
  const state: State = {
    version: 1,
    chainId: genesis.chainId,
    height: 0,
    validatorSets: [{ height: 0, value: genesis.validators }],
    registries: [{ height: 0, value: genesis.authorities }],
    params: [{ height: 0, value: genesis.params }],
    sequences: [],
    lostViews: [],
    proposals: [],
    offenders: [],
  };
  const header: Header = {
    version: 1,
    chainId: genesis.chainId,
    height: 0,
    view: 0,
    parentHash: new Uint8Array(HASH_BYTES),
    timestampMs: genesis.timestampMs,
    proposer: new Uint8Array(KEY_BYTES),
    batchIds: [],
    logSize: 0,
    logRoot: rootOf(EMPTY_FRONTIER),
    stateRoot: hashState(state),
    validatorSetHash: hashValidatorSet(genesis.validators),
  };
  const execution: Execution = {
    state,
    frontier: EMPTY_FRONTIER,
    entries: [],
    skipped: [],
    logRoot: header.logRoot,
    stateRoot: header.stateRoot,
  };
  return closeBlock(execution, header);
}
