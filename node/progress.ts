/**
 * Progress: what an operator asks when nothing moves. Who is there, who has signed, what was refused last, and
 * what the chain waits for. Kept in memory and told as it is; nothing is decided by it.
 */
import type { Header } from '../chain/block.ts';
import type { Engine } from '../chain/consensus/engine.ts';
import { quorumSize } from '../chain/consensus/quorum.ts';
import type { Input } from '../chain/consensus/ready.ts';
import type { ChainError } from '../chain/errors.ts';
import type { Clock } from './clock.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import { SIGN_NOTHING } from './consensus/history.ts';
import type { Ledger } from './ledger.ts';
import type { Standings } from './standings.ts';
import type { BlockSync } from './sync/ports.ts';

/** The world of progress. */
export interface ProgressPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly sync: BlockSync;
  readonly standings: Standings;
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

/** Time without a block, while work waits, after which an operator is told. */
const SILENT_MS_MAX = 10_000;

/** Knows how things stand. */
export class Progress {
  readonly #ports: ProgressPorts;
  #lastRefusal: LastRefusal | undefined;
  #hasWork = false;
  /** When the chain last moved here, or work began; Unix ms. */
  #movedAtMs: number;

  constructor(ports: ProgressPorts) {
    this.#ports = ports;
    this.#movedAtMs = ports.clock.nowMs();
  }

  /** Takes what the engine was told. */
  noteStep(input: Input): void {
    if (input.type !== 'work') return;
    if (input.waiting && !this.#hasWork) this.#movedAtMs = this.#ports.clock.nowMs();
    this.#hasWork = input.waiting;
  }

  /** Takes a block that was applied. */
  noteBlock(block: AppliedBlock): void {
    this.#movedAtMs = this.#ports.clock.nowMs();
    this.#ports.standings.noteBlock(block);
  }

  /** Takes why a proposal was not voted for. */
  noteRefusal({ code, message }: ChainError, { height, view }: Header): void {
    this.#lastRefusal = { code, message, height, view, atMs: this.#ports.clock.nowMs() };
  }

  /** The last proposal that was not voted for. */
  lastRefusal(): LastRefusal | undefined {
    return this.#lastRefusal;
  }

  /** The height up to which this validator signs nothing, where it is known and lies ahead. */
  signFloor(): number | undefined {
    const { engine } = this.#ports;
    const floor = engine.signFloor();
    return floor === SIGN_NOTHING || floor < engine.place().height ? undefined : floor;
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
    const { standings } = this.#ports;
    const validators = standings.validators();
    const missing = standings.missing();
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
    const { clock, engine, standings } = this.#ports;
    const silentMs = clock.nowMs() - this.#movedAtMs;
    if (!this.#hasWork || silentMs < SILENT_MS_MAX) return undefined;
    const { height, view } = engine.place();
    const proposer = standings.validators()[engine.proposer()]?.name ?? 'nobody';
    const refused =
      this.#lastRefusal?.height === height
        ? `; the last proposal was refused: ${this.#lastRefusal.message}`
        : '';
    const floor = this.signFloor();
    const barred =
      floor === undefined
        ? ''
        : `; this validator signs nothing up to height ${floor}, since it may have lost what it signed`;
    return (
      `no block for ${Math.round(silentMs / 1_000)} s at height ${height}, view ${view}, ` +
      `whose proposer is ${proposer}${refused}${barred}`
    );
  }
}
