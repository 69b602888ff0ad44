/**
 * The consensus engine: one height at a time, as one synchronous step.
 *
 * A checked message, a tick or an answer of the node goes in; what is owed comes out, in the order in which
 * it is owed. No clock, no chance, no I/O, no promise. The rules, by number, stand in README.md.
 *
 * The normal case is here: PRE-PREPARE, PREPARE, COMMIT, for any number of validators. A height ends in the
 * view in which it began, so a set of more than one waits for a proposer that has stopped.
 *
 * Source: Castro and Liskov, "Practical Byzantine Fault Tolerance", OSDI 1999, section 4.2.
 */
import {
  type CommitCertificate,
  hashHeader,
  type Header,
  type IndexedSignature,
} from '../block.ts';
import { equalBytes } from '../bytes.ts';
import { invariant } from '../invariant.ts';
import { type State, validatorsAt } from '../state.ts';
import type { Signer } from '../signature.ts';
import type { ValidatorSet } from '../validatorSet.ts';
import {
  type Commit,
  createPrePrepare,
  createVote,
  type Message,
  type Prepare,
  type PrePrepare,
  type Vote,
} from './message.ts';
import { type Place, proposerIndex } from './proposer.ts';
import { quorumSize } from './quorum.ts';

/** Everything that can happen to a validator. */
export type Input =
  /** Whether there is work: a valid batch is held, or a keep-alive block is due. */
  | { readonly type: 'work'; readonly waiting: boolean }
  /** The answer to `build`: a header over batches that are checked, executed and durable here. */
  | { readonly type: 'built'; readonly header: Header }
  /** A proposal whose signature is checked. */
  | { readonly type: 'pre-prepare'; readonly message: PrePrepare }
  /** The answer to `check`: the batches are here, valid and durable, and the results are the header's. */
  | { readonly type: 'valid'; readonly blockHash: Uint8Array }
  /** A vote whose signature is checked. */
  | { readonly type: 'vote'; readonly vote: Vote }
  /** The decided block is durable; this is the state after it. */
  | { readonly type: 'applied'; readonly state: State };

/** What the node owes after one input, in this order. */
export interface Ready {
  /** First make these durable: a vote must never be sent and then forgotten. */
  readonly persist: readonly Message[];
  /** Then send these to every validator. */
  readonly send: readonly Message[];
  /** Then apply this block. */
  readonly decided: Decision | undefined;
  /** Then build a block for this place and answer with `built`. */
  readonly build: Place | undefined;
  /** Then fetch and check what this header names and answer with `valid`. */
  readonly check: Header | undefined;
}

/** A header with the votes that decide it. */
export interface Decision {
  readonly header: Header;
  readonly certificate: CommitCertificate;
}

/** What an engine is made of. */
export interface EngineOptions {
  readonly chainId: Uint8Array;
  /** State after the last committed block. */
  readonly state: State;
  /** This validator's consensus key. */
  readonly publicKey: Uint8Array;
  readonly sign: Signer;
  /** This validator's own messages of the write-ahead log, oldest first. */
  readonly restored: readonly Message[];
}

/** A consensus core. */
export interface Engine {
  step(input: Input): Ready;
  /** Where the engine stands. */
  place(): Place;
  /** Index of the proposer whose turn it is. */
  proposer(): number;
  /** What a restart owes: its own messages of this height again, byte for byte. */
  resume(): Ready;
}

const NOTHING: Ready = {
  persist: [],
  send: [],
  decided: undefined,
  build: undefined,
  check: undefined,
};

/** The first vote of each validator in one phase: memory is bounded by the size of the set. */
type Votes = Map<number, { readonly blockHash: Uint8Array; readonly signature: Uint8Array }>;

/** Everything of one height. A fresh one begins with each decision. */
interface Round {
  readonly height: number;
  readonly validators: ValidatorSet;
  readonly quorum: number;
  readonly proposer: number;
  /** This validator's place in the set, or undefined for an observer. */
  readonly self: number | undefined;
  building: boolean;
  proposal: PrePrepare | undefined;
  /** Set once the proposal's batches are checked and its results agree. */
  accepted: boolean;
  decided: boolean;
  /** By voter: one vote each in a phase, whatever is repeated or contradicted. */
  readonly prepares: Votes;
  readonly commits: Votes;
  readonly own: Message[];
}

const VIEW = 0;

/** Returns an engine that stands at the height after `options.state`. */
export function createEngine(options: EngineOptions): Engine {
  let state = options.state;
  let work = false;
  let round = openRound(options, state);

  const advance = (): Ready => {
    const ready: Mutable = {
      persist: [],
      send: [],
      decided: undefined,
      build: undefined,
      check: undefined,
    };
    prepare(round, options, ready);
    commit(round, options, ready);
    decide(round, ready);
    return ready;
  };

  return {
    place: () => ({ height: round.height, view: VIEW }),
    proposer: () => round.proposer,
    resume() {
      const mine = options.restored.filter((message) => heightOf(message) === round.height);
      for (const message of mine) restore(round, message);
      return { ...advance(), send: round.own };
    },
    step(input) {
      switch (input.type) {
        case 'work':
          work = input.waiting;
          round.building &&= work; // No work answers a request to build as well.
          return requestBuild(round, work);
        case 'built':
          return withProposal(propose(round, input.header, options), advance());
        case 'pre-prepare':
          return receiveProposal(round, input.message);
        case 'valid':
          round.accepted ||= isProposed(round, input.blockHash);
          return advance();
        case 'vote':
          countVote(round, input.vote);
          return advance();
        case 'applied':
          invariant(input.state.height === round.height, 'the decided height is the one applied');
          state = input.state;
          round = openRound(options, state);
          return requestBuild(round, work);
      }
    },
  };
}

