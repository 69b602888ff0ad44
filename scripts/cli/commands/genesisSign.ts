/**
 * `birthmark genesis sign`: an institution compares the document with what it applied for, and signs it.
 *
 * Two runs: the first shows everything and signs nothing; the second names the chain id, which people have
 * compared by another way than the one on which the document came.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Command } from 'commander';

import { ed25519PublicKey } from '#crypto';
import { equalBytes, formatHex } from '../../../chain/bytes.ts';
import { createSigner } from '../../../chain/signature.ts';
import type { Validator } from '../../../chain/validatorSet.ts';
import { type Application, parseApplication } from '../../../genesis/application.ts';
import { compareValidators } from '../../../genesis/comparison.ts';
import { chainIdOf, type Genesis } from '../../../genesis/document.ts';
import { formatDetached } from '../../../genesis/signatureJson.ts';
import { type Keys, publicKeysOf, readKeys, replaceKey } from '../../../node/keys.ts';
import { parseChainId } from '../arguments.ts';
import {
  createFile,
  formatJson,
  readGenesis,
  readParsed,
  readPassphrase,
  readText,
} from '../files.ts';
import { printGenesis } from '../genesisSummary.ts';
import { openLogKey } from '../logKey.ts';
import { validatorOf } from '../newGenesis.ts';
import { CommandError, type Output } from '../output.ts';

interface SignOptions {
  readonly application: string;
  readonly keys: string;
  readonly passphraseFile?: string;
  readonly chainId?: string;
  readonly logKey?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function signCommand(output: Output): Command {
  return new Command('sign')
    .description('compare a genesis with the own application; sign it where --chain-id names it')
    .argument('<document>', 'the genesis document')
    .requiredOption('--application <file>', 'what this institution applied with')
    .option('--keys <dir>', 'folder of its key files', 'keys')
    .option('--passphrase-file <file>', 'file with the passphrase of the key files')
    .option('--chain-id <hex>', 'chain id on which the institutions agreed', parseChainId)
    .option('--log-key <file>', "the log's sealed key (default: log-key.age beside the document)")
    .option(
      '--out <file>',
      'where to write the signature; never overwrites (default: NAME.signature.json beside the document)',
    )
    .option('--json', 'print JSON')
    .action((file: string, options: SignOptions) => sign(file, options, output));
}

async function sign(file: string, options: SignOptions, output: Output): Promise<void> {
  const document = await readGenesis(file);
  const { genesis } = document;
  const { application } = await readParsed(options.application, parseApplication);
  const passphrase = await readPassphrase(options.passphraseFile);
  const keys = await readKeys(options.keys, passphrase);
  checkOwnKeys(application, keys, options);
  checkOwnEntry(genesis, application);
  checkTime(genesis);
  const chainId = formatHex(chainIdOf(genesis));
  if (options.json !== true) printGenesis(document, output);
  if (options.chainId === undefined) {
    throw new CommandError(
      `nothing is signed: compare the chain id with the other institutions, then add --chain-id ${chainId}`,
    );
  }
  if (options.chainId !== chainId) {
    throw new CommandError(
      `nothing is signed: the chain id of ${file} is ${chainId}, not ${options.chainId}`,
    );
  }
  const logKey = await receiveLogKey(file, genesis, { keys, options });
  if (logKey !== undefined) {
    await replaceKey(options.keys, { purpose: 'publisher', secret: logKey }, passphrase);
    output.note(
      `the log's key is in ${options.keys}, which keeps the one it had under another name`,
    );
  }
  const { name } = application.validator;
  const out = options.out ?? join(dirname(file), `${name}.signature.json`);
  const signature = createSigner(keys.consensus)('genesisSignature', chainIdOf(genesis));
  const json = formatDetached({ chainId: chainIdOf(genesis), validator: name, signature });
  await createFile(out, formatJson(json));
  if (options.json === true) output.json({ chain_id: chainId, validator: name, file: out });
  else output.note(`signed as ${name}, written to ${out}; send it to the coordinator`);
}

function checkOwnKeys({ validator, network }: Application, keys: Keys, options: SignOptions): void {
  const { name, addresses } = validator;
  const differences = compareValidators(validatorOf({ name, keys, addresses }), validator);
  if (differences.length === 0) return;
  throw new CommandError(
    `${options.application} was not made with the keys in ${options.keys} for ${network} (here: the keys, there: the application):\n  ${differences.join('\n  ')}`,
  );
}

function checkOwnEntry(genesis: Genesis, application: Application): void {
  const { name } = application.validator;
  if (genesis.network !== application.network) {
    throw new CommandError(
      `the genesis is that of ${genesis.network}; ${name} applied for ${application.network}`,
    );
  }
  const entry = findEntry(genesis, application.validator);
  if (entry === undefined) {
    const names = genesis.validators.map((each) => each.name).join(', ');
    throw new CommandError(`the genesis does not name ${name}; it names ${names}`);
  }
  const differences = compareValidators(application.validator, entry);
  if (differences.length === 0) return;
  throw new CommandError(
    `the genesis has another entry than ${name} applied for (here: the application, there: the genesis):\n  ${differences.join('\n  ')}`,
  );
}

function findEntry({ validators }: Genesis, own: Validator): Validator | undefined {
  return (
    validators.find(({ consensusKey }) => equalBytes(consensusKey, own.consensusKey)) ??
    validators.find(({ name }) => name === own.name)
  );
}

function checkTime({ timestampMs }: Genesis): void {
  const aheadMs = timestampMs - Date.now();
  if (aheadMs <= 0) return;
  throw new CommandError(
    `the genesis' time lies ${Math.ceil(aheadMs / 1_000)} s ahead of this machine's clock, and no block bears a time before it`,
  );
}

/** Returns the log's secret key where the keys folder does not hold it yet. */
async function receiveLogKey(
  file: string,
  genesis: Genesis,
  { keys, options }: { readonly keys: Keys; readonly options: SignOptions },
): Promise<Uint8Array | undefined> {
  if (equalBytes(publicKeysOf(keys).publisher, genesis.logKey)) return undefined;
  const path = options.logKey ?? join(dirname(file), 'log-key.age');
  if (!existsSync(path)) {
    throw new CommandError(
      `${path} is not there: it holds the log's key, and comes from the coordinator with the document (--log-key)`,
    );
  }
  const secret = await openLogKey(await readText(path), keys.commitment);
  if (secret === undefined) {
    throw new CommandError(`${path} is not sealed for the keys in ${options.keys}`);
  }
  if (!equalBytes(ed25519PublicKey(secret), genesis.logKey)) {
    throw new CommandError(`${path} holds another key than the genesis' log_key`);
  }
  return secret;
}
