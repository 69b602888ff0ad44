/** A constant load for any time: signed in parts, each while the one before is sent. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeSubmissions } from '../bench/cameras.ts';
import { LoadClient } from '../bench/load/client.ts';
import type { JobResult } from '../bench/load/job.ts';
import { SETTINGS } from '../bench/options.ts';
import { SUBMIT_PATH } from '../bench/rows/submissions.ts';
import type { RunningNode, World } from '../bench/world.ts';

const PART_S = 20;

/** A load that is asked for. */
export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Sends submissions to all nodes at a pace; resolves to how many, when all are accepted. Rejects upon a refusal. */
export async function runLoad(
  nodes: readonly RunningNode[],
  { perSecond, seconds }: Load,
  world: World,
): Promise<number> {
  const clients = [world.load, await LoadClient.start(world.children, 'load-2')];
  const prepare = async (part: number): Promise<() => Promise<JobResult>> => {
    const file = join(world.dir, `soak-${part}.jsonl`);
    const count = perSecond * Math.min(PART_S, seconds - part * PART_S);
    await writeSubmissions(world.cameras, { count, perBody: 1, file });
    const client = clients[part % clients.length] ?? world.load;
    const run = await client.prepare({
      ports: nodes.map(({ port }) => port),
      connections: SETTINGS.pacedConnections,
      method: 'POST',
      path: SUBMIT_PATH,
      file,
      seconds: null,
      perSecond,
    });
    await rm(file);
    return run;
  };
  let sent = 0;
  let next = await prepare(0);
  for (let part = 0; part * PART_S < seconds; part++) {
    const running = next();
    running.catch(() => undefined); // It is awaited below.
    if ((part + 1) * PART_S < seconds) next = await prepare(part + 1);
    sent += (await running).requests;
  }
  return sent;
}
