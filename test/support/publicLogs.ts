/** Logs as strangers read them, in memory: they grow, and lie where a test says so. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { formatUtf8 } from '../../chain/bytes.ts';
import { formatSignedCheckpoint, type SignedCheckpoint } from '../../chain/log/checkpoint.ts';
import { formatPolicy } from '../../chain/log/policy.ts';
import {
  encodeEntryBundle,
  formatTilePath,
  parseTilePath,
  type TileName,
} from '../../chain/log/tilePath.ts';
import { formatVerifierKey } from '../../chain/log/verifierKey.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  rootOf,
} from '../../chain/merkle.ts';
import { appendToTiles, TILE_WIDTH } from '../../chain/tile.ts';
import type { PublicLog } from '../../scripts/publicLog/publicLog.ts';
import { checkpointOf, LOG_SIGNER, namesOf, networkPolicy } from './logRig.ts';

const VALIDATOR_COUNT = 4;
const QUORUM = 3;

/** A log of the tests' network, with four validators. */
export class GrowingPublicLog implements PublicLog {
  place = 'the log';
  /** Returns an entry: logs that differ in it are different logs. */
  readonly #entryAt: (index: number) => string;
  readonly #entries: Uint8Array[] = [];
  readonly #tiles = new Map<string, Uint8Array>();
  #frontier: Frontier = EMPTY_FRONTIER;
  /** Who cosigns. */
  cosigners: readonly string[] = namesOf(QUORUM);
  /** Changes files before they are given, by path. */
  readonly lies = new Map<string, (bytes: Uint8Array) => Uint8Array>();
  /** Paths of tiles that were read. */
  readonly asked: string[] = [];
  /** Called before a tile is given; throws where there is no answer. */
  onRead: (path: string) => void = () => undefined;

  constructor(size: number, entryAt: (index: number) => string = (index) => `entry ${index}`) {
    this.#entryAt = entryAt;
    this.grow(size);
  }

  get treeSize(): number {
    return this.#frontier.treeSize;
  }

  grow(count: number): void {
    const first = this.treeSize;
    const added = Array.from({ length: count }, (_, i) => formatUtf8(this.#entryAt(first + i)));
    const leaves = added.map(leafHash);
    const read = ({ level, index }: { level: number; index: number }): Uint8Array =>
      this.#tiles.get(`${level}/${index}`)!;
    for (const { level, index, hashes } of appendToTiles(first, leaves, read)) {
      this.#tiles.set(`${level}/${index}`, hashes);
    }
    this.#frontier = appendLeaves(this.#frontier, leaves);
    this.#entries.push(...added);
  }

  /** The checkpoint of the whole log. */
  checkpoint(): SignedCheckpoint {
    return checkpointOf({ treeSize: this.treeSize, root: rootOf(this.#frontier) }, this.cosigners);
  }

  async readCheckpoint(): Promise<Uint8Array> {
    return this.#told('checkpoint', formatSignedCheckpoint(this.checkpoint()));
  }

  async readPolicy(): Promise<Uint8Array> {
    return this.#told('policy', formatUtf8(formatPolicy(networkPolicy(VALIDATOR_COUNT))));
  }

  async readVerifierKey(): Promise<Uint8Array> {
    return this.#told('log.vkey', formatUtf8(`${formatVerifierKey(LOG_SIGNER.key)}\n`));
  }

  async readTile(name: TileName): Promise<Uint8Array> {
    const path = formatTilePath(name);
    this.asked.push(path);
    this.onRead(path);
    return this.#told(path, this.#tile(name));
  }

  #tile(name: TileName): Uint8Array {
    const start = name.index * TILE_WIDTH;
    if (name.kind === 'entries') {
      return encodeEntryBundle(this.#entries.slice(start, start + name.width));
    }
    const hashes = this.#tiles.get(`${name.level}/${name.index}`)?.subarray(0, name.width * 32);
    if (hashes?.length !== name.width * 32) throw new Error(`there is no ${formatTilePath(name)}`);
    return hashes;
  }

  #told(path: string, bytes: Uint8Array): Uint8Array {
    return this.lies.get(path)?.(bytes) ?? bytes;
  }
}

/** Resolves to the file of a log at a path, as a server answers; undefined where there is none. */
export async function fileOf(log: PublicLog, path: string): Promise<Uint8Array | undefined> {
  if (path === 'checkpoint') return log.readCheckpoint();
  if (path.startsWith('policy')) return log.readPolicy(0);
  if (path === 'log.vkey') return log.readVerifierKey();
  try {
    return await log.readTile(parseTilePath(path));
  } catch {
    return undefined;
  }
}

/** A server on a free port. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves whatever a listener answers. */
export async function serve(listener: RequestListener): Promise<Served> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves a log. */
export function serveLog(log: PublicLog): Promise<Served> {
  return serve((incoming, outgoing) => {
    void fileOf(log, (incoming.url ?? '').slice(1)).then((bytes) => {
      outgoing.statusCode = bytes === undefined ? 404 : 200;
      outgoing.end(bytes);
    });
  });
}
