/** `birthmark start`: run a validator until it is told to stop. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { Command } from 'commander';

import { formatHex } from '../../../chain/bytes.ts';
import { type Config, readConfig } from '../../../node/config.ts';
import type { Environment } from '../../../node/settingReader.ts';
import { SETTINGS } from '../../../node/settings.ts';
import { createLog } from '../../../node/log.ts';
import { type RunningNode, startNode } from '../../../node/node.ts';
import { readText } from '../files.ts';
import type { Output } from '../output.ts';

/** Name of the file with the settings of a node's folder. */
export const NODE_ENV_FILE = 'node.env';

/** What a started node tells the process that started it. */
export interface ReadyMessage {
  readonly ready: true;
  readonly api: string;
  readonly chainId: string;
}

/** Returns the command. */
export function startCommand(output: Output): Command {
  const width = Math.max(...SETTINGS.map(({ name }) => name.length));
  const table = SETTINGS.map(
    (setting) =>
      `  ${setting.name.padEnd(width)}  ${setting.about}` +
      (setting.default === '' ? '' : ` [${setting.default}]`),
  );
  return new Command('start')
    .description('run a validator until SIGINT or SIGTERM')
    .option('--dir <dir>', `folder with ${NODE_ENV_FILE}, genesis.json, keys and data`)
    .addHelpText(
      'after',
      `\nSettings, from the environment or ${NODE_ENV_FILE}:\n${table.join('\n')}`,
    )
    .action(async (options: { readonly dir?: string }) => {
      const environment = await readEnvironment(options.dir);
      const config = readConfig(environment, options.dir ?? '.');
      await runUntilStopped(config, output);
    });
}

/** Returns the settings of a node's folder, overridden by the environment. */
export async function readEnvironment(dir: string | undefined): Promise<Environment> {
  const path = dir === undefined ? undefined : join(dir, NODE_ENV_FILE);
  const kept = path !== undefined && existsSync(path) ? parseEnv(await readText(path)) : {};
  return { ...kept, ...process.env };
}

/** Runs a node until it is told to stop; resolves when it has, rejects with what made it stop by itself. */
async function runUntilStopped(config: Config, output: Output): Promise<void> {
  const stop = new AbortController();
  const release = onStop(() => {
    stop.abort();
  });
  try {
    const node = await startNode(config, { log: createLog(config.logLevel), signal: stop.signal });
    if (!stop.signal.aborted) announce(node, output);
    await untilStopped(node, stop.signal);
  } catch (error) {
    // Told to stop while its start waited for others.
    if (error !== stop.signal.reason) throw error;
    output.note('stopped before it was ready');
  } finally {
    release();
    if (process.connected) process.disconnect();
  }
}

/** Calls back when this process is told to stop; returns what ends that. */
function onStop(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  // A node that was started by another process ends with it.
  process.on('disconnect', stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
    process.off('disconnect', stop);
  };
}

function announce(node: RunningNode, output: Output): void {
  const ready: ReadyMessage = { ready: true, api: node.apiUrl, chainId: formatHex(node.chainId) };
  if (process.send === undefined) output.note(`ready: ${node.apiUrl}`);
  else process.send(ready);
}

/** Resolves when the node has stopped; rejects with what made it stop by itself. */
async function untilStopped(node: RunningNode, signal: AbortSignal): Promise<void> {
  const stop = (): void => {
    void node.stop();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);
  await node.ended;
}
