/** Why the camera could not do its work; the message says what to do. */

/** Every reason. Stable: scripts act on these. */
export type CameraErrorCode =
  | 'ERR_OPTION' // options that do not go together
  | 'ERR_PROVISIONING' // the saved provision answer cannot be used
  | 'ERR_PHOTO' // the photograph cannot be read
  | 'ERR_QUEUE' // a file of the queue cannot be read
  | 'ERR_NODE_UNREACHABLE' // no answer, or only 5xx and 429, after all attempts
  | 'ERR_NODE_ANSWER'; // an answer that no Birthmark node gives

/** What stopped the camera. Submissions that were queued stay queued. */
export class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly code: CameraErrorCode;

  constructor(code: CameraErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
