/** Validators and observers of one network, whole, in this process, on ports that were free. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from 'node:util';

import type { Clock } from '../../node/clock.ts';
import { generateObserverKeys, writeKeys } from '../../node/keys.ts';
import { prepareDevnet } from '../../scripts/devnet/folder.ts';
import { WholeNode } from './wholeNode.ts';

/** What a network is made for. */
export interface NetworkOptions {
  readonly validators: number;
  /** Files of authorities. */
  readonly authority: readonly string[];
  /** `NAME=VALUE`. */
  readonly param: readonly string[];
}

const POLL_MS = 20;

/** Makes the folders of a network; no node runs yet. */
export async function createNetwork(
  folder: string,
  options: NetworkOptions,
): Promise<readonly WholeNode[]> {
  const { dirs } = await prepareDevnet({ dir: folder, apiPort: 0, ...options });
  return dirs.map((dir) => {
    const settings = parseEnv(readFileSync(path.join(dir, 'node.env'), 'utf8'));
    return new WholeNode(dir, { environment: settings as Record<string, string> });
  });
}

/** Makes the folder of an observer of the network that a node is of; it does not run yet. */
export async function createObserver(
  folder: string,
  { folder: other }: WholeNode,
  clock?: Clock,
): Promise<WholeNode> {
  mkdirSync(folder);
  await writeKeys(path.join(folder, 'keys'), generateObserverKeys());
  copyFileSync(path.join(other, 'genesis.json'), path.join(folder, 'genesis.json'));
  const environment = { OBSERVER: 'true' };
  return new WholeNode(folder, { environment, ...(clock === undefined ? {} : { clock }) });
}

/** Resolves when a fact holds that nodes tell over HTTP; the test's own limit of time ends the wait. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(POLL_MS);
}
