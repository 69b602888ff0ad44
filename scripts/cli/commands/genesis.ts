/** `birthmark genesis`: the ceremony in which institutions agree on the document that a chain starts from. */
import { Command } from 'commander';

import { formatHex } from '../../../chain/bytes.ts';
import { chainIdOf, formatGenesis } from '../../../genesis/document.ts';
import { readKeys } from '../../../node/keys.ts';
import { collect, collectAddresses, parseNetworkName, parseValidatorName } from '../arguments.ts';
import { createFile, formatJson, readPassphrase } from '../files.ts';
import { createGenesis, readAuthorityFiles, readParamSettings } from '../newGenesis.ts';
import type { Output } from '../output.ts';
import { applyCommand } from './genesisApply.ts';
import { assembleCommand } from './genesisAssemble.ts';
import { checkCommand } from './genesisCheck.ts';
import { signCommand } from './genesisSign.ts';

interface CreateOptions {
  readonly network: string;
  readonly name: string;
  readonly keys: string;
  readonly passphraseFile?: string;
  readonly address: string[];
  readonly authority: string[];
  readonly param: string[];
  readonly out: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function genesisCommand(output: Output): Command {
  return new Command('genesis')
    .description('make, sign and check a genesis document (docs/ceremony.md)')
    .addCommand(createCommand(output))
    .addCommand(applyCommand(output))
    .addCommand(assembleCommand(output))
    .addCommand(signCommand(output))
    .addCommand(checkCommand(output));
}

function createCommand(output: Output): Command {
  return new Command('create')
    .description('make the genesis of a network of one institution')
    .requiredOption('--name <name>', 'name of the validator: a-z, 0-9, - and _', parseValidatorName)
    .option('--network <name>', 'name of the network', parseNetworkName, 'birthmark.local')
    .option('--keys <dir>', 'folder of its key files', 'keys')
    .option('--passphrase-file <file>', 'file with the passphrase of the key files')
    .option(
      '--address <multiaddr>',
      'where other validators dial it (repeatable)',
      collectAddresses,
      [],
    )
    .option('--authority <file>', 'authority file of a manufacturer (repeatable)', collect, [])
    .option('--param <name=value>', 'parameter of the chain (repeatable)', collect, [])
    .option('--out <file>', 'where to write it; never overwrites', 'genesis.json')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) => create(options, output));
}

async function create(options: CreateOptions, output: Output): Promise<void> {
  const params = readParamSettings(options.param);
  const keys = await readKeys(options.keys, await readPassphrase(options.passphraseFile));
  const signed = createGenesis({
    network: options.network,
    timestampMs: Date.now(),
    params,
    validators: [{ name: options.name, keys, addresses: options.address }],
    authorities: await readAuthorityFiles(options.authority),
  });
  await createFile(options.out, formatJson(formatGenesis(signed)));
  const chainId = formatHex(chainIdOf(signed.genesis));
  if (options.json === true) output.json({ chain_id: chainId, file: options.out });
  else output.line(`chain id ${chainId}, written to ${options.out}`);
}
