/**
 * How far an observer is, against what the validators tell.
 *
 * f of them may lie about their height. Of the heights told, the f + 1st from above is not above that of some
 * honest validator, so the observer holds itself against that one: liars cannot make it look late nor, as long as
 * f + 1 honest validators are connected, up to date.
 */
import { maxFaulty } from '../chain/consensus/quorum.ts';
import type { Clock } from './clock.ts';
import type { AppliedBlock } from './consensus/driveLoop.ts';
import type { Ledger } from './ledger.ts';
import type { Rules } from './rules.ts';
import type { KnownPeer, Standings } from './standings.ts';

/** The world of an observer's progress. */
export interface ObserverProgressPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly rules: Rules;
  readonly standings: Standings;
  peers(): readonly KnownPeer[];
}

/** Time for which having been up to date counts: heights are told every 2 s, and their blocks follow. */
const CURRENT_MS_MAX = 10_000;
/** Time after the keep-alive after which a block is missed. */
const SILENT_MS_MAX = 30_000;

/** Knows how an observer stands. */
export class ObserverProgress {
  readonly #ports: ObserverProgressPorts;
  /** When it was up to date last, Unix ms; undefined before the first time. */
  #currentAtMs: number | undefined;
  /** When the last block was applied here, or the node started; Unix ms. */
  #movedAtMs: number;

  constructor(ports: ObserverProgressPorts) {
    this.#ports = ports;
    this.#movedAtMs = ports.clock.nowMs();
  }

  /** Takes the news that a validator has told its height. */
  noteHeight(): void {
    this.#look();
  }

  /** Takes a block that was applied. */
  noteBlock(block: AppliedBlock): void {
    this.#movedAtMs = this.#ports.clock.nowMs();
    this.#ports.standings.noteBlock(block);
    this.#look();
  }

  /** Names of the validators that are connected. */
  following(): readonly string[] {
    return this.#ports.standings
      .all()
      .filter(({ status }) => status !== 'missing')
      .map(({ validator }) => validator.name);
  }

  /** Whether blocks are being fetched that validators have, for longer than it takes to be told of one. */
  isSyncing(): boolean {
    return !this.#isCurrent() && this.#toldHeight() !== undefined;
  }

  /** Blocks that validators have and that are not here. */
  blocksBehind(): number {
    return Math.max(0, (this.#toldHeight() ?? 0) - this.#ports.ledger.edge().header.height);
  }

  /** Why what is answered here may be old, as a sentence; undefined while it is not. */
  late(): string | undefined {
    if (this.#isCurrent()) return undefined;
    const { ledger, standings } = this.#ports;
    const told = this.#toldHeight();
    if (told !== undefined) {
      return `blocks up to ${told} are being fetched; ${ledger.edge().header.height} is here`;
    }
    const names = standings.missing().join(', ');
    return `none of ${names} can be reached, or none has this observer in its P2P_OBSERVERS`;
  }

  /** Why no block comes, as a sentence; undefined while nothing is wrong. */
  stalled(): string | undefined {
    return this.late() ?? this.#withoutBlock();
  }

  #withoutBlock(): string | undefined {
    const { clock, rules } = this.#ports;
    const silentMs = clock.nowMs() - this.#movedAtMs;
    const { keepaliveS } = rules.params();
    if (silentMs < keepaliveS * 1_000 + SILENT_MS_MAX) return undefined;
    return (
      `no block for ${Math.round(silentMs / 1_000)} s, where one is due every ${keepaliveS} s: ` +
      'ask the validators for their status'
    );
  }

  #look(): void {
    const told = this.#toldHeight();
    if (told === undefined || told > this.#ports.ledger.edge().header.height) return;
    this.#currentAtMs = this.#ports.clock.nowMs();
  }

  #isCurrent(): boolean {
    if (this.#currentAtMs === undefined) return false;
    return this.#ports.clock.nowMs() - this.#currentAtMs < CURRENT_MS_MAX;
  }

  /** The height that the chain has, as far as it can be told; undefined where nobody tells. */
  #toldHeight(): number | undefined {
    const heights = this.#ports
      .peers()
      .filter(({ isUp }) => isUp)
      .map(({ height }) => height ?? 0)
      .sort((a, b) => b - a);
    const lies = maxFaulty(this.#ports.standings.validators().length);
    return heights[Math.min(lies, heights.length - 1)];
  }
}
