/** `birthmark devnet`: a development network, each validator a process of its own. */
import { Command, InvalidArgumentError } from 'commander';

import { type DevnetOptions, prepareDevnet } from '../../devnet/folder.ts';
import { runDevnet } from '../../devnet/processes.ts';
import { collect, parsePort } from '../arguments.ts';
import type { Output } from '../output.ts';

/** Returns the command. */
export function devnetCommand(output: Output): Command {
  return new Command('devnet')
    .description('make keys and genesis where absent, and run validators until SIGINT or SIGTERM')
    .option('--validators <n>', 'number of validators', parseCount, 1)
    .requiredOption('--dir <dir>', 'folder of the network; validator i lives in DIR/vi')
    .option('--api-port <port>', 'port of the first interface; the others follow', parsePort, 8545)
    .option('--authority <file>', 'authority file of a manufacturer (repeatable)', collect, [])
    .option('--param <name=value>', 'parameter of the chain (repeatable)', collect, [])
    .action(async (options: DevnetOptions) => {
      await runDevnet(await prepareDevnet(options), output);
    });
}

function parseCount(text: string): number {
  // The protocol for several validators is not there: a set that could not decide is refused at once.
  if (text !== '1') throw new InvalidArgumentError('this version runs networks of one validator.');
  return 1;
}