interface Mutable {
  persist: Message[];
  send: Message[];
  decided: Decision | undefined;
  build: Place | undefined;
  check: Header | undefined;
}

function openRound({ publicKey }: EngineOptions, state: State): Round {
  const height = state.height + 1;
  const validators = validatorsAt(state, height);
  const self = validators.findIndex((validator) => equalBytes(validator.consensusKey, publicKey));
  return {
    height,
    validators,
    quorum: quorumSize(validators.length),
    proposer: proposerIndex(state, height, VIEW),
    self: self === -1 ? undefined : self,
    building: false,
    proposal: undefined,
    accepted: false,
    decided: false,
    prepares: new Map(),
    commits: new Map(),
    own: [],
  };
}

function heightOf(message: Message): number {
  return message.kind === 1 ? message.header.height : message.height;
}

function isProposed({ proposal }: Round, blockHash: Uint8Array): boolean {
  return proposal !== undefined && equalBytes(hashHeader(proposal.header), blockHash);
}

/** R7: there is a proposal only while there is work, and one at a time. */
function requestBuild(round: Round, work: boolean): Ready {
  const mine = round.self === round.proposer;
  if (!work || !mine || round.building || round.proposal !== undefined) return NOTHING;
  round.building = true;
  return { ...NOTHING, build: { height: round.height, view: VIEW } };
}

function propose(round: Round, header: Header, options: EngineOptions): PrePrepare {
  invariant(round.building && header.height === round.height, 'a block is built on request');
  invariant(round.proposal === undefined, 'R3: a proposer proposes once per view');
  const message = createPrePrepare(VIEW, header, options);
  round.building = false;
  round.proposal = message;
  round.accepted = true;
  round.own.push(message);
  return message;
}

/** The proposal is owed before the votes that follow from it. */
function withProposal(message: PrePrepare, ready: Ready): Ready {
  return { ...ready, persist: [message, ...ready.persist], send: [message, ...ready.send] };
}

function receiveProposal(round: Round, message: PrePrepare): Ready {
  const expected = message.header.height === round.height && message.view === VIEW;
  if (!expected || round.proposal !== undefined || round.building) return NOTHING;
  round.proposal = message;
  return { ...NOTHING, check: message.header };
}

/** R1: PREPARE only when every batch is checked and durable here; R3: once per view. */
function prepare(round: Round, options: EngineOptions, ready: Mutable): void {
  const { proposal, self, proposer } = round;
  if (proposal === undefined || !round.accepted) return;
  const blockHash = hashHeader(proposal.header);
  // The PRE-PREPARE is the proposer's own vote.
  const { signature } = proposal;
  if (!round.prepares.has(proposer)) round.prepares.set(proposer, { blockHash, signature });
  if (self === undefined || self === proposer || hasOwn(round, 2)) return;
  const { height } = round;
  pay(
    round,
    ready,
    createVote<Prepare>({ kind: 2, height, view: VIEW, blockHash, index: self }, options),
  );
}

/** COMMIT once a quorum has prepared. */
function commit(round: Round, options: EngineOptions, ready: Mutable): void {
  const { proposal, self, height } = round;
  if (proposal === undefined || !round.accepted || self === undefined || hasOwn(round, 3)) return;
  const blockHash = hashHeader(proposal.header);
  if (votesFor(round.prepares, blockHash).length < round.quorum) return;
  pay(
    round,
    ready,
    createVote<Commit>({ kind: 3, height, view: VIEW, blockHash, index: self }, options),
  );
}

/** A quorum of COMMITs decides, for a block whose header is known. */
function decide(round: Round, ready: Mutable): void {
  if (round.proposal === undefined || round.decided || !round.accepted) return;
  const { header } = round.proposal;
  const blockHash = hashHeader(header);
  const signatures = votesFor(round.commits, blockHash);
  if (signatures.length < round.quorum) return;
  round.decided = true;
  const certificate = { height: round.height, view: VIEW, blockHash, signatures };
  ready.decided = { header, certificate };
}

function pay(round: Round, ready: Mutable, vote: Vote): void {
  round.own.push(vote);
  countVote(round, vote);
  ready.persist.push(vote);
  ready.send.push(vote);
}

function restore(round: Round, message: Message): void {
  round.own.push(message);
  if (message.kind !== 1) {
    countVote(round, message);
    return;
  }
  round.proposal = message;
  round.accepted = true;
}

function hasOwn(round: Round, kind: Message['kind']): boolean {
  return round.own.some((message) => message.kind === kind);
}

/** Counts distinct signers: a repeated or second vote of one validator changes nothing. */
function countVote(round: Round, vote: Vote): void {
  if (vote.height !== round.height || vote.view !== VIEW) return;
  if (round.validators[vote.index] === undefined) return;
  const votes = vote.kind === 2 ? round.prepares : round.commits;
  if (!votes.has(vote.index)) votes.set(vote.index, vote);
}

/** The votes for a block, by voter's index, ascending. */
function votesFor(votes: Votes, blockHash: Uint8Array): readonly IndexedSignature[] {
  return [...votes]
    .filter(([, vote]) => equalBytes(vote.blockHash, blockHash))
    .map(([index, { signature }]) => ({ index, signature }))
    .sort((a, b) => a.index - b.index);
}
