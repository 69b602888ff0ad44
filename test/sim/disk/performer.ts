/** What does the writes of rows and logs, in its time. */
import type { Life } from '../world.ts';

/** A disk, as far as a write knows it. */
export interface Performer {
  /** Does a write for a process; rejects with a DiskError where it fails. A process that is over waits for ever. */
  perform(life: Life, apply: () => void, isDurable: boolean): Promise<void>;
}
