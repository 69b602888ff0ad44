/**
 * Blocks that were proposed at a height, by hash, and whether what they name is here.
 *
 * A block stays known when its view is lost: a quorum of COMMITs may still decide it.
 */
import type { Header } from '../block.ts';
import { formatHex } from '../bytes.ts';

/** Blocks of a height that are remembered; one a view is proposed. */
export const KNOWN_BLOCKS_MAX = 8;

/** A block that was proposed. */
export interface KnownBlock {
  readonly blockHash: Uint8Array;
  readonly header: Header;
  /** Whether its batches are checked, executed and durable here. */
  isAvailable: boolean;
}

/** The blocks of a height. */
export class KnownBlocks {
  readonly #byHash = new Map<string, KnownBlock>();

  /** Takes a block in, as the newest; what was known of it stays. */
  add(block: KnownBlock): void {
    const key = formatHex(block.blockHash);
    const known = this.#byHash.get(key);
    this.#byHash.delete(key);
    this.#byHash.set(key, known ?? block);
    if (known !== undefined) known.isAvailable ||= block.isAvailable;
    // R18: the oldest make room.
    const [oldest] = this.#byHash.keys();
    if (this.#byHash.size > KNOWN_BLOCKS_MAX && oldest !== undefined) this.#byHash.delete(oldest);
  }

  /** Notes that what a block names is here; a block that is not known stays so. */
  markAvailable(blockHash: Uint8Array): void {
    const known = this.#byHash.get(formatHex(blockHash));
    if (known !== undefined) known.isAvailable = true;
  }

  /** Returns whether what a block names is here. */
  isAvailable(blockHash: Uint8Array): boolean {
    return this.#byHash.get(formatHex(blockHash))?.isAvailable ?? false;
  }

  /** The blocks whose batches are here. */
  available(): readonly KnownBlock[] {
    return [...this.#byHash.values()].filter(({ isAvailable }) => isAvailable);
  }
}
