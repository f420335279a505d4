import { fail } from './error.js';
import { zoneSteps, type Budget } from './limits.js';
import { GoLocation, GoTime, utc } from './value.js';

/** Calendar and clock of an instant in its zone. */
export interface Civil {
  readonly year: number;
  /** 1..12 */
  readonly month: number;
  /** 1..31 */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
}

const dayNs = 86_400_000_000_000n;
const secondNs = 1_000_000_000n;

/** Furthest instant Intl knows the zones of, in milliseconds from 1970. */
const intlRangeMs = 8.64e15;

export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

export const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

function floorDivide(value: bigint, by: bigint): bigint {
  return value >= 0n ? value / by : -((-value + by - 1n) / by);
}

/** Days from 1970-01-01 to a day of the proleptic Gregorian calendar; `day` may lie outside its month. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Whole days from 1970-01-01 in the instant's zone. */
function daysOf(time: GoTime): number {
  return Number(floorDivide(localNs(time), dayNs));
}

function localNs(time: GoTime): bigint {
  return time.epochNs + BigInt(offsetSeconds(time)) * secondNs;
}

export function civilOf(time: GoTime): Civil {
  const local = localNs(time);
  const inDay = Number((local - floorDivide(local, dayNs) * dayNs) / secondNs);
  return {
    ...civilFromDays(Number(floorDivide(local, dayNs))),
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
    nanosecond: Number(local - floorDivide(local, secondNs) * secondNs),
  };
}

/** 0 is Sunday. */
export function weekdayOf(time: GoTime): number {
  return (((daysOf(time) + 4) % 7) + 7) % 7;
}

/** 1..366 */
export function yearDayOf(time: GoTime): number {
  return daysOf(time) - daysFromCivil(civilOf(time).year, 1, 1) + 1;
}

/** The instant a clock in that zone shows so. In the hour that happens twice, the later; in the one left out, an hour on. */
export function fromCivil(civil: Civil, location: GoLocation = utc): GoTime {
  const seconds = civil.hour * 3600 + civil.minute * 60 + civil.second;
  const local = BigInt(daysFromCivil(civil.year, civil.month, civil.day)) * dayNs + BigInt(seconds) * secondNs + BigInt(civil.nanosecond);
  const guess = new GoTime(local, location);
  const first = local - BigInt(offsetSeconds(guess)) * secondNs;
  const second = local - BigInt(offsetSeconds(new GoTime(first, location))) * secondNs;
  return new GoTime(second, location);
}

export function daysInMonth(year: number, month: number): number {
  return daysFromCivil(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) - daysFromCivil(year, month, 1);
}

/** Seconds east of UTC that the instant's zone has at that moment. */
export function offsetSeconds(time: GoTime): number {
  const { zone } = time.location;
  if (typeof zone === 'number') return zone;
  const ms = Number(time.epochNs / 1_000_000n);
  if (Math.abs(ms) > intlRangeMs) return 0;
  return parseOffset(zone.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT');
}

/** @param text `GMT`, `GMT+01:00` or, long ago, `GMT+00:34:08` */
function parseOffset(text: string): number {
  const found = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(text);
  if (found === null) return 0;
  const [, sign, hours, minutes, seconds = '0'] = found;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -size : size;
}

/** `UTC` and whatever a text called its zone; for IANA zones the offset, `+02`, as the runtime knows few abbreviations. */
export function zoneAbbreviation(time: GoTime): string {
  if (typeof time.location.zone === 'number') return time.location.name;
  return offsetText(offsetSeconds(time), '').replace(/00$/, '');
}

/** `+02:00` with separator `:`, `+0200` without. */
export function offsetText(seconds: number, separator: string): string {
  const size = Math.abs(seconds);
  const hours = Math.floor(size / 3600)
    .toString()
    .padStart(2, '0');
  const minutes = (Math.floor(size / 60) % 60).toString().padStart(2, '0');
  return `${seconds < 0 ? '-' : '+'}${hours}${separator}${minutes}`;
}

/**
 * A zone by its IANA name; the empty name and `Local` are UTC, as in a container.
 * @throws ExpressionError for an unknown one
 */
export function loadLocation(name: string, budget: Budget): GoLocation {
  budget.step(zoneSteps);
  if (name === '' || name === 'UTC') return utc;
  if (name === 'Local') return new GoLocation('Local', 0);
  if (name.length > 100 || !/^[A-Z]/.test(name)) return fail(`unknown time zone ${name}`);
  try {
    return new GoLocation(name, new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' }));
  } catch {
    return fail(`unknown time zone ${name}`);
  }
}
