/** The two ways to ask for a hash: by all of it, or by its first digits alone. */
import { NodeRefusal } from './answers.ts';
import type { AnsweredHash, Question } from './item.ts';
import type { NodeClient } from './nodeClient.ts';
import { prefixOf, readRange } from './range.ts';
import type { RangeAdviser } from './rangeAdvice.ts';

/** Who is asked. */
export interface AskWorld {
  readonly node: Pick<NodeClient, 'find' | 'findRange'>;
  readonly adviser: RangeAdviser;
}

/** Asks in the way that the question admits. */
export function askNode(
  { hash, isPrivate }: Question,
  world: AskWorld,
  signal: AbortSignal,
): Promise<AnsweredHash> {
  return isPrivate ? askByPrefix(hash, world, signal) : askByHash(hash, world, signal);
}

async function askByHash(
  hash: string,
  { node }: AskWorld,
  signal: AbortSignal,
): Promise<AnsweredHash> {
  const { finding, json } = await node.find(hash, signal);
  return { stage: 'answered', finding, json, range: undefined };
}

/** As many digits as the node recommends; the comparison is made here. */
async function askByPrefix(
  hash: string,
  { node, adviser }: AskWorld,
  signal: AbortSignal,
): Promise<AnsweredHash> {
  const { digits } = await adviser.read();
  try {
    const range = readRange(hash, await node.findRange(prefixOf(hash, digits), signal));
    return { stage: 'matched', finding: undefined, json: undefined, range };
  } catch (error) {
    // It may have grown meanwhile, so that so few digits are too few.
    if (error instanceof NodeRefusal) adviser.forget();
    throw error;
  }
}
