/**
 * What a monitor keeps: how far it has followed each node, and what proves that somebody has signed two histories.
 *
 * ```
 * DIR/nodes/<hash of the URL>.json     checkpoint, and the right edge of the tree that was computed of it
 * DIR/evidence/<size>-<hash>.checkpoint       a signed checkpoint; never overwritten
 * DIR/evidence/<size>-<hash>.begins-<size>    what the log of that checkpoint begins with, and its proof
 * ```
 */
import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { formatBase64, formatHex, formatUtf8, parseBase64, parseUtf8 } from '../../chain/bytes.ts';
import { ChainError } from '../../chain/errors.ts';
import {
  formatSignedCheckpoint,
  parseSignedCheckpoint,
  type SignedCheckpoint,
} from '../../chain/log/checkpoint.ts';
import { checkHashSizes, type Frontier } from '../../chain/merkle.ts';
import { readIfPresent, syncFolder, writeDurably } from '../authority/durableFile.ts';
import { LogError } from '../publicLog/errors.ts';
import type { Beginning } from '../publicLog/provedTree.ts';

/** How far a node was followed. */
export interface Followed {
  readonly checkpoint: SignedCheckpoint;
  /** Of the tree of the entries that were read, which may be fewer than the checkpoint's. */
  readonly frontier: Frontier;
}

const followedSchema = z.strictObject({
  url: z.string(),
  checkpoint: z.string(),
  entries: z.int().nonnegative(),
  roots: z.array(z.base64()),
});

const FILE_MODE = 0o644;
const NAME_DIGITS = 16;

/** The folder of a monitor. One process at a time. */
export class MonitorState {
  readonly #nodes: string;
  readonly #evidence: string;

  private constructor(dir: string) {
    this.#nodes = join(dir, 'nodes');
    this.#evidence = join(dir, 'evidence');
  }

  /** Opens a folder, which is made if it is not there. */
  static async open(dir: string): Promise<MonitorState> {
    const state = new MonitorState(dir);
    for (const folder of [state.#nodes, state.#evidence]) await mkdir(folder, { recursive: true });
    await syncFolder(dir);
    return state;
  }

  /** Resolves to how far a node was followed; undefined where never. */
  async read(url: string): Promise<Followed | undefined> {
    const path = this.#nodePath(url);
    const text = await readIfPresent(path);
    if (text === undefined) return undefined;
    try {
      return parseFollowed(followedSchema.parse(JSON.parse(text)));
    } catch (cause) {
      if (!isUnreadable(cause)) throw cause;
      const what = `${path} is not what a monitor has written: move it elsewhere to follow anew`;
      throw new LogError('ERR_EXPORT', what, { cause });
    }
  }

  /** Keeps how far a node was followed; durable when it resolves. */
  async write(url: string, { checkpoint, frontier }: Followed): Promise<void> {
    const followed: z.input<typeof followedSchema> = {
      url,
      checkpoint: parseUtf8(formatSignedCheckpoint(checkpoint)),
      entries: frontier.treeSize,
      roots: frontier.roots.map(formatBase64),
    };
    await writeDurably(this.#nodePath(url), `${JSON.stringify(followed)}\n`, FILE_MODE);
  }

  /** Keeps a signed checkpoint as evidence; durable when it resolves to its file. */
  async keepCheckpoint(checkpoint: SignedCheckpoint): Promise<string> {
    return this.#keep(`${nameOf(checkpoint)}.checkpoint`, formatSignedCheckpoint(checkpoint));
  }

  /**
   * Keeps what the log of a checkpoint begins with, as text: size and root of the beginning, and the hashes that lead
   * from there to the checkpoint's root (RFC 6962, section 2.1.2), in base64.
   */
  async keepBeginning(of: SignedCheckpoint, beginning: Beginning): Promise<string> {
    const { treeSize, root, hashes } = beginning;
    const lines = [String(treeSize), ...[root, ...hashes].map(formatBase64)];
    const bytes = formatUtf8(`${lines.join('\n')}\n`);
    return this.#keep(`${nameOf(of)}.begins-${treeSize}`, bytes);
  }

  /** The name is of the content: a file that is there already is the same. */
  async #keep(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(this.#evidence, name);
    try {
      const handle = await open(path, 'wx', FILE_MODE);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    await syncFolder(this.#evidence);
    return path;
  }

  #nodePath(url: string): string {
    const name = createHash('sha256').update(url).digest('hex').slice(0, NAME_DIGITS);
    return join(this.#nodes, `${name}.json`);
  }
}

function parseFollowed({
  checkpoint: note,
  entries: treeSize,
  roots: texts,
}: z.output<typeof followedSchema>): Followed {
  const checkpoint = parseSignedCheckpoint(formatUtf8(note));
  const roots = texts.map(parseBase64);
  checkHashSizes(roots);
  // An edge has a root for each bit of its size.
  const bits = treeSize.toString(2).replaceAll('0', '').length;
  if (roots.length !== bits || treeSize > checkpoint.treeSize) {
    throw new ChainError('ERR_PROOF', `${roots.length} roots are not the edge of ${treeSize}`);
  }
  return { checkpoint, frontier: { treeSize, roots } };
}

function nameOf(checkpoint: SignedCheckpoint): string {
  const note = createHash('sha256').update(formatSignedCheckpoint(checkpoint)).digest();
  return `${checkpoint.treeSize}-${formatHex(note).slice(0, NAME_DIGITS)}`;
}

function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof z.ZodError || error instanceof ChainError;
}
