/**
 * Intake: from a parsed request to a receipt.
 *
 * What costs nothing is judged first (known receipt, room, rate), then the certificate, then the dates,
 * then the camera's signature, off the main thread. Then the submission is durable, and only then is there
 * a receipt: 202 means that it will be decided, whatever restarts in between.
 */
import type { CameraRequest, IntakePort, LegacyRequest, ReceiptView } from '../../api/ports.ts';
import { ApiError } from '../../api/errors.ts';
import type { Authority } from '../../chain/authority.ts';
import { formatHex } from '../../chain/bytes.ts';
import { checkNotAhead, checkValidity } from '../../chain/certificate/validity.ts';
import { SIGNED_FORM, type SignedForm } from '../../chain/record.ts';
import { findSignedForm, type SignedClaims } from '../../chain/submission.ts';
import type { Params } from '../../chain/params.ts';
import type { Clock } from '../clock.ts';
import type { CrashPoint } from '../crashPoint.ts';
import type { Receipt, Submission, WorkChange, WorkStore } from '../store/workStore.ts';
import type { AcceptedCertificate, Certificates } from './certificates.ts';
import type { Duplicates } from './duplicates.ts';
import {
  advance,
  isEnded,
  openReceipt,
  receiptIdOf,
  reject,
  sourceOf,
  stateOf,
} from './receipt.ts';
import type { ReceiptDesk } from './receiptDesk.ts';

/** Seconds by which a camera's clock may lie ahead of this node's. */
const AHEAD_S = 300;
/** Margin below the chain's grace, so that what is accepted here is still timely in a block. */
const GRACE_MARGIN_S = 7 * 86_400;

/** Certificates are kept for weeks after their last use; noting it once an hour is enough. */
const CERTIFICATE_REFRESH_MS = 3_600_000;

/** Where intake belongs, and what it may take. */
export interface IntakeOptions {
  readonly chainId: Uint8Array;
  readonly commitmentKey: Uint8Array;
  readonly pendingMax: number;
  readonly validatorCount: number;
}

/** The world of intake. */
export interface IntakePorts {
  readonly work: WorkStore;
  readonly receipts: ReceiptDesk;
  readonly certificates: Certificates;
  readonly clock: Clock;
  params(): Params;
  authorities(): readonly Authority[];
  readonly duplicates: Duplicates;
  /** Why nothing can be taken in now, or undefined. */
  closedBecause(): string | undefined;
  /** Called for each photograph whose signature is verified. */
  onVerify(): void;
  /** Puts a durable submission before its authority. */
  ask(submission: Submission): void;
  onPoint(point: CrashPoint): void;
}

/** Under which receipt a submission is taken in. */
interface Ticket {
  readonly id: Uint8Array;
  /** The receipt where it was rejected before. */
  readonly before: Receipt | undefined;
}

/** Takes submissions in. */
export class Intake implements IntakePort {
  readonly #options: IntakeOptions;
  readonly #ports: IntakePorts;
  /** Submissions being judged, by receipt id: a second copy waits for the first. */
  readonly #underway = new Map<string, Promise<Receipt>>();

  constructor(options: IntakeOptions, ports: IntakePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Takes a camera's submission in. */
  submit(request: CameraRequest): Promise<ReceiptView> {
    const source = sourceOf(request.certificateBytes);
    return this.#once({ ...request, source }, (ticket) => this.#admitCamera(ticket, request));
  }

  /** Takes a legacy submission in, where the genesis allows it. */
  submitLegacy(request: LegacyRequest): Promise<ReceiptView> {
    const source = sourceOf(request.token);
    return this.#once({ ...request, source }, (ticket) => this.#admitLegacy(ticket, request));
  }

  /** Returns a receipt. */
  findReceipt(id: Uint8Array): ReceiptView | undefined {
    return this.#ports.receipts.find(id);
  }

  /** Resolves at the receipt's next change, or when the signal aborts. */
  waitForChange(id: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#ports.receipts.waitForChange(id, signal);
  }

  /** Whether a submission of this picture waits here. */
  isPending(imageHash: Uint8Array): boolean {
    const id = this.#ports.work.readFirstReceipt(imageHash);
    const receipt = id === undefined ? undefined : this.#ports.receipts.find(id);
    return receipt !== undefined && !isEnded(receipt);
  }

  async #once(
    key: {
      readonly imageHash: Uint8Array;
      readonly source: Uint8Array;
      readonly timestamp: number;
    },
    admit: (ticket: Ticket) => Promise<Receipt>,
  ): Promise<Receipt> {
    const { imageHash, source, timestamp } = key;
    const id = receiptIdOf(this.#options.commitmentKey, { imageHash, source, timestamp });
    const name = formatHex(id);
    const underway = this.#underway.get(name);
    if (underway !== undefined) return underway;
    const known = this.#ports.receipts.find(id);
    if (known !== undefined && stateOf(known) !== 'rejected') return known;
    const admission = admit({ id, before: known });
    this.#underway.set(name, admission);
    try {
      return await admission;
    } finally {
      this.#underway.delete(name);
    }
  }

  #checkRoom(): void {
    const closed = this.#ports.closedBecause();
    if (closed !== undefined) throw new ApiError('ERR_NOT_READY', closed, { retryAfterS: 5 });
    const { pendingMax } = this.#options;
    if (this.#ports.receipts.pendingCount() + this.#underway.size < pendingMax) return;
    throw new ApiError(
      'ERR_QUEUE_FULL',
      `${pendingMax} submissions are pending here; try again later`,
      {
        retryAfterS: 30,
      },
    );
  }

  async #admitCamera(ticket: Ticket, request: CameraRequest): Promise<Receipt> {
    const receivedMs = this.#ports.clock.nowMs();
    this.#checkRoom();
    const accepted = await this.#ports.certificates.check(request.certificateBytes);
    checkRate(accepted);
    this.#checkDates(request, accepted);
    const form = await this.#findForm(request, accepted);
    const submission: Submission = {
      kind: 1,
      receiptId: ticket.id,
      imageHash: request.imageHash,
      capturedAt: request.timestamp,
      gpsHash: request.gpsHash,
      parents: request.parents,
      digests: request.digests,
      certificateId: accepted.id,
      signature: request.signature,
      form,
      authorityId: accepted.authority.id,
      verdict: undefined,
    };
    const usedAtMs = this.#ports.clock.nowMs();
    const isFresh = usedAtMs - accepted.storedMs < CERTIFICATE_REFRESH_MS;
    const put: WorkChange = { type: 'put-certificate', sent: accepted.sent, usedAtMs };
    const about = { receivedMs, notKept: notKeptOf(request, form), before: ticket.before };
    const receipt = await this.#keep(submission, isFresh ? [] : [put], about);
    // A duplicate is not kept, and its certificate neither.
    if (!isFresh && !isEnded(receipt)) accepted.storedMs = usedAtMs;
    return receipt;
  }

