/**
 * What executing blocks of the current height yielded, so that a block which is judged or built is not executed
 * once more when it is decided.
 *
 * A height may see many views, and an execution holds all entries of its block: only as many are kept as blocks are
 * known to the engine.
 */
import { type Header, hashHeader } from '../../chain/block.ts';
import { formatHex } from '../../chain/bytes.ts';
import { KNOWN_BLOCKS_MAX } from '../../chain/consensus/knownBlocks.ts';
import type { Execution } from '../../chain/state.ts';

/** Executions by block. */
export class Executions {
  /** By block hash; the least recent first. */
  readonly #byHash = new Map<string, Execution>();

  /** Keeps what executing a block yielded; the oldest makes room. */
  add(header: Header, execution: Execution): void {
    const key = formatHex(hashHeader(header));
    this.#byHash.delete(key);
    this.#byHash.set(key, execution);
    const [oldest] = this.#byHash.keys();
    // R18: as many as blocks are known.
    if (this.#byHash.size > KNOWN_BLOCKS_MAX && oldest !== undefined) this.#byHash.delete(oldest);
  }

  /** Returns what executing a block yielded, or undefined where that is not known. */
  find(header: Header): Execution | undefined {
    return this.#byHash.get(formatHex(hashHeader(header)));
  }

  /** Forgets all: the height is over. */
  clear(): void {
    this.#byHash.clear();
  }
}
