/** Whether the data folder can be used: its place on the disk, who has it open, and what it holds. */
import { constants, existsSync, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { formatHex } from '../../chain/bytes.ts';
import { decode } from '../../chain/codec.ts';
import { durableSchema } from '../../chain/consensus/message.ts';
import { ChainError } from '../../chain/errors.ts';
import type { Validator } from '../../chain/validatorSet.ts';
import { factsOf, type Genesis } from '../../genesis/document.ts';
import type { Config } from '../../node/config.ts';
import { freeBytesOf } from '../../node/diskSpace.ts';
import { openAuditDisk } from '../../node/audit/disk.ts';
import { findEnd } from '../../node/audit/resume.ts';
import { Ledger } from '../../node/ledger.ts';
import { openLevelChainStore } from '../../node/store/levelChainStore.ts';
import { openLevelWorkStore } from '../../node/store/levelWorkStore.ts';
import { DATA_PATHS } from '../../node/stores.ts';
import { openWal } from '../../node/consensus/wal.ts';
import { type Finding, note, ok, problem, reasonOf } from './finding.ts';
import { findLockOwner, formatOwner, type Owner } from './processes.ts';
import { isInUse, LOCK_FILE, withShadow } from './shadow.ts';

/** A data folder, and whose it should be. */
export interface DataFolder {
  readonly dataDir: string;
  readonly genesis: Genesis | undefined;
  readonly validator: Validator | undefined;
  /** Whether it is an observer's: then it has a chain and nothing else. */
  readonly isObserver: boolean;
  /** The block that a chain must have that is fetched if there is none. */
  readonly fastStart: Config['fastStart'];
}

/** What was found in a data folder. */
export interface DataFindings {
  readonly findings: readonly Finding[];
  /** The process that has it open. */
  readonly user: Owner | undefined;
  readonly isInUse: boolean;
  /** Time of the last block, Unix milliseconds. */
  readonly blockTimeMs: number | undefined;
}

/** With less than this the node does not start: its first writes would fail. */
const FREE_BYTES_MIN = 67_108_864;
/** With less than this somebody should make room. */
const FREE_BYTES_LOW = 1_073_741_824;
const MEBIBYTE = 1_048_576;
const MS_PER_MINUTE = 60_000;
const MAKE_ROOM = 'make room on its disk, or set DATA_DIR to a folder on another';

/** Examines a data folder, and changes nothing in it. */
export async function examineDataFolder(folder: DataFolder, nowMs: number): Promise<DataFindings> {
  const { dataDir } = folder;
  const nothing = { user: undefined, isInUse: false, blockTimeMs: undefined };
  if (!existsSync(dataDir)) return { ...nothing, findings: await examineAbsent(dataDir) };
  const place = await examinePlace(dataDir);
  if (place.some(({ status }) => status === 'problem')) return { ...nothing, findings: place };
  const space = await examineSpace(dataDir);
  if (await isInUse(dataDir)) {
    const user = await findLockOwner(join(dataDir, DATA_PATHS.chain, LOCK_FILE));
    const findings = [...place, ...space, ...inUse(dataDir, user)];
    return { findings, user, isInUse: true, blockTimeMs: undefined };
  }
  const content = await examineContent(folder, nowMs);
  return { ...nothing, ...content, findings: [...place, ...space, ...content.findings] };
}

async function examineAbsent(dataDir: string): Promise<readonly Finding[]> {
  let parent = dirname(resolve(dataDir));
  while (!existsSync(parent)) parent = dirname(parent);
  const place = await examinePlace(parent);
  return place.some(({ status }) => status === 'problem')
    ? place
    : [note('data', `there is no ${dataDir}: the first start makes it`)];
}

async function examinePlace(dir: string): Promise<readonly Finding[]> {
  if (!statSync(dir).isDirectory()) {
    return [problem('data', `${dir} is no folder`, 'set DATA_DIR to a folder')];
  }
  try {
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK);
    return [ok('data', `${dir} can be read and written`)];
  } catch (error) {
    const remedy = `run as the user whose folder it is, or give it to this user: chown -R $(id -u) ${dir}`;
    return [problem('data', `${dir} cannot be used: ${reasonOf(error)}`, remedy)];
  }
}

async function examineSpace(dataDir: string): Promise<readonly Finding[]> {
  return [judgeSpace(await freeBytesOf(dataDir))];
}

/** Returns what so many free bytes mean. */
export function judgeSpace(freeBytes: number): Finding {
  const what = `${Math.floor(freeBytes / MEBIBYTE)} MiB are free`;
  if (freeBytes < FREE_BYTES_MIN) return problem('disk', what, MAKE_ROOM);
  return freeBytes < FREE_BYTES_LOW ? note('disk', what, MAKE_ROOM) : ok('disk', what);
}

function inUse(dataDir: string, user: Owner | undefined): readonly Finding[] {
  const stop = user === undefined ? 'stop it' : `stop it (kill ${user.pid})`;
  return [
    problem(
      'lock',
      `${dataDir} is in use: ${formatOwner(user)} runs this node`,
      `leave it running, or ${stop} before another is started`,
    ),
    note('stores', 'chain, work, log and audit cannot be examined while the node runs'),
  ];
}

