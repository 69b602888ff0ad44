/** The world of a node: what whoever starts it passes in. */
import type { Clock } from './clock.ts';
import type { OnPoint } from './crashPoint.ts';
import type { Log } from './log.ts';

/** What a node does not make itself. */
export interface World {
  readonly log: Log;
  readonly clock: Clock;
  /** Tests end the process at these points. */
  readonly onPoint: OnPoint;
  /** Ends a start that waits for others; a node that runs is stopped by its own `stop`. */
  readonly signal: AbortSignal;
}
