/** What the camera takes from outside, so that a test may give it other time and chance. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time, chance, network, and where lines for people go. */
export interface CameraWorld {
  readonly fetch: typeof globalThis.fetch;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** Resolves after `ms`, or rejects when the signal aborts. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Returns a signal that aborts after `ms`. */
  readonly timeout: (ms: number) => AbortSignal;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Takes a line for people: never a certificate, a serial or a key. */
  readonly out: (line: string) => void;
}

/** Returns the real world, which writes lines to `out`. */
export function createCameraWorld(out: (line: string) => void): CameraWorld {
  return {
    fetch: globalThis.fetch,
    clock: Date.now,
    delay: (ms, signal) => sleep(ms, undefined, { signal }),
    timeout: (ms) => AbortSignal.timeout(ms),
    randomBytes: (size) => new Uint8Array(randomBytes(size)),
    out,
  };
}
