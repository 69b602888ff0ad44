/** `birthmark genesis apply`: what an institution asks to be in a genesis, signed with its keys. */
import { Command } from 'commander';

import { createSigner } from '../../../chain/signature.ts';
import type { Validator } from '../../../chain/validatorSet.ts';
import {
  formatApplication,
  parseApplication,
  signApplication,
} from '../../../genesis/application.ts';
import { formatValidator } from '../../../genesis/validatorJson.ts';
import { readKeys } from '../../../node/keys.ts';
import {
  collectAddresses,
  parseNetworkName,
  parseValidatorName,
  problemOfAddress,
} from '../arguments.ts';
import { createFile, formatJson, readPassphrase } from '../files.ts';
import { recipientOf } from '../logKey.ts';
import { usable, validatorOf } from '../newGenesis.ts';
import { CommandError, EXIT_USAGE, type Output } from '../output.ts';

interface ApplyOptions {
  readonly network: string;
  readonly name: string;
  readonly address: string[];
  readonly keys: string;
  readonly passphraseFile?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function applyCommand(output: Output): Command {
  return new Command('apply')
    .description('make the application of this institution, from its keys')
    .requiredOption('--network <name>', 'name of the network', parseNetworkName)
    .requiredOption('--name <name>', 'name of the validator: a-z, 0-9, - and _', parseValidatorName)
    .requiredOption(
      '--address <multiaddr>',
      'where the others dial it, such as /dns4/node.example.org/tcp/26656 (repeatable)',
      collectAddresses,
    )
    .option('--keys <dir>', 'folder of its key files', 'keys')
    .option('--passphrase-file <file>', 'file with the passphrase of the key files')
    .option('--out <file>', 'where to write it; never overwrites (default: NAME.application.json)')
    .option('--json', 'print JSON')
    .action((options: ApplyOptions) => apply(options, output));
}

async function apply(options: ApplyOptions, output: Output): Promise<void> {
  const { network, name, address: addresses } = options;
  const out = options.out ?? `${name}.application.json`;
  const keys = await readKeys(options.keys, await readPassphrase(options.passphraseFile));
  const validator = validatorOf({ name, keys, addresses });
  checkAddresses(validator);
  const application = { network, validator, logKeyRecipient: await recipientOf(keys.commitment) };
  const signed = signApplication(application, {
    consensus: createSigner(keys.consensus),
    cosigner: createSigner(keys.cosigner),
    network: createSigner(keys.network),
  });
  const json = formatApplication(signed);
  usable(() => parseApplication(json));
  await createFile(out, formatJson(json));
  if (options.json === true) {
    output.json({ file: out, network, validator: formatValidator(validator) });
    return;
  }
  output.line(`application of ${name} for ${network}, written to ${out}`);
  output.note('send it to the coordinator, and keep it: you compare the genesis with it');
}

function checkAddresses({ addresses, peerId }: Validator): void {
  for (const [i, each] of addresses.entries()) {
    const problem =
      addresses.indexOf(each) < i ? `${each} is named twice` : problemOfAddress(each, peerId);
    if (problem !== undefined) throw new CommandError(`--address ${problem}`, EXIT_USAGE);
  }
}
