import { parseDurationMs } from '../lib/duration.js';
import { ControllerError } from '../lib/errors.js';

/** Milliseconds of a `--timeout`: a Go duration, or whole seconds as kubectl also takes them. */
export function parseTimeout(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parsed = parseDurationMs(text);
  if (!parsed.ok) throw new ControllerError('invalid', `invalid argument "${text}" for "--timeout": ${parsed.error}`);
  if (parsed.value < 0) throw new ControllerError('invalid', `invalid argument "${text}" for "--timeout": it must not be negative`);
  return parsed.value;
}
