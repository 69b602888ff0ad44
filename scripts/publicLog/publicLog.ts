/** A log as anybody reads it: the files that a node serves, wherever they come from. */
import type { TileName } from '../../chain/log/tilePath.ts';

/** Files of a log (C2SP tlog-tiles). Nothing is checked but sizes; all reads reject with a LogError. */
export interface PublicLog {
  /** Where it is, for messages. */
  readonly place: string;
  /** The bytes of the newest final checkpoint's note. */
  readCheckpoint(): Promise<Uint8Array>;
  /** The text of the policy of a tree size. */
  readPolicy(treeSize: number): Promise<Uint8Array>;
  /** The line of the log's verifier key. */
  readVerifierKey(): Promise<Uint8Array>;
  /** A tile: of hashes 32 bytes for each, of entries as they come. */
  readTile(name: TileName): Promise<Uint8Array>;
}