  #checkDates(request: CameraRequest, { certificate }: AcceptedCertificate): void {
    const { lateGraceS } = this.#ports.params();
    checkValidity(
      { ...certificate, capturedAt: request.timestamp },
      {
        atS: Math.floor(this.#ports.clock.nowMs() / 1_000),
        aheadS: AHEAD_S,
        lateGraceS: Math.max(0, lateGraceS - GRACE_MARGIN_S),
      },
    );
  }

  async #findForm(
    request: CameraRequest,
    accepted: AcceptedCertificate,
  ): Promise<Exclude<SignedForm, 0>> {
    const { certificate } = accepted;
    const claims: SignedClaims = {
      ...request,
      capturedAt: request.timestamp,
      fingerprint: certificate.fingerprint,
    };
    const context = { publicKey: certificate.publicKey, chainId: this.#options.chainId };
    this.#ports.onVerify();
    const form = await findSignedForm(claims, context, accepted.likelyForm);
    accepted.likelyForm = form;
    return form;
  }

  async #admitLegacy(ticket: Ticket, request: LegacyRequest): Promise<Receipt> {
    const receivedMs = this.#ports.clock.nowMs();
    const authority = this.#legacyAuthority();
    this.#checkRoom();
    checkNotAhead(request.timestamp, { atS: Math.floor(receivedMs / 1_000), aheadS: AHEAD_S });
    const { timestamp, ...fields } = request;
    const submission: Submission = {
      ...fields,
      kind: 2,
      receiptId: ticket.id,
      capturedAt: timestamp,
      authorityId: authority.id,
      verdict: undefined,
    };
    const notKept = request.gpsHash === undefined ? [] : ['gps_hash'];
    return this.#keep(submission, [], { receivedMs, notKept, before: ticket.before });
  }

  #legacyAuthority(): Authority {
    const authority = this.#ports.authorities().find((each) => each.legacyEndpoint !== undefined);
    const unsigned = this.#options.validatorCount > 1 && authority?.verdictKey === undefined;
    if (!this.#ports.params().legacy || authority === undefined || unsigned) {
      throw new ApiError(
        'ERR_LEGACY_GONE',
        'this chain does not take the legacy form; submit to /api/v1/submit-cert with a camera certificate',
      );
    }
    return authority;
  }

  /** Makes a submission durable; from here on it will be decided. */
  async #keep(
    submission: Submission,
    changes: readonly WorkChange[],
    about: Pick<Ticket, 'before'> & {
      readonly receivedMs: number;
      readonly notKept: readonly string[];
    },
  ): Promise<Receipt> {
    const { receipts, work, clock, duplicates } = this.#ports;
    const { imageHash, receiptId } = submission;
    const { before } = about;
    const nowMs = clock.nowMs();
    const verifiedMs = submission.kind === 1 ? nowMs : undefined;
    const fresh = openReceipt(receiptId, imageHash, { ...about, verifiedMs });
    if (duplicates.isRegistered(imageHash)) {
      const after = reject(fresh, duplicates.rejectionOf(imageHash, receiptId), nowMs);
      await receipts.write([{ before, after }], [], { durable: true });
      return after;
    }
    const after = advance(fresh, 'authority_pending', nowMs);
    const first = work.readFirstReceipt(imageHash);
    const isFirst = first === undefined || !this.isPending(imageHash);
    const marks: WorkChange[] = isFirst
      ? [{ type: 'put-first-receipt', imageHash, receiptId }]
      : [];
    const put: WorkChange = { type: 'put-submission', submission };
    await receipts.write([{ before, after }], [...changes, put, ...marks], { durable: true });
    this.#ports.onPoint('before-202');
    this.#ports.ask(submission);
    return after;
  }
}

function checkRate({ bucket }: AcceptedCertificate): void {
  if (bucket.tryRemoveTokens(1)) return;
  throw new ApiError('ERR_RATE', 'this certificate brings too many submissions for now', {
    retryAfterS: 1,
  });
}

/** v1 and v1n leave these unsigned, or unsalted. */
function notKeptOf(request: CameraRequest, form: SignedForm): readonly string[] {
  if (form === SIGNED_FORM.v2) return [];
  const names = [
    request.gpsHash === undefined ? '' : 'gps_hash',
    request.parents.length === 0 ? '' : 'parents',
    request.digests.length === 0 ? '' : 'digests',
  ];
  return names.filter((name) => name !== '');
}
