/**
 * Dates: when a photograph may have been taken, and when a certificate counts.
 *
 * Cameras come back from the field weeks later, so any age is accepted that lies within the certificate's
 * own dates. A certificate that has expired still vouches for photographs taken before, for a grace time.
 */
import { ChainError } from '../errors.ts';

/** Unix seconds by which a claim may lie ahead of a block's time. */
export const CAPTURE_AHEAD_S = 360;

/** A camera's claim of time and the dates of its certificate, all Unix seconds. */
export interface Claim {
  readonly capturedAt: number;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The time that counts, Unix seconds, with what is tolerated around it. */
export interface Reference {
  readonly atS: number;
  readonly aheadS: number;
  readonly lateGraceS: number;
}

/**
 * Checks a claim against the time that counts: a block's, or a node's own clock at intake.
 *
 * Throws ERR_CERTIFICATE_NOT_YET_VALID, ERR_TIMESTAMP_AHEAD, ERR_TIMESTAMP_BEFORE_CERTIFICATE or
 * ERR_CERTIFICATE_EXPIRED.
 */
export function checkValidity(
  { capturedAt, notBefore, notAfter }: Claim,
  reference: Reference,
): void {
  const latest = reference.atS + reference.aheadS;
  if (notBefore > latest) {
    throw new ChainError(
      'ERR_CERTIFICATE_NOT_YET_VALID',
      `the certificate is valid from ${notBefore}; it is ${reference.atS}`,
    );
  }
  checkNotAhead(capturedAt, reference);
  if (capturedAt < notBefore) {
    throw new ChainError(
      'ERR_TIMESTAMP_BEFORE_CERTIFICATE',
      `timestamp ${capturedAt} is before the certificate's notBefore ${notBefore}`,
    );
  }
  const late = capturedAt <= notAfter && reference.atS <= notAfter + reference.lateGraceS;
  if (reference.atS > notAfter && !late) {
    throw new ChainError(
      'ERR_CERTIFICATE_EXPIRED',
      `the certificate ended at ${notAfter}; photographs taken before are accepted for ` +
        `${reference.lateGraceS} s after that, and it is ${reference.atS}`,
    );
  }
}

/** Checks that a photograph is not claimed to be from the future. Throws ERR_TIMESTAMP_AHEAD. */
export function checkNotAhead(
  capturedAt: number,
  { atS, aheadS }: Omit<Reference, 'lateGraceS'>,
): void {
  if (capturedAt > atS + aheadS) {
    throw new ChainError(
      'ERR_TIMESTAMP_AHEAD',
      `timestamp ${capturedAt} is more than ${aheadS} s ahead of ${atS}`,
    );
  }
}
