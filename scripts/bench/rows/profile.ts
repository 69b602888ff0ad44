/** The row of single submissions with a profiler on a node: where the time of its main thread goes. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { BenchError } from '../children.ts';
import { type CpuProfile, readProfile, type TimeSpent } from '../profile.ts';
import { prepareNetwork, startNode, untilConnected, type World } from '../world.ts';
import { measureSubmissions, nodeTarget, shapesOf } from './submissions.ts';

const ROOT = new URL('../../../', import.meta.url).href;

/** Kept beside the results: developer tools of browsers show it. */
const PROFILE_FILE = 'node.cpuprofile';

/** What the profiled run showed. */
export interface Profiled {
  readonly perSecond: number;
  /** Microseconds of processor time for each submission, by process; those of all nodes together. */
  readonly cpuUs: Readonly<Record<string, number>>;
  readonly spent: TimeSpent;
}

/**
 * Runs single submissions, spread over all nodes, with the first of them under the profiler. The start and a
 * warm-up are in the profile.
 */
export async function measureProfile(world: World): Promise<Profiled> {
  const { validators } = world.options;
  const [dir, ...others] = (await prepareNetwork('profile', world, { validators })).dirs;
  const folder = join(world.dir, 'cpu-profile');
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const nodes = await Promise.all([
    startNode(dir, world, { nodeArgs }),
    ...others.map((each) => startNode(each, world)),
  ]);
  for (const node of nodes) await untilConnected(node, nodes);
  const { singles } = shapesOf(world.options);
  await measureSubmissions(nodeTarget(nodes), singles, world);
  const { perSecond, cpuUs } = await measureSubmissions(nodeTarget(nodes), singles, world);
  for (const { child } of nodes) await child.stop();
  const [file] = await readdir(folder);
  if (file === undefined) throw new BenchError('the node wrote no profile');
  const text = await readFile(join(folder, file), 'utf8');
  await writeFile(join(resolve(world.options.out), PROFILE_FILE), text);
  const profile = JSON.parse(text) as CpuProfile;
  return { perSecond, cpuUs, spent: readProfile(profile, ROOT) };
}
