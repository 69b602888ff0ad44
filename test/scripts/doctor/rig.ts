/** Folders of nodes, sound and broken, and what the doctor says of them. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

import type { Finding, Status } from '../../../scripts/doctor/finding.ts';
import { runCommand } from '../../support/capturedOutput.ts';

/** What an examination came to. */
export interface Examination {
  readonly code: number;
  readonly wouldStart: boolean;
  readonly findings: readonly Finding[];
}

/** Examines a folder. */
export async function examineFolder(dir: string): Promise<Examination> {
  const { code, values } = await runCommand('doctor', dir, '--json');
  const [report] = values as readonly { would_start: boolean; findings: readonly Finding[] }[];
  if (report === undefined) throw new Error('the doctor said nothing');
  return { code, wouldStart: report.would_start, findings: report.findings };
}

/** Returns all that is said of one thing, with what to do. */
export function saidOf({ findings }: Pick<Examination, 'findings'>, check: string): string {
  return findings
    .filter((each) => each.check === check)
    .map(({ status, what, remedy }) => `${status} ${what} -> ${remedy ?? ''}`)
    .join('\n');
}

/** Returns what was looked at with a result. */
export function checksWith(
  { findings }: Pick<Examination, 'findings'>,
  status: Status,
): readonly string[] {
  return findings.filter((each) => each.status === status).map(({ check }) => check);
}

/** Makes `to` a copy of a folder. */
export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
}

/** Returns every file below a folder with its bytes, its mode and when it was changed. */
export function contentOf(dir: string): ReadonlyMap<string, string> {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true });
  return new Map(
    names.map((each) => {
      const at = path.join(each.parentPath, each.name);
      const { mode, mtimeMs } = statSync(at);
      const bytes = each.isFile() ? readFileSync(at).toString('base64') : '';
      return [at, `${mode} ${mtimeMs} ${bytes}`];
    }),
  );
}
