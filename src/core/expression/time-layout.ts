import { fail } from './error.js';
import {
  civilOf,
  daysInMonth,
  fromCivil,
  months,
  offsetSeconds,
  offsetText,
  weekdayOf,
  weekdays,
  yearDayOf,
  zoneAbbreviation,
} from './go-time.js';
import { quote } from './quote.js';
import { GoLocation, utc, type GoTime } from './value.js';

/**
 * The elements of a Go layout, which is the reference time Mon Jan 2 15:04:05 MST 2006 written as wanted. Longer ones
 * come first; the order of `1` and `15` matters.
 */
const element =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|__2|_2|002|0[1-6]|15|Z07:00|Z0700|Z07|-07:00|-0700|-07|PM|pm|[.,]0+(?!\d)|[.,]9+(?!\d)|[1-5]/g;

interface Piece {
  readonly text: string;
  readonly isElement: boolean;
}

function piecesOf(layout: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of layout.matchAll(element)) {
    if (found.index > at) pieces.push({ text: layout.slice(at, found.index), isElement: false });
    pieces.push({ text: found[0], isElement: true });
    at = found.index + found[0].length;
  }
  return at < layout.length ? [...pieces, { text: layout.slice(at), isElement: false }] : pieces;
}

/** The instant in a Go layout, as time.Time.Format writes it. */
export function formatTime(time: GoTime, layout: string): string {
  return piecesOf(layout)
    .map((piece) => (piece.isElement ? formatElement(time, piece.text) : piece.text))
    .join('');
}

function pad(value: number, width: number, fill = '0'): string {
  return `${value < 0 ? '-' : ''}${Math.abs(value).toString().padStart(width, fill)}`;
}

function formatElement(time: GoTime, name: string): string {
  const civil = civilOf(time);
  const hour12 = civil.hour % 12 === 0 ? 12 : civil.hour % 12;
  switch (name) {
    case '2006':
      return pad(civil.year, 4);
    case '06':
      return pad(Math.abs(civil.year) % 100, 2);
    case 'January':
      return months[civil.month - 1] ?? '';
    case 'Jan':
      return (months[civil.month - 1] ?? '').slice(0, 3);
    case '01':
      return pad(civil.month, 2);
    case '1':
      return `${civil.month}`;
    case 'Monday':
      return weekdays[weekdayOf(time)] ?? '';
    case 'Mon':
      return (weekdays[weekdayOf(time)] ?? '').slice(0, 3);
    case '02':
      return pad(civil.day, 2);
    case '_2':
      return pad(civil.day, 2, ' ');
    case '2':
      return `${civil.day}`;
    case '002':
      return pad(yearDayOf(time), 3);
    case '__2':
      return pad(yearDayOf(time), 3, ' ');
    case '15':
      return pad(civil.hour, 2);
    case '03':
      return pad(hour12, 2);
    case '3':
      return `${hour12}`;
    case '04':
      return pad(civil.minute, 2);
    case '4':
      return `${civil.minute}`;
    case '05':
      return pad(civil.second, 2);
    case '5':
      return `${civil.second}`;
    case 'PM':
      return civil.hour < 12 ? 'AM' : 'PM';
    case 'pm':
      return civil.hour < 12 ? 'am' : 'pm';
    default:
      return isFraction(name) ? formatFraction(civil.nanosecond, name) : formatZone(time, name);
  }
}

/** @param name `.000` has three places, `,999` up to three without zeros at the end */
function formatFraction(nanosecond: number, name: string): string {
  const digits = nanosecond
    .toString()
    .padStart(9, '0')
    .slice(0, name.length - 1);
  if (name.charAt(1) === '0') return name.charAt(0) + digits;
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? '' : name.charAt(0) + significant;
}

function formatZone(time: GoTime, name: string): string {
  if (name === 'MST') return zoneAbbreviation(time);
  const seconds = offsetSeconds(time);
  if (name.startsWith('Z') && seconds === 0) return 'Z';
  const text = offsetText(seconds, name.includes(':') ? ':' : '');
  return name === '-07' || name === 'Z07' ? text.slice(0, 3) : text;
}

