/** Looks at blocks, batches and photographs: asks the node's own routes. */
import type { Block, Transaction } from '../../schemas/chain.ts';
import type { Absent, Found } from '../../schemas/verify.ts';
import type { Place } from './search.ts';

/** What was found, or why nothing was. */
export type Finding =
  | { readonly type: 'block'; readonly block: Block }
  | {
      readonly type: 'blocks';
      readonly blocks: readonly Block[];
      readonly from: number;
      readonly tip: number;
    }
  | {
      readonly type: 'transaction';
      readonly transaction: Transaction;
      /** The first photograph that is listed. */
      readonly from: number;
    }
  | { readonly type: 'photograph'; readonly verify: Found | Absent }
  | { readonly type: 'nothing'; readonly why: string };

/** Blocks of one list. */
export const LISTED_BLOCKS = 20;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Resolves to what is at a place. */
export async function lookUp(place: Place): Promise<Finding> {
  switch (place.type) {
    case 'block':
      return findBlock(place.block);
    case 'blocks':
      return listBlocks(place.from);
    case 'transaction':
      return findTransaction(place.hash, place.from);
    case 'photograph':
      return findPhotograph(place.hash);
    case 'hash':
      return findHash(place.hash);
  }
}

async function findBlock(block: string): Promise<Finding> {
  const { status, body } = await getJson(`/api/v1/blocks/${block}`);
  return status === 200 ? { type: 'block', block: body as Block } : nothing(body);
}

async function listBlocks(from: number): Promise<Finding> {
  const { status, body } = await getJson(`/api/v1/blocks?from=${from}&limit=${LISTED_BLOCKS}`);
  if (status !== 200) return nothing(body);
  const { blocks, as_of: asOf } = body as {
    readonly blocks: readonly Block[];
    readonly as_of: { readonly height: number };
  };
  return { type: 'blocks', blocks, from, tip: asOf.height };
}

async function findTransaction(hash: string, from: number): Promise<Finding> {
  const { status, body } = await getJson(`/api/v1/transactions/${hash}`);
  return status === 200
    ? { type: 'transaction', transaction: body as Transaction, from }
    : nothing(body);
}

async function findPhotograph(hash: string): Promise<Finding> {
  const { status, body } = await ask('/api/v1/verify', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ image_hashes: [hash] }),
  });
  const [verify] =
    status === 200 ? (body as { readonly results: readonly (Found | Absent)[] }).results : [];
  return verify === undefined ? nothing(body) : { type: 'photograph', verify };
}

/** A hash may be that of a photograph, a block or a batch: each is asked for until one is found. */
async function findHash(hash: string): Promise<Finding> {
  const photograph = await findPhotograph(hash);
  if (photograph.type === 'photograph' && photograph.verify.verdict !== 'not_found')
    return photograph;
  const block = await findBlock(hash);
  if (block.type === 'block') return block;
  const transaction = await findTransaction(hash, 0);
  if (transaction.type === 'transaction') return transaction;
  return {
    type: 'nothing',
    why: 'This node knows no block, no batch and no photograph with this hash. Of a photograph that says nothing about its authenticity.',
  };
}

function nothing(body: unknown): Finding {
  const { detail } = Object(body) as { readonly detail?: unknown };
  const why = typeof detail === 'string' ? detail : 'the node gave no answer';
  return { type: 'nothing', why: `${why.charAt(0).toUpperCase()}${why.slice(1)}.` };
}

function getJson(path: string): Promise<Answer> {
  return ask(path, { headers: { Accept: 'application/json' } });
}

async function ask(path: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(path, init);
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0, body: { detail: 'the node does not answer' } };
  }
}
