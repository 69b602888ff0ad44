/** The row of a validator that was away: how fast it takes in what the others committed meanwhile. */
import { performance } from 'node:perf_hooks';

import { BenchError } from '../children.ts';
import { SETTINGS } from '../options.ts';
import {
  prepareNetwork,
  readStatus,
  startNode,
  startNodes,
  untilConnected,
  type World,
} from '../world.ts';
import { measureSubmissions, nodeTarget, shapesOf, untilCommitted } from './submissions.ts';

/** Of the usual number of submissions, so that the start of a process is a small part of the time. */
const LOAD_TIMES = 4;

/** What was seen in one run. */
export interface CaughtUp {
  readonly records: number;
  /** Records a second at which the others committed them, without it. */
  readonly chainPerSecond: number;
  /** Records a second from the start of its process until it had all, with no load. */
  readonly perSecond: number;
  /** Of that time, until the process answered and was ready. */
  readonly startSeconds: number;
}

/** Stops the last validator, lets the others commit, and starts it again; for each run. */
export async function measureCatchUps(world: World): Promise<readonly CaughtUp[]> {
  const { validators, runs } = world.options;
  const param = [`batch_wait_ms=${SETTINGS.batchWaitMs}`];
  const { dirs } = await prepareNetwork('catch-up', world, { param, validators });
  const others = await startNodes(dirs.slice(0, -1), world);
  let late = await startNode(dirs.at(-1), world);
  const { lists } = shapesOf(world.options);
  const shape = { ...lists, count: lists.count * LOAD_TIMES };
  const seen: CaughtUp[] = [];
  // The first round warms up.
  for (let run = 0; run <= runs; run++) {
    await untilConnected(late, [...others, late]);
    const [first] = others;
    if (first === undefined) throw new BenchError('nobody would be left');
    await late.child.stop();
    const { perSecond: chainPerSecond } = await measureSubmissions(
      nodeTarget(others),
      shape,
      world,
    );
    const { committed } = await readStatus(first);
    const startMs = performance.now();
    late = await startNode(late.dir, world);
    await untilCommitted(late, committed);
    const seconds = (performance.now() - startMs) / 1_000;
    const perSecond = shape.count / seconds;
    world.note(`run ${run} of ${runs}: caught up with ${shape.count} records in ${seconds} s`);
    const startSeconds = late.startMs / 1_000;
    if (run > 0) seen.push({ records: shape.count, chainPerSecond, perSecond, startSeconds });
  }
  for (const { child } of [...others, late]) await child.stop();
  return seen;
}
