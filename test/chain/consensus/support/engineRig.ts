/** One engine with real signatures, and messages of the validators v0, v1, … around it. */
import { hashHeader, type Header } from '../../../../chain/block.ts';
import { createEngine, type Engine } from '../../../../chain/consensus/engine.ts';
import {
  checkMessage,
  type Durable,
  heightOf,
  type Message,
} from '../../../../chain/consensus/message.ts';
import { type NewView, signedClaim } from '../../../../chain/consensus/newView.ts';
import { createPrePrepare, type PrePrepare } from '../../../../chain/consensus/prePrepare.ts';
import type { PreparedCertificate } from '../../../../chain/consensus/preparedCertificate.ts';
import {
  createOwed,
  type Decision,
  type Input,
  type Ready,
  type Tip,
} from '../../../../chain/consensus/ready.ts';
import { contextAt, type Voter } from '../../../../chain/consensus/statement.ts';
import { createViewChange, type ViewChange } from '../../../../chain/consensus/viewChange.ts';
import { type Commit, createVote, type Prepare } from '../../../../chain/consensus/vote.ts';
import { CHAIN_ID, hashOfText, signerOf, validatorOf } from '../../../support/chainValues.ts';
import { genesisTip, headerAfter, START_MS } from './blocks.ts';

/** A `Ready` with nothing in it. */
export const NOTHING: Ready = createOwed();

/** Time of every proposal here, and on every clock unless a test says otherwise. */
export const NOW_MS = START_MS + 5_000;

/** Returns who signs as a validator. */
export function voterOf(index: number): Voter {
  return { chainId: CHAIN_ID, sign: signerOf(`v${index}`) };
}

/** Returns a tip that pretends that so many blocks are applied. */
export function tipAt(height: number, validatorCount = 4): Tip {
  const { state, header } = genesisTip(validatorCount);
  return { state: { ...state, height }, header: { ...header, height } };
}

/** What headers differ in; what is absent is the usual. */
export interface HeaderFields {
  readonly height?: number;
  readonly view?: number;
  readonly text?: string;
  readonly validatorCount?: number;
  readonly timestampMs?: number;
}

/** Returns the header that the proposer of a place would build. */
export function headerOf(fields: HeaderFields = {}): Header {
  const { height = 1, view = 0, text = 'content', validatorCount = 4 } = fields;
  return headerAfter(tipAt(height - 1, validatorCount), {
    place: { height, view },
    proposer: (height + view) % validatorCount,
    batchIds: [hashOfText(text)],
    timestampMs: fields.timestampMs ?? NOW_MS,
  });
}

/** Returns the proposal of a header in a view; by whose turn it is, unless a test says otherwise. */
export function proposalOf(
  header: Header,
  view = header.view,
  index = (header.height + view) % 4,
): PrePrepare {
  return createPrePrepare({ view, header, index }, voterOf(index));
}

/** Returns a PREPARE. */
export function prepareOf(index: number, header: Header, fields: Partial<Prepare> = {}): Prepare {
  const { height, view } = header;
  const vote = { kind: 2, height, view, blockHash: hashHeader(header), index } as const;
  return createVote<Prepare>({ ...vote, ...fields }, voterOf(index));
}

/** Returns a COMMIT. */
export function commitOf(index: number, header: Header, fields: Partial<Commit> = {}): Commit {
  const { height, view } = header;
  const vote = { kind: 3, height, view, blockHash: hashHeader(header), index } as const;
  return createVote<Commit>({ ...vote, ...fields }, voterOf(index));
}

/** Returns a header with the votes that decide it. */
export function decisionOf(header: Header, voters: readonly number[] = [1, 2, 3]): Decision {
  const { height, view } = header;
  const signatures = voters.map((index) => {
    return { index, signature: commitOf(index, header).signature };
  });
  return { header, certificate: { height, view, blockHash: hashHeader(header), signatures } };
}

