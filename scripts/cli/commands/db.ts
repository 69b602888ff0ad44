/** `birthmark db check`: verify everything that a stopped node has stored, and compare it with other nodes. */
import { existsSync } from 'node:fs';

import { Command } from 'commander';

import { genesisBlock } from '../../../chain/state.ts';
import { factsOf, type Genesis } from '../../../genesis/document.ts';
import { readConfig } from '../../../node/config.ts';
import { Ledger } from '../../../node/ledger.ts';
import { createLedgerPort } from '../../../node/nodePorts.ts';
import { checkChain } from '../../../node/store/checkChain.ts';
import { checkWork } from '../../../node/store/checkWork.ts';
import type { Problem } from '../../../node/store/problem.ts';
import { openStores, type Stores } from '../../../node/stores.ts';
import { compareChain, type Comparison } from '../compareChain.ts';
import { readGenesis } from '../files.ts';
import { OtherNode } from '../otherNode.ts';
import { CommandError, type Output } from '../output.ts';
import { readEnvironment } from './start.ts';

interface CheckOptions {
  readonly dir?: string;
  readonly against?: readonly OtherNode[];
  readonly json?: boolean;
}

/** Returns the command. */
export function dbCommand(output: Output): Command {
  const db = new Command('db').description("a stopped node's stores");
  db.command('check')
    .description(
      'verify blocks, certificates, entries, tree, index and work; exit code 0 if all is well',
    )
    .option('--dir <dir>', 'folder of the node, as for "birthmark start"')
    .option(
      '--against <urls>',
      'compare blocks, batches and registrations with those of running nodes: URL[,URL]',
      (text) => text.split(',').map((url) => new OtherNode(url)),
    )
    .option('--json', 'print JSON')
    .action((options: CheckOptions) => check(options, output));
  return db;
}

async function check(options: CheckOptions, output: Output): Promise<void> {
  const config = readConfig(await readEnvironment(options.dir), options.dir ?? '.');
  const { genesis } = await readGenesis(config.genesisPath);
  if (!existsSync(config.dataDir)) {
    throw new CommandError(
      `there is no data folder ${config.dataDir}: is --dir the node's folder?`,
    );
  }
  const stores = await openStores(config.dataDir, () => undefined);
  try {
    const { problems, comparisons, ...counts } = await examine(
      stores,
      { genesis, others: options.against ?? [] },
      output,
    );
    const against = comparisons.map(formatComparison);
    if (options.json === true) {
      output.json({ ...counts, ...(options.against === undefined ? {} : { against }), problems });
    } else {
      describeCounts(counts, output);
      for (const each of comparisons) output.line(describe(each));
      for (const problem of problems) output.line(`  ${JSON.stringify(problem)}`);
    }
    if (problems.length > 0) throw new CommandError(`${problems.length} problems found`);
  } finally {
    await stores.close();
  }
}

interface Question {
  readonly genesis: Genesis;
  readonly others: readonly OtherNode[];
}

interface Counts {
  /** Height at which the chain begins here. */
  readonly base_height: number;
  /** Those after the base, which were executed again. */
  readonly blocks: number;
  readonly records: number;
  readonly submissions: number;
  readonly receipts: number;
  readonly waiting_batches: number;
  readonly evidence: number;
  readonly equivocations: number;
}

interface Findings extends Counts {
  readonly comparisons: readonly Comparison[];
  readonly problems: readonly Problem[];
}

async function examine(
  stores: Stores,
  { genesis, others }: Question,
  output: Output,
): Promise<Findings> {
  const facts = factsOf(genesis);
  const chain = await checkWithProgress(stores, genesisBlock(facts), output);
  const work = await checkWork(stores);
  const problems = [...chain.problems, ...work.problems];
  // What is damaged here differs from everybody's: that is no news of the others.
  const canCompare = problems.length === 0 && stores.chain.edge() !== undefined;
  const comparisons = canCompare ? await compareAll(stores, { facts, others }, output) : [];
  return {
    base_height: stores.chain.baseHeight(),
    blocks: chain.blockCount,
    records: chain.recordCount,
    submissions: work.submissionCount,
    receipts: work.receiptCount,
    waiting_batches: work.batchCount,
    evidence: work.evidenceCount,
    equivocations: work.equivocationCount,
    comparisons,
    problems: [...problems, ...comparisons.flatMap(problemsOf)],
  };
}

async function checkWithProgress(
  { chain }: Stores,
  genesis: Parameters<typeof checkChain>[1]['genesis'],
  output: Output,
): ReturnType<typeof checkChain> {
  const bar = output.progress(chain.edge()?.header.height ?? 0, 'blocks');
  try {
    return await checkChain(chain, {
      genesis,
      onProgress: ({ height }) => {
        bar.update(height);
      },
    });
  } finally {
    bar.stop();
  }
}

interface Others {
  readonly facts: ReturnType<typeof factsOf>;
  readonly others: readonly OtherNode[];
}

/** The store is whole and has a genesis: nothing is written into it. */
async function compareAll(
  { chain }: Stores,
  { facts, others }: Others,
  output: Output,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const other of others) {
    const ledger = createLedgerPort(await Ledger.open(chain, facts), undefined);
    const bar = output.progress(ledger.asOf().height, `blocks of ${other.url}`);
    try {
      comparisons.push(
        await compareChain({ ledger, log: chain }, other, (height) => {
          bar.update(height);
        }),
      );
    } finally {
      bar.stop();
    }
  }
  return comparisons;
}

function problemsOf({ url, difference }: Comparison): readonly Problem[] {
  if (difference === undefined) return [];
  return [{ height: difference.height, what: `${url}: ${difference.what}` }];
}

function formatComparison(comparison: Comparison): unknown {
  return {
    url: comparison.url,
    first_height: comparison.firstHeight,
    height: comparison.height,
    blocks: comparison.blockCount,
    certificates: comparison.certificateCount,
    records: comparison.recordCount,
    first_difference: comparison.difference?.height ?? null,
  };
}

function describe(comparison: Comparison): string {
  const { url, firstHeight, blockCount, certificateCount, recordCount } = comparison;
  const since = firstHeight === 0 ? '' : ` since height ${firstHeight}`;
  return (
    `${url}: ${blockCount} blocks${since} and ${recordCount} records are the same, ` +
    `${certificateCount} certificates are valid`
  );
}

function describeCounts(counts: Counts, output: Output): void {
  const { base_height: base, blocks, records, submissions, receipts } = counts;
  output.line(`${blocks} blocks, ${records} records, ${submissions} pending, ${receipts} receipts`);
  if (base === 0) return;
  output.line(`the chain begins here with block ${base}: those before it are not held`);
}
