/**
 * The log as it is served: checkpoints that a quorum has cosigned, and what they cover.
 *
 * A proof and its checkpoint are of one tree: that of the checkpoint, whatever has been committed since. The tree only
 * grows, so what a smaller one holds can be read from the larger one.
 */
import { LRUCache } from 'lru-cache';

import type { FoundProof, LogPort } from '../api/ports.ts';
import { formatSignedCheckpoint, type SignedCheckpoint } from '../chain/log/checkpoint.ts';
import { consistencyProof, type TreeSizes } from '../chain/log/consistency.ts';
import { OUTSIDE_WITNESS_COUNT_MAX } from '../chain/log/limits.ts';
import type { NoteSignature } from '../chain/log/note.ts';
import { formatPolicy, logKeyOf, type NetworkLog, policyOf } from '../chain/log/policy.ts';
import { encodeEntryBundle, type TileName, tileWidth } from '../chain/log/tilePath.ts';
import { trimForReaders } from '../chain/log/trim.ts';
import { formatVerifierKey } from '../chain/log/verifierKey.ts';
import {
  inclusionProof,
  leafHash,
  type LeafPlace,
  type NodeReader,
  rootOfRange,
} from '../chain/merkle.ts';
import { invariant } from '../chain/invariant.ts';
import { HASH_BYTES } from '../chain/record.ts';
import { TILE_WIDTH } from '../chain/tile.ts';
import type { ValidatorSet } from '../chain/validatorSet.ts';
import { createTileReader } from './cosigning/treeHead.ts';
import { keepNodes } from './keptNodes.ts';
import type { ChainStore } from './store/chainStore.ts';
import type { CosignedOutside } from './witness/cosignedOutside.ts';

/** The world of the served log. */
export interface ServedLogPorts {
  readonly network: NetworkLog;
  readonly chain: Pick<ChainStore, 'findEntries' | 'readEntry' | 'readEntries' | 'readTile'>;
  /** The newest checkpoint that a quorum has cosigned. */
  final(): SignedCheckpoint | undefined;
  /** Resolves when there is a newer one, or when the signal aborts. */
  nextFinal(signal: AbortSignal): Promise<void>;
  /** The set whose quorum cosigns. */
  validators(): ValidatorSet;
  /** What outside witnesses have cosigned. */
  readonly outside: Pick<CosignedOutside, 'over' | 'best'>;
}

/** What a checkpoint was trimmed to, and what that follows from beside it. */
interface Trimmed {
  readonly lines: readonly NoteSignature[];
  readonly validators: ValidatorSet;
  readonly trimmed: SignedCheckpoint;
}

const NO_LINES: readonly NoteSignature[] = [];
/** Of the nodes of about 1,100,000 entries. */
const NODE_BYTES_MAX = 25_165_824;
const EDGE_NODE_COUNT_MAX = 4_096;
/** Of the newest checkpoint, and of those that outside witnesses have cosigned. */
const EDGE_COUNT_MAX = 1 + OUTSIDE_WITNESS_COUNT_MAX;

