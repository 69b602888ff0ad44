/** What a run is asked to do. */
import { availableParallelism } from 'node:os';

import { Command, InvalidArgumentError, Option } from 'commander';

/** Parts of a run with one validator, and with more; each measures its own anchors. */
const PARTS = {
  single: ['anchors', 'submissions', 'ledger', 'proofs', 'memory'],
  network: ['anchors', 'submissions', 'crash', 'catch-up', 'attack', 'memory'],
} as const;
/** A name of a part. */
export type Part = (typeof PARTS)['single' | 'network'][number];

/** The options of a run. */
export interface BenchOptions {
  readonly validators: number;
  readonly parts: readonly Part[];
  /** How often each row is measured; the median counts. */
  readonly runs: number;
  /** About how long each measurement of a run takes. */
  readonly seconds: number;
  /** Size of the chain that is read. */
  readonly records: number;
  /** Entries of the log that an offline proof is of. */
  readonly entries: number;
  /** Folder of the results, and of the run's own files while it lasts. */
  readonly out: string;
  /** Whether to show where the node's time goes instead. */
  readonly profile: boolean;
  /** Pending submissions that the memory row fills a node with. */
  readonly pendingMax: number;
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
  /** The same where several validators share the machine. */
  networkSinglesPerS: 800,
  networkListedPerS: 1_000,
  /** Setting of the nodes: one generator stands for many clients. */
  addressRatePerS: 1_000_000,
  /** Parameter of the chain that takes submissions: a run's last batch is not full, and waits for it. */
  batchWaitMs: 100,
  /** Pending submissions: the node's default limit. */
  pendingMax: 200_000,
  /** Submissions a second while a proposer is killed. */
  crashLoadPerS: 100,
  /** Connections of submissions that come at a steady pace. */
  pacedConnections: 128,
} as const;

/** What `--quick` changes: a look at whether everything works, no measurement. */
const QUICK = { runs: 1, seconds: 2, records: 20_000, entries: 100_000, pendingMax: 5_000 };

/** Validators of a network at most: each is a process here. */
const VALIDATORS_MAX = 16;

interface CommandOptions extends Omit<BenchOptions, 'parts' | 'pendingMax'> {
  readonly only?: readonly Part[];
  readonly quick: boolean;
}

/** Returns the options of a command line. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description('measure this machine, then nodes on it; prints a table and writes JSON')
    .option('--validators <n>', 'validators of the network', parseCount, 1)
    .addOption(
      new Option('--only <part...>', 'measure these parts').choices([
        ...new Set<Part>([...PARTS.single, ...PARTS.network]),
      ]),
    )
    .option('--runs <n>', 'runs of each row, of which the median counts', parsePositive, 5)
    .option('--seconds <s>', 'about how long a row takes in a run', parsePositive, 5)
    .option('--records <n>', 'records of the chain that is read', parsePositive, 1_000_000)
    .option('--entries <n>', 'entries of the log of the proof', parsePositive, 10_000_000)
    .option('--quick', `short: ${JSON.stringify(QUICK)}, where nothing else is given`, false)
    .option('--out <dir>', 'folder of the results', 'bench-results')
    .option('--profile', "show where a node's time goes with single submissions", false)
    .parse(argv);
  const { only, quick, ...options } = command.opts<CommandOptions>();
  const parts: readonly Part[] = options.validators === 1 ? PARTS.single : PARTS.network;
  const foreign = only?.filter((part) => !parts.includes(part)) ?? [];
  if (foreign.length > 0) {
    command.error(`error: with --validators ${options.validators} there is no ${foreign.join()}`);
  }
  const asked = Object.fromEntries(
    Object.entries(quick ? QUICK : {}).filter(
      ([name]) => command.getOptionValueSource(name) !== 'cli',
    ),
  );
  return { parts: only ?? parts, pendingMax: SETTINGS.pendingMax, ...options, ...asked };
}

function parsePositive(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it is a whole number above 0.');
}

function parseCount(text: string): number {
  const count = parsePositive(text);
  if (count <= VALIDATORS_MAX) return count;
  throw new InvalidArgumentError(`it is at most ${VALIDATORS_MAX}.`);
}
