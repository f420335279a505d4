import { fail } from './error.js';
import {
  boolType,
  durationType,
  floatType,
  int64Type,
  intType,
  locationType,
  stringType,
  timeType,
  typeName,
  type GoType,
} from './go-type.js';
import { formatDuration, roundNs, truncateNs } from './go-duration.js';
import { civilOf, fromCivil, months, weekdayOf, weekdays, yearDayOf } from './go-time.js';
import { formatTime } from './time-layout.js';
import { GoDuration, GoInt, goInt, GoLocation, GoTime, int64, utc, type GoValue } from './value.js';

/** What a method can be called on. */
export type Receiver = GoTime | GoDuration | GoLocation | GoInt;

interface Method {
  readonly params: readonly GoType[];
  readonly result: GoType;
  readonly call: (receiver: Receiver, args: readonly GoValue[]) => GoValue;
}

const defaultText = '2006-01-02 15:04:05.999999999 -0700 MST';
const yearOneNs = -62_135_596_800n * 1_000_000_000n;

/** time.Time's own text: `2020-01-01 00:00:00 +0000 UTC`. */
export function timeText(time: GoTime): string {
  return formatTime(time, defaultText);
}

function method<T extends Receiver>(
  type: new (...args: never[]) => T,
  params: readonly GoType[],
  result: GoType,
  call: (receiver: T, args: readonly GoValue[]) => GoValue,
): Method {
  return {
    params,
    result,
    call: (receiver, args) => (receiver instanceof type ? call(receiver, args) : fail('method called on another type')),
  };
}

/** Arguments have been checked against `params` when these run. */
function timeArg(args: readonly GoValue[]): GoTime {
  return args[0] instanceof GoTime ? args[0] : fail('time expected');
}

function nsArg(args: readonly GoValue[]): bigint {
  return args[0] instanceof GoDuration ? args[0].ns : fail('duration expected');
}

function intArg(args: readonly GoValue[], index: number): number {
  const arg = args[index];
  return arg instanceof GoInt ? Number(arg.value) : fail('int expected');
}

const part = (result: GoType, read: (time: GoTime) => GoValue): Method => method(GoTime, [], result, read);
const compare = (judge: (order: number) => boolean): Method =>
  method(GoTime, [timeType], boolType, (time, args) => judge(orderOf(time, timeArg(args))));

function orderOf(left: GoTime, right: GoTime): number {
  return left.epochNs < right.epochNs ? -1 : left.epochNs > right.epochNs ? 1 : 0;
}

const monthType: GoType = { kind: 'named', name: 'time.Month' };
const weekdayType: GoType = { kind: 'named', name: 'time.Weekday' };

function addDate(time: GoTime, args: readonly GoValue[]): GoTime {
  const civil = civilOf(time);
  const month = civil.month - 1 + intArg(args, 1);
  const year = civil.year + intArg(args, 0) + Math.floor(month / 12);
  if (Math.abs(year) > 1_000_000) return fail('year out of range');
  return fromCivil({ ...civil, year, month: (((month % 12) + 12) % 12) + 1, day: civil.day + intArg(args, 2) }, time.location);
}

/** Go measures Truncate and Round from year 1, not from 1970. */
function stepped(time: GoTime, step: bigint, by: (ns: bigint, step: bigint) => bigint): GoTime {
  return new GoTime(by(time.epochNs - yearOneNs, step) + yearOneNs, time.location);
}

function inZone(time: GoTime, args: readonly GoValue[]): GoTime {
  const zone = args[0];
  return zone instanceof GoLocation ? new GoTime(time.epochNs, zone) : fail('time: missing Location in call to Time.In');
}

const timeMethods: ReadonlyMap<string, Method> = new Map([
  ['Year', part(intType, (time) => goInt(civilOf(time).year))],
  ['Month', part(monthType, (time) => new GoInt(BigInt(civilOf(time).month), 'time.Month'))],
  ['Day', part(intType, (time) => goInt(civilOf(time).day))],
  ['Hour', part(intType, (time) => goInt(civilOf(time).hour))],
  ['Minute', part(intType, (time) => goInt(civilOf(time).minute))],
  ['Second', part(intType, (time) => goInt(civilOf(time).second))],
  ['Nanosecond', part(intType, (time) => goInt(civilOf(time).nanosecond))],
  ['YearDay', part(intType, (time) => goInt(yearDayOf(time)))],
  ['Weekday', part(weekdayType, (time) => new GoInt(BigInt(weekdayOf(time)), 'time.Weekday'))],
  ['Unix', part(int64Type, (time) => int64(truncateDown(time.epochNs, 1_000_000_000n)))],
  ['UnixMilli', part(int64Type, (time) => int64(truncateDown(time.epochNs, 1_000_000n)))],
  ['UnixMicro', part(int64Type, (time) => int64(truncateDown(time.epochNs, 1_000n)))],
  ['UnixNano', part(int64Type, (time) => int64(time.epochNs))],
  ['IsZero', part(boolType, (time) => time.epochNs === yearOneNs)],
  ['UTC', part(timeType, (time) => new GoTime(time.epochNs, utc))],
  ['Local', part(timeType, (time) => new GoTime(time.epochNs, new GoLocation('Local', 0)))],
  ['Location', part(locationType, (time) => time.location)],
  ['String', part(stringType, timeText)],
  ['Format', method(GoTime, [stringType], stringType, (time, args) => formatTime(time, typeof args[0] === 'string' ? args[0] : ''))],
  ['Add', method(GoTime, [durationType], timeType, (time, args) => new GoTime(time.epochNs + nsArg(args), time.location))],
  ['Sub', method(GoTime, [timeType], durationType, (time, args) => new GoDuration(time.epochNs - timeArg(args).epochNs))],
  ['AddDate', method(GoTime, [intType, intType, intType], timeType, addDate)],
  ['Before', compare((order) => order < 0)],
  ['After', compare((order) => order > 0)],
  ['Equal', compare((order) => order === 0)],
  ['Compare', method(GoTime, [timeType], intType, (time, args) => goInt(orderOf(time, timeArg(args))))],
  ['In', method(GoTime, [locationType], timeType, inZone)],
  ['Truncate', method(GoTime, [durationType], timeType, (time, args) => stepped(time, nsArg(args), truncateNs))],
  ['Round', method(GoTime, [durationType], timeType, (time, args) => stepped(time, nsArg(args), roundNs))],
]);

