/** `birthmark doctor`: why a node does not start, and what to do. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { Command } from 'commander';

import { examine, type Patient } from '../../doctor/doctor.ts';
import type { Finding } from '../../doctor/finding.ts';
import { systemWorld } from '../../doctor/world.ts';
import { isNodeFolder } from '../nodeFolder.ts';
import { CommandError, EXIT_USAGE, type Output } from '../output.ts';
import { readEnvironment } from './start.ts';

/** Returns the command. */
export function doctorCommand(output: Output): Command {
  return new Command('doctor')
    .description(
      'explain why a node does not start, changing nothing; exit code 0 if it would, 1 if not',
    )
    .argument('<dir>', 'folder of the node, as for "birthmark start --dir", or its data folder')
    .option('--json', 'print JSON')
    .action(async (dir: string, options: { readonly json?: boolean }) => {
      const findings = await examine(await findPatient(dir), systemWorld);
      const problems = findings.filter(({ status }) => status === 'problem');
      if (options.json === true) output.json({ would_start: problems.length === 0, findings });
      else for (const line of formatFindings(findings)) output.line(line);
      if (problems.length > 0) {
        throw new CommandError(`this node would not start: ${problems.length} problems`);
      }
    });
}

/** A node's folder has its settings; those of a data folder stand in the folder around it, if anywhere. */
async function findPatient(dir: string): Promise<Patient> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new CommandError(`there is no folder ${dir}`, EXIT_USAGE);
  }
  if (isNodeFolder(dir)) return { environment: await readEnvironment(dir), baseDir: dir };
  const [dataDir, around] = [resolve(dir), resolve(dir, '..')];
  const baseDir = isNodeFolder(around) ? around : '.';
  return { environment: { ...(await readEnvironment(baseDir)), DATA_DIR: dataDir }, baseDir };
}

function formatFindings(findings: readonly Finding[]): readonly string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat('problem'.length + width + 4);
  return findings.flatMap(({ check, status, what, remedy }) => {
    const [first = '', ...more] = [
      ...what.split('\n'),
      ...(remedy === undefined ? [] : [`-> ${remedy}`]),
    ];
    const head = `${status.padEnd('problem'.length)}  ${check.padEnd(width)}  ${first}`;
    return [head, ...more.map((line) => `${indent}${line.trimStart()}`)];
  });
}
