/**
 * The cameras' own list: what was sent, and what a 202 has promised.
 *
 * What the node is judged by is read from here and from nowhere else.
 */
import type { CameraForm } from '../camera/sign.ts';
import type { Provisioning } from '../camera/provisioning.ts';
import type { Claims } from '../../chain/submission.ts';

/** A submission that a camera makes; sent again, it stays the same. */
export interface Shot {
  /** Hex. */
  readonly imageHash: string;
  readonly claims: Claims;
  readonly camera: Provisioning;
  readonly form: CameraForm;
}

/** A submission that was answered with 202. */
export interface Promised {
  readonly shot: Shot;
  readonly receiptId: string;
}

/** The cameras' list. */
export class Journal {
  readonly #shots: Shot[] = [];
  readonly #promised: Promised[] = [];
  readonly #byShot = new Map<Shot, Promised>();
  readonly #countByHash = new Map<string, number>();

  /** Notes a submission before it is sent for the first time. */
  add(shot: Shot): void {
    this.#shots.push(shot);
    this.#countByHash.set(shot.imageHash, this.claimCount(shot.imageHash) + 1);
  }

  /** Notes a 202. Returns the receipt that an earlier one named, if that was another. */
  promise(shot: Shot, receiptId: string): string | undefined {
    const known = this.#byShot.get(shot);
    if (known !== undefined) return known.receiptId === receiptId ? undefined : known.receiptId;
    const promised: Promised = { shot, receiptId };
    this.#byShot.set(shot, promised);
    this.#promised.push(promised);
    return undefined;
  }

  /** Returns how many submissions there are of a picture: more than one are rivals. */
  claimCount(imageHash: string): number {
    return this.#countByHash.get(imageHash) ?? 0;
  }

  /** Every submission that was ever sent, in order. */
  get shots(): readonly Shot[] {
    return this.#shots;
  }

  /** Every submission with a 202, in the order of the answers. */
  get promised(): readonly Promised[] {
    return this.#promised;
  }
}
