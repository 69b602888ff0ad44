/** The files of an audit as a command is given them: a folder of a node, of its data or of its audit, or one file. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { fileName, listAuditFiles, readHeadText } from '../../node/audit/disk.ts';
import { type Head, parseHead } from '../../node/audit/head.ts';
import { readConfig } from '../../node/config.ts';
import { DATA_PATHS } from '../../node/stores.ts';
import { readEnvironment } from './commands/start.ts';
import { CommandError, EXIT_USAGE } from './output.ts';
import { isNodeFolder } from './nodeFolder.ts';

/** An audit on disk. */
export interface AuditFiles {
  /** Paths, in their order. */
  readonly paths: readonly string[];
  /** Number of the first file; undefined where one file was named. */
  readonly firstFile: number | undefined;
  /** Undefined where one file was named; null where the folder has none. */
  readonly head: Head | null | undefined;
  /** The genesis that stands where a node of this folder would read it. */
  readonly genesisPath: string | undefined;
}

/** Finds the files of an audit. Throws a CommandError where there are none. */
export async function findAuditFiles(given: string): Promise<AuditFiles> {
  if (!existsSync(given)) throw new CommandError(`there is no ${given}`, EXIT_USAGE);
  if (statSync(given).isFile()) {
    return { paths: [given], firstFile: undefined, head: undefined, genesisPath: undefined };
  }
  const { dir, genesisPath } = await placeOf(given);
  // The head first: a node that runs meanwhile puts it further on.
  const headText = await readHeadText(dir);
  const files = await listAuditFiles(dir);
  if (files.length === 0 && headText === undefined) {
    throw new CommandError(`there is no audit in ${dir}: name a node's folder`, EXIT_USAGE);
  }
  return {
    paths: files.map((file) => join(dir, fileName(file))),
    firstFile: files[0] ?? 1,
    head: parseHead(headText ?? '') ?? null,
    genesisPath,
  };
}

interface Place {
  readonly dir: string;
  readonly genesisPath: string | undefined;
}

async function placeOf(given: string): Promise<Place> {
  if (isNodeFolder(given)) {
    const { dataDir, genesisPath } = readConfig(await readEnvironment(given), given);
    return { dir: join(dataDir, DATA_PATHS.audit), genesisPath: present(genesisPath) };
  }
  const inside = join(given, DATA_PATHS.audit);
  const dir = existsSync(inside) ? inside : given;
  const data = existsSync(inside) ? given : dirname(given);
  return { dir, genesisPath: present(join(dirname(data), 'genesis.json')) };
}

function present(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}
