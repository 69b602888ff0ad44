/** A validator's machine: a disk and a clock that outlive its processes, and how those end. */
import type { Dial } from './clock.ts';
import { Drive, type End } from './disk/drive.ts';
import { LogDisk } from './disk/logDisk.ts';
import type { Conduct, EndPoint, Host, Node, Setting, Tongue } from './parts.ts';
import { Process } from './process.ts';

/** Thrown where a process ends at a point, through whatever it was doing. */
class Ended extends Error {}

/** A machine. */
export class Machine implements Host {
  /** Machines of a run have different numbers; a twin has the index of another. */
  readonly number: number;
  readonly index: number;
  readonly conduct: Conduct;
  readonly drive: Drive;
  readonly dial: Dial = { skewMs: 0, rate: 1 };
  /** What it makes of what an honest one would send. */
  liar: Tongue | undefined;
  process: Process | undefined;
  /** Where its process will end, and at which time that it comes there. */
  trap: { readonly point: EndPoint; readonly how: End; count: number } | undefined;
  /** What a restored machine is put back to. */
  backup: ReturnType<Drive['backUp']> | undefined;
  /** How a process ended by itself: the run decides when it comes back. */
  onEnd: () => void = () => undefined;
  readonly #setting: Setting;

  constructor(
    setting: Setting,
    { number, index, conduct }: Pick<Machine, 'number' | 'index' | 'conduct'>,
  ) {
    this.number = number;
    this.index = index;
    this.conduct = conduct;
    this.#setting = setting;
    this.drive = new Drive(setting.world);
    this.drive.onFailure = (failure) => setting.tally.add(`disk ${failure}`);
  }

  get name(): string {
    return this.number === this.index ? `v${this.index}` : `v${this.index}'`;
  }

  /** Whether its key signs by the rules, and nothing that it stored is lost. */
  get isHonest(): boolean {
    return this.conduct === 'honest';
  }

  get isUp(): boolean {
    return this.process !== undefined;
  }

  get isPaused(): boolean {
    return this.process?.life.paused !== undefined;
  }

  /** Starts a process on what the disk holds. */
  start(): void {
    if (this.process !== undefined) return;
    this.#setting.world.tell(() => `${this.name} starts`);
    this.process = new Process(this, this.#setting);
    void this.process.run();
  }

  /** Ends the process in the middle of whatever it does. */
  end(how: End): void {
    const { process } = this;
    if (process === undefined) return;
    this.#setting.world.tell(() => `${this.name} ends (${how})`);
    this.#setting.tally.add(how === 'kill' ? 'crash' : 'power loss');
    this.#setting.tally.add('block synced', process.syncedCount());
    this.process = undefined;
    this.trap = undefined;
    process.life.isOver = true;
    process.life.paused = undefined;
    this.drive.end(how);
    this.#setting.network.leave(process, how === 'power');
  }

  /** Ends the process here, if here is where it was to end. Throws then, so that what it did goes no further. */
  onPoint(point: EndPoint, process: Node): void {
    const { trap } = this;
    if (process !== this.process || trap?.point !== point) return;
    trap.count -= 1;
    if (trap.count > 0) return;
    this.#setting.tally.add(`end ${point}`);
    this.#setting.world.tell(() => `${this.name} comes to ${point}`);
    this.end(trap.how);
    this.onEnd();
    throw new Ended(point);
  }

  /** The process stops by itself, since its disk failed. */
  fail(): void {
    this.end(this.#setting.world.chance.happens(0.5) ? 'kill' : 'power');
    this.onEnd();
  }

  /** The operator of a machine whose log is damaged removes it, and starts again. */
  dropLog(): void {
    this.end('kill');
    this.drive.log = new LogDisk();
    this.onEnd();
  }

  /** Stops the process's time, and lets it go on. */
  pause(): void {
    if (this.process === undefined) return;
    this.process.life.paused = [];
    this.#setting.network.watch();
  }

  resume(): void {
    if (this.process !== undefined && this.isPaused) this.#setting.world.resume(this.process.life);
  }
}
