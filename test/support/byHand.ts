/** Runs the commands of a CHECK-BY-HAND.md in a real shell, as whoever reads it would. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What came of all commands together; the first that fails ends them. */
export interface HandRun {
  readonly status: number | null;
  readonly output: string;
}

/** Returns the blocks of commands in a folder's CHECK-BY-HAND.md. */
export function handBlocks(folder: string): readonly string[] {
  const text = readFileSync(path.join(folder, 'CHECK-BY-HAND.md'), 'utf8');
  return Array.from(text.matchAll(/^```bash\n(.*?)^```$/gms), ([, commands = '']) => commands);
}

/** Runs the blocks in a folder, one after another in one shell. */
export function runByHand(folder: string): HandRun {
  const script = handBlocks(folder).join('\n');
  const options = ['-e', '-u', '-o', 'pipefail', '-c', script];
  const { status, stdout, stderr } = spawnSync('bash', options, { cwd: folder });
  return { status, output: `${String(stdout)}${String(stderr)}` };
}
