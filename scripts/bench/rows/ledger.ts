/** Rows about a large chain: its size on disk, the node's start on it, and the answers to /verify. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { formatHex } from '../../../chain/bytes.ts';
import { createSigner } from '../../../chain/signature.ts';
import { fieldsOf } from '../../../genesis/json.ts';
import { readKeys } from '../../../node/keys.ts';
import { openLevelChainStore } from '../../../node/store/levelChainStore.ts';
import { DATA_PATHS } from '../../../node/stores.ts';
import { readGenesis } from '../../cli/files.ts';
import type { Devnet } from '../../devnet/folder.ts';
import { BenchError } from '../children.ts';
import { imageHashOf, makeChain } from '../chainMaker.ts';
import { folderBytes } from '../files.ts';
import { type JobPlan, rateOf } from '../load/client.ts';
import type { JobResult } from '../load/job.ts';
import { SETTINGS } from '../options.ts';
import { prepareNetwork, type RunningNode, startNode, waitUntil, type World } from '../world.ts';

const HASH_COUNT = 200_000;
const NOTE_RECORDS = 100_000;
const FINAL_TIMEOUT_MS = 60_000;

/** A network of one whose chain holds `--records` records. */
export interface LargeChain {
  readonly devnet: Devnet;
  /** Folder of the chain's store. */
  readonly folder: string;
  readonly records: number;
  /** How long it took to make. */
  readonly makeSeconds: number;
}

/** Makes the chain. */
export async function makeLargeChain(world: World): Promise<LargeChain> {
  const { records } = world.options;
  const devnet = await prepareNetwork('ledger', world);
  const [dir = ''] = devnet.dirs;
  const { genesis } = await readGenesis(join(dir, 'genesis.json'));
  const sign = createSigner((await readKeys(join(dir, 'keys'))).consensus);
  const folder = join(dir, 'data', DATA_PATHS.chain);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const store = await openLevelChainStore(folder);
  const startMs = performance.now();
  try {
    await makeChain({ genesis, sign, records }, store, (made) => {
      if (made % NOTE_RECORDS === 0) world.note(`made ${made} of ${records} records`);
    });
  } finally {
    await store.close();
  }
  return { devnet, folder, records, makeSeconds: (performance.now() - startMs) / 1_000 };
}

/** Starts the node on the chain as often as there are runs; resolves to the seconds that each took. */
export async function measureStarts(
  { devnet }: LargeChain,
  world: World,
): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let run = 1; run <= world.options.runs; run++) {
    const node = await startNode(devnet.dirs[0], world);
    await node.child.stop();
    samples.push(node.startMs / 1_000);
  }
  return samples;
}

/** Writes a file of random hashes of a chain of so many records, and of a share that it does not hold. */
export async function writeRandomHashes(
  file: string,
  records: number,
  absentShare: number,
): Promise<void> {
  let lines = '';
  for (let i = 0; i < HASH_COUNT; i++) {
    const absent = Math.random() < absentShare;
    const number = Math.floor(Math.random() * records) + (absent ? records : 0);
    lines += `${formatHex(imageHashOf(number))}\n`;
  }
  await writeFile(file, lines);
}

/** Resolves when a quorum has cosigned the whole log of a node: before, there are no proofs of it. */
export function untilFinal({ api, name }: RunningNode): Promise<void> {
  return waitUntil(`the log of ${name} is cosigned`, FINAL_TIMEOUT_MS, async () => {
    const status = fieldsOf(await (await fetch(new URL('/api/v1/status', api))).json());
    return fieldsOf(status['checkpoint'])['final_size'] === status['log_size'];
  });
}

/** Asks for a path with the hashes of a file over and over. */
export async function measureReads(
  node: RunningNode,
  { path, file }: Pick<JobPlan, 'path' | 'file'>,
  { load, options }: World,
): Promise<{ readonly perSecond: number; readonly result: JobResult }> {
  const result = await load.run({
    ports: [node.port],
    connections: SETTINGS.readConnections,
    method: 'GET',
    path,
    file,
    seconds: options.seconds,
  });
  const { 200: found = 0, 404: absent = 0 } = result.statuses;
  if (found === 0 || found + absent !== result.requests) {
    throw new BenchError(`${path} answered with ${JSON.stringify(result.statuses)}`);
  }
  return { perSecond: rateOf(result), result };
}

/** Bytes of the chain's folder for each record, after compaction. No process may have it open. */
export async function measureBytes({ folder, records }: LargeChain): Promise<number> {
  const store = await openLevelChainStore(folder);
  await store.compact();
  await store.close();
  return (await folderBytes(folder)) / records;
}
