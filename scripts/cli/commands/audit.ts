/** `birthmark audit`: check and show what a node put on record. */
import { Command, InvalidArgumentError } from 'commander';

import { formatHex } from '../../../chain/bytes.ts';
import { chainIdOf, type Genesis } from '../../../genesis/document.ts';
import { type AuditReport, checkAudit } from '../../../node/audit/check.ts';
import { HEAD_FILE } from '../../../node/audit/disk.ts';
import { EVENT_NAMES } from '../../../node/audit/event.ts';
import { type AuditLine, parseLine, SEAL } from '../../../node/audit/line.ts';
import type { AuditProblem } from '../../../node/audit/problem.ts';
import { readLines } from '../../../node/audit/reader.ts';
import { type AuditFiles, findAuditFiles } from '../auditFolder.ts';
import { readGenesis } from '../files.ts';
import { CommandError, EXIT_USAGE, type Output } from '../output.ts';

interface CheckOptions {
  readonly key?: string;
  readonly genesis?: string;
  readonly first: number;
  readonly json?: boolean;
}

interface ShowOptions {
  readonly event?: string;
  readonly since?: number;
  readonly json?: boolean;
}

/** Returns the command. */
export function auditCommand(output: Output): Command {
  const audit = new Command('audit').description('check and show what a node put on record');
  audit
    .command('check <place>')
    .description(
      'find a changed, removed, inserted, reordered or cut off line; exit code 0 if none',
    )
    .option('--key <hex>', 'consensus key that must have sealed it', parseKey)
    .option('--genesis <file>', 'genesis whose validators may have sealed it')
    .option(
      '--first <n>',
      'number of the first file, where earlier ones are kept elsewhere',
      parseFirst,
      1,
    )
    .option('--json', 'print JSON')
    .action((place: string, options: CheckOptions) => check(place, options, output));
  audit
    .command('show <place>')
    .description('print what is on record, without checking it')
    .option('--event <name>', `only this: ${Object.values(EVENT_NAMES).join(', ')}`, parseEvent)
    .option('--since <time>', 'only from this time on, such as 2026-11-21T12:00:00Z', parseTime)
    .option('--json', 'print each line as JSON')
    .action((place: string, options: ShowOptions) => show(place, options, output));
  return audit;
}

function parseKey(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 64 lower-case hex digits.');
}

function parseFirst(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be an integer above 0.');
}

function parseEvent(text: string): string {
  if (Object.values(EVENT_NAMES).includes(text)) return text;
  throw new InvalidArgumentError(`There is ${Object.values(EVENT_NAMES).join(', ')}.`);
}

function parseTime(text: string): number {
  const ms = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(ms)) return ms;
  throw new InvalidArgumentError('It must be a time like 2026-11-21T12:00:00Z.');
}

/** Whose audit it may be. */
interface Trust {
  readonly keys: readonly string[] | undefined;
  readonly chainId: string | undefined;
  readonly genesis: Genesis | undefined;
}

async function check(place: string, options: CheckOptions, output: Output): Promise<void> {
  const files = await findAuditFiles(place);
  const trust = await trustOf(options, files);
  if (options.first > 1 && files.firstFile !== options.first) {
    throw new CommandError(`--first ${options.first} is not the first file here`, EXIT_USAGE);
  }
  const report = await checkAudit({
    paths: files.paths,
    isBeginning: files.firstFile !== undefined && options.first === 1,
    head: files.head ?? undefined,
    keys: trust.keys,
    chainId: trust.chainId,
  });
  const problem = problemOf(report, files);
  const notes = notesOf(report, files, trust);
  if (options.json === true) output.json(formatReport(report, { files, trust, problem, notes }));
  else print(report, { files, trust, problem, notes }, output);
  if (problem !== undefined) throw new CommandError(`${problem.kind}: ${problem.what}`);
}

/** A check with what was known beside the files. */
interface Findings {
  readonly files: AuditFiles;
  readonly trust: Trust;
  readonly problem: Problem | undefined;
  readonly notes: readonly string[];
}

