/** Standings: which validators are there, how far each is, and who has signed when. Kept in memory. */
import { formatHex } from '../chain/bytes.ts';
import type { Header } from '../chain/block.ts';
import type { Validator, ValidatorSet } from '../chain/validatorSet.ts';
import type { Clock } from './clock.ts';
import type { Ledger } from './ledger.ts';
import type { Rules } from './rules.ts';

/** A peer as far as operators ask. */
export interface KnownPeer {
  readonly peerId: string;
  readonly isUp: boolean;
  /** As it said last. */
  readonly height: number | undefined;
  /** Unix ms. */
  readonly lastSeenMs: number | undefined;
}

/** The world of standings. */
export interface StandingsPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly rules: Rules;
  peers(): readonly KnownPeer[];
  /** Whether a validator is this node itself. */
  isSelf(validator: Validator): boolean;
}

/** How one validator stands. */
export interface Standing {
  readonly validator: Validator;
  readonly status: 'up' | 'behind' | 'missing';
  /** Unix ms. */
  readonly lastSeenMs: number | undefined;
  readonly lastSignedHeight: number | undefined;
}

/** A block with the votes that decided it. */
interface SignedBlock {
  readonly header: Header;
  readonly certificate: { readonly signatures: readonly { readonly index: number }[] };
}

/** Blocks that a validator may lack and still count as up: it may be about to apply them. */
const BEHIND_BLOCKS_MAX = 3;
/** A peer's height is as old as its last telling: it tells one every two seconds, and one may come late. */
const TOLD_MS_MAX = 5_000;
/** Blocks that a start reads for who signed last. */
const LOOK_BACK_BLOCKS = 100;

/** Knows how the validators stand. */
export class Standings {
  readonly #ports: StandingsPorts;
  /** By the hex of a consensus key. */
  readonly #lastSigned = new Map<string, number>();
  /** Own heights since a peer may have told its own last, ascending; the first counts for all time before. */
  readonly #heights: { readonly height: number; readonly atMs: number }[];

  constructor(ports: StandingsPorts) {
    this.#ports = ports;
    const { height } = ports.ledger.edge().header;
    this.#heights = [{ height, atMs: ports.clock.nowMs() }];
    for (let at = Math.max(1, height - LOOK_BACK_BLOCKS); at <= height; at++) {
      const block = ports.ledger.readBlock(at);
      if (block?.certificate !== undefined) {
        this.#noteSigners({ header: block.header, certificate: block.certificate });
      }
    }
  }

  /** Takes a block that was applied. */
  noteBlock(block: SignedBlock): void {
    const atMs = this.#ports.clock.nowMs();
    const heights = this.#heights;
    while ((heights[1]?.atMs ?? Infinity) <= atMs - TOLD_MS_MAX) heights.shift();
    heights.push({ height: block.header.height, atMs });
    this.#noteSigners(block);
  }

  #noteSigners({ header, certificate }: SignedBlock): void {
    const validators = this.validators();
    for (const { index } of certificate.signatures) {
      const validator = validators[index];
      if (validator === undefined) continue;
      this.#lastSigned.set(formatHex(validator.consensusKey), header.height);
    }
  }

  /** Validators of the next height, in voting order. */
  validators(): ValidatorSet {
    return this.#ports.rules.validators();
  }

  /** How each of them stands. */
  all(): readonly Standing[] {
    const { clock } = this.#ports;
    const height = this.#heightBefore(clock.nowMs() - TOLD_MS_MAX);
    const peers = new Map(this.#ports.peers().map((peer) => [peer.peerId, peer]));
    return this.validators().map((validator) => {
      const lastSignedHeight = this.#lastSigned.get(formatHex(validator.consensusKey));
      if (this.#ports.isSelf(validator)) {
        return { validator, status: 'up', lastSeenMs: clock.nowMs(), lastSignedHeight };
      }
      const peer = peers.get(validator.peerId);
      const status = statusOf(peer, height);
      return { validator, status, lastSeenMs: peer?.lastSeenMs, lastSignedHeight };
    });
  }

  /** The height that this node had then, or the oldest that it remembers. */
  #heightBefore(atMs: number): number {
    const had = this.#heights.findLast((each) => each.atMs <= atMs) ?? this.#heights[0];
    return had?.height ?? 0;
  }

  /** Names of validators that cannot be reached. */
  missing(): readonly string[] {
    return this.all()
      .filter(({ status }) => status === 'missing')
      .map(({ validator }) => validator.name);
  }
}

function statusOf(peer: KnownPeer | undefined, height: number): Standing['status'] {
  if (peer?.isUp !== true) return 'missing';
  return (peer.height ?? 0) < height - BEHIND_BLOCKS_MAX ? 'behind' : 'up';
}
