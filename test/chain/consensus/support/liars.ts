/** Validators that lie: each makes of what an honest one would send something else. */
import { hashHeader, type Header } from '../../../../chain/block.ts';
import { equalBytes } from '../../../../chain/bytes.ts';
import type { Message, ProposalMessage } from '../../../../chain/consensus/message.ts';
import { heightOf, viewOf } from '../../../../chain/consensus/message.ts';
import { createPrePrepare } from '../../../../chain/consensus/prePrepare.ts';
import { maxFaulty } from '../../../../chain/consensus/quorum.ts';
import { createViewChange } from '../../../../chain/consensus/viewChange.ts';
import {
  createVote,
  type Commit,
  type Prepare,
  type Vote,
} from '../../../../chain/consensus/vote.ts';
import type { Voter } from '../../../../chain/consensus/statement.ts';
import { CHAIN_ID } from '../../../support/chainValues.ts';
import type { Chance } from './chance.ts';
import type { Replica } from './replica.ts';
import { stubSigner } from './stubSignature.ts';

/** A message on its way. */
export interface Parcel {
  readonly to: number;
  readonly message: Message;
}

/** What an honest validator would send to all. */
export interface Occasion {
  readonly chance: Chance;
  readonly replicas: readonly Replica[];
  readonly replica: Replica;
  readonly message: Message;
}

/** Returns what a validator sends in its place. */
export type Liar = (occasion: Occasion) => readonly Parcel[];

function voterOf(replica: Replica): Voter {
  return { chainId: CHAIN_ID, sign: stubSigner(replica.publicKey) };
}

function toAll({ replicas, replica, message }: Occasion): readonly Parcel[] {
  return replicas.filter((other) => other !== replica).map(({ index }) => ({ to: index, message }));
}

/** Sends one thing to some and another to the rest. */
function toHalves(occasion: Occasion, other: Message): readonly Parcel[] {
  const salt = occasion.chance.below(2);
  return toAll(occasion).map(({ to, message }) => ({
    to,
    message: (to + salt) % 2 === 0 ? message : other,
  }));
}

function otherHeader(header: Header): Header {
  return { ...header, timestampMs: header.timestampMs + 1 };
}

function withHeader(message: ProposalMessage, header: Header, voter: Voter): ProposalMessage {
  const proposal = message.kind === 5 ? message.proposal : message;
  const { view, index } = proposal;
  const changed = createPrePrepare({ view, header, index }, voter);
  return message.kind === 5 ? { ...message, proposal: changed } : changed;
}

/** Says nothing. */
const silent: Liar = () => [];

/** Proposes two blocks, and votes for both of whatever it has seen. */
function createEquivocator(): Liar {
  const twins = new Map<number, readonly Header[]>();
  return (occasion) => {
    const { message, replica } = occasion;
    const voter = voterOf(replica);
    if (message.kind === 1 || message.kind === 5) {
      const { header } = message.kind === 5 ? message.proposal : message;
      const other = otherHeader(header);
      twins.set(header.height, [header, other]);
      const votes = [header, other].flatMap((each) => bothVotes(message, each, replica));
      const said = votes.flatMap((vote) => toAll({ ...occasion, message: vote }));
      return [...toHalves(occasion, withHeader(message, other, voter)), ...said];
    }
    if (message.kind === 4) return toAll(occasion);
    const twin = twins
      .get(message.height)
      ?.find((each) => !equalBytes(hashHeader(each), message.blockHash));
    const blockHash = hashHeader(twin ?? { ...genesisLike(occasion), height: message.height });
    return toHalves(occasion, createVote<Vote>({ ...message, blockHash }, voter));
  };
}

function genesisLike({ replica }: Occasion): Header {
  return replica.tip.header;
}

function bothVotes(message: ProposalMessage, header: Header, replica: Replica): readonly Vote[] {
  const view = viewOf(message);
  const { height } = header;
  const fields = { height, view, blockHash: hashHeader(header), index: replica.index };
  const voter = voterOf(replica);
  return [
    createVote<Prepare>({ kind: 2, ...fields }, voter),
    createVote<Commit>({ kind: 3, ...fields }, voter),
  ];
}

