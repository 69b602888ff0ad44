/**
 * The export of a log: all its files, proved, into a folder that any web server can serve.
 *
 * ```
 * checkpoint ─▶ judged ─▶ contains the one there ─▶ tiles and entries, proved ─▶ policy, key ─▶ checkpoint
 * ```
 *
 * It goes on where the folder ends: what the checkpoint there covers is not looked at again. A partial tile stays
 * until its tile is full in the checkpoint there and in the one before, so that readers of either find all they need.
 */
import { equalBytes, formatUtf8 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { parsePolicy } from '../../chain/log/policyText.ts';
import {
  decodeEntryBundle,
  formatTilePath,
  type TileName,
  tilesOf,
} from '../../chain/log/tilePath.ts';
import { checkLogSignature, checkQuorum, cosignersOf } from '../../chain/log/trust.ts';
import { formatVerifierKey } from '../../chain/log/verifierKey.ts';
import { leafHash } from '../../chain/merkle.ts';
import type { Policy } from '../../chain/log/policy.ts';
import { HASH_BYTES } from '../../chain/record.ts';
import { type Tile, TILE_WIDTH } from '../../chain/tile.ts';
import { LogError } from './errors.ts';
import { CHECKPOINT_FILE, type ExportFolder } from './exportFolder.ts';
import { inOrder } from './inOrder.ts';
import { TILES_AT_ONCE } from './limits.ts';
import { type ClaimedTile, ProvedTree, rootOfTile, type TileSource } from './provedTree.ts';
import type { PublicLog } from './publicLog.ts';

/** What is exported. */
export interface ExportOptions {
  readonly log: PublicLog;
  /** Whose signatures the checkpoint must have; undefined: those of the policy that the log gives itself. */
  readonly policy: Policy | undefined;
  /** Called with the size of the log, once it is known, and with the entries that are there. */
  onProgress(entryCount: number, treeSize: number): void;
}

/** What came of it. */
export interface ExportReport {
  readonly origin: string;
  /** Size of the log in the folder. */
  readonly treeSize: number;
  /** Entries that were not there before. */
  readonly addedCount: number;
  /** Whether the folder has more of the log than is read. */
  readonly isAhead: boolean;
}

/** The checkpoint that was there before the last one. */
const BEFORE_FILE = 'checkpoint.before';
const POLICY_FILE = 'policy';
const VERIFIER_KEY_FILE = 'log.vkey';

/** Exports a log. Rejects with a LogError or a ChainError; what is in the folder can then be served as before. */
export async function exportLog(
  options: ExportOptions,
  folder: ExportFolder,
): Promise<ExportReport> {
  const { log } = options;
  const bytes = await log.readCheckpoint();
  const checkpoint = { ...parseSignedCheckpoint(bytes), bytes };
  const held = await readHeld(folder, CHECKPOINT_FILE);
  const texts = await readTexts(checkpoint, options);
  checkSameLog(checkpoint, held, folder);
  const { origin, treeSize } = checkpoint;
  const knownSize = held?.treeSize ?? 0;
  if (held !== undefined && treeSize < knownSize) {
    const there = await ProvedTree.open(held, readerOf(folder));
    await there.checkContains(checkpoint);
    return { origin, treeSize: knownSize, addedCount: 0, isAhead: true };
  }
  const tree = await ProvedTree.open(checkpoint, log);
  if (held !== undefined) await tree.checkContains(held);
  await removeOutgrown(folder, held);
  await writeTiles(tree, { ...options, folder, treeSize, knownSize });
  for (const [file, text] of texts) await folder.write(file, text);
  await publish(checkpoint, held, folder);
  return { origin, treeSize, addedCount: treeSize - knownSize, isAhead: false };
}

async function publish(
  checkpoint: HeldCheckpoint,
  held: HeldCheckpoint | undefined,
  folder: ExportFolder,
): Promise<void> {
  if (held !== undefined && held.treeSize < checkpoint.treeSize) {
    await folder.write(BEFORE_FILE, held.bytes);
  }
  await folder.publish(checkpoint.bytes, held?.bytes);
}

/** A checkpoint of the folder. */
interface HeldCheckpoint extends SignedCheckpoint {
  readonly bytes: Uint8Array;
}

async function readHeld(folder: ExportFolder, file: string): Promise<HeldCheckpoint | undefined> {
  const bytes = await folder.read(file);
  if (bytes === undefined) return undefined;
  try {
    return { ...parseSignedCheckpoint(bytes), bytes };
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    const what = `${folder.path} holds a ${file} that is none (${cause.message})`;
    throw new LogError('ERR_EXPORT', `${what}: export into an empty folder`, { cause });
  }
}

/** Reads what stands beside the checkpoint, which must fit it: a folder that contradicts itself helps nobody. */
async function readTexts(
  checkpoint: SignedCheckpoint,
  { log, policy: trusted }: ExportOptions,
): Promise<readonly (readonly [file: string, text: Uint8Array])[]> {
  if (trusted !== undefined) checkSigned(checkpoint, trusted);
  const policyText = await log.readPolicy(checkpoint.treeSize);
  const keyText = await log.readVerifierKey();
  const policy = parsePolicy(policyText);
  checkSigned(checkpoint, policy);
  if (!equalBytes(keyText, formatUtf8(`${formatVerifierKey(policy.log.key)}\n`))) {
    throw new LogError('ERR_ANSWER', `${log.place}: log.vkey is not the key of the policy`);
  }
  return [
    [POLICY_FILE, policyText],
    [VERIFIER_KEY_FILE, keyText],
  ];
}

function checkSigned(checkpoint: SignedCheckpoint, policy: Policy): void {
  checkLogSignature(checkpoint, policy);
  checkQuorum(cosignersOf(checkpoint.note, policy), policy);
}

function checkSameLog(
  { origin, treeSize, root }: SignedCheckpoint,
  held: HeldCheckpoint | undefined,
  { path }: ExportFolder,
): void {
  if (held === undefined) return;
  if (origin !== held.origin) {
    throw new LogError('ERR_EXPORT', `${path} holds the log ${held.origin}, not ${origin}`);
  }
  if (treeSize === held.treeSize && !equalBytes(root, held.root)) {
    throw new LogError('ERR_CONFLICT', `${path} holds another root of ${treeSize} entries`);
  }
}

function readerOf(folder: ExportFolder): TileSource {
  return {
    place: folder.path,
    readTile: async (name) => {
      const bytes = await folder.read(formatTilePath(name));
      if (bytes !== undefined) return bytes;
      throw new LogError('ERR_EXPORT', `${folder.path} lacks ${formatTilePath(name)}`);
    },
  };
}

/** Takes away the partial tiles that the checkpoint before needed, and that are full in the one there. */
async function removeOutgrown(
  folder: ExportFolder,
  held: HeldCheckpoint | undefined,
): Promise<void> {
  const before = await readHeld(folder, BEFORE_FILE);
  if (before === undefined || held === undefined) return;
  for (const { level, index, width } of tilesOf(before.treeSize)) {
    const isOutgrown = (index + 1) * TILE_WIDTH ** (level + 1) <= held.treeSize;
    if (width === TILE_WIDTH || !isOutgrown) continue;
    const full = { index, width: TILE_WIDTH };
    await folder.remove(`${formatTilePath({ kind: 'hashes', level, ...full })}.p`);
    if (level === 0) await folder.remove(`${formatTilePath({ kind: 'entries', ...full })}.p`);
  }
}

interface Writing extends ExportOptions {
  readonly folder: ExportFolder;
  readonly treeSize: number;
  /** Entries that the folder has. */
  readonly knownSize: number;
}

async function writeTiles(tree: ProvedTree, writing: Writing): Promise<void> {
  const { folder, treeSize, knownSize } = writing;
  let entryCount = knownSize - (knownSize % TILE_WIDTH);
  writing.onProgress(entryCount, treeSize);
  const written = inOrder(tree.tiles(knownSize), TILES_AT_ONCE, (found) =>
    writeTile(found, tree, folder),
  );
  for await (const count of written) {
    entryCount += count;
    writing.onProgress(entryCount, treeSize);
  }
}

/** Resolves to the number of entries that it has written, or found. */
async function writeTile(
  found: Tile | ClaimedTile,
  tree: ProvedTree,
  folder: ExportFolder,
): Promise<number> {
  const tile = 'hashes' in found ? found : await takeTile(found, tree, folder);
  await folder.write(pathOf(tile, 'hashes'), tile.hashes);
  if (tile.level > 0) return 0;
  if (!(await hasBundle(tile, folder))) {
    const { bytes } = await tree.proveBundle(tile);
    await folder.write(pathOf(tile, 'entries'), bytes);
  }
  return tile.hashes.length / HASH_BYTES;
}

/** What a run before has left is as good as what is read: it has the root that it must have. */
async function takeTile(
  claimed: ClaimedTile,
  tree: ProvedTree,
  folder: ExportFolder,
): Promise<Tile> {
  const { level, index, root } = claimed;
  const width = TILE_WIDTH;
  const left = await folder.read(formatTilePath({ kind: 'hashes', level, index, width }));
  const isWhole = left?.length === width * HASH_BYTES && equalBytes(rootOfTile(left), root);
  return isWhole ? { level, index, hashes: left } : tree.proveTile(claimed);
}

async function hasBundle(tile: Tile, folder: ExportFolder): Promise<boolean> {
  const left = await folder.read(pathOf(tile, 'entries'));
  if (left === undefined) return false;
  try {
    return decodeEntryBundle(left, tile.hashes.length / HASH_BYTES).every((entry, i) =>
      equalBytes(leafHash(entry), tile.hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
    );
  } catch (error) {
    if (error instanceof ChainError) return false;
    throw error;
  }
}

function pathOf({ level, index, hashes }: Tile, kind: TileName['kind']): string {
  const width = hashes.length / HASH_BYTES;
  return formatTilePath(kind === 'hashes' ? { kind, level, index, width } : { kind, index, width });
}
