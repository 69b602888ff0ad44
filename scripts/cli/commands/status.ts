/** `birthmark status`: what a node says of itself. */
import { Command } from 'commander';

import { getJson } from '../http.ts';
import { CommandError, type Output } from '../output.ts';

interface StatusOptions {
  readonly node: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function statusCommand(output: Output): Command {
  return new Command('status')
    .description('show what a node says of itself')
    .option('--node <url>', 'node to ask', 'http://127.0.0.1:8545')
    .option('--json', 'print JSON')
    .action(async (options: StatusOptions) => {
      const { status, body } = await getJson(options.node, '/api/v1/status');
      if (status !== 200) throw new CommandError(`the node answered ${status}`);
      if (options.json === true) output.json(body);
      else {
        for (const [name, value] of Object.entries(body)) {
          const text = typeof value === 'string' ? value : JSON.stringify(value);
          output.line(`${name.replaceAll('_', ' ').padEnd(24)}${text}`);
        }
      }
    });
}
