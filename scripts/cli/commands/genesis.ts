/** `birthmark genesis`: make, show and check the document that a chain starts from. */
import { Command } from 'commander';

import { formatHex } from '../../../chain/bytes.ts';
import { quorumSize } from '../../../chain/consensus/quorum.ts';
import { chainIdOf, checkGenesisSignatures, formatGenesis } from '../../../genesis/document.ts';
import { readKeys } from '../../../node/keys.ts';
import { createFile, formatJson, readGenesis, readText } from '../files.ts';
import { createGenesis, readAuthorityFile, readParamSettings } from '../newGenesis.ts';
import type { Output } from '../output.ts';

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

/** Collects an option that may be given several times. */
export function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}

/** Returns the command. */
export function genesisCommand(output: Output): Command {
  const genesis = new Command('genesis').description('make and check a genesis document');
  genesis
    .command('create')
    .description('make the genesis of a network of one institution')
    .requiredOption('--name <name>', 'name of the validator: a-z, 0-9, - and _')
    .option('--network <name>', 'name of the network', 'birthmark.local')
    .option('--keys <dir>', 'folder of its key files', 'keys')
    .option('--passphrase-file <file>', 'file with the passphrase of the key files')
    .option('--address <multiaddr>', 'where other validators dial it (repeatable)', collect, [])
    .option('--authority <file>', 'authority file of a manufacturer (repeatable)', collect, [])
    .option('--param <name=value>', 'parameter of the chain (repeatable)', collect, [])
    .option('--out <file>', 'where to write it; never overwrites', 'genesis.json')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) => create(options, output));
  genesis
    .command('check <file>')
    .description('check a genesis document and its signatures')
    .option('--json', 'print JSON')
    .action((file: string, options: { readonly json?: boolean }) => check(file, options, output));
  return genesis;
}

async function create(options: CreateOptions, output: Output): Promise<void> {
  const passphrase =
    options.passphraseFile === undefined
      ? undefined
      : (await readText(options.passphraseFile)).split('\n')[0];
  const keys = await readKeys(options.keys, passphrase);
  const signed = createGenesis({
    network: options.network,
    timestampMs: Date.now(),
    params: readParamSettings(options.param),
    validators: [{ name: options.name, keys, addresses: options.address }],
    authorities: await Promise.all(options.authority.map(readAuthorityFile)),
  });
  await createFile(options.out, formatJson(formatGenesis(signed)));
  const chainId = formatHex(chainIdOf(signed.genesis));
  if (options.json === true) output.json({ chain_id: chainId, file: options.out });
  else output.line(`chain id ${chainId}, written to ${options.out}`);
}

async function check(
  file: string,
  options: { readonly json?: boolean },
  output: Output,
): Promise<void> {
  const signed = await readGenesis(file);
  checkGenesisSignatures(signed);
  const { genesis, signatures } = signed;
  const summary = {
    chain_id: formatHex(chainIdOf(genesis)),
    network: genesis.network,
    validators: genesis.validators.map(({ name }) => name),
    quorum: quorumSize(genesis.validators.length),
    authorities: genesis.authorities.map(({ id }) => id),
    signed_by: signatures.map(({ validator }) => validator),
  };
  if (options.json === true) output.json(summary);
  else {
    output.line(`chain id     ${summary.chain_id}`);
    output.line(`network      ${summary.network}`);
    output.line(`validators   ${summary.validators.join(', ')} (quorum ${summary.quorum})`);
    output.line(`authorities  ${summary.authorities.join(', ') || 'none'}`);
    output.line(`signed by    ${summary.signed_by.join(', ')}`);
  }
}
