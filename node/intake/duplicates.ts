/**
 * Duplicates: a picture that this institution has registered, or is about to, is not registered again.
 *
 * The receipt of a duplicate points to the first one for the same picture.
 */
import { equalBytes } from '../../chain/bytes.ts';
import type { Reason, WorkStore } from '../store/workStore.ts';

/** A rejection as a duplicate. */
export interface DuplicateRejection extends Reason {
  /** The first receipt, where it is still kept. */
  readonly duplicateOf: Uint8Array | undefined;
}

/** Tells duplicates. */
export class Duplicates {
  readonly #work: WorkStore;
  readonly #isRegistered: (imageHash: Uint8Array) => boolean;

  /**
   * Returns a judge of duplicates.
   *
   * @param isRegistered - whether this institution has registered a picture on the chain.
   */
  constructor(work: WorkStore, isRegistered: (imageHash: Uint8Array) => boolean) {
    this.#work = work;
    this.#isRegistered = isRegistered;
  }

  /** Returns whether the chain has the picture from this institution. */
  isRegistered(imageHash: Uint8Array): boolean {
    return this.#isRegistered(imageHash);
  }

  /**
   * Returns the rejection of another submission of the same picture.
   *
   * @param winner - the receipt that stands for the picture, where the caller knows it better.
   */
  rejectionOf(
    imageHash: Uint8Array,
    receiptId: Uint8Array,
    winner?: Uint8Array,
  ): DuplicateRejection {
    const first = winner ?? this.#work.readFirstReceipt(imageHash);
    return {
      code: 'ERR_DUPLICATE',
      message: 'this picture is registered already through this institution',
      duplicateOf: first === undefined || equalBytes(first, receiptId) ? undefined : first,
    };
  }
}
