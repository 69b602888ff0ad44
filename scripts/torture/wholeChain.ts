/** Reads all blocks of a node and compares them with the cameras' list: every picture once, none invented. */
import { fieldsOf } from '../../genesis/json.ts';
import { ask, elementsOf } from './ask.ts';
import type { CheckPorts } from './promises.ts';

/** What a reading of the chain saw. */
export interface ChainCounts {
  readonly blocks: number;
  readonly transactions: number;
  readonly records: number;
}

/** Checks that the chain holds every promised picture exactly once, and nothing that was never sent. */
export async function checkWholeChain(api: string, ports: CheckPorts): Promise<ChainCounts> {
  const { journal, violations } = ports;
  const blocks = await readBlocks(api);
  const countByHash = new Map<string, number>();
  let transactions = 0;
  let records = 0;
  for (const block of blocks) {
    records += Number(block['record_count']);
    for (const id of elementsOf(block['transactions'])) {
      transactions += 1;
      for (const hash of await readImageHashes(api, String(id))) {
        countByHash.set(hash, (countByHash.get(hash) ?? 0) + 1);
      }
    }
  }
  for (const [hash, count] of countByHash) {
    violations.expect(count === 1, `${hash} stands ${count} times on the chain`);
    violations.expect(journal.claimCount(hash) > 0, `${hash} is on the chain and was never sent`);
  }
  for (const { shot } of journal.promised) {
    violations.expect(countByHash.has(shot.imageHash), `${shot.imageHash} is in no block`);
  }
  const status = fieldsOf((await ask(new URL('/api/v1/status', api))).json);
  for (const count of [records, Number(status['total_hashes'])]) {
    violations.expect(
      count === countByHash.size,
      `the node counts ${count} records, its blocks list ${countByHash.size} pictures`,
    );
  }
  return { blocks: blocks.length, transactions, records };
}

async function readBlocks(api: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const blocks: Readonly<Record<string, unknown>>[] = [];
  for (let from: unknown = 0; typeof from === 'number';) {
    const { json } = await ask(new URL(`/api/v1/blocks?from=${from}&limit=100`, api));
    const page = fieldsOf(json);
    blocks.push(...elementsOf(page['blocks']).map(fieldsOf));
    from = page['next'];
  }
  return blocks;
}

async function readImageHashes(api: string, id: string): Promise<readonly string[]> {
  const { json } = await ask(new URL(`/api/v1/transactions/${id}`, api));
  return elementsOf(fieldsOf(json)['image_hashes']).map(String);
}
