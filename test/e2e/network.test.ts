/**
 * Four validators as processes, under load, with every kind of fault once: what a camera was promised is kept,
 * and all chains are the same, byte for byte.
 *
 * `npm run torture -- --validators 4` is the same run, as long as wanted; the seed in the title repeats the
 * schedule there.
 */
import { randomInt } from 'node:crypto';

import { expect } from 'chai';

import {
  type Fault,
  FAULT_TYPES,
  killCount,
  planFaults,
} from '../../scripts/torture/network/plan.ts';
import type { NetworkReport } from '../../scripts/torture/network/report.ts';
import { tortureNetwork } from '../../scripts/torture/network/torture.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const KILLS = 10;
const OUTAGE_MS_MAX = 1_500;
const RUN_MS_MAX = 400_000;

function victimsOf(fault: Fault): readonly number[] {
  return fault.type === 'kill proposer' ? [] : fault.victims;
}

describe('the schedule of faults', () => {
  const options = { kills: 60, seed: 1, validatorCount: 4, outageMsMax: 5_000 };

  it('is the same for the same seed', () => {
    expect(planFaults(options)).to.deep.equal(planFaults(options));
  });

  it('is another for another seed', () => {
    expect(planFaults(options)).not.to.deep.equal(planFaults({ ...options, seed: 2 }));
  });

  it('holds every kind of fault in each round, and at least as many kills as asked', () => {
    const one = planFaults({ ...options, kills: 1 });

    expect(new Set(one.map(({ type }) => type))).to.deep.equal(new Set(FAULT_TYPES));
    expect(one.reduce((sum, fault) => sum + killCount(fault), 0)).to.be.at.least(KILLS);
    expect(planFaults(options)).to.have.length(one.length * 6);
  });

  for (const [validatorCount, several, minority, halves] of [
    [4, 2, 1, 2],
    [5, 2, 1, 2],
    [7, 3, 2, 3],
  ] as const) {
    it(`kills as many of ${validatorCount} as leave no quorum, and parts as many as leave one`, () => {
      const plan = planFaults({ ...options, validatorCount });
      const sizes = (type: Fault['type']): readonly number[] =>
        plan.filter((fault) => fault.type === type).map((fault) => victimsOf(fault).length);

      expect(new Set(sizes('kill several'))).to.deep.equal(new Set([several]));
      expect(new Set(sizes('part minority'))).to.deep.equal(new Set([minority]));
      expect(new Set(sizes('part halves'))).to.deep.equal(new Set([halves]));
      expect(new Set(sizes('kill all'))).to.deep.equal(new Set([validatorCount]));
    });
  }
});

const seed = randomInt(0xffff_ffff);

describe(`four validators that are killed, parted, wiped and doubled (seed ${seed})`, function () {
  this.timeout(RUN_MS_MAX);
  const dir = temporaryFolder();
  const lines: string[] = [];
  let report: NetworkReport;

  before(`npm run torture -- --validators 4 --outage ${OUTAGE_MS_MAX} --seed ${seed}`, async () => {
    const options = { seed, validatorCount: 4 };
    const plan = planFaults({ ...options, kills: KILLS, outageMsMax: OUTAGE_MS_MAX });
    report = await tortureNetwork({ ...options, dir, plan }, (line) => lines.push(line));
  });

  after('tell what happened', () => {
    if (report.violations.length > 0) console.log(lines.join('\n'));
  });

  it('break no promise, make blocks within 10 s of a quorum, and end with the same chain', () => {
    expect(report.violations).to.deep.equal([]);
    expect(report.storeCheckCount).to.equal(4);
    expect(report.chain.records).to.be.at.least(100);
  });

  for (const type of FAULT_TYPES) {
    it(`outlive: ${type}`, () => {
      expect(report.faultCounts.get(type)).to.be.at.least(1);
    });
  }

  it(`are killed ${KILLS} times or more`, () => {
    expect(report.killCount).to.be.at.least(KILLS);
  });
});
