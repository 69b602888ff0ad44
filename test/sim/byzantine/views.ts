/** Lies about what was prepared, in VIEW-CHANGE and NEW-VIEW. */
import { hashHeader } from '../../../chain/block.ts';
import type { NewView } from '../../../chain/consensus/newView.ts';
import { createViewChange } from '../../../chain/consensus/viewChange.ts';
import { createVote, type Prepare } from '../../../chain/consensus/vote.ts';
import { type Behaviour, withMessage } from './liar.ts';
import { ownHeader, twinOf, withHeader } from './votes.ts';

/** Claims to have prepared a block of its own that nobody else has seen, with votes that it signed all by itself. */
export function createForger(): Behaviour {
  return {
    name: 'forged certificate',
    twist(occasion, parcels) {
      const { message, chance, voter, setting } = occasion;
      if (message?.kind !== 4 || !chance.happens(0.7)) return parcels;
      const { height, index } = message;
      const view = message.view - 1;
      const header = ownHeader({ height, view: 0 }, occasion);
      if (header === undefined) return parcels;
      occasion.act();
      const { signature } = createVote<Prepare>(
        { kind: 2, height, view, blockHash: hashHeader(header), index },
        voter,
      );
      const { validators } = setting.facts;
      // Under the names of all, or again and again under its own.
      const isOwn = chance.happens(0.5);
      const signatures = validators.map((_validator, each) => ({
        index: isOwn ? index : each,
        signature,
      }));
      const votes = { view, proposer: (index + 1) % validators.length, signatures };
      const forged = createViewChange({ ...message, prepared: { kind: 6, header, votes } }, voter);
      return withMessage(parcels, forged);
    },
  };
}

/** Has forgotten what it prepared. */
export function createForgetful(): Behaviour {
  return {
    name: 'omitted certificate',
    twist(occasion, parcels) {
      const { message, voter } = occasion;
      if (message?.kind !== 4 || message.prepared === undefined) return parcels;
      occasion.act();
      return withMessage(parcels, createViewChange({ ...message, prepared: undefined }, voter));
    },
  };
}

/** Asks for views that are far away. */
export function createRusher(): Behaviour {
  return {
    name: 'views far ahead',
    twist(occasion, parcels) {
      const { message, chance, voter, process } = occasion;
      if (message === undefined || !chance.happens(0.05)) return parcels;
      occasion.act();
      const { height, view } = process.replica.engine.place();
      const more = chance.pick([1, 2, 7, 1_000]);
      const fields = { height, view: view + more, index: process.index, prepared: undefined };
      return [...parcels, ...withMessage(parcels, createViewChange(fields, voter))];
    },
  };
}

/** Proposes what it likes in a view whose VIEW-CHANGEs leave it no choice. */
export function createRigger(): Behaviour {
  return {
    name: 'rigged new view',
    twist(occasion, parcels) {
      const { message, chance, process } = occasion;
      if (message?.kind !== 5) return parcels;
      const { proposal, viewChanges } = message;
      const { view } = proposal;
      const own = { ...proposal.header, view, proposer: process.key };
      const header = twinOf(own, process);
      const free = viewChanges.filter(({ claim }) => claim === undefined);
      const isBound = free.length < viewChanges.length;
      // Who loses views is suspended soon: it mostly waits for a view in which there is something to pass by.
      if (header === undefined || !(isBound || chance.happens(0.2))) return parcels;
      occasion.act();
      const forged = withHeader(message, header, occasion) as NewView;
      if (isBound && chance.happens(0.7)) {
        return withMessage(parcels, { ...forged, prepared: undefined });
      }
      const rigged = chance.pick<NewView>([
        { ...forged, prepared: undefined },
        { ...forged, viewChanges: free, prepared: undefined },
        { ...forged, viewChanges: free.flatMap((each) => [each, each]), prepared: undefined },
        {
          ...forged,
          viewChanges: viewChanges.map((each) => ({ ...each, claim: undefined })),
          prepared: undefined,
        },
        { ...forged, viewChanges: viewChanges.slice(0, 1), prepared: undefined },
        forged,
      ]);
      return withMessage(parcels, rigged);
    },
  };
}
