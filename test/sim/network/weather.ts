/** What the wires between machines do to messages. */
import type { Chance } from '../../chain/consensus/support/chance.ts';

/** A directed wire, by the numbers of two machines. */
export function wireOf(from: number, to: number): string {
  return `${from}>${to}`;
}

/** How bad the wires are now. */
export class Weather {
  /** Share of messages lost, doubled, and overtaken by later ones. */
  loss = 0;
  duplication = 0;
  reordering = 0;
  /** Time on the way, at least and at most. */
  delayMsMin = 1;
  delayMsMax = 20;
  /** Wires that carry nothing. */
  readonly blocked = new Set<string>();
  /** Wires that are slow, with the time by which. */
  readonly clogged = new Map<string, number>();
  /** Types of messages that are dropped everywhere: channel, tag, and the kind of a vote, as `votes/1/3`. */
  readonly dropped = new Set<string>();

  delayMs(from: number, to: number, chance: Chance): number {
    const clog = this.clogged.get(wireOf(from, to)) ?? 0;
    const usual = this.delayMsMin + chance.next() * (this.delayMsMax - this.delayMsMin);
    return usual + clog * (0.5 + chance.next() / 2);
  }

  /** Whether bytes can go both ways. */
  isOpen(a: number, b: number): boolean {
    return !this.blocked.has(wireOf(a, b)) && !this.blocked.has(wireOf(b, a));
  }

  /** Everything arrives, in its time. */
  clear(): void {
    this.loss = 0;
    this.duplication = 0;
    this.reordering = 0;
    this.delayMsMin = 1;
    this.delayMsMax = 20;
    this.blocked.clear();
    this.clogged.clear();
    this.dropped.clear();
  }
}
