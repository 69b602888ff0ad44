/** `birthmark log export`: the whole log as files that any web server can serve. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Command } from 'commander';

import type { Policy } from '../../../chain/log/policy.ts';
import { readConfig } from '../../../node/config.ts';
import { NodeError } from '../../../node/errors.ts';
import type { ChainStore } from '../../../node/store/chainStore.ts';
import { DATA_PATHS, openChain } from '../../../node/stores.ts';
import { ExportFolder } from '../../publicLog/exportFolder.ts';
import { exportLog, type ExportReport } from '../../publicLog/exportLog.ts';
import { createHttpLog } from '../../publicLog/httpLog.ts';
import type { PublicLog } from '../../publicLog/publicLog.ts';
import { createStoreLog } from '../../publicLog/storeLog.ts';
import { StoreTurns } from '../../publicLog/storeTurns.ts';
import { readGenesis } from '../files.ts';
import { commandFailure } from '../logFailure.ts';
import { CommandError, EXIT_USAGE, type Output, type Progress } from '../output.ts';
import { networkOf, policyOfGenesis, readTrusted, type TrustOptions } from '../trustedPolicy.ts';
import { readEnvironment } from './start.ts';

interface ExportCommandOptions extends TrustOptions {
  readonly dir?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** By what the signatures of the checkpoint were judged. */
type Judge = 'policy' | 'genesis' | 'nobody';

/** Returns the command. */
export function logCommand(output: Output): Command {
  const log = new Command('log').description('the public log of a network');
  log
    .command('export <out>')
    .description(
      'write the log as static files (C2SP tlog-tiles), or what is new of it; exit code 0 written, 1 refused, 2 called wrongly, 3 no answer',
    )
    .option('--dir <dir>', 'folder of a stopped node, as for "birthmark start"')
    .option('--url <url>', 'a running node, or a server of exported files')
    .option('--policy <file>', 'trust policy by which the checkpoint is judged')
    .option('--genesis <file>', "genesis whose validators' quorum must have cosigned it")
    .option('--json', 'print JSON')
    .action((out: string, options: ExportCommandOptions) => run(out, options, output));
  return log;
}

async function run(out: string, options: ExportCommandOptions, output: Output): Promise<void> {
  const { dir, url } = options;
  if ((dir === undefined) === (url === undefined)) {
    throw new CommandError('give --dir of a stopped node, or --url of a running one', EXIT_USAGE);
  }
  try {
    if (dir === undefined) {
      const trusted = await readTrusted(options);
      const judge = trusted === undefined ? 'nobody' : judgeOf(options);
      await write(createHttpLog(url ?? ''), { ...options, out, trusted, judge }, output);
    } else {
      await writeFromStore(dir, { ...options, out }, output);
    }
  } catch (cause) {
    throw commandFailure(cause);
  }
}

function judgeOf({ policy }: ExportCommandOptions): Judge {
  return policy === undefined ? 'genesis' : 'policy';
}

interface Task extends ExportCommandOptions {
  readonly out: string;
}

/** A node's own genesis judges its log, unless the caller names another judge. */
async function writeFromStore(dir: string, task: Task, output: Output): Promise<void> {
  const config = readConfig(await readEnvironment(dir), dir);
  const { genesis } = await readGenesis(config.genesisPath);
  const place = join(config.dataDir, DATA_PATHS.chain);
  if (!existsSync(place)) {
    throw new CommandError(`there is no store ${place}: is --dir the node's folder?`);
  }
  const trusted = (await readTrusted(task)) ?? policyOfGenesis(genesis);
  const turns = await StoreTurns.open(() => openStopped(config.dataDir));
  try {
    const log = await createStoreLog({ network: networkOf(genesis), place }, turns);
    await write(log, { ...task, trusted, judge: judgeOf(task) }, output);
  } finally {
    await turns.close();
  }
}

async function openStopped(dataDir: string): Promise<ChainStore> {
  try {
    return await openChain(dataDir, () => undefined);
  } catch (cause) {
    if (!(cause instanceof NodeError) || cause.code !== 'ERR_LOCKED') throw cause;
    const hint = 'stop the node, or export from it with --url';
    throw new CommandError(`${dataDir} is in use: ${hint}`, 1, { cause });
  }
}

interface JudgedTask extends Task {
  /** Undefined where nobody judges. */
  readonly trusted: Policy | undefined;
  readonly judge: Judge;
}

async function write(log: PublicLog, task: JudgedTask, output: Output): Promise<void> {
  const folder = await ExportFolder.open(task.out);
  try {
    const report = await exportWithProgress(log, { ...task, folder }, output);
    show(report, { ...task, folder, place: log.place }, output);
  } finally {
    await folder.close();
  }
}

async function exportWithProgress(
  log: PublicLog,
  { trusted: policy, folder }: Pick<Shown, 'trusted' | 'folder'>,
  output: Output,
): Promise<ExportReport> {
  let bar: Progress | undefined;
  const onProgress = (entryCount: number, treeSize: number): void => {
    bar ??= output.progress(treeSize, 'entries');
    bar.update(entryCount);
  };
  try {
    return await exportLog({ log, policy, onProgress }, folder);
  } finally {
    bar?.stop();
  }
}

interface Shown extends JudgedTask {
  readonly folder: ExportFolder;
  readonly place: string;
}

function show(report: ExportReport, { folder, judge, json, place }: Shown, output: Output): void {
  const { origin, treeSize, addedCount, isAhead } = report;
  const { fileCount, bytes } = folder.written;
  if (json === true) {
    output.json({
      origin,
      tree_size: treeSize,
      entries_added: addedCount,
      files_written: fileCount,
      bytes_written: bytes,
      judged_by: judge === 'nobody' ? null : judge,
      ahead: isAhead,
    });
  } else {
    output.line(`${origin}: ${treeSize} entries in ${folder.path}, ${addedCount} of them new`);
    output.line(`${fileCount} files written, ${bytes} bytes`);
  }
  if (isAhead) output.note(`${place} has fewer entries than the export, which stays as it is`);
  if (judge === 'nobody') output.note(NOT_JUDGED);
}

const NOT_JUDGED =
  'hashes were checked; whose signatures the checkpoint has was not judged, since whoever serves a log also ' +
  'serves its policy: give --policy or --genesis';
