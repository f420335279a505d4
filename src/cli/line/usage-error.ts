import { ControllerError, hasCode } from '../../lib/errors.js';

/** The command line itself is wrong: the message is followed by how the command is used. */
export function usageError(message: string): ControllerError {
  return new ControllerError('invalid', message, { usage: true });
}

export function isUsageError(error: unknown): boolean {
  return hasCode(error, 'invalid') && error.fields['usage'] === true;
}
