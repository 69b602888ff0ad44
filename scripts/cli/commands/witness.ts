/** `birthmark witness`: make an institution a witness of other logs. */
import { join } from 'node:path';

import { Command } from 'commander';

import { createWitness, WITNESS_FILE } from '../../witness/witnessFolder.ts';
import { parseWitnessName } from '../arguments.ts';
import { readPassphrase } from '../files.ts';
import type { Output } from '../output.ts';

interface WitnessOptions {
  readonly dir: string;
  readonly name: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function witnessCommand(output: Output): Command {
  const witness = new Command('witness').description('witnessing of other logs');
  witness
    .command('create')
    .description('make a witness key and an empty list of logs; never overwrites')
    .option('--dir <dir>', 'folder of the files', 'witness')
    .requiredOption(
      '--name <name>',
      'name of the key, like museum.example/witness',
      parseWitnessName,
    )
    .option('--passphrase-file <file>', 'encrypts the key file with the first line of this file')
    .option('--json', 'print JSON')
    .action((options: WitnessOptions) => create(options, output));
  return witness;
}

/** What is printed are the settings of the node, and what others put into their policies. */
async function create(
  { dir, name, passphraseFile, json }: WitnessOptions,
  output: Output,
): Promise<void> {
  const passphrase = await readPassphrase(passphraseFile);
  const verifierKey = await createWitness({ dir, name, passphrase });
  const settings = {
    WITNESS_KEY: join(dir, WITNESS_FILE.key),
    WITNESS_NAME: name,
    WITNESS_LOGS: join(dir, WITNESS_FILE.logs),
  };
  if (json === true) output.json({ verifier_key: verifierKey, settings });
  else for (const [setting, value] of Object.entries(settings)) output.line(`${setting}=${value}`);
  output.note(`the logs that you witness ask you as: witness ${name} ${verifierKey} URL`);
}
