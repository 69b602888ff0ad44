/**
 * The monitor: follows the logs that nodes serve, and finds out whether they are one log that only grows.
 *
 * ```
 * each node: checkpoint ─▶ signed as the policy asks ─▶ contains what was seen of it before ─▶ entries, tree ─▶ kept
 * all nodes: the largest log begins with each other one, also with those seen before of nodes that are away
 * ```
 *
 * A validator's signature can be shown to one reader and not to another. A monitor that reads from several nodes, and
 * remembers, is who notices. What it has found is durable before it is told.
 */
import { equalBytes } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import type { Policy } from '../../chain/log/policy.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from '../../chain/log/trust.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  rootOf,
} from '../../chain/merkle.ts';
import { type Tile, TILE_WIDTH } from '../../chain/tile.ts';
import { LogError } from '../publicLog/errors.ts';
import { inOrder } from '../publicLog/inOrder.ts';
import { TILES_AT_ONCE } from '../publicLog/limits.ts';
import { type ClaimedTile, ProvedTree } from '../publicLog/provedTree.ts';
import type { PublicLog } from '../publicLog/publicLog.ts';
import { describeBeginning, describeRoots, type Finding, type Fork } from './finding.ts';
import type { Followed, MonitorState } from './state.ts';

/** Whom a monitor follows. */
export interface MonitorOptions {
  /** Each with its URL as its place. */
  readonly logs: readonly PublicLog[];
  readonly policy: Policy;
  /** Time for new entries of one node in one look, after which the others are compared; the next look goes on. */
  readonly followMsMax: number;
}

/** A checkpoint that was seen at a place, now or before. */
interface Seen {
  readonly url: string;
  readonly checkpoint: SignedCheckpoint;
  /** Where its tiles can be read. */
  readonly tree?: ProvedTree;
}

type Readable = Required<Seen>;

interface Look {
  readonly finding: Finding;
  readonly seen: readonly Seen[];
}

