/** `birthmark tsa`: a time-stamping authority to try. */
import { join } from 'node:path';

import { Command } from 'commander';

import { createTestTsa, EXAMPLE_POLICY, TSA_FILE, writeTestTsa } from '../../timestamp/testTsa.ts';
import { parseValidatorName } from '../arguments.ts';
import type { Output } from '../output.ts';

interface TsaOptions {
  readonly dir: string;
  readonly name: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function tsaCommand(output: Output): Command {
  const tsa = new Command('tsa').description('a time-stamping authority for development');
  tsa
    .command('create')
    .description('make a test CA and a time-stamping certificate with its key; never overwrites')
    .option('--dir <dir>', 'folder of the files', 'tsa')
    .requiredOption('--name <name>', 'name of the institution', parseValidatorName)
    .option('--json', 'print JSON')
    .action((options: TsaOptions) => create(options, output));
  return tsa;
}

/** What is printed are the settings of the node. */
async function create({ dir, name, json }: TsaOptions, output: Output): Promise<void> {
  await writeTestTsa(dir, await createTestTsa(name, Date.now()));
  const settings = {
    TSA_CERT: join(dir, TSA_FILE.certificate),
    TSA_KEY: join(dir, TSA_FILE.key),
    TSA_POLICY: EXAMPLE_POLICY,
  };
  const ca = join(dir, TSA_FILE.ca);
  if (json === true) output.json({ ca, settings });
  else for (const [setting, value] of Object.entries(settings)) output.line(`${setting}=${value}`);
  output.note(`for development: nobody has reason to trust ${ca}`);
}
