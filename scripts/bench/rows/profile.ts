/** The row of single submissions with a profiler on the node: where the time of its main thread goes. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BenchError } from '../children.ts';
import { type CpuProfile, readProfile, type TimeSpent } from '../profile.ts';
import { prepareNetwork, startNode, type World } from '../world.ts';
import { measureSubmissions, nodeTarget, shapesOf } from './submissions.ts';

const ROOT = new URL('../../../', import.meta.url).href;

/** What the profiled run showed. */
export interface Profiled {
  readonly perSecond: number;
  readonly spent: TimeSpent;
}

/** Runs single submissions against a node under the profiler. The start and a warm-up are in the profile. */
export async function measureProfile(world: World): Promise<Profiled> {
  const devnet = await prepareNetwork('profile', world);
  const folder = join(world.dir, 'cpu-profile');
  const node = await startNode(devnet, world, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  const { singles } = shapesOf(world.options.seconds);
  await measureSubmissions(nodeTarget(node), singles, world);
  const { perSecond } = await measureSubmissions(nodeTarget(node), singles, world);
  await node.child.stop();
  const [file] = await readdir(folder);
  if (file === undefined) throw new BenchError('the node wrote no profile');
  const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
  return { perSecond, spent: readProfile(profile, ROOT) };
}
