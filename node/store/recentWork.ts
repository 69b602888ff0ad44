/**
 * Receipts, submissions and certificates that were written lately, decoded, in front of the rows.
 *
 * A submission is read half a dozen times in the seconds between its 202 and its block; the rows answer each
 * in microseconds, but decoding costs as much again. Values are never changed in place.
 */
import { LRUCache } from 'lru-cache';

import { sha256 } from '#crypto';

import { formatHex } from '../../chain/bytes.ts';
import type { Receipt, Submission, WorkChange } from './workStore.ts';

/** Values of each kind, about 1 kB each: what a busy node takes in within two seconds. */
const COUNT_MAX = 4_096;

/** What was written lately. */
export class RecentWork {
  readonly #receipts = new LRUCache<string, Receipt>({ max: COUNT_MAX });
  readonly #submissions = new LRUCache<string, Submission>({ max: COUNT_MAX });
  readonly #firstReceipts = new LRUCache<string, Uint8Array>({ max: COUNT_MAX });
  readonly #certificates = new LRUCache<string, Uint8Array>({ max: COUNT_MAX });

  /** Takes in what has been written. */
  note(change: WorkChange): void {
    switch (change.type) {
      case 'put-receipt':
        this.#receipts.set(formatHex(change.receipt.id), change.receipt);
        break;
      case 'put-submission':
        this.#submissions.set(formatHex(change.submission.receiptId), change.submission);
        break;
      case 'delete-submission':
        this.#submissions.delete(formatHex(change.receiptId));
        break;
      case 'put-first-receipt':
        this.#firstReceipts.set(formatHex(change.imageHash), change.receiptId);
        break;
      case 'put-certificate':
        this.#certificates.set(formatHex(sha256(change.sent)), change.sent);
        break;
      default:
        break;
    }
  }

  /** Forgets everything: after a deletion that no change names. */
  clear(): void {
    this.#receipts.clear();
    this.#submissions.clear();
    this.#firstReceipts.clear();
    this.#certificates.clear();
  }

  /** Returns a receipt, if it was written lately. */
  receipt(id: Uint8Array): Receipt | undefined {
    return this.#receipts.get(formatHex(id));
  }

  /** Returns a submission, if it was written lately and not deleted since. */
  submission(receiptId: Uint8Array): Submission | undefined {
    return this.#submissions.get(formatHex(receiptId));
  }

  /** Returns the id of the receipt that answers for a picture, if it was written lately. */
  firstReceipt(imageHash: Uint8Array): Uint8Array | undefined {
    return this.#firstReceipts.get(formatHex(imageHash));
  }

  /** Returns a certificate as sent, if it was written lately. */
  certificate(certificateId: Uint8Array): Uint8Array | undefined {
    return this.#certificates.get(formatHex(certificateId));
  }
}
