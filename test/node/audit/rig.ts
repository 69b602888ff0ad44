/** Audits in folders of their own, written by the real thing on a clock that stands still. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { formatHex } from '../../../chain/bytes.ts';
import { type Audit, openAudit } from '../../../node/audit/audit.ts';
import { type AuditReport, checkAudit } from '../../../node/audit/check.ts';
import {
  type AuditDisk,
  fileName,
  HEAD_FILE,
  listAuditFiles,
  openAuditDisk,
  readHeadText,
} from '../../../node/audit/disk.ts';
import type { AuditEvent } from '../../../node/audit/event.ts';
import { parseHead } from '../../../node/audit/head.ts';
import { type AuditLine, parseLine } from '../../../node/audit/line.ts';
import { captureLog, type CapturedLog } from '../../support/capturedLog.ts';
import { CHAIN_ID, hashOfText, signerOf, validatorOf } from '../../support/chainValues.ts';
import { FakeClock } from '../../support/fakeClock.ts';

export const KEY = validatorOf('v0').consensusKey;
export const NOW_MS = 1_795_225_000_000;

/** How one run of an audit differs. */
export interface RunOptions {
  readonly fileBytesMax: number;
  readonly validator: string;
  readonly clock: FakeClock;
  wrap(disk: AuditDisk): AuditDisk;
}

/** An audit that is open. */
export interface Run {
  readonly audit: Audit;
  readonly clock: FakeClock;
  readonly captured: CapturedLog;
  readonly faults: unknown[];
}

/** Opens the audit of a folder. */
export async function openRun(dir: string, options: Partial<RunOptions> = {}): Promise<Run> {
  const { validator = 'v0', clock = new FakeClock(NOW_MS), fileBytesMax } = options;
  const disk = await openAuditDisk(dir);
  const captured = captureLog();
  const faults: unknown[] = [];
  const audit = await openAudit(
    {
      chainId: CHAIN_ID,
      sign: signerOf(validator),
      publicKey: validatorOf(validator).consensusKey,
      ...(fileBytesMax === undefined ? {} : { fileBytesMax }),
    },
    {
      disk: options.wrap?.(disk) ?? disk,
      clock,
      log: captured.log,
      onFault: (error) => void faults.push(error),
    },
  );
  return { audit, clock, captured, faults };
}

/** Writes one run: events of a height each, one write. */
export async function writeRun(
  dir: string,
  heights: readonly number[],
  options: Partial<RunOptions> = {},
): Promise<void> {
  const { audit } = await openRun(dir, options);
  for (const height of heights) audit.record(commitAt(height));
  await audit.close();
}

export function commitAt(height: number): AuditEvent {
  const blockHash = hashOfText(`block ${height}`);
  return { type: 'commit', height, view: 0, blockHash, signers: ['v0', 'v1'] };
}

export function refusalFrom(from: string, message = 'no'): AuditEvent {
  return { type: 'refusal', code: 'ERR_SIGNATURE', message, from, height: 1, view: 0 };
}

/** Paths of a folder's files. */
export async function pathsOf(dir: string): Promise<readonly string[]> {
  return (await listAuditFiles(dir)).map((file) => path.join(dir, fileName(file)));
}

/** Checks a folder with its head, against the key of v0. */
export async function checkFolder(dir: string): Promise<AuditReport> {
  const head = parseHead((await readHeadText(dir)) ?? '');
  if (head === undefined) throw new Error('there is no head');
  return checkAudit({
    paths: await pathsOf(dir),
    isBeginning: true,
    head,
    keys: [formatHex(KEY)],
    chainId: formatHex(CHAIN_ID),
  });
}

/** Returns the lines of a folder, all of them whole. */
export async function linesOf(dir: string): Promise<readonly AuditLine[]> {
  const text = (await pathsOf(dir)).map((each) => readFileSync(each, 'latin1')).join('');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const parsed = parseLine(line);
      if (parsed === undefined) throw new Error(`no line: ${line}`);
      return parsed;
    });
}

/** Events of a folder in order, without seals and beginnings of files. */
export async function eventsOf(dir: string): Promise<readonly string[]> {
  const lines = await linesOf(dir);
  return lines.map(({ event }) => event).filter((event) => event !== 'seal' && event !== 'file');
}

/** Makes `to` a copy of a folder. */
export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copyFileSync(path.join(from, name), path.join(to, name));
}

/** Takes the head of another copy of the folder: as it was before the last write. */
export function takeHead(from: string, to: string): void {
  copyFileSync(path.join(from, HEAD_FILE), path.join(to, HEAD_FILE));
}