type Problem = Pick<AuditProblem, 'kind' | 'what'> & Partial<AuditProblem>;

function formatReport(report: AuditReport, { files, trust, problem, notes }: Findings): unknown {
  return {
    intact: problem === undefined,
    files: files.paths.length,
    lines: report.lineCount,
    seals: report.sealCount,
    last_seq: report.end.seq,
    last_hash: report.end.hash,
    key: report.key,
    validator: validatorOf(report, trust),
    torn: report.torn,
    problem,
    notes,
  };
}

function print(report: AuditReport, findings: Findings, output: Output): void {
  const { files, trust, problem, notes } = findings;
  const { lineCount, sealCount, end, key } = report;
  output.line(`${files.paths.length} files, ${lineCount} lines, ${sealCount} seals`);
  output.line(`last line  ${end.seq}  ${end.hash}`);
  output.line(`sealed by  ${key ?? 'nobody'}  ${validatorOf(report, trust) ?? ''}`.trimEnd());
  for (const note of notes) output.line(`note: ${note}`);
  if (problem === undefined) output.line('intact');
}

async function trustOf({ key, genesis: named }: CheckOptions, files: AuditFiles): Promise<Trust> {
  const path = named ?? (key === undefined ? files.genesisPath : undefined);
  const genesis = path === undefined ? undefined : (await readGenesis(path)).genesis;
  const chainId = genesis === undefined ? undefined : formatHex(chainIdOf(genesis));
  const keys = genesis?.validators.map(({ consensusKey }) => formatHex(consensusKey));
  return { keys: key === undefined ? keys : [key], chainId, genesis };
}

function problemOf({ problem }: AuditReport, { head }: AuditFiles): Problem | undefined {
  if (problem !== undefined || head !== null) return problem;
  const what = `${HEAD_FILE} is missing or not readable: whether lines were cut off at the end cannot be told`;
  return { kind: 'removed', what };
}

function validatorOf({ key }: AuditReport, { genesis }: Trust): string | undefined {
  return genesis?.validators.find(({ consensusKey }) => formatHex(consensusKey) === key)?.name;
}

function notesOf(report: AuditReport, files: AuditFiles, { keys }: Trust): readonly string[] {
  const { lines, bytes } = report.torn;
  const notes: string[] = [];
  if (bytes > 0) {
    notes.push(
      `the last ${bytes} bytes (${lines} whole lines) have no seal: a crash leaves such an end, or a ` +
        'write is under way; the next start cuts it off and says so',
    );
  }
  if (keys === undefined) {
    notes.push('the key is what the audit says of itself: give --key or --genesis');
  }
  if (files.firstFile === undefined) {
    notes.push('whether lines are missing before or behind one file cannot be told from it alone');
  }
  return notes;
}

async function show(place: string, options: ShowOptions, output: Output): Promise<void> {
  const { paths } = await findAuditFiles(place);
  for (const path of paths) {
    for await (const lines of readLines(path)) {
      for (const { text, number } of lines) {
        const line = parseLine(text);
        if (line === undefined) {
          output.note(`line ${number} of ${path} is none: run "birthmark audit check"`);
        } else if (isWanted(line, options)) {
          if (options.json === true) output.json(JSON.parse(text) as unknown);
          else output.line(formatForPeople(line));
        }
      }
    }
  }
}

/** Seals say nothing of consensus: they are shown to who asks for them. */
function isWanted({ event, ms }: AuditLine, { event: wanted, since }: ShowOptions): boolean {
  if (ms < (since ?? 0)) return false;
  return wanted === undefined ? event !== SEAL : event === wanted;
}

function formatForPeople({ seq, ms, event, facts }: AuditLine): string {
  const shown = Object.entries(facts).map(([name, value]) => {
    const text = Array.isArray(value) ? value.map(String).join(',') : String(value);
    return `${name.replaceAll('_', ' ')} ${text}`;
  });
  const time = new Date(ms).toISOString();
  return `${time}  ${String(seq).padStart(6)}  ${event.padEnd(11)}  ${shown.join('  ')}`.trimEnd();
}
