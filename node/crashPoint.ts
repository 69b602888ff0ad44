/**
 * Moments at which a loss of power would be most awkward. A test process ends itself there and looks at
 * what is left; in production nobody listens.
 */

/** A moment around a write or an answer. */
export type CrashPoint =
  /** A merged batch of work is about to be handed to LevelDB, or has just been. */
  | 'before-append'
  | 'after-append'
  /** The same, where somebody waits for it to be durable: `after-sync` once it is. */
  | 'before-sync'
  | 'after-sync'
  /** A block is about to be written, or is durable. */
  | 'before-block-write'
  | 'after-block-write'
  /** A submission is durable and its 202 is about to be sent, or has been. */
  | 'before-202'
  | 'after-202'
  /** A batch of waiting submissions is about to be cut, or is durable. */
  | 'before-batch-cut'
  | 'after-batch-cut';

/** Listens to crash points; returning goes on. */
export type OnPoint = (point: CrashPoint) => void;
