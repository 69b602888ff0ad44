/** How a command about logs ends that could not do what it was asked. */
import { LogError, type LogErrorCode } from '../publicLog/errors.ts';
import { CommandError } from './output.ts';

/** Exit code where nobody answers. */
export const EXIT_NO_ANSWER = 3;

const EXIT_CODES: Readonly<Record<LogErrorCode, number>> = {
  ERR_NO_ANSWER: EXIT_NO_ANSWER,
  ERR_ANSWER: 1,
  ERR_CONFLICT: 1,
  ERR_EXPORT: 1,
};

/** Returns the error of a command for one of a log, or of the file system; any other as it is. */
export function commandFailure(cause: unknown): unknown {
  if (cause instanceof LogError) {
    return new CommandError(cause.message, EXIT_CODES[cause.code], { cause });
  }
  const isSystem = cause instanceof Error && 'syscall' in cause && 'path' in cause;
  return isSystem ? new CommandError(cause.message, 1, { cause }) : cause;
}
