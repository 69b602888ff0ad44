/** What a run is asked to do. */
import { availableParallelism } from 'node:os';

import { Command, InvalidArgumentError, Option } from 'commander';

/** Parts of a run; each measures its own anchors. */
export const PARTS = ['anchors', 'submissions', 'ledger', 'memory'] as const;
/** A name of `PARTS`. */
export type Part = (typeof PARTS)[number];

/** The options of a run. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  /** How often each row is measured; the median counts. */
  readonly runs: number;
  /** About how long each measurement of a run takes. */
  readonly seconds: number;
  /** Size of the chain that is read. */
  readonly records: number;
  /** Folder of the results, and of the run's own files while it lasts. */
  readonly out: string;
  /** Whether to show where the node's time goes instead. */
  readonly profile: boolean;
}

/** Settings of a run that are no options, for the report. */
export const SETTINGS = {
  /** Cameras that sign in turn: each certificate has a rate of its own. */
  cameras: 16,
  /** Connections of single submissions. */
  singleConnections: 64,
  /** Connections of lists; the node reads sixteen large bodies at a time. */
  listConnections: 8,
  /** Submissions of a list. */
  listSize: 100,
  /** Connections of readers. */
  readConnections: 50,
  /** Share of hashes that nobody registered. */
  absentShare: 0.1,
  /** Verifications under way at a time in the first anchor. */
  verificationsInFlight: 64 * availableParallelism(),
  /** Submissions a second for which requests are made ready; only their number depends on it. */
  singlesPerS: 2_000,
  listedPerS: 3_000,
  /** Setting of the nodes: one generator stands for many clients. */
  addressRatePerS: 1_000_000,
  /** Parameter of the chain that takes submissions: a run's last batch is not full, and waits for it. */
  batchWaitMs: 100,
  /** Pending submissions: the node's default limit. */
  pendingMax: 200_000,
} as const;

/** Returns the options of a command line. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description('measure this machine, then the node on it; prints a table and writes JSON')
    .addOption(
      new Option('--only <part...>', 'measure these parts').choices(PARTS).default([...PARTS]),
    )
    .option('--runs <n>', 'runs of each row, of which the median counts', parsePositive, 5)
    .option('--seconds <s>', 'about how long a row takes in a run', parsePositive, 5)
    .option('--records <n>', 'records of the chain that is read', parsePositive, 1_000_000)
    .option('--out <dir>', 'folder of the results', 'bench-results')
    .option('--profile', "show where the node's time goes with single submissions", false)
    .parse(argv);
  const { only, ...others } = command.opts<Omit<BenchOptions, 'parts'> & { only: Part[] }>();
  return { parts: only, ...others };
}

function parsePositive(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it is a whole number above 0.');
}
