/** `birthmark keys`: make the keys of a validator or an observer, and show their public half. */
import { ed25519PublicKey } from '#crypto';
import { Command } from 'commander';

import { formatHex } from '../../../chain/bytes.ts';
import {
  generateKeys,
  generateObserverKeys,
  KEY_FILES,
  publicKeysOf,
  readKeys,
  readObserverKeys,
  writeKeys,
} from '../../../node/keys.ts';
import { peerIdOf } from '../../../p2p/peerId.ts';
import { readPassphrase } from '../files.ts';
import type { Output } from '../output.ts';

interface KeyOptions {
  readonly dir: string;
  readonly passphraseFile?: string;
  readonly observer?: boolean;
  readonly json?: boolean;
}

/** Returns the command. */
export function keysCommand(output: Output): Command {
  const keys = new Command('keys').description("make and show a node's keys");
  withOptions(keys.command('create'))
    .description('make keys in a folder; never overwrites one')
    .action(async (options: KeyOptions) => {
      const made = options.observer === true ? generateObserverKeys() : generateKeys();
      await writeKeys(options.dir, made, await readPassphrase(options.passphraseFile));
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
    .option('--observer', 'of a node that follows without voting: a network key alone')
    .option('--json', 'print JSON');
}

async function show(options: KeyOptions, output: Output): Promise<void> {
  const passphrase = await readPassphrase(options.passphraseFile);
  if (options.observer === true) await showObserver(options, passphrase, output);
  else await showValidator(options, passphrase, output);
}

/** The peer id is what validators put into their P2P_OBSERVERS. */
async function showObserver(
  { dir, json }: KeyOptions,
  passphrase: string | undefined,
  output: Output,
): Promise<void> {
  const { network } = await readObserverKeys(dir, passphrase);
  const peerId = peerIdOf(ed25519PublicKey(network));
  if (json === true) output.json({ peer_id: peerId, files: [KEY_FILES.network] });
  else output.line(`peer id        ${peerId}`);
}

async function showValidator(
  options: KeyOptions,
  passphrase: string | undefined,
  output: Output,
): Promise<void> {
  const publicKeys = publicKeysOf(await readKeys(options.dir, passphrase));
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
