/**
 * kill -9 under load, at each named point and at random moments: what a camera was promised is kept.
 *
 * `npm run torture` is the same run, as long as wanted; the seed in the title repeats the schedule there.
 */
import { randomInt } from 'node:crypto';

import { expect } from 'chai';

import { CRASH_POINTS } from '../../node/crashPoint.ts';
import { planKills, ROUND_COUNT } from '../../scripts/torture/plan.ts';
import type { TortureReport } from '../../scripts/torture/report.ts';
import { torture } from '../../scripts/torture/torture.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const RUN_MS_MAX = 240_000;

describe('the schedule of kills', () => {
  const options = { kills: 3 * ROUND_COUNT, seed: 1, point: undefined };

  it('is the same for the same seed', () => {
    expect(planKills(options)).to.deep.equal(planKills(options));
  });

  it('is another for another seed', () => {
    expect(planKills(options)).not.to.deep.equal(planKills({ ...options, seed: 2 }));
  });

  it('holds every point once in each round, and random moments', () => {
    const points = planKills(options).map(({ kill }) => (kill.type === 'point' ? kill.point : '-'));

    for (const point of CRASH_POINTS) {
      expect(
        points.filter((each) => each === point),
        point,
      ).to.have.length(3);
    }
    expect(points.filter((each) => each === '-')).to.have.length(15);
  });

  it('holds nothing but one point where that is asked for', () => {
    const plan = planKills({ ...options, point: 'after-202' });

    expect(plan).to.have.length(options.kills);
    for (const { kill } of plan) expect(kill).to.include({ type: 'point', point: 'after-202' });
  });
});

const seed = randomInt(0xffff_ffff);

describe(`a node that is killed again and again (seed ${seed})`, function () {
  this.timeout(RUN_MS_MAX);
  const dir = temporaryFolder();
  const lines: string[] = [];
  let report: TortureReport;

  before(`npm run torture -- --kills ${ROUND_COUNT} --seed ${seed}`, async () => {
    const plan = planKills({ kills: ROUND_COUNT, seed, point: undefined });
    report = await torture({ seed, dir, plan }, (line) => lines.push(line));
  });

  after('tell what happened', () => {
    if (report.violations.length > 0) console.log(lines.join('\n'));
  });

  it('breaks no promise, and leaves stores in which birthmark db check finds nothing', () => {
    expect(report.violations).to.deep.equal([]);
    expect(report.promiseCheckCount).to.be.at.least(ROUND_COUNT / 3);
    expect(report.storeCheckCount).to.be.at.least(1);
  });

  for (const point of CRASH_POINTS) {
    it(`was killed at ${point}`, () => {
      expect(report.killCounts.get(point)).to.equal(1);
    });
  }

  it('was killed at random moments', () => {
    expect(report.killCounts.get('random moment')).to.equal(ROUND_COUNT - CRASH_POINTS.length);
  });

  it('commits the picture of every submission that had a 202', () => {
    expect(report.promisedCount).to.be.at.least(100);
    expect(report.committedCount).to.equal(report.promisedCount);
    expect(report.pendingCount).to.equal(0);
  });

  it('is sent again what it did not answer, and what it did', () => {
    expect(report.resendCount).to.be.at.least(1);
    expect(report.repeatCount).to.be.at.least(1);
  });

  it('keeps what waits for an authority that is away, over a kill, until the authority is back', () => {
    expect(report.outageCount).to.equal(4);
  });
});
