/** The check of an item: its proof is fetched, and checked away from the page. */
import { isFound } from './answers.ts';
import type { Item } from './item.ts';
import type { NodeClient } from './nodeClient.ts';
import type { PolicyKeeper } from './policyKeeper.ts';
import type { Workers } from './workers.ts';

/** What a check of an item's proof needs. */
export interface CheckWorld {
  readonly node: NodeClient;
  readonly workers: Workers;
  readonly policies: PolicyKeeper;
}

/** Fetches the proof of a registered item and checks it; fetches its provenance where it has any. */
export async function checkItem(
  { hash = '', file, finding }: Item,
  { node, workers, policies }: CheckWorld,
  signal: AbortSignal,
): Promise<Pick<Item, 'check' | 'provenance'>> {
  if (finding === undefined || !isFound(finding)) {
    return { check: { state: 'none' }, provenance: undefined };
  }
  const hasKin = finding.parents.length + finding.derivatives.length > 0;
  const [proof, policy, provenance] = await Promise.all([
    node.prove(hash, signal),
    policies.load(),
    // Without the picture the rest is as good.
    hasKin ? node.provenance(hash, signal).catch(() => undefined) : undefined,
  ]);
  if (policy.source === 'none') throw new Error('there is no policy to check with');
  const claim = { hash, isOfFile: file !== undefined, proof, policy: policy.text, found: finding };
  return { check: { state: 'done', check: await workers.check(claim), policy }, provenance };
}
