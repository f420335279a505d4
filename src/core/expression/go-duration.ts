import { fail } from './error.js';
import { quote } from './quote.js';
import { GoDuration } from './value.js';

const unitsNs: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const maxNs = 2n ** 63n - 1n;
const longestText = 100;

/**
 * A Go duration: `1h30m`, `-1.5h`, `300ms`; a bare `0` needs no unit.
 * @throws ExpressionError with Go's text
 */
export function parseDuration(text: string): GoDuration {
  const negative = text.startsWith('-');
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return new GoDuration(0n);
  if (unsigned === '' || text.length > longestText) return fail(`time: invalid duration ${quote(text.slice(0, longestText))}`);
  const ns = sumOfParts(unsigned, text);
  return ns > maxNs ? fail(`time: invalid duration ${quote(text)}`) : new GoDuration(negative ? -ns : ns);
}

function sumOfParts(unsigned: string, text: string): bigint {
  let rest = unsigned;
  let ns = 0n;
  while (rest !== '') {
    const found = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest);
    const [whole = '', digits = '', fraction = '', unit = ''] = found ?? [];
    if (digits + fraction === '') fail(`time: invalid duration ${quote(text)}`);
    ns += partNs(digits, fraction, unit, text);
    rest = rest.slice(whole.length);
  }
  return ns;
}

function partNs(digits: string, fraction: string, unit: string, text: string): bigint {
  if (unit === '') return fail(`time: missing unit in duration ${quote(text)}`);
  const size = unitsNs.get(unit) ?? fail(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
  const whole = BigInt(digits === '' ? '0' : digits) * size;
  return fraction === '' ? whole : whole + (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
}

/** As Go prints it: `1h0m1.5s`, `100ms`, `1.5µs`, `0s`. */
export function formatDuration({ ns }: GoDuration): string {
  const size = ns < 0n ? -ns : ns;
  const sign = ns < 0n ? '-' : '';
  if (size === 0n) return '0s';
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  return sign + clockText(size);
}

function clockText(size: bigint): string {
  const minuteNs = 60_000_000_000n;
  const seconds = `${decimal(size % minuteNs, 9)}s`;
  const minutes = size / minuteNs;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** @param places decimal places of `size` that are behind the point; trailing zeros are dropped */
function decimal(size: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = (size % scale).toString().padStart(places, '0').replace(/0+$/, '');
  return fraction === '' ? `${size / scale}` : `${size / scale}.${fraction}`;
}

/** Toward zero to a multiple of `step`; unchanged when `step` is not positive. */
export function truncateNs(ns: bigint, step: bigint): bigint {
  return step <= 0n ? ns : ns - (ns % step);
}

/** To the nearest multiple of `step`, half away from zero; unchanged when `step` is not positive. */
export function roundNs(ns: bigint, step: bigint): bigint {
  if (step <= 0n) return ns;
  const size = ns < 0n ? -ns : ns;
  const rounded = ((size + step / 2n + (step % 2n)) / step) * step;
  const exact = 2n * (size % step) >= step ? rounded : size - (size % step);
  return ns < 0n ? -exact : exact;
}
