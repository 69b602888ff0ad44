/** What a folder that a command is given is: a node's own, or that of its data. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { NODE_ENV_FILE } from './commands/start.ts';

const NODE_FILES = [NODE_ENV_FILE, 'genesis.json', 'keys'];

/** Returns whether a folder is what `birthmark start --dir` takes: with settings, genesis or keys. */
export function isNodeFolder(dir: string): boolean {
  return NODE_FILES.some((name) => existsSync(join(dir, name)));
}