/** Votes for everything at once, in this view and the next ones, and asks for views far away. */
const eager: Liar = (occasion) => {
  const { message, replica, chance } = occasion;
  const voter = voterOf(replica);
  const height = heightOf(message);
  const view = viewOf(message);
  const extra: Message[] = [1, 2, 7, 1_000].map((more) =>
    createViewChange(
      { height, view: view + more, index: replica.index, prepared: undefined },
      voter,
    ),
  );
  if (message.kind === 2 || message.kind === 3) {
    for (const kind of [2, 3] as const) {
      for (const more of [0, 1, 2]) {
        const fields = {
          ...message,
          kind,
          view: view + more,
          height: height + chance.below(2),
        };
        extra.push(createVote<Vote>(fields, voter));
      }
    }
  }
  const chosen = extra.filter(() => chance.happens(0.3));
  return [message, ...chosen].flatMap((each) => toAll({ ...occasion, message: each }));
};

/** Has forgotten what it prepared, and proposes what it likes in a later view. */
export const forgetful: Liar = (occasion) => {
  const { message, replica, chance } = occasion;
  const voter = voterOf(replica);
  if (message.kind === 4) {
    const changed = createViewChange({ ...message, prepared: undefined }, voter);
    return toAll({ ...occasion, message: changed });
  }
  if (message.kind !== 5) return toAll(occasion);
  const { proposal } = message;
  const { view } = proposal;
  const header = { ...otherHeader(proposal.header), view, proposer: replica.publicKey };
  const free = message.viewChanges.filter(({ claim }) => claim === undefined);
  const forged = withHeader(message, header, voter);
  if (forged.kind !== 5) return [];
  const variants: readonly Message[] = [
    { ...forged, prepared: undefined },
    { ...forged, viewChanges: free, prepared: undefined },
    { ...forged, viewChanges: free.flatMap((each) => [each, each]), prepared: undefined },
    {
      ...forged,
      viewChanges: message.viewChanges.map((each) => ({ ...each, claim: undefined })),
      prepared: undefined,
    },
    forged,
  ];
  const votes = bothVotes(forged, header, replica);
  const chosen = chance.happens(0.5) ? variants.slice(0, 1) : [chance.pick(variants)];
  const said = [...chosen, ...votes, ...votes, ...votes];
  return said.flatMap((each) => toAll({ ...occasion, message: each }));
};

/** Claims to have prepared blocks that nobody has, with votes of its own only. */
const counterfeiter: Liar = (occasion) => {
  const { message, replica } = occasion;
  if (message.kind !== 4) return toAll(occasion);
  const voter = voterOf(replica);
  const view = message.view - 1;
  const { index, height } = message;
  const header = { ...replica.tip.header, height };
  const { signature } = createVote<Prepare>(
    { kind: 2, height, view, blockHash: hashHeader(header), index },
    voter,
  );
  const signatures = occasion.replicas.map((other) => ({ index: other.index, signature }));
  const votes = { view, proposer: (index + 1) % signatures.length, signatures };
  const changed = createViewChange(
    { ...message, prepared: { kind: 6, header: { ...header, view: 0 }, votes } },
    voter,
  );
  return toAll({ ...occasion, message: changed });
};

/** Says everything to all but a few, and repeats what it said long ago. */
function createMumbler(): Liar {
  const said: Message[] = [];
  return (occasion) => {
    const { message, chance } = occasion;
    said.push(message);
    const old = chance.pick(said);
    const parcels = [message, old].flatMap((each) => toAll({ ...occasion, message: each }));
    return parcels.filter(() => chance.happens(0.6));
  };
}

/** Returns one liar of each kind. */
export function liarKinds(): readonly Liar[] {
  return [silent, createEquivocator(), eager, forgetful, counterfeiter, createMumbler()];
}

/** Returns as many validators that lie as a set tolerates, chosen by chance. */
export function chooseLiars(
  validatorCount: number,
  kinds: readonly Liar[],
  chance: Chance,
): ReadonlyMap<number, Liar> {
  const indexes = Array.from({ length: validatorCount }, (_each, index) => index);
  const chosen = new Map<number, Liar>();
  while (chosen.size < maxFaulty(validatorCount)) {
    chosen.set(chance.pick(indexes), chance.pick(kinds));
  }
  return chosen;
}
