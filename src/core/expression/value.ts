import type { EpochMs } from '../../lib/scheduler.js';
import { fail } from './error.js';

/**
 * A value as the condition language sees it. Go tells int from float64 and []float64 from []interface {}, and error
 * texts and equality depend on it, so those carry their Go type; the others are plain JavaScript values:
 * `null` is nil, a `number` is a float64.
 */
export type GoValue =
  null | boolean | number | string | GoInt | GoArray | GoMap | GoRecord | GoTime | GoDuration | GoLocation | GoFunction | GoEnvironment;

/** Go's integer types that can occur. Weekday and Month are ints with names. */
export type IntType = 'int' | 'int64' | 'uint64' | 'uint8' | 'time.Weekday' | 'time.Month';

/** An integer of 64 bits (`uint8` and `uint64` are unsigned). */
export class GoInt {
  constructor(
    readonly value: bigint,
    readonly type: IntType = 'int',
  ) {}
}

/** A slice. `element` is the Go name of its element type: `float64`, `string`, `int`, `uint8` or `interface {}`. */
export class GoArray {
  constructor(
    readonly items: readonly GoValue[],
    readonly element: string = 'interface {}',
  ) {}
}

/**
 * A map. Keys are compared as Go compares them (int 1 and float64 1 differ), hence the index by canonical key text;
 * being a Map, no key of a hostile document can reach an object's prototype.
 */
export class GoMap {
  private readonly entries = new Map<string, readonly [GoValue, GoValue]>();

  constructor(
    entries: Iterable<readonly [GoValue, GoValue]>,
    readonly type: string = 'map[string]interface {}',
  ) {
    for (const [key, value] of entries) this.entries.set(canonicalKey(key), [key, value]);
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: GoValue): boolean {
    return this.entries.has(canonicalKey(key));
  }

  /** The value of a key; what Go's zero value is where there is none: nil, or no elements in a map of slices. */
  get(key: GoValue): GoValue {
    const zero = this.type.endsWith('[]interface {}') ? new GoArray([]) : null;
    return this.entries.get(canonicalKey(key))?.[1] ?? zero;
  }

  /** Key and value pairs in the order of insertion. Go has no order; whoever prints must sort. */
  pairs(): Iterable<readonly [GoValue, GoValue]> {
    return this.entries.values();
  }
}

/** A Go struct: named fields only, an unknown one is a type error. */
export class GoRecord {
  constructor(
    readonly type: string,
    readonly fields: ReadonlyMap<string, GoValue>,
  ) {}
}

/** An instant with the zone it is shown in. */
export class GoTime {
  /** @param epochNs nanoseconds since 1970-01-01T00:00:00Z */
  constructor(
    readonly epochNs: bigint,
    readonly location: GoLocation = utc,
  ) {}
}

export class GoDuration {
  constructor(readonly ns: bigint) {}
}

/** A time zone: a fixed offset (`zone` in seconds east of UTC), or what tells the offset at each instant. */
export class GoLocation {
  constructor(
    readonly name: string,
    readonly zone: number | Intl.DateTimeFormat,
  ) {}
}

export const utc = new GoLocation('UTC', 0);

/** A function of the environment, or a method with what it was taken from. Never a JavaScript function. */
export class GoFunction {
  constructor(
    readonly name: string,
    readonly receiver?: GoTime | GoDuration | GoLocation | GoInt,
  ) {}
}

/** `$env`: all names of the environment. */
export class GoEnvironment {
  constructor(readonly names: ReadonlyMap<string, GoValue>) {}
}

const minInt64 = -(2n ** 63n);

/** float64, the type of Prometheus scalars and of every number in a JSON document. NaN and infinities are allowed. */
export function float64(value: number): GoValue {
  return value;
}

/** []float64, the type of a Prometheus vector or matrix. An empty one is not nil. */
export function floatArray(values: readonly number[]): GoValue {
  return new GoArray(values, 'float64');
}

/** int64. @param value an integer; wraps around at 64 bits */
export function int64(value: number | bigint): GoValue {
  return new GoInt(BigInt.asIntN(64, BigInt(value)), 'int64');
}

