/** `birthmark db check`: verify everything that a stopped node has stored. */
import { existsSync } from 'node:fs';

import { Command } from 'commander';

import { genesisBlock } from '../../../chain/state.ts';
import { factsOf } from '../../../genesis/document.ts';
import { readConfig } from '../../../node/config.ts';
import { checkChain } from '../../../node/store/checkChain.ts';
import { checkWork } from '../../../node/store/checkWork.ts';
import { openStores, type Stores } from '../../../node/stores.ts';
import { readGenesis } from '../files.ts';
import { CommandError, type Output } from '../output.ts';
import { readEnvironment } from './start.ts';

interface CheckOptions {
  readonly dir?: string;
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
    const chain = await checkWithProgress(stores, genesisBlock(factsOf(genesis)), output);
    const work = await checkWork(stores);
    const problems = [...chain.problems, ...work.problems];
    const report = {
      blocks: chain.blockCount,
      records: chain.recordCount,
      submissions: work.submissionCount,
      receipts: work.receiptCount,
      waiting_batches: work.batchCount,
      evidence: work.evidenceCount,
      equivocations: work.equivocationCount,
      problems,
    };
    if (options.json === true) output.json(report);
    else {
      const { blocks, records, submissions, receipts } = report;
      output.line(
        `${blocks} blocks, ${records} records, ${submissions} pending, ${receipts} receipts`,
      );
      for (const problem of problems) output.line(`  ${JSON.stringify(problem)}`);
    }
    if (problems.length > 0) throw new CommandError(`${problems.length} problems found`);
  } finally {
    await stores.close();
  }
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