/** Follows nodes, round by round. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #state: MonitorState;

  constructor(options: MonitorOptions, state: MonitorState) {
    this.#options = options;
    this.#state = state;
  }

  /** Looks at all nodes once. Resolves to what it found, of which all is kept that must be. */
  async look(): Promise<readonly Finding[]> {
    const looks = await Promise.all(this.#options.logs.map((log) => this.#lookAt(log)));
    const seen = looks.flatMap((each) => each.seen);
    return [...looks.map(({ finding }) => finding), ...(await this.#compare(seen))];
  }

  async #lookAt(log: PublicLog): Promise<Look> {
    const url = log.place;
    const before = await this.#state.read(url);
    const past = before === undefined ? [] : [{ url, checkpoint: before.checkpoint }];
    try {
      const checkpoint = parseSignedCheckpoint(await log.readCheckpoint());
      this.#checkSigned(checkpoint);
      const fork = await this.#compareRoots(url, checkpoint, before);
      if (fork !== undefined) return { finding: fork, seen: past };
      const now = { url, checkpoint, tree: await ProvedTree.open(checkpoint, log) };
      const isSame = before?.checkpoint.treeSize === checkpoint.treeSize;
      return {
        finding: await this.#follow(now, before),
        seen: isSame ? [now] : [...past, now],
      };
    } catch (error) {
      return { finding: failureOf(url, error), seen: past };
    }
  }

  #checkSigned(checkpoint: SignedCheckpoint): void {
    const { policy } = this.#options;
    checkLogSignature(checkpoint, policy);
    checkQuorum(cosignersOf(checkpoint.note, policy), policy);
  }

  /** Two roots of one size need no tiles to be told. */
  async #compareRoots(
    url: string,
    checkpoint: SignedCheckpoint,
    before: Followed | undefined,
  ): Promise<Fork | undefined> {
    const old = before?.checkpoint;
    if (old?.treeSize !== checkpoint.treeSize || equalBytes(old.root, checkpoint.root)) {
      return undefined;
    }
    return this.#keepFork([url], describeRoots(old, checkpoint), [old, checkpoint]);
  }

  /** Takes in what is new of a node's log, and keeps how far that is. */
  async #follow(now: Readable, before: Followed | undefined): Promise<Finding> {
    const { url, checkpoint, tree } = now;
    const { treeSize } = checkpoint;
    if (before !== undefined) {
      const oldSize = before.checkpoint.treeSize;
      if (treeSize < oldSize) {
        const why = `its log has ${treeSize} entries, and had ${oldSize} before`;
        return { type: 'wrong', url, why };
      }
      const fork = await this.#compareBeginning(now, before.checkpoint, url);
      if (fork !== undefined) return fork;
    }
    const { followMsMax } = this.#options;
    const frontier = await grow(before?.frontier ?? EMPTY_FRONTIER, tree, followMsMax);
    const entryCount = frontier.treeSize;
    if (entryCount === treeSize && !equalBytes(rootOf(frontier), checkpoint.root)) {
      // All that was read is proved to be of the checkpoint.
      throw new LogError('ERR_EXPORT', `what is kept of ${url} is not what was read of it`);
    }
    await this.#state.write(url, { checkpoint, frontier });
    return entryCount < treeSize
      ? { type: 'following', url, treeSize, entryCount }
      : { type: 'sound', url, treeSize };
  }

  /** Compares the largest log that can be read with all others that are not larger. */
  async #compare(seen: readonly Seen[]): Promise<readonly Finding[]> {
    const readable = seen.filter((each): each is Readable => each.tree !== undefined);
    const [largest] = readable.toSorted((a, b) => b.checkpoint.treeSize - a.checkpoint.treeSize);
    if (largest === undefined) return [];
    const findings: Finding[] = [];
    for (const { url, checkpoint } of seen) {
      if (url === largest.url || checkpoint.treeSize > largest.checkpoint.treeSize) continue;
      try {
        findings.push(...(await this.#compareWith(largest, checkpoint, url)));
      } catch (error) {
        findings.push(failureOf(largest.url, error));
      }
    }
    return findings;
  }

  async #compareWith(
    largest: Readable,
    checkpoint: SignedCheckpoint,
    url: string,
  ): Promise<readonly Fork[]> {
    const { treeSize, root } = largest.checkpoint;
    if (treeSize !== checkpoint.treeSize) {
      const fork = await this.#compareBeginning(largest, checkpoint, url);
      return fork === undefined ? [] : [fork];
    }
    if (equalBytes(root, checkpoint.root)) return [];
    const why = describeRoots(checkpoint, largest.checkpoint);
    return [await this.#keepFork([url, largest.url], why, [checkpoint, largest.checkpoint])];
  }

  async #compareBeginning(
    larger: Readable,
    smaller: SignedCheckpoint,
    url: string,
  ): Promise<Fork | undefined> {
    const beginning = await larger.tree.proveBeginning(smaller.treeSize);
    if (equalBytes(beginning.root, smaller.root)) return undefined;
    const proof = await this.#state.keepBeginning(larger.checkpoint, beginning);
    const why = describeBeginning(smaller, larger.checkpoint);
    const fork = await this.#keepFork([url, larger.url], why, [smaller, larger.checkpoint]);
    return { ...fork, evidence: [...fork.evidence, proof] };
  }

  async #keepFork(
    urls: readonly string[],
    why: string,
    checkpoints: readonly SignedCheckpoint[],
  ): Promise<Fork> {
    const evidence: string[] = [];
    for (const each of checkpoints) evidence.push(await this.#state.keepCheckpoint(each));
    return { type: 'fork', urls: [...new Set(urls)], why, evidence };
  }
}

/** Returns what an error of a look means. Throws what is a mistake of ours, or the failure of a disk. */
function failureOf(url: string, error: unknown): Finding {
  if (error instanceof ChainError) {
    return { type: 'wrong', url, why: `${error.code}: ${error.message}` };
  }
  if (!(error instanceof LogError) || error.code === 'ERR_EXPORT') throw error;
  const type = error.code === 'ERR_NO_ANSWER' ? 'unreachable' : 'wrong';
  return { type, url, why: error.message };
}

/** Resolves to the right edge after the entries of a tree, which begins with those of an edge before. */
async function grow(before: Frontier, tree: ProvedTree, msMax: number): Promise<Frontier> {
  const endMs = performance.now() + msMax;
  let frontier = before;
  const leaves = inOrder(tree.tiles(before.treeSize), TILES_AT_ONCE, (found) =>
    leavesOf(found, tree),
  );
  for await (const { first, hashes } of leaves) {
    frontier = appendLeaves(frontier, hashes.slice(Math.max(0, frontier.treeSize - first)));
    // Each look takes one step at least.
    if (hashes.length > 0 && performance.now() > endMs) break;
  }
  return frontier;
}

/** Leaf hashes of the entries of a tile, and the index of the first; none of a tile above. */
async function leavesOf(
  found: Tile | ClaimedTile,
  tree: ProvedTree,
): Promise<{ readonly first: number; readonly hashes: readonly Uint8Array[] }> {
  const tile = 'hashes' in found ? found : await tree.proveTile(found);
  const first = tile.index * TILE_WIDTH;
  if (tile.level > 0) return { first: 0, hashes: [] };
  const { entries } = await tree.proveBundle(tile);
  return { first, hashes: entries.map(leafHash) };
}
