/**
 * Progress: what an operator asks when nothing moves. Who is there, who has signed, what was refused last, and
 * what the chain waits for. Kept in memory and told as it is; nothing is decided by it.
 */
import { formatHex } from '../chain/bytes.ts';
import type { Header } from '../chain/block.ts';
import type { Engine } from '../chain/consensus/engine.ts';
import { quorumSize } from '../chain/consensus/quorum.ts';
import type { Input } from '../chain/consensus/ready.ts';
import type { ChainError } from '../chain/errors.ts';
import { validatorsAt } from '../chain/state.ts';
import type { Validator, ValidatorSet } from '../chain/validatorSet.ts';
import type { Clock } from './clock.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import type { Ledger } from './ledger.ts';
import type { BlockSync } from './sync/ports.ts';

/** A peer as far as progress asks. */
export interface KnownPeer {
  readonly peerId: string;
  readonly isUp: boolean;
  /** As it said last. */
  readonly height: number | undefined;
  /** Unix ms. */
  readonly lastSeenMs: number | undefined;
}

/** The world of progress. */
export interface ProgressPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly sync: BlockSync;
  /** This validator's own key. */
  readonly consensusKey: Uint8Array;
  peers(): readonly KnownPeer[];
  /** Why this validator signs nothing yet. */
  waitingFor(): string | undefined;
}

/** A proposal that this validator did not vote for. */
export interface LastRefusal {
  readonly code: string;
  readonly message: string;
  readonly height: number;
  readonly view: number;
  /** Unix ms. */
  readonly atMs: number;
}

/** How one validator stands. */
export interface Standing {
  readonly validator: Validator;
  readonly status: 'up' | 'behind' | 'missing';
  /** Unix ms. */
  readonly lastSeenMs: number | undefined;
  readonly lastSignedHeight: number | undefined;
}

/** Blocks that a validator may lack and still count as up: it may be about to apply them. */
const BEHIND_BLOCKS_MAX = 3;
/** Time without a block, while work waits, after which an operator is told. */
const SILENT_MS_MAX = 10_000;
/** Blocks that a start reads for who signed last. */
const LOOK_BACK_BLOCKS = 100;

/** Knows how things stand. */
export class Progress {
  readonly #ports: ProgressPorts;
  /** By the hex of a consensus key. */
  readonly #lastSigned = new Map<string, number>();
  #lastRefusal: LastRefusal | undefined;
  #hasWork = false;
  /** When the chain last moved here, or work began; Unix ms. */
  #movedAtMs: number;

  constructor(ports: ProgressPorts) {
    this.#ports = ports;
    this.#movedAtMs = ports.clock.nowMs();
    const { height } = ports.ledger.edge().header;
    for (let at = Math.max(1, height - LOOK_BACK_BLOCKS); at <= height; at++) {
      const block = ports.ledger.readBlock(at);
      if (block?.certificate !== undefined) this.#noteSigners(block.header, block.certificate);
    }
  }

  /** Takes what the engine was told. */
  noteStep(input: Input): void {
    if (input.type !== 'work') return;
    if (input.waiting && !this.#hasWork) this.#movedAtMs = this.#ports.clock.nowMs();
    this.#hasWork = input.waiting;
  }

  /** Takes a block that was applied. */
  noteBlock({ header, certificate }: AppliedBlock): void {
    this.#movedAtMs = this.#ports.clock.nowMs();
    this.#noteSigners(header, certificate);
  }

  /** Takes why a proposal was not voted for. */
  noteRefusal({ code, message }: ChainError, { height, view }: Header): void {
    this.#lastRefusal = { code, message, height, view, atMs: this.#ports.clock.nowMs() };
  }

  /** The last proposal that was not voted for. */
  lastRefusal(): LastRefusal | undefined {
    return this.#lastRefusal;
  }

  /** How each validator of the next height stands, in voting order. */
  standings(): readonly Standing[] {
    const { height } = this.#ports.ledger.edge().header;
    const peers = new Map(this.#ports.peers().map((peer) => [peer.peerId, peer]));
    const own = formatHex(this.#ports.consensusKey);
    return this.#validators().map((validator) => {
      const key = formatHex(validator.consensusKey);
      const lastSignedHeight = this.#lastSigned.get(key);
      if (key === own) {
        const lastSeenMs = this.#ports.clock.nowMs();
        return { validator, status: 'up', lastSeenMs, lastSignedHeight };
      }
      const peer = peers.get(validator.peerId);
      const status = statusOf(peer, height);
      return { validator, status, lastSeenMs: peer?.lastSeenMs, lastSignedHeight };
    });
  }

  /** Names of validators that cannot be reached. */
  missing(): readonly string[] {
    return this.standings()
      .filter(({ status }) => status === 'missing')
      .map(({ validator }) => validator.name);
  }

  /** Whether blocks are being fetched that others have. */
  isSyncing(): boolean {
    const { sync, ledger } = this.#ports;
    return sync.isSyncing() && sync.target() > ledger.edge().header.height;
  }

  /** Why no block is being made, as a sentence; undefined while nothing is wrong. */
  stalled(): string | undefined {
    return (
      this.#withoutQuorum() ?? this.#ports.waitingFor() ?? this.#behind() ?? this.#withoutBlock()
    );
  }

  #withoutQuorum(): string | undefined {
    const validators = this.#validators();
    const missing = this.missing();
    const quorum = quorumSize(validators.length);
    const reached = validators.length - missing.length;
    if (reached >= quorum) return undefined;
    return (
      `${reached} of ${validators.length} validators can be reached, this one included, and a block ` +
      `needs ${quorum}: ${missing.join(', ')} cannot`
    );
  }

  #behind(): string | undefined {
    const { sync, ledger } = this.#ports;
    if (!this.isSyncing()) return undefined;
    return `blocks up to ${sync.target()} are being fetched; ${ledger.edge().header.height} is here`;
  }

  /** What waits for longer than any timer of a sound network. */
  #withoutBlock(): string | undefined {
    const { clock, engine } = this.#ports;
    const silentMs = clock.nowMs() - this.#movedAtMs;
    if (!this.#hasWork || silentMs < SILENT_MS_MAX) return undefined;
    const { height, view } = engine.place();
    const proposer = this.#validators()[engine.proposer()]?.name ?? 'nobody';
    const refused =
      this.#lastRefusal?.height === height
        ? `; the last proposal was refused: ${this.#lastRefusal.message}`
        : '';
    return (
      `no block for ${Math.round(silentMs / 1_000)} s at height ${height}, view ${view}, ` +
      `whose proposer is ${proposer}${refused}`
    );
  }

  #validators(): ValidatorSet {
    const { state } = this.#ports.ledger.edge();
    return validatorsAt(state, state.height + 1);
  }

  #noteSigners(
    { height }: Header,
    { signatures }: { readonly signatures: readonly { readonly index: number }[] },
  ): void {
    const validators = this.#validators();
    for (const { index } of signatures) {
      const validator = validators[index];
      if (validator !== undefined) this.#lastSigned.set(formatHex(validator.consensusKey), height);
    }
  }
}

function statusOf(peer: KnownPeer | undefined, height: number): Standing['status'] {
  if (peer?.isUp !== true) return 'missing';
  return (peer.height ?? 0) < height - BEHIND_BLOCKS_MAX ? 'behind' : 'up';
}
