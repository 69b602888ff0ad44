/** `birthmark verify`: ask a node whether a photograph is registered, or check its proof and ask nobody. */
import { Command } from 'commander';

import { getJson, type JsonAnswer } from '../http.ts';
import { type OfflineOptions, verifyOffline } from '../offlineVerify.ts';
import { CommandError, EXIT_USAGE, type Output } from '../output.ts';
import { photoHashOf } from '../photoHash.ts';

interface VerifyOptions extends Partial<OfflineOptions> {
  readonly node: string;
}

const EXIT_NOT_VERIFIED = 1;

/** Returns the command. */
export function verifyCommand(output: Output): Command {
  return new Command('verify')
    .description(
      'ask whether a photograph is registered as an original, or check its proof offline; ' +
        'exit code 0 yes, 1 no, 2 called wrongly, 3 no answer',
    )
    .argument('<photo>', 'a file, or the SHA-256 of one as 64 hex digits')
    .option('--node <url>', 'node to ask', 'http://127.0.0.1:8545')
    .option(
      '--proof <file>',
      'proof to check, asking nobody (C2SP tlog-proof); needs one of these two:',
    )
    .option('--policy <file>', 'whose signatures to believe (C2SP tlog-policy)')
    .option('--genesis <file>', "genesis of the network, to believe its first validators' quorum")
    .option('--json', 'print the answer as JSON')
    .action((photo: string, options: VerifyOptions, command: Command) =>
      isOffline(options, command)
        ? verifyOffline(photo, options, output)
        : verify(photo, options, output),
    );
}

/** Returns whether nobody is to be asked. Throws a CommandError where the options contradict one another. */
function isOffline(
  options: VerifyOptions,
  command: Command,
): options is VerifyOptions & OfflineOptions {
  const { proof, policy, genesis } = options;
  if (proof === undefined) {
    if (policy === undefined && genesis === undefined) return false;
    const given = policy === undefined ? '--genesis' : '--policy';
    throw new CommandError(
      `${given} is for the offline check: name the proof with --proof`,
      EXIT_USAGE,
    );
  }
  if (command.getOptionValueSource('node') === 'default') return true;
  throw new CommandError(
    'a proof is checked without asking a node: give --proof or --node, not both',
    EXIT_USAGE,
  );
}

async function verify(photo: string, options: VerifyOptions, output: Output): Promise<void> {
  const hash = await photoHashOf(photo);
  const answer = await getJson(options.node, `/api/v1/verify/${hash}`);
  if (answer.status !== 200 && answer.status !== 404) {
    throw new CommandError(`the node answered ${answer.status}: ${textOf(answer, 'detail')}`);
  }
  if (options.json === true) output.json(answer.body);
  else {
    output.line(`${textOf(answer, 'verdict')}  ${hash}`);
    for (const [label, name] of SHOWN) {
      const value = textOf(answer, name);
      if (value !== '') output.line(`  ${label.padEnd(18)}${value}`);
    }
  }
  if (answer.body['verified'] !== true) throw new CommandError('', EXIT_NOT_VERIFIED);
}

const SHOWN = [
  ['kind', 'kind'],
  ['captured (claim)', 'timestamp'],
  ['block height', 'block_height'],
  ['block time', 'block_time'],
  ['registered by', 'aggregator'],
  ['authority', 'authority'],
  ['camera signature', 'camera_signature'],
  ['status', 'status'],
] as const;

function textOf({ body }: JsonAnswer, name: string): string {
  const value = body[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
