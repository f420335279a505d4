import type { Parsed } from './parsed.js';
import { parsed, refused } from './parsed.js';

const msPerUnit: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Go counts in nanoseconds of 63 bits: about 292 years. */
const longestMs = 2 ** 63 / 1e6;
const int32Max = 2 ** 31 - 1;

/**
 * Reads Go's duration syntax: an optional sign and numbers with a unit each (`ns us µs ms s m h`), or a bare `0`.
 * `"1h30m"`, `".5s"` and `"-5m"` are durations; `"5"`, `"1d"`, `"5 m"` and `""` are not.
 *
 * @returns milliseconds, with a fraction below one millisecond, possibly negative; the error is Go's own text
 * Semantics: Go, time.ParseDuration.
 */
export function parseDurationMs(text: string): Parsed<number> {
  const invalid = refused(`time: invalid duration ${quote(text)}`);
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return parsed(0);
  if (rest === '') return invalid;
  let totalMs = 0;
  while (rest !== '') {
    const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) return invalid;
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)?.[0] ?? '';
    if (unit === '') return refused(`time: missing unit in duration ${quote(text)}`);
    const unitMs = Object.hasOwn(msPerUnit, unit) ? msPerUnit[unit] : undefined;
    if (unitMs === undefined) return refused(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    rest = rest.slice(unit.length);
    totalMs += Number(number) * unitMs;
  }
  return totalMs < longestMs ? parsed(totalMs === 0 ? 0 : sign * totalMs) : invalid;
}

/** Kubernetes quotes and escapes as Go's %q does; JSON's rules agree for what people type. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/**
 * Reads the duration of a pause step: a whole number of seconds, or text that is first tried as whole seconds, then as a Go duration
 * cut to whole seconds. `10`, `"10"`, `"10s"`: 10. `"1.9s"`: 1. `"300ms"`: 0.
 *
 * @returns seconds, an int32, possibly negative (which validation refuses)
 * Semantics: Argo Rollouts, RolloutPause.DurationSeconds, 1.10. Differs: what does not fit an int32 is refused; upstream lets it wrap.
 */
export function parsePauseSeconds(value: unknown): Parsed<number> {
  if (typeof value === 'number')
    return Number.isInteger(value) ? int32Seconds(value) : refused('must be a whole number of seconds or a duration');
  if (typeof value !== 'string') return refused('must be a whole number of seconds or a duration');
  if (/^[+-]?\d+$/.test(value)) return int32Seconds(Number(value));
  const duration = parseDurationMs(value);
  return duration.ok ? int32Seconds(Math.trunc(duration.value / 1_000)) : duration;
}

function int32Seconds(seconds: number): Parsed<number> {
  return Math.abs(seconds) <= int32Max ? parsed(seconds === 0 ? 0 : seconds) : refused(`must be at most ${int32Max} seconds`);
}

/**
 * Writes a duration as Go does: the largest units first, none omitted between, no days. 90,000: `1m30s`. 300: `300ms`. 0: `0s`.
 *
 * @param ms any finite number; fractions down to a nanosecond are shown
 * Semantics: Go, time.Duration.String.
 */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const absolute = Math.abs(ms);
  if (absolute < 1e-3) return `${sign}${decimal(absolute * 1e6)}ns`;
  if (absolute < 1) return `${sign}${decimal(absolute * 1e3)}\u00b5s`;
  if (absolute < 1_000) return `${sign}${decimal(absolute)}ms`;
  const hours = Math.floor(absolute / 3_600_000);
  const minutes = Math.floor((absolute % 3_600_000) / 60_000);
  const seconds = decimal((absolute % 60_000) / 1_000);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

function decimal(value: number): string {
  return String(Number(value.toFixed(9)));
}
