/** `birthmark devnet`: a development network, each validator a process of its own. */
import { Command, InvalidArgumentError } from 'commander';

import { type DevnetOptions, prepareDevnet } from '../../devnet/folder.ts';
import { runDevnet } from '../../devnet/processes.ts';
import { collect, parsePort } from '../arguments.ts';
import type { Output } from '../output.ts';

/** Each is a process with its own memory; a network is meant to fit on a laptop. */
const VALIDATOR_COUNT_MAX = 16;

/** Returns the command. */
export function devnetCommand(output: Output): Command {
  return new Command('devnet')
    .description('make keys and genesis where absent, and run validators until SIGINT or SIGTERM')
    .option(
      '--validators <n>',
      'number of validators, 1 to 16 (default: those of the folder, or 1)',
      parseCount,
    )
    .requiredOption('--dir <dir>', 'folder of the network; validator i lives in DIR/vi')
    .option('--api-port <port>', 'port of the first interface; the others follow', parsePort, 8545)
    .option('--authority <file>', 'authority file of a manufacturer (repeatable)', collect, [])
    .option('--param <name=value>', 'parameter of the chain (repeatable)', collect, [])
    .action(async (options: DevnetOptions) => {
      await runDevnet(await prepareDevnet(options), output);
    });
}

function parseCount(text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= VALIDATOR_COUNT_MAX) {
    return Number(text);
  }
  throw new InvalidArgumentError(`a development network has 1 to ${VALIDATOR_COUNT_MAX}.`);
}
