/**
 * Four validators as processes, under load, with every kind of fault once: what a camera was promised is kept,
 * and all chains are the same, byte for byte.
 *
 * `npm run torture -- --validators 4` is the same run, as long as wanted; the seed in the title repeats the
 * schedule there.
 */
import { randomInt } from 'node:crypto';

import { expect } from 'chai';

import { FAULT_TYPES, planFaults } from '../../scripts/torture/network/plan.ts';
import type { NetworkReport } from '../../scripts/torture/network/report.ts';
import { tortureNetwork } from '../../scripts/torture/network/torture.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const KILLS = 10;
const OUTAGE_MS_MAX = 1_500;
const RUN_MS_MAX = 400_000;

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
