/**
 * Moments at which a loss of power would be most awkward. A test process ends itself there and looks at
 * what is left; in production nobody listens.
 *
 * | point                                     | when                                                       |
 * | ----------------------------------------- | ---------------------------------------------------------- |
 * | before-append, after-append               | merged work is about to be handed to LevelDB, or just was  |
 * | before-sync, after-sync                   | the same, where somebody waits until it is durable         |
 * | before-202, after-202                     | a submission is durable; an answer with 202 has been sent  |
 * | before-batch-cut, after-batch-cut         | a batch is about to be sealed, or is durable               |
 * | before-log-append, before-log-sync,       | what this validator says is about to be appended to its    |
 * | after-log-sync                            | log, is appended but not synced, or is durable             |
 * | before-block-write, after-block-write     | a block is about to be written, or is durable              |
 */

/** All crash points, in the order of a submission's way. */
export const CRASH_POINTS = [
  'before-append',
  'after-append',
  'before-sync',
  'after-sync',
  'before-202',
  'after-202',
  'before-batch-cut',
  'after-batch-cut',
  'before-log-append',
  'before-log-sync',
  'after-log-sync',
  'before-block-write',
  'after-block-write',
] as const;

/** A moment around a write or an answer. */
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Listens to crash points; returning goes on. */
export type OnPoint = (point: CrashPoint) => void;
