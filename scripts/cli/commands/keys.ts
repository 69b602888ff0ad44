/** `birthmark keys`: make a validator's keys, and show their public half. */
import { Command } from 'commander';

import { formatHex } from '../../../chain/bytes.ts';
import { generateKeys, KEY_FILES, publicKeysOf, readKeys, writeKeys } from '../../../node/keys.ts';
import { peerIdOf } from '../../../p2p/peerId.ts';
import { readPassphrase } from '../files.ts';
import type { Output } from '../output.ts';

interface KeyOptions {
  readonly dir: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function keysCommand(output: Output): Command {
  const keys = new Command('keys').description("make and show a validator's keys");
  withOptions(keys.command('create'))
    .description('make keys in a folder; never overwrites one')
    .action(async (options: KeyOptions) => {
      await writeKeys(options.dir, generateKeys(), await readPassphrase(options.passphraseFile));
      await show(options, output);
      output.note(`keys are in ${options.dir}; back them up, and let nobody else read them`);
    });
  withOptions(keys.command('show'))
    .description('show the public keys of a folder')
    .action((options: KeyOptions) => show(options, output));
  return keys;
}

function withOptions(command: Command): Command {
  return command
    .option('--dir <dir>', 'folder of the key files', 'keys')
    .option('--passphrase-file <file>', 'encrypts the key files with the first line of this file')
    .option('--json', 'print JSON');
}

async function show(options: KeyOptions, output: Output): Promise<void> {
  const publicKeys = publicKeysOf(
    await readKeys(options.dir, await readPassphrase(options.passphraseFile)),
  );
  const { consensus, cosigner, network, publisher } = publicKeys;
  const shown = {
    consensus_key: formatHex(consensus),
    cosigner_key: formatHex(cosigner),
    peer_id: peerIdOf(network),
    log_key: formatHex(publisher),
    files: Object.values(KEY_FILES),
  };
  if (options.json === true) output.json(shown);
  else {
    output.line(`consensus key  ${shown.consensus_key}`);
    output.line(`cosigner key   ${shown.cosigner_key}`);
    output.line(`peer id        ${shown.peer_id}`);
    output.line(`log key        ${shown.log_key}`);
  }
}
