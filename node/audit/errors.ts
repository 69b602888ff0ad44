/** An audit that cannot be gone on with: it was changed, or cannot be written. The node stops. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code = 'ERR_AUDIT';
}
