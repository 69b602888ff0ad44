/** Lies about votes and proposals. */
import { hashHeader, type Header } from '../../../chain/block.ts';
import { equalBytes } from '../../../chain/bytes.ts';
import { lostProposers, type Place } from '../../../chain/consensus/proposer.ts';
import { quorumSize } from '../../../chain/consensus/quorum.ts';
import { ChainError } from '../../../chain/errors.ts';
import { heightOf, type Message, type ProposalMessage } from '../../../chain/consensus/message.ts';
import { createPrePrepare, type PrePrepare } from '../../../chain/consensus/prePrepare.ts';
import { createVote, type Vote } from '../../../chain/consensus/vote.ts';
import { buildBlock } from '../../../node/consensus/blockBuilder.ts';
import type { Node } from '../parts.ts';
import { START_MS } from '../world.ts';
import { hashOfText } from '../../support/chainValues.ts';
import { type Behaviour, type Occasion, toHalves, withMessage } from './liar.ts';

/** More than any honest clock is wrong by. */
const AHEAD_MS = 3_600_000;

function proposalOf(message: ProposalMessage): PrePrepare {
  return message.kind === 5 ? message.proposal : message;
}

/** Returns whether a message proposes a block that nobody has prepared. */
function isFresh(message: Message | undefined): message is ProposalMessage {
  return message?.kind === 1 || (message?.kind === 5 && message.prepared === undefined);
}

/** Returns the block of a header with another time: as good as it where that is a millisecond later. */
export function twinOf(
  header: Header,
  { pool, ledger }: Node,
  timestampMs = header.timestampMs + 1,
): Header | undefined {
  const batches = header.batchIds.flatMap((id) => pool.find(id)?.signed.batch ?? []);
  const { state } = ledger.edge();
  if (batches.length !== header.batchIds.length || state.height + 1 !== header.height) {
    return undefined;
  }
  const { height, view } = header;
  const lost = lostProposers(state, header);
  const done = ledger.execute({ height, view, timestampMs, lostProposers: lost, batches });
  const { logRoot, stateRoot, frontier } = done;
  return { ...header, timestampMs, logSize: frontier.treeSize, logRoot, stateRoot };
}

