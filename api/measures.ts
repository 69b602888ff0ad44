/** What a node counts and measures, as far as the interface shows it while it happens. */

/** What a node counts and measures, read at one moment. */
export interface Measures {
  /** Submissions accepted with a receipt since the start. */
  readonly submissions: number;
  /** Photographs registered by blocks that were applied since the start. */
  readonly records: number;
  /** Signatures verified since the start, of every kind. */
  readonly signatures: number;
  /** Submissions that are not decided. */
  readonly pendingByState: ReadonlyMap<string, number>;
  /** Other validators and observers that are connected. */
  readonly peersConnected: number;
  /** Blocks that others have and that are not here. */
  readonly blocksBehind: number;
  /** Memory of the process. */
  readonly memoryBytes: number;
  /** What may still be written on the disk of the data folder. */
  readonly diskFreeBytes: number;
}
