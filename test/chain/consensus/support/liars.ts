/** Validators that lie: each makes of what an honest one would send something else. */
import { hashHeader, type Header } from '../../../../chain/block.ts';
import { equalBytes } from '../../../../chain/bytes.ts';
import type { Message, ProposalMessage } from '../../../../chain/consensus/message.ts';
import { heightOf, viewOf } from '../../../../chain/consensus/message.ts';
import { createPrePrepare } from '../../../../chain/consensus/prePrepare.ts';
import { createViewChange } from '../../../../chain/consensus/viewChange.ts';
import {
  createVote,
  type Commit,
  type Prepare,
  type Vote,
} from '../../../../chain/consensus/vote.ts';
import type { Voter } from '../../../../chain/consensus/statement.ts';
import { CHAIN_ID } from '../../../support/chainValues.ts';
import type { Network } from './network.ts';
import type { Replica } from './replica.ts';
import { stubSigner } from './stubSignature.ts';

/** A message on its way. */
export interface Parcel {
  readonly to: number;
  readonly message: Message;
}

/** What an honest validator would send to all. */
export interface Occasion {
  readonly network: Network;
  readonly replica: Replica;
  readonly message: Message;
}

/** Returns what a validator sends in its place. */
export type Liar = (occasion: Occasion) => readonly Parcel[];

function voterOf(replica: Replica): Voter {
  return { chainId: CHAIN_ID, sign: stubSigner(replica.publicKey) };
}

function toAll({ network, replica, message }: Occasion): readonly Parcel[] {
  return network.replicas
    .filter((other) => other !== replica)
    .map(({ index }) => ({ to: index, message }));
}

/** Sends one thing to some and another to the rest. */
function toHalves(occasion: Occasion, other: Message): readonly Parcel[] {
  const salt = occasion.network.chance.below(2);
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
  const { message, replica, network } = occasion;
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
          height: height + network.chance.below(2),
        };
        extra.push(createVote<Vote>(fields, voter));
      }
    }
  }
  const chosen = extra.filter(() => network.chance.happens(0.3));
  return [message, ...chosen].flatMap((each) => toAll({ ...occasion, message: each }));
};

/** Has forgotten what it prepared, and proposes what it likes in a later view. */
const forgetful: Liar = (occasion) => {
  const { message, replica, network } = occasion;
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
  return toAll({ ...occasion, message: network.chance.pick(variants) });
};

/** Says everything to all but a few, and repeats what it said long ago. */
function createMumbler(): Liar {
  const said: Message[] = [];
  return (occasion) => {
    const { message, network } = occasion;
    said.push(message);
    const old = network.chance.pick(said);
    const parcels = [message, old].flatMap((each) => toAll({ ...occasion, message: each }));
    return parcels.filter(() => network.chance.happens(0.6));
  };
}

/** Returns one liar of each kind. */
export function liarKinds(): readonly Liar[] {
  return [silent, createEquivocator(), eager, forgetful, createMumbler()];
}