/** uint64. @param value a non-negative integer; wraps around at 64 bits */
export function uint64(value: number | bigint): GoValue {
  return new GoInt(BigInt.asUintN(64, BigInt(value)), 'uint64');
}

/** time.Time in UTC. */
export function goTime(epochMs: EpochMs): GoTime {
  return new GoTime(BigInt(Math.trunc(epochMs)) * 1_000_000n);
}

/** nil: no data. */
export const nil: GoValue = null;

/** []interface {} of values that already are Go values (InfluxDB's mixed rows). */
export function array(values: readonly GoValue[]): GoValue {
  return new GoArray(values);
}

/**
 * A slice of Go structs, none of them nil, as CloudWatch results are. Field names are case-sensitive; others are a type error in a
 * condition.
 * @param type name in messages, for instance `types.MetricDataResult`
 */
export function recordArray(type: string, records: readonly Readonly<Record<string, GoValue>>[]): GoValue {
  return new GoArray(
    records.map((fields) => new GoRecord(type, new Map(Object.entries(fields)))),
    type,
  );
}

/** Deepest nesting of a document that is accepted. */
export const maxDepth = 200;

/**
 * A decoded JSON document (web, New Relic, SkyWalking): all numbers are float64, maps and arrays are dynamically typed.
 * Only own, enumerable properties are taken over.
 * @param json what JSON.parse returned; `undefined` becomes nil
 * @throws ExpressionError when it is nested deeper than 200 levels
 */
export function dynamic(json: unknown): GoValue {
  return fromJson(json, 0);
}

function fromJson(json: unknown, depth: number): GoValue {
  if (depth > maxDepth) return fail(`result is nested deeper than ${maxDepth} levels`);
  if (json === null || json === undefined) return null;
  if (Array.isArray(json)) return new GoArray(json.map((item) => fromJson(item, depth + 1)));
  switch (typeof json) {
    case 'boolean':
    case 'number':
    case 'string':
      return json;
    case 'object':
      return new GoMap(Object.entries(json).map(([key, value]): [GoValue, GoValue] => [key, fromJson(value, depth + 1)]));
    default:
      return null;
  }
}

/** The Go type of a value, as `%T` prints it. */
export function goTypeName(value: GoValue): string {
  if (value === null) return '<nil>';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'string') return 'string';
  if (value instanceof GoInt) return value.type;
  if (value instanceof GoArray) return `[]${value.element}`;
  if (value instanceof GoMap || value instanceof GoRecord) return value.type;
  if (value instanceof GoTime) return 'time.Time';
  if (value instanceof GoDuration) return 'time.Duration';
  if (value instanceof GoLocation) return '*time.Location';
  return value instanceof GoFunction ? 'func' : 'map[string]interface {}';
}

/**
 * Text that is equal for two keys exactly when Go's map would take them for the same key.
 * @throws ExpressionError for a key Go cannot hash
 */
export function canonicalKey(key: GoValue): string {
  if (key === null) return 'nil';
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'number') return `f${key === 0 ? 0 : key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (key instanceof GoInt) return `i${key.type}:${key.value}`;
  if (key instanceof GoDuration) return `d${key.ns}`;
  if (key instanceof GoTime) return `t${key.epochNs}:${key.location.name}`;
  return fail(`hash of unhashable type: ${goTypeName(key)}`);
}

export function goInt(value: number | bigint): GoInt {
  return new GoInt(BigInt.asIntN(64, BigInt(value)));
}

/** float64 to int as Go does it on amd64: toward zero; NaN and what does not fit become the smallest int. */
export function truncateToInt(value: number): bigint {
  if (Number.isNaN(value) || value >= 2 ** 63 || value < -(2 ** 63)) return minInt64;
  return BigInt(Math.trunc(value));
}

export function isNumber(value: GoValue): value is number | GoInt {
  return typeof value === 'number' || value instanceof GoInt;
}

export function toFloat(value: number | GoInt): number {
  return typeof value === 'number' ? value : Number(value.value);
}
