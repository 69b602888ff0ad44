/** A machine's disk: how long it takes, when it fails, and what a loss of power takes with it. */
import type { Life, World } from '../world.ts';
import { LogDisk } from './logDisk.ts';
import type { Performer } from './performer.ts';
import { RowDisk } from './rowDisk.ts';

/** How a disk fails: a sync that does not succeed, or no room. */
export type DiskFailure = 'sync' | 'full';

/** What a disk tells a process that it cannot do. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
}

/** How a process ends: alone, or with the power of its machine. */
export type End = 'kill' | 'power';

/** A write whose outcome is open while it is under way. */
export interface Underway {
  /** Makes it so, wholly or in part. */
  readonly apply: () => void;
}

/** Everything that a machine keeps. */
export class Drive implements Performer {
  chain = new RowDisk();
  work = new RowDisk();
  log = new LogDisk();
  /** How the next write fails; undefined: it does not. */
  failure: DiskFailure | undefined;
  /** By how much a slow disk is slower. */
  slowness = 1;
  /** Called when a write fails as it was to. */
  onFailure: (failure: DiskFailure) => void = () => undefined;
  readonly #world: World;
  readonly #underway = new Set<Underway>();

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * Does a write for a process, after its time: a process whose life is over waits for ever.
   *
   * Rejects with a DiskError where it fails: then part of it may be done.
   */
  perform(life: Life, apply: () => void, isDurable: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (life.isOver) return;
      const underway: Underway = { apply };
      this.#underway.add(underway);
      this.#world.schedule(this.#latencyMs(isDurable), life, () => {
        this.#underway.delete(underway);
        const failure = this.#takeFailure(isDurable);
        // What a sync that failed has written is anybody's guess.
        if (failure === undefined || (failure === 'sync' && this.#world.chance.happens(0.5))) {
          apply();
        }
        if (failure === undefined) resolve();
        else reject(new DiskError(failure === 'sync' ? 'EIO: sync' : 'ENOSPC: no room'));
      });
    });
  }

  #takeFailure(isDurable: boolean): DiskFailure | undefined {
    const { failure } = this;
    if (failure === undefined || (failure === 'sync' && !isDurable)) return undefined;
    this.failure = undefined;
    this.onFailure(failure);
    return failure;
  }

  /** Ends what is under way as the end of the process, or of the power, leaves it. */
  end(how: End): void {
    const { chance } = this.#world;
    for (const { apply } of this.#underway) {
      if (chance.happens(0.5)) apply();
    }
    this.#underway.clear();
    this.failure = undefined;
    if (how === 'kill') return;
    this.chain.losePower(chance);
    this.work.losePower(chance);
    this.log.losePower(chance);
  }

  /** Drops everything. */
  wipe(): void {
    this.chain = new RowDisk();
    this.work = new RowDisk();
    this.log = new LogDisk();
  }

  /** Returns a copy of everything, as a backup takes it. */
  backUp(): Pick<Drive, 'chain' | 'work' | 'log'> {
    return { chain: this.chain.copy(), work: this.work.copy(), log: this.log.copy() };
  }

  /** Puts a backup in the place of everything. */
  restore({ chain, work, log }: Pick<Drive, 'chain' | 'work' | 'log'>): void {
    this.chain = chain.copy();
    this.work = work.copy();
    this.log = log.copy();
  }

  #latencyMs(isDurable: boolean): number {
    const { chance } = this.#world;
    return (isDurable ? 0.2 + chance.next() * 2 : 0.05) * this.slowness;
  }
}