/** What has been read of a text so far. */
interface Draft {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  yearDay?: number;
  afternoon?: boolean;
  zone?: GoLocation;
}

type Reader = { readonly shape: RegExp; readonly take: (draft: Draft, text: string) => void };

const names = (list: readonly string[], length?: number): RegExp =>
  new RegExp(`^(?:${list.map((name) => name.slice(0, length)).join('|')})`, 'i');

function indexOfName(list: readonly string[], text: string): number {
  return list.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase().slice(0, 3)));
}

const reader = (shape: RegExp, take: (draft: Draft, text: string) => void): Reader => ({ shape, take });
const month = (draft: Draft, text: string): void => void (draft.month = Number(text));
const monthName = (draft: Draft, text: string): void => void (draft.month = indexOfName(months, text) + 1);
const day = (draft: Draft, text: string): void => void (draft.day = Number(text.trim()));
const yearDay = (draft: Draft, text: string): void => void (draft.yearDay = Number(text.trim()));
const hour = (draft: Draft, text: string): void => void (draft.hour = Number(text));
const minute = (draft: Draft, text: string): void => void (draft.minute = Number(text));
const second = (draft: Draft, text: string): void => {
  const [whole, fraction = ''] = text.split(/[.,]/);
  draft.second = Number(whole);
  if (fraction !== '') draft.nanosecond = Number(fraction.slice(0, 9).padEnd(9, '0'));
};
const halfDay = (draft: Draft, text: string): void => void (draft.afternoon = /^p/i.test(text));
const ignore = (): void => undefined;

const readers: ReadonlyMap<string, Reader> = new Map([
  ['2006', reader(/^\d{4}/, (draft, text) => void (draft.year = Number(text)))],
  ['06', reader(/^\d{2}/, (draft, text) => void (draft.year = Number(text) + (Number(text) >= 69 ? 1900 : 2000)))],
  ['January', reader(names(months), monthName)],
  ['Jan', reader(names(months, 3), monthName)],
  ['01', reader(/^(?:0[1-9]|1[0-2])/, month)],
  ['1', reader(/^(?:1[0-2]|0?[1-9])/, month)],
  ['Monday', reader(names(weekdays), ignore)],
  ['Mon', reader(names(weekdays, 3), ignore)],
  ['02', reader(/^\d{2}/, day)],
  ['_2', reader(/^ ?\d{1,2}/, day)],
  ['2', reader(/^\d{1,2}/, day)],
  ['002', reader(/^\d{3}/, yearDay)],
  ['__2', reader(/^ {0,2}\d{1,3}/, yearDay)],
  ['15', reader(/^(?:[01]\d|2[0-3])/, hour)],
  ['03', reader(/^(?:0\d|1[0-2])/, hour)],
  ['3', reader(/^(?:1[0-2]|0?\d)/, hour)],
  ['04', reader(/^[0-5]\d/, minute)],
  ['4', reader(/^[0-5]?\d/, minute)],
  ['05', reader(/^[0-5]\d(?:[.,]\d+)?/, second)],
  ['5', reader(/^[0-5]?\d(?:[.,]\d+)?/, second)],
  ['PM', reader(/^[AP]M/, halfDay)],
  ['pm', reader(/^[ap]m/, halfDay)],
  [
    'MST',
    reader(/^(?:UTC|[A-Z]{3,5}|[+-]\d{2}(?:\d{2})?)/, (draft, text) => void (draft.zone = text === 'UTC' ? utc : new GoLocation(text, 0))),
  ],
  ['Z07:00', zoneReader(/^(?:Z|[+-]\d{2}:\d{2})/)],
  ['Z0700', zoneReader(/^(?:Z|[+-]\d{4})/)],
  ['Z07', zoneReader(/^(?:Z|[+-]\d{2})/)],
  ['-07:00', zoneReader(/^[+-]\d{2}:\d{2}/)],
  ['-0700', zoneReader(/^[+-]\d{4}/)],
  ['-07', zoneReader(/^[+-]\d{2}/)],
]);

