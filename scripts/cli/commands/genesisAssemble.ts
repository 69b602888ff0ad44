/** `birthmark genesis assemble`: the coordinator makes one document of all applications. */
import { existsSync } from 'node:fs';

import { Command } from 'commander';

import { ed25519PublicKey } from '#crypto';
import { type Application, parseApplication } from '../../../genesis/application.ts';
import { assembleGenesis, type FiledApplication } from '../../../genesis/assembly.ts';
import { formatGenesis } from '../../../genesis/document.ts';
import { generateKeys, readKeyFile, writeKeyFile } from '../../../node/keys.ts';
import { collect, parseNetworkName, parsePastTime, problemOfAddress } from '../arguments.ts';
import { createFile, formatJson, readParsed, readPassphrase } from '../files.ts';
import { printGenesis, summarize } from '../genesisSummary.ts';
import { isRecipient, sealLogKey } from '../logKey.ts';
import { readAuthorityFiles, readParamFile, usable } from '../newGenesis.ts';
import { CommandError, type Output } from '../output.ts';

interface AssembleOptions {
  readonly network: string;
  readonly time?: number;
  readonly parameters?: string;
  readonly authority: string[];
  readonly logKey: string;
  readonly passphraseFile?: string;
  readonly out: string;
  readonly sealedOut: string;
  readonly json?: boolean;
}

/** Returns the command. */
export function assembleCommand(output: Output): Command {
  return new Command('assemble')
    .description('make the genesis document of applications; nobody has signed it yet')
    .argument('<application...>', 'files that "genesis apply" made')
    .requiredOption('--network <name>', 'name of the network', parseNetworkName)
    .option('--time <time>', 'time of block 0, such as 2026-01-31T12:00:00.000Z', parsePastTime)
    .option('--parameters <file>', 'JSON object of parameters; those not named take their defaults')
    .option('--authority <file>', 'authority file of a manufacturer (repeatable)', collect, [])
    .option('--log-key <file>', "the log's secret key; made where there is none", 'log-key.pem')
    .option('--passphrase-file <file>', "file with the passphrase of the log's secret key")
    .option('--out <file>', 'where to write the document; never overwrites', 'genesis.json')
    .option(
      '--sealed-out <file>',
      "where to write the log's secret key, sealed for the applicants; never overwrites",
      'log-key.age',
    )
    .option('--json', 'print JSON')
    .action((files: string[], options: AssembleOptions) => assemble(files, options, output));
}

async function assemble(
  files: readonly string[],
  options: AssembleOptions,
  output: Output,
): Promise<void> {
  for (const path of [options.out, options.sealedOut]) {
    if (existsSync(path)) throw new CommandError(`${path} exists: it is never overwritten`);
  }
  const applications = await readApplications(files);
  const params = await readParamFile(options.parameters);
  const authorities = await readAuthorityFiles(options.authority);
  const logSecret = await openLogSecret(options);
  const { network } = options;
  const genesis = usable(() =>
    assembleGenesis({
      network,
      timestampMs: options.time ?? Date.now(),
      params,
      logKey: ed25519PublicKey(logSecret),
      applications,
      authorities,
    }),
  );
  const recipients = applications.map(({ application }) => application.logKeyRecipient);
  await createFile(options.sealedOut, await sealLogKey(logSecret, recipients));
  const document = { genesis, signatures: [] };
  await createFile(options.out, formatJson(formatGenesis(document)));
  if (options.json === true) {
    const { chain_id, validators } = summarize(document);
    output.json({ chain_id, validators, file: options.out, sealed_log_key: options.sealedOut });
    return;
  }
  printGenesis(document, output);
  output.note(`written to ${options.out}; send it and ${options.sealedOut} to every institution`);
}

async function readApplications(files: readonly string[]): Promise<readonly FiledApplication[]> {
  const filed: FiledApplication[] = [];
  for (const file of files) {
    const { application } = await readParsed(file, parseApplication);
    checkAddresses(file, application);
    if (!(await isRecipient(application.logKeyRecipient))) {
      throw new CommandError(`${file}: log_key_recipient is no recipient of age`);
    }
    filed.push({ file, application });
  }
  return filed;
}

function checkAddresses(file: string, { validator }: Application): void {
  for (const each of validator.addresses) {
    const problem = problemOfAddress(each, validator.peerId);
    if (problem !== undefined) throw new CommandError(`${file}: validator.addresses: ${problem}`);
  }
}

async function openLogSecret({ logKey, passphraseFile }: AssembleOptions): Promise<Uint8Array> {
  const passphrase = await readPassphrase(passphraseFile);
  if (existsSync(logKey)) return readKeyFile(logKey, 'publisher', passphrase);
  const secret = generateKeys().publisher;
  await writeKeyFile(logKey, { purpose: 'publisher', secret }, passphrase);
  return secret;
}
