/** `birthmark monitor`: whether several nodes show everybody the same log, which only grows. */
import { setTimeout as delay } from 'node:timers/promises';

import { Command, InvalidArgumentError } from 'commander';

import type { Policy } from '../../../chain/log/policy.ts';
import { type Finding, formatFinding, formatFindingJson } from '../../monitor/finding.ts';
import { Monitor } from '../../monitor/monitor.ts';
import { MonitorState } from '../../monitor/state.ts';
import { createHttpLog } from '../../publicLog/httpLog.ts';
import { commandFailure, EXIT_NO_ANSWER } from '../logFailure.ts';
import { CommandError, EXIT_USAGE, type Output } from '../output.ts';
import { readTrusted, type TrustOptions } from '../trustedPolicy.ts';

interface MonitorCommandOptions extends TrustOptions {
  readonly state: string;
  readonly once?: boolean;
  readonly intervalS: number;
  readonly json?: boolean;
}

const EXIT_FORK = 1;
/** Something is wrong with what a node serves, and no fork. */
const EXIT_WRONG = 4;
const INTERVAL_S = 60;
const FOLLOW_MS_MAX = 300_000;
const SECOND_MS = 1_000;
const URL_COUNT_MAX = 64;

/** Returns the command. */
export function monitorCommand(output: Output): Command {
  return new Command('monitor')
    .description(
      'follow the logs of nodes and find out whether they are one log that only grows; exit code 0 they are, 1 two histories were signed, 2 called wrongly, 3 no answer, 4 something served does not check',
    )
    .argument('<url...>', 'nodes, or servers of exported files')
    .option('--policy <file>', 'trust policy by which checkpoints are judged')
    .option('--genesis <file>', "genesis whose validators' quorum must have cosigned them")
    .requiredOption('--state <dir>', 'folder of what was seen, and of evidence')
    .option('--once', 'look once and end')
    .option('--interval-s <s>', 'seconds between two looks', parseIntervalS, INTERVAL_S)
    .option('--json', 'print a line of JSON for each finding')
    .action((urls: readonly string[], options: MonitorCommandOptions) =>
      run(urls, options, output),
    );
}

function parseIntervalS(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it is a whole number of seconds above 0.');
}

async function run(
  urls: readonly string[],
  options: MonitorCommandOptions,
  output: Output,
): Promise<void> {
  if (urls.length > URL_COUNT_MAX || new Set(urls).size < urls.length) {
    throw new CommandError(`give each URL once, and at most ${URL_COUNT_MAX}`, EXIT_USAGE);
  }
  const policy = await readTrusted(options);
  if (policy === undefined) {
    throw new CommandError('give --policy or --genesis: whose signatures count?', EXIT_USAGE);
  }
  try {
    const monitor = await createMonitor(urls, policy, options);
    await follow(monitor, options, output);
  } catch (cause) {
    throw commandFailure(cause);
  }
}

async function createMonitor(
  urls: readonly string[],
  policy: Policy,
  { state, once }: MonitorCommandOptions,
): Promise<Monitor> {
  const logs = urls.map((url) => createHttpLog(url));
  const followMsMax = once === true ? Number.POSITIVE_INFINITY : FOLLOW_MS_MAX;
  return new Monitor({ logs, policy, followMsMax }, await MonitorState.open(state));
}

async function follow(
  monitor: Monitor,
  { once, intervalS, json }: MonitorCommandOptions,
  output: Output,
): Promise<void> {
  let told = new Set<string>();
  for (;;) {
    const findings = await monitor.look();
    const sentences = new Map(findings.map((each) => [formatFinding(each), each]));
    for (const [sentence, finding] of sentences) {
      // What is as it was is told once.
      if (told.has(sentence)) continue;
      if (json === true) output.json(formatFindingJson(finding));
      else output.line(sentence);
    }
    told = new Set(sentences.keys());
    if (findings.some(({ type }) => type === 'fork')) throw new CommandError('', EXIT_FORK);
    if (once === true) {
      endOnce(findings);
      return;
    }
    await delay(intervalS * SECOND_MS);
  }
}

function endOnce(findings: readonly Finding[]): void {
  if (findings.some(({ type }) => type === 'wrong')) throw new CommandError('', EXIT_WRONG);
  if (findings.every(({ type }) => type === 'unreachable')) {
    throw new CommandError('', EXIT_NO_ANSWER);
  }
}
