/**
 * Faults: what happens to machines and wires over time. Each begins, lasts, and ends.
 *
 * Machines that suffer at a time are, with the faulty ones, seldom more than f: then the chain must go on. Now and
 * then they are more, for a while: then it may stand still, but nothing may be lost or contradicted.
 */
import { maxFaulty } from '../../chain/consensus/quorum.ts';
import type { End } from './disk/drive.ts';
import { LogDisk } from './disk/logDisk.ts';
import type { Machine } from './machine.ts';
import { wireOf } from './network/weather.ts';
import { END_POINTS, type Setting } from './parts.ts';
import type { Plan } from './plan.ts';

/** Ends a fault. */
type Undo = () => void;

interface Kind {
  readonly name: string;
  readonly weight: number;
  /** Begins; returns how it ends. */
  readonly begin: () => Undo;
}

/** How often a machine suffers though enough others do already. */
const EXCESS_SHARE = 0.15;

/** Makes faults, and ends them all when it is told to. */
export class Faults {
  readonly #setting: Setting;
  readonly #machines: readonly Machine[];
  readonly #plan: Plan;
  readonly #suffering = new Set<Machine>();
  readonly #open = new Set<Undo>();
  readonly #kinds: readonly Kind[];
  #isOver = false;
  /** Whether enough machines are well at all times: for a run that is to come to an end. */
  isMild = false;

  constructor(setting: Setting, machines: readonly Machine[], plan: Plan) {
    this.#setting = setting;
    this.#machines = machines;
    this.#plan = plan;
    this.#kinds = [...this.#processFaults(), ...this.#wireFaults(), ...this.#localFaults()];
    for (const machine of machines) machine.onEnd = () => this.#comeBack(machine);
  }

  start(): void {
    this.#scheduleNext();
  }

  /** Ends everything that has begun; nothing begins after it. */
  stop(): void {
    this.#isOver = true;
    for (const undo of [...this.#open]) undo();
    this.#setting.network.weather.clear();
    for (const machine of this.#machines) {
      machine.trap = undefined;
      machine.drive.failure = undefined;
      machine.drive.slowness = 1;
      machine.dial.skewMs = 0;
      machine.dial.rate = 1;
    }
  }

  #scheduleNext(): void {
    const { world } = this.#setting;
    const delayMs = -Math.log(1 - world.chance.next()) * this.#plan.faultMsMean;
    world.schedule(delayMs, undefined, () => {
      if (this.#isOver) return;
      this.#begin(this.#draw());
      this.#scheduleNext();
    });
  }

  #draw(): Kind {
    const { chance } = this.#setting.world;
    let left = chance.next() * this.#kinds.reduce((sum, { weight }) => sum + weight, 0);
    return this.#kinds.find(({ weight }) => (left -= weight) < 0) ?? this.#kinds[0]!;
  }

  #begin({ name, begin }: Kind): void {
    const { world } = this.#setting;
    const undo = begin();
    if (undo === NOTHING) return;
    world.tell(() => `fault: ${name}`);
    const end = (): void => {
      if (!this.#open.delete(end)) return;
      world.tell(() => `over: ${name}`);
      undo();
    };
    this.#open.add(end);
    world.schedule(500 + world.chance.next() ** 2 * 15_000, undefined, end);
  }

  /** Chooses a machine that is well, or none where enough suffer. */
  #chooseVictim(): Machine | undefined {
    const { chance } = this.#setting.world;
    const faultyCount = this.#plan.conducts.filter((conduct) => conduct !== 'honest').length;
    const budget = maxFaulty(this.#plan.validatorCount) - faultyCount;
    const isSpent = this.#suffering.size >= budget;
    if (isSpent && (this.isMild || !chance.happens(EXCESS_SHARE))) {
      // The faulty ones are counted already, whatever else happens to them.
      return this.#chooseFrom(this.#machines.filter(({ isHonest }) => !isHonest));
    }
    return this.#chooseFrom(this.#machines);
  }

  #chooseFrom(machines: readonly Machine[]): Machine | undefined {
    const well = machines.filter(
      (machine) => !this.#suffering.has(machine) && machine.isUp && !machine.isPaused,
    );
    return well.length === 0 ? undefined : this.#setting.world.chance.pick(well);
  }

