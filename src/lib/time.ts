import type { EpochMs } from './scheduler.js';

const shape = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an RFC 3339 time. Digits beyond milliseconds are cut.
 *
 * @returns undefined when the text is none, or names a day or hour that does not exist
 */
export function parseTime(text: string): EpochMs | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0));
  if (hour > 23 || minute > 59 || second > 59 || Number(match[9] ?? 0) > 23 || Number(match[10] ?? 0) > 59) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return daysSinceEpoch(year, month, day) * 86_400_000 + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + milliseconds;
}

/**
 * Writes RFC 3339 in UTC: whole seconds without a fraction (what Kubernetes' metav1.Time reads and upstream writes), else milliseconds.
 *
 * @param at milliseconds since 1970, years 0 to 9999
 */
export function renderTime(at: EpochMs): string {
  const whole = Math.floor(at);
  const fraction = ((whole % 1_000) + 1_000) % 1_000;
  return `${renderSeconds(whole)}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}Z`;
}

/** As renderTime, cut to whole seconds: for fields that other tools read as Kubernetes times. */
export function renderWholeSeconds(at: EpochMs): string {
  return `${renderSeconds(Math.floor(at))}Z`;
}

/** Six digits after the point: Kubernetes' metav1.MicroTime, in Leases and in the times of new-style Events. */
export function renderMicroTime(at: EpochMs): string {
  const micros = Math.floor(at * 1_000);
  const fraction = ((micros % 1_000_000) + 1_000_000) % 1_000_000;
  return `${renderSeconds(Math.floor(at))}.${String(fraction).padStart(6, '0')}Z`;
}

function renderSeconds(at: EpochMs): string {
  const days = Math.floor(at / 86_400_000);
  const seconds = Math.floor((at - days * 86_400_000) / 1_000);
  const { year, month, day } = dateOfDay(days);
  const clock = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':');
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}T${clock}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/*
 * Date is banned outside the scheduler, so that nobody asks it for the time. The Gregorian calendar by hand, years beginning in March so that
 * the leap day is the last: https://howardhinnant.github.io/date_algorithms.html explains the constants.
 */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function dateOfDay(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}
