/** Refusals of time-stamp queries, as RFC 3161, section 2.4.2 names them. */

/** The bit of each reason in PKIFailureInfo. */
export const FAILURE_BIT = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
  systemFailure: 25,
} as const;

/** A reason of PKIFailureInfo. */
export type Failure = keyof typeof FAILURE_BIT;

/** A query that gets no token: the sentence goes to whoever asked. */
export class TimestampRefusal extends Error {
  override readonly name = 'TimestampRefusal';
  readonly failure: Failure;

  constructor(failure: Failure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