  /** Lets a machine suffer until the fault ends. */
  #hurt(act: (machine: Machine) => Undo): Undo {
    const machine = this.#chooseVictim();
    if (machine === undefined) return NOTHING;
    this.#suffering.add(machine);
    const undo = act(machine);
    return () => {
      this.#suffering.delete(machine);
      undo();
    };
  }

  /** A process has ended by itself: its operator starts it again. */
  #comeBack(machine: Machine): void {
    const { world } = this.#setting;
    world.schedule(100 + world.chance.next() ** 2 * 10_000, undefined, () => {
      this.#restart(machine);
    });
  }

  /** Starts a process on its disk, after what its conduct makes of that. */
  #restart(machine: Machine): void {
    if (machine.isUp || this.#isOver) return;
    const { chance } = this.#setting.world;
    const { drive, conduct } = machine;
    if (conduct === 'wiped' && chance.happens(0.5)) {
      this.#note(machine, 'wipe');
      drive.wipe();
    }
    if (conduct === 'amnesiac') {
      this.#note(machine, 'amnesia');
      drive.log = new LogDisk();
    }
    if (conduct === 'rotten' && drive.log.rot(chance)) this.#note(machine, 'bit rot');
    const { backup } = machine;
    if (conduct === 'restored' && backup !== undefined) {
      this.#note(machine, 'restored backup');
      drive.restore(backup);
    }
    this.#setting.tally.add('restart');
    machine.start();
  }

  #note(machine: Machine, what: string): void {
    this.#setting.tally.add(what);
    this.#setting.world.tell(() => `${machine.name}: ${what}`);
  }

  #endNow(machine: Machine, how: End): Undo {
    machine.end(how);
    return () => this.#restart(machine);
  }

  #processFaults(): readonly Kind[] {
    const { world, tally } = this.#setting;
    const { chance } = world;
    const how = (): End => (chance.happens(0.5) ? 'kill' : 'power');
    return [
      { name: 'crash', weight: 3, begin: () => this.#hurt((each) => this.#endNow(each, how())) },
      {
        name: 'end at a point',
        weight: 6,
        begin: () =>
          this.#hurt((machine) => {
            const point = chance.pick(END_POINTS);
            // Some moments come with every vote, some once in a few blocks.
            const count = 1 + chance.below(point.endsWith('cut') ? 1 : 12);
            machine.trap = { point, how: how(), count };
            return () => (machine.trap = undefined);
          }),
      },
      {
        name: 'stop',
        weight: 1,
        begin: () => this.#hurt((machine) => this.#stopGently(machine)),
      },
      {
        name: 'pause',
        weight: 2,
        begin: () =>
          this.#hurt((machine) => {
            tally.add('pause');
            machine.pause();
            return () => machine.resume();
          }),
      },
      { name: 'outage', weight: 0.4, begin: () => this.#outage(how()) },
      { name: 'backup', weight: 1, begin: () => this.#backUp() },
    ];
  }

  #stopGently(machine: Machine): Undo {
    const { process } = machine;
    if (process === undefined) return NOTHING;
    this.#setting.tally.add('stop');
    void process.stop().then(() => {
      if (machine.process === process) machine.end('kill');
    });
    return () => {
      if (machine.process === process) {
        this.#setting.checks.fail('stop', `${machine.name} does not come to its end`);
        machine.end('kill');
      }
      this.#restart(machine);
    };
  }

  /** More than f are down at a time, and come back. */
  #outage(how: End): Undo {
    if (this.isMild) return NOTHING;
    const { world, tally } = this.#setting;
    const isAll = world.chance.happens(0.3);
    const gone = this.#machines.filter(
      (machine) => machine.isUp && !machine.isPaused && (isAll || world.chance.happens(0.6)),
    );
    tally.add('outage');
    for (const machine of gone) machine.end(how);
    return () => {
      for (const machine of gone) {
        world.schedule(world.chance.below(2_000), undefined, () => this.#restart(machine));
      }
    };
  }

  #backUp(): Undo {
    for (const machine of this.#machines) {
      if (machine.conduct === 'restored') machine.backup = machine.drive.backUp();
    }
    return NOTHING;
  }

  #wireFaults(): readonly Kind[] {
    const { network, world, tally } = this.#setting;
    const { weather } = network;
    const { chance } = world;
    return [
      { name: 'partition', weight: 2, begin: () => this.#partition() },
      {
        name: 'clogged link',
        weight: 1,
        begin: () => {
          const [a, b] = this.#drawTwo();
          tally.add('clogged link');
          weather.clogged.set(wireOf(a, b), 200 + chance.below(4_000));
          return () => weather.clogged.delete(wireOf(a, b));
        },
      },
      {
        name: 'loss',
        weight: 1.5,
        begin: () => {
          weather.loss = 0.02 + chance.next() * 0.2;
          return () => (weather.loss = 0);
        },
      },
      {
        name: 'duplication and reordering',
        weight: 1.5,
        begin: () => {
          weather.duplication = chance.next() * 0.3;
          weather.reordering = chance.next() * 0.3;
          return () => {
            weather.duplication = 0;
            weather.reordering = 0;
          };
        },
      },
      {
        name: 'delay',
        weight: 1,
        begin: () => {
          tally.add('long delays');
          weather.delayMsMax = 50 + chance.next() ** 2 * 1_500;
          return () => (weather.delayMsMax = 20);
        },
      },
      {
        name: 'drop by type',
        weight: 2,
        begin: () => {
          const type = chance.pick(TYPES);
          weather.dropped.add(type);
          return () => weather.dropped.delete(type);
        },
      },
    ];
  }

  #drawTwo(): readonly [number, number] {
    const { chance } = this.#setting.world;
    const a = chance.below(this.#machines.length);
    const b = (a + 1 + chance.below(this.#machines.length - 1)) % this.#machines.length;
    return [a, b];
  }

  #partition(): Undo {
    const { network, world, tally } = this.#setting;
    const { chance } = world;
    const shape = chance.pick(['halves', 'minority', 'single', 'asymmetric'] as const);
    if (shape === 'halves' && this.isMild) return NOTHING;
    const f = maxFaulty(this.#plan.validatorCount);
    const share = { halves: 0.5, minority: f / this.#machines.length, single: 0, asymmetric: 0 };
    const count = Math.max(1, Math.floor(share[shape] * this.#machines.length));
    const shuffled = this.#machines
      .map(({ number }) => ({ number, place: chance.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ number }) => number);
    const apart = shuffled.slice(0, count);
    const wires = apart.flatMap((a) =>
      shuffled.slice(count).flatMap((b) => [wireOf(a, b), wireOf(b, a)]),
    );
    // Who is cut off in one direction hears and is not heard, or the other way round.
    const cut = shape === 'asymmetric' ? wires.filter((_wire, i) => i % 2 === 0) : wires;
    tally.add(`partition ${shape}`);
    for (const wire of cut) network.weather.blocked.add(wire);
    network.watch();
    return () => {
      for (const wire of cut) network.weather.blocked.delete(wire);
    };
  }

  #localFaults(): readonly Kind[] {
    const { world, tally } = this.#setting;
    const { chance } = world;
    const sign = (): number => (chance.happens(0.5) ? 1 : -1);
    return [
      {
        name: 'clock jump',
        weight: 1,
        begin: () =>
          this.#hurt(({ dial }) => {
            tally.add('clock jump');
            dial.skewMs += sign() * chance.next() ** 3 * 280_000;
            return () => (dial.skewMs = 0);
          }),
      },
      {
        name: 'clock skew',
        weight: 1,
        begin: () => {
          tally.add('clock skew');
          for (const { dial } of this.#machines) dial.skewMs += sign() * chance.next() * 1_500;
          return () => {
            for (const { dial } of this.#machines) dial.skewMs = 0;
          };
        },
      },
      {
        name: 'clock drift',
        weight: 0.5,
        begin: () =>
          this.#hurt(({ dial }) => {
            tally.add('clock drift');
            dial.rate = 1 + sign() * chance.next() * 0.02;
            return () => (dial.rate = 1);
          }),
      },
      {
        name: 'disk failure',
        weight: 1.5,
        begin: () =>
          this.#hurt(({ drive }) => {
            drive.failure = chance.pick(['sync', 'full']);
            return () => (drive.failure = undefined);
          }),
      },
      {
        name: 'slow disk',
        weight: 0.7,
        begin: () =>
          this.#hurt(({ drive }) => {
            tally.add('slow disk');
            drive.slowness = 10 + chance.below(200);
            return () => (drive.slowness = 1);
          }),
      },
    ];
  }
}

/** The end of what has not begun. */
const NOTHING: Undo = () => undefined;

/** COMMIT: without it a block is prepared everywhere and decided nowhere, which later views must not forget. */
const COMMIT = 'votes/1/3';

/** Messages by type; half of the time it is that one. */
const TYPES = [
  ...Array.from({ length: 6 }, () => COMMIT),
  'votes/1/1',
  'votes/1/2',
  'votes/1/4',
  'votes/1/5',
  'votes/2',
  'batches/1',
  'batches/2',
];
