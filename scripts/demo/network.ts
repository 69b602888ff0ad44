/** What the nodes of the demonstration say, and whether they say the same. */
import { setTimeout as delay } from 'node:timers/promises';

import { fieldsOf } from '../../genesis/json.ts';
import { DemoError, type Json } from './children.ts';

/** A node of the network. */
export interface DemoNode {
  /** Its validator's name. */
  readonly name: string;
  readonly dir: string;
  readonly api: string;
  readonly pid: number;
}

const POLL_MS = 50;
const ANSWER_TIMEOUT_MS = 60_000;
/** What all nodes must say alike; the rest tells of the node that answers. */
const COMMON = [
  'verified',
  'verdict',
  'image_hash',
  'aggregator',
  'block_height',
  'block_time',
  'tx_hash',
  'log_index',
];

/**
 * Resolves to the answer on a photograph once all these nodes verify it.
 *
 * Rejects where they contradict each other, or one still does not know it after a minute.
 */
export async function agree(nodes: readonly DemoNode[], imageHash: string): Promise<Json> {
  const answers = await Promise.all(nodes.map((node) => verifiedBy(node, imageHash)));
  const [first = {}] = answers;
  for (const [i, answer] of answers.entries()) {
    const differing = COMMON.filter((name) => answer[name] !== first[name]);
    if (differing.length > 0) {
      throw new DemoError(
        `${namesOf(nodes)} contradict each other on ${imageHash}: ${String(nodes[i]?.name)} differs in ${differing.join(', ')}`,
      );
    }
  }
  if (first['image_hash'] !== imageHash) throw new DemoError(`no answer is about ${imageHash}`);
  return first;
}

/** Resolves when a node does not answer any more. */
export async function waitUntilDown(node: DemoNode): Promise<void> {
  await poll(`${node.name} still answers`, async () => (await ask(node, '/health')) === undefined);
}

/** Resolves to the height of a node's last block. */
export async function heightOf(node: DemoNode): Promise<number> {
  const status = await ask(node, '/api/v1/status');
  return Number(status?.['block_height']);
}

/** Returns names as they stand in a sentence. */
export function namesOf(nodes: readonly DemoNode[]): string {
  return nodes.map(({ name }) => name).join(', ');
}

async function verifiedBy(node: DemoNode, imageHash: string): Promise<Json> {
  let answer: Json | undefined;
  await poll(`${node.name} does not verify ${imageHash}`, async () => {
    answer = await ask(node, `/api/v1/verify/${imageHash}`);
    return answer?.['verified'] === true;
  });
  return answer ?? {};
}

async function ask({ api }: DemoNode, path: string): Promise<Json | undefined> {
  const response = await fetch(new URL(path, api)).catch(() => undefined);
  return response === undefined ? undefined : fieldsOf(await response.json());
}

async function poll(problem: string, isDone: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + ANSWER_TIMEOUT_MS;
  while (!(await isDone())) {
    if (performance.now() > endMs) {
      throw new DemoError(`${problem} after ${ANSWER_TIMEOUT_MS / 1_000} s`);
    }
    await delay(POLL_MS);
  }
}
