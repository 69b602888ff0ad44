/** Reads all blocks of a node and compares them with the cameras' lists: every picture once, none invented. */
import { fieldsOf } from '../../genesis/json.ts';
import { ask, elementsOf } from './ask.ts';
import type { Journal } from './journal.ts';
import type { Violations } from './violations.ts';

/** What cameras sent to one aggregator. */
export interface Book {
  /** Name of the aggregator. */
  readonly aggregator: string;
  readonly journal: Journal;
  /** Whether its node's data was lost since: what it had promised may be lost with it. */
  readonly isLost: boolean;
}

/** The world of a reading. */
export interface ChainPorts {
  readonly books: readonly Book[];
  readonly violations: Violations;
}

/** What a reading of the chain saw. */
export interface ChainCounts {
  readonly blocks: number;
  readonly transactions: number;
  readonly records: number;
}

/** Checks that the chain holds every promised picture once for its aggregator, and nothing that was never sent. */
export async function checkWholeChain(api: string, ports: ChainPorts): Promise<ChainCounts> {
  const { violations } = ports;
  const blocks = await readBlocks(api);
  /** By aggregator and hash. */
  const counts = new Map<string, number>();
  let transactions = 0;
  let records = 0;
  for (const block of blocks) {
    records += Number(block['record_count']);
    for (const id of elementsOf(block['transactions'])) {
      transactions += 1;
      for (const key of await readRegistrations(api, String(id))) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  compareBooks(counts, ports);
  const status = fieldsOf((await ask(new URL('/api/v1/status', api))).json);
  for (const count of [records, Number(status['total_hashes'])]) {
    violations.expect(
      count === counts.size,
      `the node counts ${count} records, its blocks list ${counts.size} pictures`,
    );
  }
  return { blocks: blocks.length, transactions, records };
}

function compareBooks(
  counts: ReadonlyMap<string, number>,
  { books, violations }: ChainPorts,
): void {
  const sent = new Set(
    books.flatMap(({ aggregator, journal }) =>
      journal.shots.map(({ imageHash }) => keyOf(aggregator, imageHash)),
    ),
  );
  for (const [key, count] of counts) {
    violations.expect(count === 1, `${key} stands ${count} times on the chain`);
    violations.expect(sent.has(key), `${key} is on the chain and was never sent`);
  }
  for (const { aggregator, journal } of books.filter(({ isLost }) => !isLost)) {
    for (const { shot } of journal.promised) {
      const key = keyOf(aggregator, shot.imageHash);
      violations.expect(counts.has(key), `${key} is in no block`);
    }
  }
}

function keyOf(aggregator: string, imageHash: string): string {
  return `${aggregator} ${imageHash}`;
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

async function readRegistrations(api: string, id: string): Promise<readonly string[]> {
  const { json } = await ask(new URL(`/api/v1/transactions/${id}`, api));
  const { aggregator, image_hashes: hashes } = fieldsOf(json);
  return elementsOf(hashes).map((hash) => keyOf(String(aggregator), String(hash)));
}
