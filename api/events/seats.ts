/** Seats of listeners: how many there may be, and how many of one client. */
import { ApiError } from '../errors.ts';
import { LISTENER_COUNT_MAX, LISTENERS_PER_CLIENT_MAX } from '../limits.ts';
import { clientOf } from '../rateLimit.ts';

const RETRY_AFTER_S = 10;

/** How many may listen. */
export interface SeatLimits {
  readonly countMax: number;
  readonly perClientMax: number;
}

/** The limits of a node. */
export const SEAT_LIMITS: SeatLimits = {
  countMax: LISTENER_COUNT_MAX,
  perClientMax: LISTENERS_PER_CLIENT_MAX,
};

/** Gives seats, and takes them back. */
export class Seats {
  readonly #limits: SeatLimits;
  readonly #byClient = new Map<string, number>();
  #count = 0;

  constructor(limits: SeatLimits) {
    this.#limits = limits;
  }

  /** Takes a seat for a client; returns what gives it back. Throws ERR_RATE or ERR_NOT_READY. */
  take(address: string): () => void {
    const { countMax, perClientMax } = this.#limits;
    const client = clientOf(address);
    const taken = this.#byClient.get(client) ?? 0;
    if (taken >= perClientMax) {
      const message = `this client listens ${taken} times already: at most ${perClientMax} at the same time`;
      throw new ApiError('ERR_RATE', message, { retryAfterS: RETRY_AFTER_S });
    }
    if (this.#count >= countMax) {
      const message = `${countMax} clients listen already: ask the routes themselves meanwhile`;
      throw new ApiError('ERR_NOT_READY', message, { retryAfterS: RETRY_AFTER_S });
    }
    this.#count += 1;
    this.#byClient.set(client, taken + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#count -= 1;
      const left = (this.#byClient.get(client) ?? 0) - 1;
      if (left > 0) this.#byClient.set(client, left);
      else this.#byClient.delete(client);
    };
  }
}
