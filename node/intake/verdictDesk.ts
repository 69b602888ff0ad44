/**
 * Verdicts: puts submissions before their authority and draws the consequences of each answer.
 *
 * One question for each submission; a verdict is never used for another. No verdict never rejects before
 * 30 days are over: a camera has deleted its copy after the 202.
 */
import type { Authority } from '../../chain/authority.ts';
import { type CertificateParser, saltOf } from '../../chain/evidence.ts';
import { invariant } from '../../chain/invariant.ts';
import {
  type Answer,
  buildCameraQuestion,
  buildLegacyQuestion,
  type Problem,
  type Question,
} from '../authority/question.ts';
import { EXPIRY_MS } from '../authority/limits.ts';
import { nextAttemptMs } from '../authority/schedule.ts';
import type { Clock } from '../clock.ts';
import type {
  CameraSubmission,
  Receipt,
  StoredVerdict,
  WorkChange,
  WorkStore,
} from '../store/workStore.ts';
import { advance, reject, stateOf } from './receipt.ts';
import type { ReceiptDesk } from './receiptDesk.ts';

/** For whom questions are asked. */
export interface VerdictOptions {
  readonly chainId: Uint8Array;
  readonly commitmentKey: Uint8Array;
}

/** The world of the desk. */
export interface VerdictPorts {
  readonly work: WorkStore;
  readonly receipts: ReceiptDesk;
  readonly clock: Clock;
  readonly parse: CertificateParser;
  findAuthority(id: string): Authority | undefined;
  /** Takes a validated submission for the next batch. */
  onValidated(receiptId: Uint8Array, verdict: StoredVerdict): void;
  /** Chance, 0 (inclusive) to 1 (exclusive): spreads retries. */
  random(): number;
}

/** Room for the last question, which falls on the very end of the 30 days. */
const OVERDUE_MARGIN_MS = 3_600_000;

/** When to ask again, Unix milliseconds; undefined: not at all. */
export type NextAttempt = number | undefined;

/** Asks and settles what authorities answer. */
export class VerdictDesk {
  readonly #options: VerdictOptions;
  readonly #ports: VerdictPorts;

  constructor(options: VerdictOptions, ports: VerdictPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Returns the question about a submission, or undefined if the submission is decided. */
  questionOf(receiptId: Uint8Array): Question | undefined {
    const submission = this.#ports.work.readSubmission(receiptId);
    const receipt = this.#ports.receipts.find(receiptId);
    if (submission === undefined || receipt === undefined) return undefined;
    if (stateOf(receipt) !== 'authority_pending') return undefined;
    const authority = this.#ports.findAuthority(submission.authorityId);
    if (authority === undefined) return undefined;
    const { chainId } = this.#options;
    return submission.kind === 1
      ? this.#cameraQuestion(submission, authority)
      : buildLegacyQuestion(submission, { authority, chainId });
  }

  #cameraQuestion(submission: CameraSubmission, authority: Authority): Question {
    const certificateBytes = this.#ports.work.readCertificate(submission.certificateId);
    invariant(certificateBytes !== undefined, 'the certificate of a pending submission is stored');
    const { birthmark, fingerprint } = this.#ports.parse(certificateBytes);
    // Dialect B names no endpoint: the first of the registry entry is then the whole URL.
    const endpoint = birthmark.dialect === 'A' ? birthmark.endpoint : authority.endpoints[0];
    invariant(endpoint !== undefined, 'an authority has an endpoint');
    const { chainId, commitmentKey } = this.#options;
    const salt = authority.blind
      ? saltOf(commitmentKey, fingerprint, submission.imageHash)
      : undefined;
    return buildCameraQuestion(submission, {
      authority,
      chainId,
      certificateBytes,
      fingerprint,
      endpoint,
      salt,
    });
  }

  /** Writes what an answer means; resolves to when to ask again. */
  async settle(receiptId: Uint8Array, answer: Answer): Promise<NextAttempt> {
    const submission = this.#ports.work.readSubmission(receiptId);
    const receipt = this.#ports.receipts.find(receiptId);
    if (submission === undefined || receipt === undefined) return undefined;
    switch (answer.type) {
      case 'passed':
        this.#pass(receipt, answer);
        return undefined;
      case 'refused':
        await this.#refuse(receipt, { code: 'ERR_AUTHORITY_REFUSED', message: answer.message });
        return undefined;
      case 'none':
        return this.#postpone(receipt, answer.problem);
    }
  }

  /**
   * Rejects what has waited for a verdict for longer than 30 days, and resolves to how many that are.
   *
   * An authority that is known not to answer is hardly asked, so time alone ends what waits for it.
   */
  async rejectOverdue(): Promise<number> {
    const { work, receipts, clock } = this.#ports;
    let count = 0;
    for await (const id of work.submissionIds()) {
      const receipt = receipts.find(id);
      if (receipt === undefined || stateOf(receipt) !== 'authority_pending') continue;
      const receivedAtMs = receipt.steps[0]?.atMs ?? 0;
      if (clock.nowMs() <= receivedAtMs + EXPIRY_MS + OVERDUE_MARGIN_MS) continue;
      await this.#giveUp(receipt);
      count += 1;
    }
    return count;
  }

  async #giveUp(receipt: Receipt): Promise<void> {
    const message = 'the manufacturer authority gave no verdict within 30 days';
    await this.#refuse(receipt, { code: 'ERR_AUTHORITY_UNREACHABLE', message });
  }

  /** The verdict becomes durable with the batch, a second later at most; lost before, the question is asked again. */
  #pass(receipt: Receipt, { proof }: Extract<Answer, { type: 'passed' }>): void {
    const { receipts, clock } = this.#ports;
    receipts.hold({ before: receipt, after: advance(receipt, 'validated', clock.nowMs()) });
    this.#ports.onValidated(receipt.id, { proof });
  }

  async #refuse(
    receipt: Receipt,
    reason: { readonly code: string; readonly message: string },
  ): Promise<void> {
    const after = reject(receipt, reason, this.#ports.clock.nowMs());
    const change: WorkChange = { type: 'delete-submission', receiptId: receipt.id };
    await this.#ports.receipts.write([{ before: receipt, after }], [change], { durable: true });
  }

  async #postpone(receipt: Receipt, problem: Problem): Promise<NextAttempt> {
    const { clock, receipts } = this.#ports;
    const attempts = receipt.attempts + 1;
    const receivedAtMs = receipt.steps[0]?.atMs ?? 0;
    const next = nextAttemptMs({ attempts, receivedAtMs }, clock.nowMs(), this.#ports.random());
    if (next === 'expired') {
      await this.#giveUp({ ...receipt, attempts });
      return undefined;
    }
    const { code, message } = problem;
    const after: Receipt = {
      ...receipt,
      attempts,
      problem: { code, message },
      nextAttemptMs: next,
    };
    await receipts.write([{ before: receipt, after }], [], { durable: false });
    return next;
  }
}