/** Returns a block of the liar's own for a place, as good as any; undefined where it is not at that height. */
export function ownHeader(
  place: Place,
  { process: { ledger, pool, key: proposer }, setting }: Pick<Occasion, 'process' | 'setting'>,
): Header | undefined {
  if (ledger.edge().header.height + 1 !== place.height) return undefined;
  const clock = { nowMs: () => START_MS + Math.trunc(setting.world.nowMs) };
  try {
    return buildBlock({ ...place, suspects: [] }, true, { ledger, pool, clock, proposer })?.header;
  } catch (error) {
    // Between a block and what follows from it, the pool of a process still has what can come no more.
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}

/** Returns a proposal of another header. */
export function withHeader(
  message: ProposalMessage,
  header: Header,
  { voter }: Pick<Occasion, 'voter'>,
): ProposalMessage {
  const { view, index } = proposalOf(message);
  const proposal = createPrePrepare({ view, header, index }, voter);
  return message.kind === 5 ? { ...message, proposal } : proposal;
}

function voteOf(kind: 2 | 3, header: Header, { process, voter }: Occasion): Vote {
  const { height, view } = header;
  const blockHash = hashHeader(header);
  return createVote<Vote>({ kind, height, view, blockHash, index: process.index }, voter);
}

/** Proposes two blocks, each to some, and votes for both. */
export function createEquivocator(): Behaviour {
  return {
    name: 'equivocating proposer',
    twist(occasion, parcels) {
      const { message, chance, process } = occasion;
      if (!isFresh(message) || !chance.happens(0.7)) return parcels;
      const { header } = proposalOf(message);
      const twin = twinOf(header, process);
      if (twin === undefined) return parcels;
      occasion.act();
      const votes = [header, twin].flatMap((each) => [
        voteOf(2, each, occasion),
        voteOf(3, each, occasion),
      ]);
      return [
        ...toHalves(parcels, withHeader(message, twin, occasion), chance),
        ...votes.flatMap((vote) => withMessage(parcels, vote)),
      ];
    },
  };
}

/** Votes for one thing before some and for another before the rest. */
export function createDoubleVoter(): Behaviour {
  let last = hashOfText('nothing');
  return {
    name: 'double votes',
    twist(occasion, parcels) {
      const { message, chance, voter } = occasion;
      const isVote = message?.kind === 2 || message?.kind === 3;
      if (!isVote || !chance.happens(0.4)) return parcels;
      occasion.act();
      const blockHash = chance.happens(0.5) ? last : hashOfText(`${chance.next()}`);
      last = message.blockHash;
      return toHalves(parcels, createVote<Vote>({ ...message, blockHash }, voter), chance);
    },
  };
}

/** Says beside what it says the same with a small difference, signed again. */
export function createMutator(): Behaviour {
  const old: Vote[] = [];
  return {
    name: 'mutations',
    twist(occasion, parcels) {
      const { message, chance, voter } = occasion;
      const isVote = message?.kind === 2 || message?.kind === 3;
      if (!isVote || !chance.happens(0.4)) return parcels;
      occasion.act();
      old.push(message);
      if (old.length > 16) old.shift();
      const step = chance.happens(0.5) ? 1 : -1;
      const { height, view } = message;
      const mutant = chance.pick<Partial<Vote>>([
        { view: Math.max(0, view + step) },
        { height: Math.max(1, height + step) },
        { blockHash: chance.pick(old).blockHash },
        { kind: message.kind === 2 ? 3 : 2 },
      ]);
      const other = createVote<Vote>({ ...message, ...mutant }, voter);
      return [...parcels, ...withMessage(parcels, other)];
    },
  };
}

/** Proposes where it is not its turn. */
export function createUsurper(): Behaviour {
  return {
    name: 'proposal out of turn',
    twist(occasion, parcels) {
      const { said, chance, process, voter } = occasion;
      const { index } = process;
      const { engine } = process.replica;
      const place = engine.place();
      const isItsTurn = place.view > 0 || engine.proposer() === index;
      // With a batch of its own it may be earlier than whose turn it is.
      if (isItsTurn || !chance.happens(said.channel === 'batches' ? 0.8 : 0.2)) return parcels;
      const header = ownHeader(place, occasion);
      if (header === undefined) return parcels;
      occasion.act();
      const proposal = createPrePrepare({ view: 0, header, index }, voter);
      return [...parcels, ...withMessage(parcels, proposal)];
    },
  };
}

/** Proposes a block as old as the one before it, or from an hour to come. */
export function createTimeLiar(): Behaviour {
  return {
    name: 'wrong time',
    twist(occasion, parcels) {
      const { message, chance, process } = occasion;
      if (!isFresh(message) || !chance.happens(0.7)) return parcels;
      const { timestampMs } = process.ledger.edge().header;
      const { header } = proposalOf(message);
      const wrongMs = chance.pick([timestampMs - chance.below(2), header.timestampMs + AHEAD_MS]);
      const wrong = twinOf(header, process, wrongMs);
      if (wrong === undefined) return parcels;
      occasion.act();
      const votes = withMessage(parcels, voteOf(2, wrong, occasion));
      return [...withMessage(parcels, withHeader(message, wrong, occasion)), ...votes];
    },
  };
}

/** Names each batch of its blocks again and again. */
export function createStutterer(): Behaviour {
  return {
    name: 'batches named twice',
    twist(occasion, parcels) {
      const { message, chance } = occasion;
      if (!isFresh(message) || !chance.happens(0.7)) return parcels;
      const { header } = proposalOf(message);
      const batchIds = header.batchIds.flatMap((id) => [id, id, id]);
      if (batchIds.length === 0) return parcels;
      occasion.act();
      return withMessage(parcels, withHeader(message, { ...header, batchIds }, occasion));
    },
  };
}

/** Proposes nothing, most of the time. */
export function createSilentProposer(): Behaviour {
  return {
    name: 'silent proposer',
    twist(occasion, parcels) {
      const { message, chance } = occasion;
      const isProposal = message?.kind === 1 || message?.kind === 5;
      if (!isProposal || !chance.happens(0.6)) return parcels;
      occasion.act();
      return [];
    },
  };
}

/** Proposes late. */
export function createSlowProposer(): Behaviour {
  return {
    name: 'slow proposer',
    twist(occasion, parcels) {
      const { message, chance } = occasion;
      const isProposal = message?.kind === 1 || message?.kind === 5;
      if (!isProposal || !chance.happens(0.6)) return parcels;
      occasion.act();
      const delayMs = 300 + chance.below(6_000);
      return parcels.map((parcel) => ({ ...parcel, delayMs }));
    },
  };
}

/** Proposes to so few that with itself they are one less than a quorum. */
export function createPartialProposer(): Behaviour {
  return {
    name: 'proposals to Q-1 only',
    twist(occasion, parcels) {
      const { message, chance, setting } = occasion;
      const isProposal = message?.kind === 1 || message?.kind === 5;
      if (!isProposal || !chance.happens(0.6)) return parcels;
      occasion.act();
      return parcels.slice(0, quorumSize(setting.facts.validators.length) - 2);
    },
  };
}

/** Says nothing about votes for a while, and then again. */
export function createMute(): Behaviour {
  let untilMs = 0;
  return {
    name: 'silence',
    twist(occasion, parcels) {
      const { message, chance, setting } = occasion;
      const { nowMs } = setting.world;
      if (message !== undefined && nowMs > untilMs + 5_000 && chance.happens(0.05)) {
        untilMs = nowMs + chance.below(10_000);
      }
      if (nowMs > untilMs || message === undefined) return parcels;
      occasion.act();
      return [];
    },
  };
}

/** Leaves the batches of one institution out of its blocks. */
export function createCensor(): Behaviour {
  return {
    name: 'censoring proposer',
    onStart(occasion) {
      const { process, chance, setting } = occasion;
      const { pool } = process;
      const victim = chance.pick(setting.facts.validators).consensusKey;
      const select = pool.select.bind(pool);
      pool.select = (budget) => {
        const chosen = select(budget);
        const free = chosen.filter(({ signed }) => !equalBytes(signed.batch.aggregator, victim));
        if (free.length < chosen.length) occasion.act();
        return free;
      };
    },
  };
}

/** Repeats what it or others have said long ago, byte for byte. */
export function createParrot(): Behaviour {
  const heard: Uint8Array[] = [];
  const keep = (bytes: Uint8Array): void => {
    heard.push(bytes);
    if (heard.length > 64) heard.shift();
  };
  return {
    name: 'replayed view changes',
    onReceive(channel, bytes) {
      // A message that is a VIEW-CHANGE or a NEW-VIEW.
      if (channel === 'votes' && bytes[0] === 1 && (bytes[2] ?? 0) >= 4) keep(bytes);
    },
    twist(occasion, parcels) {
      const { chance, said, message } = occasion;
      if (message?.kind === 4) keep(said.bytes);
      if (message === undefined || heard.length === 0 || !chance.happens(0.3)) return parcels;
      occasion.act();
      const bytes = chance.pick(heard);
      const replayed = parcels.map((parcel) => ({ ...parcel, channel: 'votes' as const, bytes }));
      return [...parcels, ...replayed];
    },
  };
}

/** Votes in views and heights that have not begun. */
export function createEager(): Behaviour {
  return {
    name: 'votes ahead',
    twist(occasion, parcels) {
      const { message, chance, voter } = occasion;
      const isVote = message?.kind === 2 || message?.kind === 3;
      if (!isVote || !chance.happens(0.2)) return parcels;
      occasion.act();
      const ahead = [0, 1, 2, 3, 4, 5, 6].map((more) =>
        createVote<Vote>(
          { ...message, view: message.view + more, height: heightOf(message) + chance.below(3) },
          voter,
        ),
      );
      return [...parcels, ...ahead.flatMap((each) => withMessage(parcels, each))];
    },
  };
}