/** Returns the certificate that voters and the proposer of a view have prepared a header. */
export function preparedOf(
  header: Header,
  view: number,
  voters: readonly number[],
): PreparedCertificate {
  const proposer = (header.height + view) % 4;
  const signatures = voters.map((index) => {
    const message =
      index === proposer ? proposalOf(header, view) : prepareOf(index, header, { view });
    return { index, signature: message.signature };
  });
  return { kind: 6, header, votes: { view, proposer, signatures } };
}

/** Returns a VIEW-CHANGE of height 1, or of the height of its certificate. */
export function viewChangeOf(
  index: number,
  view: number,
  prepared?: PreparedCertificate,
): ViewChange {
  const height = prepared?.header.height ?? 1;
  return createViewChange({ height, view, index, prepared }, voterOf(index));
}

/** Returns a VIEW-CHANGE of another height, without a certificate. */
export function viewChangeAt(height: number, index: number, view: number): ViewChange {
  return createViewChange({ height, view, index, prepared: undefined }, voterOf(index));
}

/** Returns the NEW-VIEW of a header's proposal in a view, as an honest proposer makes it of VIEW-CHANGEs. */
export function newViewOf(
  header: Header,
  viewChanges: readonly ViewChange[],
  prepared?: PreparedCertificate,
): NewView {
  const view = viewChanges[0]?.view ?? 1;
  return {
    kind: 5,
    proposal: proposalOf(header, view),
    viewChanges: viewChanges.map(signedClaim),
    prepared: prepared?.votes,
  };
}

/** Kinds of messages, in order. */
export function kindsOf(messages: readonly Durable[]): readonly number[] {
  return messages.map(({ kind }) => kind);
}

/** How rigs differ. */
export interface RigOptions {
  readonly validatorCount?: number;
  readonly restored?: readonly Durable[];
  /** Blocks that are applied. */
  readonly height?: number;
  readonly signFloor?: number;
  /** Who has lost views, by index; at height 1. */
  readonly losers?: readonly number[];
}

/** One engine. */
export class EngineRig {
  readonly engine: Engine;
  tip: Tip;
  readonly #validatorCount: number;

  constructor(name: string, options: RigOptions = {}) {
    const { validatorCount = 4, restored = [], height = 0, signFloor = 0, losers = [] } = options;
    this.#validatorCount = validatorCount;
    const { state, header } = tipAt(height, validatorCount);
    const lostViews = losers.map((index, view) => {
      return { height: 1, view, proposer: validatorOf(`v${index}`).consensusKey };
    });
    this.tip = { state: { ...state, lostViews }, header };
    this.engine = createEngine({
      chainId: CHAIN_ID,
      sign: signerOf(name),
      tip: this.tip,
      publicKey: validatorOf(name).consensusKey,
      restored,
      signFloor,
    });
  }

  step(input: Input): Ready {
    return this.engine.step(input);
  }

  work(waiting = true): Ready {
    return this.step({ type: 'work', waiting });
  }

  /** Hears messages one after another, checked; returns what the last one was owed. */
  hear(...messages: readonly Message[]): Ready {
    return this.hearAt(NOW_MS, ...messages);
  }

  hearAt(nowMs: number, ...messages: readonly Message[]): Ready {
    return messages.reduce<Ready>((_before, message) => {
      const context = contextAt(this.tip.state, heightOf(message));
      if (context === undefined) throw new Error(`height ${heightOf(message)} cannot be checked`);
      return this.step({ type: 'message', message: checkMessage(message, context), nowMs });
    }, NOTHING);
  }

  valid(header: Header): Ready {
    return this.step({ type: 'valid', blockHash: hashHeader(header) });
  }

  timeout(view: number, height = 1): Ready {
    return this.step({ type: 'timeout', place: { height, view } });
  }

  /** Applies a block, or pretends that blocks up to a height are applied. */
  apply(height: number): Ready {
    this.tip = tipAt(height, this.#validatorCount);
    return this.step({ type: 'applied', tip: this.tip, nowMs: NOW_MS });
  }

  applyBlock(header: Header): Ready {
    const { state } = tipAt(header.height, this.#validatorCount);
    this.tip = { state, header };
    return this.step({ type: 'applied', tip: this.tip, nowMs: NOW_MS });
  }
}
