/** What ends the reading, the export or the watch of a log. */

/** Reasons, stable for programs. */
export type LogErrorCode =
  | 'ERR_NO_ANSWER' // nobody answers, or not in time, or not yet
  | 'ERR_ANSWER' // what is answered or stored is not what a log has there
  | 'ERR_CONFLICT' // two checkpoints of one log cannot both be true
  | 'ERR_EXPORT'; // the folder of an export cannot be continued

/** A log that cannot be read, or that is not what it should be: the sentence says what. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
