/** `birthmark authority`: run the reference manufacturer authority. */
import { Command, InvalidArgumentError } from 'commander';

import { createLog } from '../../../node/log.ts';
import { type RunningAuthority, startAuthority } from '../../authority/start.ts';
import type { Output } from '../output.ts';

interface AuthorityOptions {
  readonly dir: string;
  readonly listen: ListenAddress;
  readonly id: string;
  readonly name: string;
  readonly publicUrl?: string;
  readonly encoding: 'raw' | 'der';
  readonly legacy: boolean;
  readonly allowPrivate: boolean;
  readonly requireToken: boolean;
  readonly json?: boolean;
}

interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Returns the command. */
export function authorityCommand(output: Output): Command {
  const authority = new Command('authority').description('the reference manufacturer authority');
  authority
    .command('start')
    .description('run it until SIGINT or SIGTERM; its registry entry is DIR/authority.json')
    .option('--dir <dir>', 'folder of its keys and devices', 'authority')
    .option(
      '--listen <host:port>',
      'address to listen on',
      parseListen,
      parseListen('127.0.0.1:8001'),
    )
    .option('--id <id>', 'manufacturer id in certificates', 'birthmark_reference')
    .option('--name <name>', 'name of the manufacturer', 'Birthmark Reference Manufacturer')
    .option('--public-url <url>', 'URL under which nodes reach it [http://localhost:PORT/]')
    .option(
      '--encoding <form>',
      'extensions as raw bytes or as DER: raw, der',
      parseEncoding,
      'raw',
    )
    .option('--legacy', 'name an endpoint for the legacy form', false)
    .option('--no-allow-private', 'let nodes ask it on public addresses only')
    .option('--require-token', 'provision devices only with the token in DIR/admin.token', false)
    .option('--json', 'print one JSON line when ready')
    .action((options: AuthorityOptions) => run(options, output));
  return authority;
}

async function run(options: AuthorityOptions, output: Output): Promise<void> {
  const log = createLog('warn');
  const authority = await startAuthority(options, { log });
  announce(authority, options, output);
  await signalled();
  await authority.stop();
}

function announce(authority: RunningAuthority, options: AuthorityOptions, output: Output): void {
  const { url, registryFile } = authority;
  if (options.json === true) output.json({ ready: true, url, registry_file: registryFile });
  else output.note(`ready: ${url}, registry entry in ${registryFile}`);
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      resolve();
      if (process.connected) process.disconnect();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    process.on('disconnect', stop);
  });
}

function parseListen(text: string): ListenAddress {
  const match = /^(?<host>\[[0-9a-fA-F:]+\]|[^:]+):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port']);
  if (match === null || port > 65_535) throw new InvalidArgumentError('such as 127.0.0.1:8001.');
  return { host: (match.groups?.['host'] ?? '').replace(/^\[|\]$/g, ''), port };
}

function parseEncoding(text: string): 'raw' | 'der' {
  if (text === 'raw' || text === 'der') return text;
  throw new InvalidArgumentError('raw or der.');
}
