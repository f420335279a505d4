import type { JsonObject } from '../api/kube.js';
import { parseDurationMs } from '../lib/duration.js';
import { settingsError, textAt } from './section.js';

/**
 * A duration field of a section, milliseconds.
 * @param fallback used when the field is absent; undefined: it is required
 * @throws ControllerError `invalid-spec` with Go's words
 */
export function durationAt(section: JsonObject, key: string, fallback?: string): number {
  const text = textAt(section, key) || fallback;
  if (text === undefined) throw settingsError(`${key} is required`);
  const duration = parseDurationMs(text);
  if (!duration.ok) throw settingsError(`failed to parse ${key}: ${duration.error}`);
  return duration.value;
}