async function examineContent(
  folder: DataFolder,
  nowMs: number,
): Promise<Pick<DataFindings, 'findings' | 'blockTimeMs'>> {
  const { dataDir } = folder;
  const findings: Finding[] = [ok('lock', 'no other process has it open')];
  let blockTimeMs: number | undefined;
  try {
    await withShadow(dataDir, async (shadow) => {
      const chain = await examineChain(join(shadow, DATA_PATHS.chain), folder, nowMs);
      blockTimeMs = chain.blockTimeMs;
      findings.push(chain.finding);
      if (folder.isObserver) return;
      findings.push(await examineWork(join(shadow, DATA_PATHS.work)));
      findings.push(await examineWal(join(shadow, DATA_PATHS.wal), folder));
    });
  } catch (error) {
    findings.push(note('stores', `cannot be examined: ${reasonOf(error)}`));
  }
  if (!folder.isObserver) {
    findings.push(await examineAudit(join(dataDir, DATA_PATHS.audit), folder));
  }
  return { findings, blockTimeMs };
}

function noChain(fastStart: DataFolder['fastStart']): string {
  return fastStart === undefined
    ? 'none yet: it begins with the genesis'
    : `none yet: the start fetches the one with block ${fastStart.height} (FAST_START)`;
}

interface ChainFinding {
  readonly finding: Finding;
  readonly blockTimeMs: number | undefined;
}

async function examineChain(
  path: string,
  { genesis, fastStart }: DataFolder,
  nowMs: number,
): Promise<ChainFinding> {
  const without = (finding: Finding): ChainFinding => ({ finding, blockTimeMs: undefined });
  const none = without(ok('chain', noChain(fastStart)));
  if (!existsSync(path)) return none;
  try {
    const store = await openLevelChainStore(path);
    try {
      const edge = store.edge();
      if (edge === undefined) return none;
      if (genesis !== undefined) await Ledger.open(store, factsOf(genesis));
      const { height, timestampMs } = edge.header;
      const time = new Date(timestampMs).toISOString();
      const age = formatAge(nowMs - timestampMs);
      const base = store.baseHeight();
      const since = base === 0 ? '' : `, begins here with block ${base}`;
      const what = `height ${height}, last block ${time} (${age})${since}`;
      return { finding: ok('chain', what), blockTimeMs: timestampMs };
    } finally {
      await store.close();
    }
  } catch (error) {
    const isOther = error instanceof Error && 'code' in error && error.code === 'ERR_OTHER_CHAIN';
    const remedy = isOther
      ? 'set DATA_DIR to the folder of this chain or to an empty one, or GENESIS to the genesis of this data'
      : 'restore the whole data folder from a backup; delete nothing: it may be the only copy of the chain';
    return without(problem('chain', reasonsOf(error), remedy));
  }
}

/** An error with its causes: LevelDB says in the cause what is damaged. */
function reasonsOf(error: unknown): string {
  const reason = reasonOf(error);
  const { cause } = error as Error;
  return cause instanceof Error ? `${reason}: ${reasonsOf(cause)}` : reason;
}

/** Returns how long ago something was, in whole minutes, hours or days. */
export function formatAge(ageMs: number): string {
  const minutes = Math.floor(Math.abs(ageMs) / MS_PER_MINUTE);
  const [count, unit] =
    minutes < 120
      ? [minutes, 'minutes']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hours']
        : [Math.floor(minutes / 1_440), 'days'];
  return ageMs < 0 ? `${count} ${unit} ahead` : `${count} ${unit} ago`;
}

async function examineWork(path: string): Promise<Finding> {
  if (!existsSync(path)) return ok('work', 'none yet');
  try {
    await (await openLevelWorkStore(path)).close();
    return ok('work', 'opens');
  } catch (error) {
    const remedy =
      'restore the whole data folder from a backup; moved elsewhere, what was accepted and is in no block is lost';
    return problem('work', reasonsOf(error), remedy);
  }
}

async function examineWal(path: string, { genesis }: DataFolder): Promise<Finding> {
  if (!existsSync(path)) return ok('log', 'no write-ahead log yet');
  const { size } = statSync(path);
  try {
    const wal = await openWal(path);
    const torn = size - wal.sizeBytes();
    await wal.close();
    for (const bytes of wal.restored) decode(durableSchema, bytes);
    const what = `${wal.restored.length} messages of this validator`;
    if (torn === 0) return ok('log', what);
    return ok(
      'log',
      `${what}; the last ${torn} bytes are torn, as a crash leaves them, and are dropped`,
    );
  } catch (error) {
    if (error instanceof ChainError) {
      const what = `the log holds a message that this version cannot read: ${error.message}`;
      return problem('log', what, 'start the version of this software that wrote it');
    }
    return problem('log', reasonOf(error), walRemedy(genesis?.validators.length));
  }
}

/** What is safe depends on who else may have heard what this validator no longer knows. */
function walRemedy(validatorCount: number | undefined): string {
  const never =
    'never put back an older copy of consensus.wal: signing twice is provable against you';
  return validatorCount === 1
    ? `move consensus.wal elsewhere and start: nobody else has heard these votes; ${never}`
    : 'leave the node stopped until the other validators are at least two heights past this chain, then ' +
        `move consensus.wal elsewhere and start; ${never}`;
}

async function examineAudit(path: string, { validator }: DataFolder): Promise<Finding> {
  if (!existsSync(path)) return ok('audit', 'none yet');
  if (validator === undefined) {
    return note('audit', 'cannot be examined before it is known whose node this is');
  }
  const disk = await openAuditDisk(path);
  try {
    const { seq, torn } = await findEnd(disk, validator.consensusKey);
    const what = `goes on behind line ${seq}, sealed by ${formatHex(validator.consensusKey)}`;
    return torn === undefined
      ? ok('audit', what)
      : ok(
          'audit',
          `${what}; ${torn.bytes} bytes are torn, as a crash leaves them, and are cut off`,
        );
  } catch (error) {
    return problem('audit', reasonOf(error));
  } finally {
    await disk.close();
  }
}
