/**
 * Networks of engines under random schedules: whatever happens, nobody decides two blocks at one height and
 * no honest key signs twice for one slot; and once the network is well again, it goes on.
 *
 * Every schedule follows from its seed, which is in the message of a failure.
 */
import { expect } from 'chai';

import { type Chance, chanceOf } from './support/chance.ts';
import { chooseLiars, forgetful, liarKinds } from './support/liars.ts';
import { FAIR, Network, type NetworkOptions, type Weather } from './support/network.ts';

/** Time within which a network that is well gains three blocks, liars or not. */
const RECOVERY_MS = 60_000;

function weatherOf(chance: Chance): Weather {
  return {
    loss: chance.pick([0, 0.05, 0.2, 0.4]),
    lossByKind: { kind: chance.pick([1, 2, 3, 3, 3, 4, 5]), share: chance.pick([0, 0.5, 0.8]) },
    duplication: chance.pick([0, 0.1, 0.3]),
    delayMaxMs: chance.pick([20, 200, 1_500, 4_000]),
    crash: chance.pick([0, 0, 0.002, 0.01]),
    secrecy: chance.pick([0, 0, 0.3]),
  };
}

/** Runs a network through bad times: parted, whole, all processes ended at once, parted again. */
function suffer(network: Network, chance: Chance): void {
  for (let i = 0; i < 4; i++) {
    network.part(network.replicas.map(() => (chance.happens(0.7) ? 0 : 1)));
    if (chance.happens(0.4)) powerCut(network);
    network.run(chance.below(6_000));
    if (chance.happens(0.5)) network.part(network.replicas.map(() => 0));
    network.run(chance.below(3_000));
  }
}

function powerCut(network: Network): void {
  for (const replica of network.replicas) {
    network.crash(replica);
    network.restart(replica);
  }
}

/** Runs a network through bad times, heals it, and returns why that fails, or nothing. */
function failureOf(network: Network, chance: Chance): string | undefined {
  suffer(network, chance);
  network.heal();
  const highest = Math.max(...network.honest().map(({ height }) => height));
  const took = network.runTo(highest + 3, RECOVERY_MS);
  if (network.violations.length > 0) return network.violations.join(', ');
  return took === undefined ? `no progress from ${highest}` : undefined;
}

/** What a schedule is made of, by its chance. */
type Setting = (chance: Chance) => Pick<NetworkOptions, 'weather' | 'liars'>;

/** Returns the seeds that fail, with the reason. */
function failuresOf(validatorCount: number, setting: Setting): readonly string[] {
  return Array.from({ length: SEEDS }, (_, seed) => {
    const chance = chanceOf(seed * 7_919 + validatorCount);
    const network = new Network({ seed, validatorCount, ...setting(chance) });
    const failure = failureOf(network, chance);
    return failure === undefined ? [] : [`seed ${seed}: ${failure}`];
  }).flat();
}

const SEEDS = 100;
/** On a machine that is busy. */
const TIMEOUT_MS = 180_000;

describe('networks of every size, under random schedules', () => {
  for (let count = 1; count <= 10; count++) {
    it(`R3, R10, R11: of ${count} honest validators are safe, and go on when all is well`, () => {
      const setting: Setting = (chance) => ({ weather: weatherOf(chance) });

      expect(failuresOf(count, setting)).to.deep.equal([]);
    }).timeout(TIMEOUT_MS);

    it(`R4, R9, R10: of ${count} of which f lie are safe, and go on when all is well`, () => {
      const setting: Setting = (chance) => ({
        weather: weatherOf(chance),
        liars: chooseLiars(count, liarKinds(), chance),
      });

      expect(failuresOf(count, setting)).to.deep.equal([]);
    }).timeout(TIMEOUT_MS);
  }
});

describe('networks where COMMITs are lost and whoever decides first is gone', () => {
  for (const count of [4, 5, 7]) {
    it(`R10: of ${count} of which f forge NEW-VIEWs decide nothing else`, () => {
      const setting: Setting = (chance) => ({
        weather: { ...FAIR, lossByKind: { kind: 3, share: 0.7 }, secrecy: 1 },
        liars: chooseLiars(count, [forgetful], chance),
      });

      expect(failuresOf(count, setting)).to.deep.equal([]);
    }).timeout(TIMEOUT_MS);
  }
});

describe('a network that is well', () => {
  for (let count = 1; count <= 10; count++) {
    it(`of ${count} loses no view and makes a block for every batch`, () => {
      const network = new Network({ seed: count, validatorCount: count, weather: FAIR });
      network.run(20_000);

      expect(network.viewChangeCount).to.equal(0);
      expect(network.height()).to.be.at.least(30);
    });
  }

  it('R7: rests while there is no work', () => {
    const network = new Network({ seed: 1, validatorCount: 4, weather: FAIR });
    network.stopBatches();
    network.run(60_000);

    expect([network.height(), network.viewChangeCount]).to.deep.equal([0, 0]);
  });
});

describe('a network of four', () => {
  const of = (seed: number): Network => new Network({ seed, validatorCount: 4, weather: FAIR });

  it('R5: suspends a validator that is dead, and then loses no more views to it', () => {
    const network = of(3);
    network.crash(network.replicas[2]!);
    network.run(20_000);
    const lostBefore = network.viewChangeCount;
    network.run(10_000);

    // Two views are lost, by the three that are left.
    expect(lostBefore).to.equal(6);
    expect(network.viewChangeCount).to.equal(lostBefore);
  });

  it('R14: stands still without a quorum, in its view, and goes on within ten seconds of its return', () => {
    const network = of(4);
    network.run(5_000);
    network.crash(network.replicas[0]!);
    network.crash(network.replicas[1]!);
    network.run(600_000);
    const views = network.honest().filter(({ isUp }) => isUp);
    const highest = Math.max(...views.map(({ engine }) => engine.place().view));
    const { height } = network.replicas[3]!;
    network.restart(network.replicas[0]!);
    const took = network.runTo(height + 3, 10_000);

    expect(highest).to.be.at.most(1);
    expect(took).to.not.equal(undefined);
  });

  it('R15: goes on within ten seconds when a partition in halves ends', () => {
    const network = of(5);
    network.run(5_000);
    network.part([0, 0, 1, 1]);
    network.run(120_000);
    const highest = Math.max(...network.replicas.map(({ height }) => height));
    network.part([0, 0, 0, 0]);

    expect(network.runTo(highest + 3, 10_000)).to.not.equal(undefined);
  });

  it('R15: brings back a validator that was alone', () => {
    const network = of(6);
    network.part([0, 0, 0, 1]);
    network.run(60_000);
    const highest = network.replicas[0]!.height;
    network.part([0, 0, 0, 0]);

    expect(network.replicas[3]!.height).to.equal(0);
    expect(network.runTo(highest, 10_000)).to.not.equal(undefined);
  });

  it('gives the same schedule for the same seed', () => {
    const heights = [1, 2].map(() => {
      const network = new Network({
        seed: 9,
        validatorCount: 4,
        weather: { loss: 0.2, duplication: 0.2, delayMaxMs: 1_000, crash: 0.002 },
      });
      network.run(30_000);
      return [network.replicas.map(({ height }) => height), network.viewChangeCount];
    });

    expect(heights[0]).to.deep.equal(heights[1]);
  });
});