function truncateDown(value: bigint, by: bigint): bigint {
  return value >= 0n ? value / by : -((-value + by - 1n) / by);
}

const amount = (result: GoType, read: (ns: bigint) => GoValue): Method => method(GoDuration, [], result, ({ ns }) => read(ns));
const floats = (unit: number): Method => amount(floatType, (ns) => Number(ns) / unit);
const step = (by: (ns: bigint, step: bigint) => bigint): Method =>
  method(GoDuration, [durationType], durationType, ({ ns }, args) => new GoDuration(by(ns, nsArg(args))));

const durationMethods: ReadonlyMap<string, Method> = new Map([
  ['Hours', floats(3.6e12)],
  ['Minutes', floats(6e10)],
  ['Seconds', floats(1e9)],
  ['Milliseconds', amount(int64Type, (ns) => int64(ns / 1_000_000n))],
  ['Microseconds', amount(int64Type, (ns) => int64(ns / 1_000n))],
  ['Nanoseconds', amount(int64Type, (ns) => int64(ns))],
  ['Abs', amount(durationType, (ns) => new GoDuration(ns < 0n ? -ns : ns))],
  ['String', method(GoDuration, [], stringType, formatDuration)],
  ['Truncate', step(truncateNs)],
  ['Round', step(roundNs)],
]);

const locationMethods: ReadonlyMap<string, Method> = new Map([['String', method(GoLocation, [], stringType, ({ name }) => name)]]);

/** Names of months and weekdays are the only thing their numbers are good for. */
const namedMethods: ReadonlyMap<string, Method> = new Map([['String', method(GoInt, [], stringType, intText)]]);

/** An integer as text; a month or weekday by its name. */
export function intText(value: GoInt): string {
  const names = value.type === 'time.Month' ? ['', ...months] : value.type === 'time.Weekday' ? weekdays : [];
  return names[Number(value.value)] ?? `${value.value}`;
}

function methodsOf(kind: GoType['kind']): ReadonlyMap<string, Method> | undefined {
  switch (kind) {
    case 'time':
      return timeMethods;
    case 'duration':
      return durationMethods;
    case 'location':
      return locationMethods;
    case 'named':
      return namedMethods;
    default:
      return undefined;
  }
}

/** The type of a method, taken from a value of that type; undefined when it has none of that name. */
export function methodType(object: GoType, name: string): GoType | undefined {
  const found = methodsOf(object.kind)?.get(name);
  return found === undefined ? undefined : { kind: 'func', signature: { name, params: found.params, optional: 0, result: found.result } };
}

/** Whether a value at run time has the method. */
export function hasMethod(receiver: Receiver, name: string): boolean {
  return methodsOf(receiverKind(receiver))?.has(name) ?? false;
}

function receiverKind(receiver: Receiver): GoType['kind'] {
  if (receiver instanceof GoTime) return 'time';
  return receiver instanceof GoDuration ? 'duration' : receiver instanceof GoLocation ? 'location' : namedKind(receiver);
}

function namedKind(receiver: GoInt): GoType['kind'] {
  return receiver.type.startsWith('time.') ? 'named' : 'int';
}

/** @throws ExpressionError when number or types of the arguments do not fit */
export function callMethod(receiver: Receiver, name: string, args: readonly GoValue[]): GoValue {
  const found = methodsOf(receiverKind(receiver))?.get(name) ?? fail(`no method ${name}`);
  if (args.length !== found.params.length) fail(`invalid number of arguments: expected ${found.params.length}, got ${args.length}`);
  found.params.forEach((param, index) => checkArgument(param, args[index] ?? null));
  return found.call(receiver, args);
}

function checkArgument(param: GoType, arg: GoValue): void {
  const fits =
    (param === timeType && arg instanceof GoTime) ||
    (param === durationType && arg instanceof GoDuration) ||
    (param === intType && arg instanceof GoInt) ||
    (param === stringType && typeof arg === 'string') ||
    (param === locationType && (arg instanceof GoLocation || arg === null));
  if (!fits) fail(`cannot use ${arg === null ? 'nil' : typeof arg} as argument (type ${typeName(param)})`);
}
