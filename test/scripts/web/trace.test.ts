import { expect } from 'chai';

import { BenchError } from '../../../scripts/bench/children.ts';
import { longestTaskMs } from '../../../scripts/web/bench/trace.ts';

const thread = (tid: number, name: string): object => ({
  name: 'thread_name',
  ph: 'M',
  pid: 1,
  tid,
  args: { name },
});
const task = (tid: number, dur: number, name = 'RunTask'): object => ({
  name,
  ph: 'X',
  pid: 1,
  tid,
  dur,
});
const traceOf = (...traceEvents: readonly object[]): string => JSON.stringify({ traceEvents });
const MAIN = thread(7, 'CrRendererMain');

describe('the longest task of a trace', () => {
  it('is that of a main thread, whatever other threads do', () => {
    const worker = thread(8, 'DedicatedWorker thread');
    const trace = traceOf(task(7, 2_500), task(7, 1_000), task(8, 900_000), MAIN, worker);

    expect(longestTaskMs(trace)).to.equal(2.5);
  });

  it('is a task, and nothing else that takes time', () => {
    const other = task(7, 900_000, 'Commit');
    const older = task(7, 4_000, 'ThreadControllerImpl::RunTask');

    expect(longestTaskMs(traceOf(MAIN, other, older, task(7, 1_000)))).to.equal(4);
  });

  for (const [what, trace] of [
    ['of no task', traceOf(MAIN)],
    ['of no main thread', traceOf(task(7, 1_000))],
    ['that is none', '{}'],
  ] as const) {
    it(`is refused of a trace ${what}`, () => {
      expect(() => longestTaskMs(trace)).to.throw(BenchError);
    });
  }
});
