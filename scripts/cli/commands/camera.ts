/** `birthmark camera` and `birthmark submit`: the simulated camera. */
import { Command, InvalidArgumentError } from 'commander';

import { capture, type CaptureResult, drainQueue } from '../../camera/camera.ts';
import { createCameraWorld } from '../../camera/world.ts';
import { collect } from '../arguments.ts';
import { CommandError, type Output } from '../output.ts';

interface NodeOptions {
  readonly node: string;
  readonly dir: string;
  readonly wait: boolean;
  readonly json?: boolean;
}

interface CaptureOptions extends NodeOptions {
  readonly provisioning: string;
  readonly photo?: string;
  readonly count: number;
  readonly form: 'v1' | 'v2';
  readonly parent: string[];
  readonly gps?: string;
}

/** Returns the command of the camera. */
export function cameraCommand(output: Output): Command {
  const camera = new Command('camera').description('the simulated camera');
  withCapture(camera.command('capture'))
    .description('take a picture (or an existing file), sign its hash and submit it')
    .option('--photo <file>', 'an existing file; without one a picture is made up')
    .option('--count <n>', 'number of made-up pictures', parseCount, 1)
    .action((options: CaptureOptions) => run(options, output));
  withNode(camera.command('drain'))
    .description('submit what is still in the queue')
    .action(async (options: NodeOptions) => {
      report(
        await untilSignal((signal) =>
          drainQueue(
            { ...options, signal },
            createCameraWorld((line) => {
              output.note(line);
            }),
          ),
        ),
        options,
        output,
      );
    });
  return camera;
}

/** Returns the command that submits one file. */
export function submitCommand(output: Output): Command {
  return withCapture(new Command('submit').argument('<photo>', 'file to register'))
    .description('sign the hash of a file as a camera and submit it')
    .action((photo: string, options: CaptureOptions) =>
      run({ ...options, photo, count: 1 }, output),
    );
}

function withNode(command: Command): Command {
  return command
    .option('--node <url>', 'node to submit to', 'http://127.0.0.1:8545')
    .option('--dir <dir>', "the camera's folder, with its queue", 'camera')
    .option('--no-wait', 'do not wait until the photograph is committed')
    .option('--json', 'print one JSON line for each photograph');
}

function withCapture(command: Command): Command {
  return withNode(command)
    .requiredOption('--provisioning <file>', "the authority's answer to the provisioning, saved")
    .option('--form <form>', 'what is signed: v1 or v2', parseForm, 'v2')
    .option('--parent <hash>', 'image hash of what it was made from (repeatable, v2)', collect, [])
    .option('--gps <text>', 'position; only its salted hash is sent (v2)');
}

async function run(options: CaptureOptions, output: Output): Promise<void> {
  const { parent: parents, ...rest } = options;
  const results = await untilSignal((signal) =>
    capture(
      { ...rest, parents, signal },
      createCameraWorld((line) => {
        output.note(line);
      }),
    ),
  );
  report(results, options, output);
}

function report(results: readonly CaptureResult[], options: NodeOptions, output: Output): void {
  for (const result of results) {
    if (options.json === true) output.json(jsonOf(result));
    else output.line(`${result.state.padEnd(10)} ${result.imageHash}  ${result.verifyUrl}`);
  }
  const failed = results.filter(({ state }) => state === 'rejected' || state === 'refused');
  if (failed.length === 0) return;
  const reasons = failed.map(({ answer }) => `  ${JSON.stringify(answer)}`);
  throw new CommandError(`${failed.length} not registered:\n${reasons.join('\n')}`);
}

function jsonOf({ imageHash, state, receiptId, verifyUrl, answer }: CaptureResult): unknown {
  return {
    image_hash: imageHash,
    state,
    receipt_id: receiptId ?? null,
    verify_url: verifyUrl,
    answer,
  };
}

/** Runs work that a signal may end. */
async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const aborter = new AbortController();
  const stop = (): void => {
    aborter.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    return await work(aborter.signal);
  } catch (cause) {
    if (!aborter.signal.aborted) throw cause;
    throw new CommandError(
      'stopped; what is queued stays queued, "birthmark camera drain" goes on',
      1,
      { cause },
    );
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

function parseForm(text: string): 'v1' | 'v2' {
  if (text === 'v1' || text === 'v2') return text;
  throw new InvalidArgumentError('v1 or v2.');
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number above 0.');
}