function zoneReader(shape: RegExp): Reader {
  return reader(shape, (draft, text) => {
    const digits = text.replace(/[^0-9]/g, '').padEnd(4, '0');
    const size = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60;
    const seconds = text.startsWith('-') ? -size : size;
    draft.zone = seconds === 0 ? utc : new GoLocation(offsetText(seconds, ''), seconds);
  });
}

/** `.000` takes exactly so many digits, `.999` any number, also none. */
function fractionReader(name: string): Reader {
  const shape = name.charAt(1) === '0' ? new RegExp(`^[.,]\\d{${name.length - 1}}`) : /^(?:[.,]\d+)?/;
  return reader(shape, (draft, text) => void (draft.nanosecond = Number(text.slice(1, 10).padEnd(9, '0'))));
}

/** Seconds take a fraction along unless the layout says itself how it is written. */
const bareSeconds: ReadonlyMap<string, Reader> = new Map([
  ['05', reader(/^[0-5]\d/, second)],
  ['5', reader(/^[0-5]?\d/, second)],
]);

function isFraction(name: string): boolean {
  return /^[.,]/.test(name);
}

function readerOf(name: string, next: Piece | undefined): Reader | undefined {
  if (isFraction(name)) return fractionReader(name);
  const bare = next?.isElement === true && isFraction(next.text) ? bareSeconds.get(name) : undefined;
  return bare ?? readers.get(name);
}

/**
 * Reads a text by a Go layout.
 * @param location zone of a text that names none
 * @throws ExpressionError with Go's text
 */
export function parseTime(text: string, layout: string, location: GoLocation = utc): GoTime {
  const draft: Draft = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanosecond: 0 };
  const pieces = piecesOf(layout);
  let rest = text;
  pieces.forEach((piece, index) => {
    const length = piece.isElement ? readElement(draft, rest, readerOf(piece.text, pieces[index + 1])) : literalLength(rest, piece.text);
    const failed = `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(piece.text)}`;
    rest = rest.slice(length ?? fail(failed));
  });
  if (rest !== '') return fail(`parsing time ${quote(text)}: extra text: ${quote(rest)}`);
  return finish(draft, location) ?? fail(`parsing time ${quote(text)}: day out of range`);
}

function literalLength(rest: string, literal: string): number | undefined {
  return rest.startsWith(literal) ? literal.length : undefined;
}

function readElement(draft: Draft, rest: string, found: Reader | undefined): number | undefined {
  const text = found?.shape.exec(rest)?.[0];
  if (found === undefined || text === undefined) return undefined;
  found.take(draft, text);
  return text.length;
}

function finish(draft: Draft, location: GoLocation): GoTime | undefined {
  const hour = draft.afternoon === undefined ? draft.hour : (draft.hour % 12) + (draft.afternoon ? 12 : 0);
  const zone = draft.zone ?? location;
  if (draft.yearDay !== undefined) return fromCivil({ ...draft, hour, month: 1, day: draft.yearDay }, zone);
  return draft.day < 1 || draft.day > daysInMonth(draft.year, draft.month) ? undefined : fromCivil({ ...draft, hour }, zone);
}

const guessedLayouts = [
  '2006-01-02',
  '15:04:05',
  '2006-01-02 15:04:05',
  '2006-01-02T15:04:05Z07:00',
  '02 Jan 06 15:04 MST',
  'Monday, 02-Jan-06 15:04:05 MST',
  'Mon, 02 Jan 2006 15:04:05 MST',
];

/**
 * A date in one of the usual layouts (ISO date, time of day, both, RFC 3339, 822, 850, 1123).
 * @throws ExpressionError when none fits
 */
export function guessTime(text: string, location: GoLocation): GoTime {
  for (const layout of guessedLayouts) {
    const time = attempt(() => parseTime(text, layout, location));
    if (time !== undefined) return time;
  }
  return fail(`invalid date ${text}`);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
