/**
 * The votes channel: consensus messages, where a validator stands, proofs of equivocation, and cosignatures.
 *
 * ```
 * 1 || message (chain/consensus/message.ts)
 * 2 || [height, view]
 * 3 || equivocation (chain/consensus/equivocation.ts)
 * 4 || claim (node/cosigning/claim.ts), the sender's own
 * ```
 *
 * A message is left as bytes: it is decoded when its turn comes, by who knows the sender.
 */
import { decode, encode, type Schema, tuple, uint } from '../../chain/codec.ts';
import { type Equivocation, equivocationSchema } from '../../chain/consensus/equivocation.ts';
import { decodeMessage, encodeMessage, type Message } from '../../chain/consensus/message.ts';
import type { Place } from '../../chain/consensus/proposer.ts';
import { VIEW_MAX } from '../../chain/limits.ts';
import { type Claim, claimSchema } from '../cosigning/claim.ts';
import { takeTag, unknownTag, withTag } from './tagged.ts';

/** What is said on the votes channel, unchecked. */
export type VoteFrame =
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'status'; readonly place: Place }
  | { readonly type: 'equivocation'; readonly equivocation: Equivocation }
  | { readonly type: 'claim'; readonly claim: Claim };

const TAG = { message: 1, status: 2, equivocation: 3, claim: 4 } as const;

const placeSchema: Schema<Place> = tuple<Place>({ height: uint(), view: uint(VIEW_MAX) });

/** Returns the bytes of what is said on the votes channel. */
export function encodeVoteFrame(frame: VoteFrame): Uint8Array {
  switch (frame.type) {
    case 'message':
      return withTag(TAG.message, encodeMessage(frame.message));
    case 'status':
      return withTag(TAG.status, encode(placeSchema, frame.place));
    case 'equivocation':
      return withTag(TAG.equivocation, encode(equivocationSchema, frame.equivocation));
    case 'claim':
      return withTag(TAG.claim, encode(claimSchema, frame.claim));
  }
}

/** Returns what was said on the votes channel. Throws ERR_MALFORMED or ERR_LIMIT. */
export function decodeVoteFrame(frame: Uint8Array): VoteFrame {
  const { tag, bytes } = takeTag(frame);
  switch (tag) {
    case TAG.message:
      return { type: 'message', message: decodeMessage(bytes) };
    case TAG.status:
      return { type: 'status', place: decode(placeSchema, bytes) };
    case TAG.equivocation:
      return { type: 'equivocation', equivocation: decode(equivocationSchema, bytes) };
    case TAG.claim:
      return { type: 'claim', claim: decode(claimSchema, bytes) };
    default:
      throw unknownTag(tag, 'votes');
  }
}
