/** `birthmark top`: the network as a node sees it, live in a terminal. */
import { Command } from 'commander';

import { renderTop } from '../../top/render.ts';
import { lookOnce, runTop, type TopEnd } from '../../top/top.ts';
import { CommandError, EXIT_USAGE, type Output } from '../output.ts';

interface TopCommandOptions {
  readonly once?: boolean;
}

const NODE_DEFAULT = 'http://127.0.0.1:8545';
const EXIT_REFUSED = 1;
const EXIT_NO_ANSWER = 3;
/** Where nothing says how wide the reader's paper is. */
const COLUMNS_DEFAULT = 100;

/** Returns the command. */
export function topCommand(output: Output): Command {
  return new Command('top')
    .description(
      'show the network as a node sees it, live; q quits; exit code 0 left or printed, 1 the node refuses, 2 called wrongly, 3 no answer (with --once)',
    )
    .argument('[url]', 'node to follow', NODE_DEFAULT)
    .option('--once', 'print it once and end, as also happens where standard output is no terminal')
    .action(async (url: string, options: TopCommandOptions) => {
      checkUrl(url);
      if (options.once === true || !process.stdout.isTTY) await printOnce(url, output);
      else await showLive(url);
    });
}

function checkUrl(url: string): void {
  const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!isHttp) throw new CommandError(`${url} is not a URL such as ${NODE_DEFAULT}`, EXIT_USAGE);
}

async function showLive(url: string): Promise<void> {
  const hasColour = process.stdout.hasColors();
  const end = await runTop({ url, hasColour }, process);
  if (end.type === 'failed') throw failureOf(url, end);
}

async function printOnce(url: string, output: Output): Promise<void> {
  const glance = await lookOnce(url);
  if (glance.type === 'failed') throw failureOf(url, glance);
  const columns = process.stdout.isTTY ? process.stdout.columns : COLUMNS_DEFAULT;
  const screen = { columns, rows: undefined, hasColour: false, nowMs: Date.now(), url };
  for (const line of renderTop(glance.view, screen)) output.line(line.trimEnd());
}

function failureOf(
  url: string,
  { why, isRefused }: Extract<TopEnd, { type: 'failed' }>,
): CommandError {
  return isRefused
    ? new CommandError(`${url} refuses: ${why}`, EXIT_REFUSED)
    : new CommandError(
        `${url}: ${why}: is the node running, and is this its address?`,
        EXIT_NO_ANSWER,
      );
}