/** Serves the log. */
export class ServedLog implements LogPort {
  readonly #ports: ServedLogPorts;
  readonly #readNode: NodeReader;
  /** By tree size, roots over what lies right of a path, by where they start: as many as the size has bits. */
  readonly #edges = new LRUCache<number, Map<number, Uint8Array>>({ max: EDGE_COUNT_MAX });
  /** Of checkpoints as they are served alone, and as they stand in proofs. */
  readonly #trimmed = {
    alone: new WeakMap<SignedCheckpoint, Trimmed>(),
    proving: new WeakMap<SignedCheckpoint, Trimmed>(),
  };

  constructor(ports: ServedLogPorts) {
    this.#ports = ports;
    const source = {
      readTile: createTileReader(ports.chain),
      readLeaf: (index: number) => leafHash(this.#entryAt(index)),
    };
    this.#readNode = keepNodes(source, {
      bytesMax: NODE_BYTES_MAX,
      edgeNodeCountMax: EDGE_NODE_COUNT_MAX,
    });
  }

  checkpoint(): Uint8Array | undefined {
    const final = this.#ports.final();
    if (final === undefined) return undefined;
    return this.#format(final, this.#ports.outside.over(final));
  }

  witnessedCheckpoint(): Uint8Array | undefined {
    const best = this.#ports.outside.best(0);
    return best && this.#format(best.checkpoint, best.lines);
  }

  finalSize(): number {
    return this.#ports.final()?.treeSize ?? 0;
  }

  verifierKey(): string {
    return formatVerifierKey(logKeyOf(this.#ports.network));
  }

  policy(treeSize: number): string | undefined {
    return treeSize > this.finalSize()
      ? undefined
      : formatPolicy(policyOf(this.#ports.network, this.#ports.validators()));
  }

  readTile(name: TileName): Uint8Array | undefined {
    const level = name.kind === 'entries' ? 0 : name.level;
    const { index, width } = name;
    if (tileWidth(this.finalSize(), { level, index }) < width) return undefined;
    const { chain } = this.#ports;
    if (name.kind === 'hashes') {
      return createTileReader(chain)({ level, index }).subarray(0, width * HASH_BYTES);
    }
    const start = index * TILE_WIDTH;
    return encodeEntryBundle(chain.readEntries({ start, end: start + width }));
  }

  async prove(imageHash: Uint8Array, signalOf: () => AbortSignal): Promise<FoundProof | undefined> {
    const [index] = this.#ports.chain.findEntries(imageHash);
    if (index === undefined) return undefined;
    if (this.finalSize() <= index) await this.#untilAbove(index, signalOf());
    const final = this.#ports.final();
    if (final === undefined || final.treeSize <= index) return { proof: undefined };
    // A witnessed checkpoint may be older: whatever covers the entry proves it.
    const witnessed = this.#ports.outside.best(index);
    const { checkpoint, lines } = witnessed ?? { checkpoint: final, lines: NO_LINES };
    const { treeSize } = checkpoint;
    return {
      proof: {
        extra: this.#entryAt(index),
        index,
        hashes: this.#pathOf({ index, treeSize }),
        checkpoint: this.#trim('proving', checkpoint, lines),
      },
    };
  }

  async #untilAbove(index: number, signal: AbortSignal): Promise<void> {
    while (this.finalSize() <= index && !signal.aborted) await this.#ports.nextFinal(signal);
  }

  proveConsistency(sizes: TreeSizes): readonly Uint8Array[] | undefined {
    return sizes.newSize > this.finalSize() ? undefined : consistencyProof(sizes, this.#readNode);
  }

  #pathOf(leaf: LeafPlace): readonly Uint8Array[] {
    const { treeSize } = leaf;
    const roots = this.#edges.get(treeSize) ?? new Map<number, Uint8Array>();
    this.#edges.set(treeSize, roots);
    return inclusionProof(leaf, this.#readNode, (range) => {
      const { start, size } = range;
      if (start + size < treeSize) return rootOfRange(range, this.#readNode);
      const root = roots.get(start) ?? rootOfRange(range, this.#readNode);
      roots.set(start, root);
      return root;
    });
  }

  #entryAt(index: number): Uint8Array {
    const entry = this.#ports.chain.readEntry(index);
    invariant(entry !== undefined, 'the entries of the log are stored');
    return entry;
  }

  #format(checkpoint: SignedCheckpoint, lines: readonly NoteSignature[]): Uint8Array {
    return formatSignedCheckpoint(this.#trim('alone', checkpoint, lines));
  }

  /** Trimming verifies all signatures: once for each checkpoint, not for each who asks. */
  #trim(
    use: 'alone' | 'proving',
    checkpoint: SignedCheckpoint,
    lines: readonly NoteSignature[],
  ): SignedCheckpoint {
    const validators = this.#ports.validators();
    const known = this.#trimmed[use].get(checkpoint);
    if (known?.lines === lines && known.validators === validators) return known.trimmed;
    const policy = policyOf(this.#ports.network, validators);
    const beside = { witnesses: lines, others: use === 'alone' };
    const trimmed = trimForReaders(checkpoint, policy, beside);
    this.#trimmed[use].set(checkpoint, { lines, validators, trimmed });
    return trimmed;
  }
}
