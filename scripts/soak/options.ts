/** What a soak is asked to do. */
import { Command, InvalidArgumentError } from 'commander';

/** The options of a soak. */
export interface SoakOptions {
  readonly validators: number;
  readonly minutes: number;
  /** Submissions a second, over all validators. */
  readonly rate: number;
  /** Folder of its own files while it lasts. */
  readonly out: string;
}

const VALIDATORS_MAX = 16;
const MINUTES_MAX = 10_000;
const RATE_MAX = 10_000;

/** Returns the options of a command line. */
export function readOptions(argv: readonly string[]): SoakOptions {
  return new Command('npm run soak --')
    .description('run a network under a constant load and see whether anything grows')
    .option('--validators <n>', 'validators of the network', upTo(VALIDATORS_MAX), 4)
    .option('--minutes <n>', 'how long', upTo(MINUTES_MAX), 10)
    .option('--rate <n>', 'submissions a second, over all validators', upTo(RATE_MAX), 200)
    .option('--out <dir>', 'folder of its own files, on a disk', 'bench-results')
    .parse(argv)
    .opts<SoakOptions>();
}

function upTo(max: number): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,7}$/.test(text) && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`it is a whole number from 1 to ${max}.`);
  };
}
