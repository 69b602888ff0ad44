/**
 * What goes into the engine and what comes out of it.
 *
 * `Ready` lists what is owed in the order in which it is owed. The caller pays in that order and answers
 * what asks for an answer.
 */
import type { CommitCertificate, Header } from '../block.ts';
import type { ChainError } from '../errors.ts';
import type { Edge } from '../state.ts';
import type { Equivocation } from './equivocation.ts';
import type { Durable, Message } from './message.ts';
import type { Place } from './proposer.ts';
import type { Checked } from './statement.ts';

/** What the next block builds on. */
export type Tip = Pick<Edge, 'state' | 'header'>;

/** Everything that can happen to a validator. */
export type Input =
  /** Whether there is work: a valid batch is held, or a keep-alive block is due. Also answers `build`. */
  | { readonly type: 'work'; readonly waiting: boolean }
  /** The answer to `build`: a header over batches that are checked, executed and durable here. */
  | { readonly type: 'built'; readonly header: Header }
  /** What a validator says, checked; `nowMs` is the wall clock. */
  | { readonly type: 'message'; readonly message: Checked<Message>; readonly nowMs: number }
  /** The answer to `check`: the batches are here and durable, and the results are the header's. */
  | { readonly type: 'valid'; readonly blockHash: Uint8Array }
  /** A block is durable, decided here or synced; `nowMs` judges the proposals that came early. */
  | { readonly type: 'applied'; readonly tip: Tip; readonly nowMs: number }
  /** The timer that was asked for at `place` has run out. */
  | { readonly type: 'timeout'; readonly place: Place }
  /** A second has passed without progress, or a peer is there again. */
  | { readonly type: 'tick' }
  /** Where a peer says that it stands. */
  | { readonly type: 'status'; readonly peer: string; readonly place: Place }
  /** Sign nothing at heights up to this one: history was lost or restored. */
  | { readonly type: 'sign-floor'; readonly height: number }
  /** A checked certificate is held whose block is on its way: sign nothing up to its height. */
  | { readonly type: 'certified'; readonly decision: Decision };

/** What the node owes after one input, in this order. */
export interface Ready {
  /** First make these durable, at once: a vote must never be sent and then forgotten. */
  readonly persist: readonly Durable[];
  /** Then send these to every validator. */
  readonly send: readonly Message[];
  /** Then tell every validator where this one stands. */
  readonly status: Place | undefined;
  /** Then set the one timer, in place of another, or stop it; undefined leaves it as it is. */
  readonly timer: ViewTimer | 'stop' | undefined;
  /** Then apply this block and answer with `applied`. */
  readonly decided: Decision | undefined;
  /** Then build a block and answer with `built`, or with `work: false` where there is nothing to propose. */
  readonly build: BuildRequest | undefined;
  /** Then fetch and check what a header names and answer with `valid`. */
  readonly check: CheckRequest | undefined;
  /** Then keep and spread these proofs. */
  readonly evidence: readonly Equivocation[];
  /** Blocks up to this height are said to be decided elsewhere: fetch them. */
  readonly behind: { readonly height: number } | undefined;
  /** Send this peer a block with its certificate. */
  readonly help: Help | undefined;
  /** Why a proposal is not followed, for operators. */
  readonly refused: ChainError | undefined;
}

/** A header with the votes that decide it. */
export interface Decision {
  readonly header: Header;
  readonly certificate: CommitCertificate;
}

/** A timer that is asked for; what it is called when it runs out. */
export interface ViewTimer {
  readonly place: Place;
  readonly delayMs: number;
}

/** A block that is asked for. */
export interface BuildRequest extends Place {
  /** Batches that were named in a lost view: each goes alone in its block. */
  readonly suspects: readonly Uint8Array[];
}

/** A check that is asked for. */
export interface CheckRequest {
  readonly header: Header;
  /** Whether evidence and results are to be judged; else only that the batches are here and durable. */
  readonly isFresh: boolean;
}

/** A peer that lacks a block. */
export interface Help {
  readonly peer: string;
  readonly height: number;
}

/** A `Ready` while it is being written. */
export type Owed = {
  -readonly [K in keyof Ready]: Ready[K] extends readonly (infer T)[] ? T[] : Ready[K];
};

/** Returns a `Ready` with nothing in it. */
export function createOwed(): Owed {
  return {
    persist: [],
    send: [],
    status: undefined,
    timer: undefined,
    decided: undefined,
    build: undefined,
    check: undefined,
    evidence: [],
    behind: undefined,
    help: undefined,
    refused: undefined,
  };
}
