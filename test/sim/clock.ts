/** A machine's clock: wrong by a skew, a drift and jumps. Timers follow the world's time, as monotonic ones do. */
import type { Clock, Timer } from '../../node/clock.ts';
import { type Life, START_MS, type World } from './world.ts';

/** How wrong a machine's wall clock is. It outlives the machine's processes. */
export interface Dial {
  skewMs: number;
  /** Its seconds for each real one. */
  rate: number;
}

/** Returns the clock that one process reads. */
export function createClock(world: World, dial: Dial, life: Life): Clock {
  return {
    nowMs: () => Math.floor(START_MS + dial.skewMs + world.nowMs * dial.rate),
    setTimer: (delayMs, fire): Timer => world.schedule(Math.max(0, delayMs), life, fire),
  };
}
