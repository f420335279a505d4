import { parseDurationMs } from '../lib/duration.js';
import { isPlainObject } from '../lib/json.js';
import type { EpochMs } from '../lib/scheduler.js';
import { parseTime } from '../lib/time.js';
import { invalid, printValue, required } from './field-error.js';
import type { JsonObject } from './kube.js';
import type { FieldError } from './workload-types.js';

const int32Max = 2 ** 31 - 1;

const atLeastZero = 'must be greater than or equal to 0';

/** Bounds of a whole number; without them any int32. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** Says which numbers are right; has a default for `min: 0`. */
  readonly detail?: string;
}

/**
 * Reads the fields of one object of a user. What is wrong is noted with its path and read as absent, so that whoever asked goes on with a
 * default. Nothing here throws. As in Go, null is absent.
 */
export class Reader {
  private constructor(
    private readonly fields: Readonly<Record<string, unknown>>,
    private readonly parent: Reader | undefined,
    private readonly segment: string,
    private readonly problems: FieldError[],
  ) {}

  /** Reads `value`, which is at `path`; notes problems in `problems`. */
  static of(value: unknown, path: string, problems: FieldError[]): Reader {
    if (value !== undefined && value !== null && !isPlainObject(value)) problems.push(invalid(path, value, 'must be an object'));
    return new Reader(isPlainObject(value) ? value : {}, undefined, path, problems);
  }

  /** For what is read without complaint: status and objects that other controllers wrote. */
  static lenient(value: unknown): Reader {
    return Reader.of(isPlainObject(value) ? value : {}, '', []);
  }

  get path(): string {
    if (this.parent === undefined || this.parent.path === '') return this.segment;
    return this.segment.startsWith('[') || this.segment === ''
      ? `${this.parent.path}${this.segment}`
      : `${this.parent.path}.${this.segment}`;
  }

  pathOf(key: string): string {
    return key === '' ? this.path : this.path === '' ? key : `${this.path}.${key}`;
  }

  /** The object as JSON. */
  get json(): JsonObject {
    // A parsed JSON document holds JSON.
    return this.fields as JsonObject;
  }

  get keys(): readonly string[] {
    return Object.keys(this.fields).filter((key) => this.has(key));
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  value(key: string): unknown {
    return Object.hasOwn(this.fields, key) ? (this.fields[key] ?? undefined) : undefined;
  }

  report(error: FieldError): void {
    this.problems.push(error);
  }

  private refuse(key: string, value: unknown, detail: string): undefined {
    this.problems.push(invalid(this.pathOf(key), value, detail));
    return undefined;
  }

  string(key: string): string | undefined {
    const value = this.value(key);
    return value === undefined || typeof value === 'string' ? value : this.refuse(key, value, 'must be a string');
  }

  /** As `string`, but '' counts as absent: Go's omitempty makes no difference between them. */
  text(key: string): string | undefined {
    const value = this.string(key);
    return value === '' ? undefined : value;
  }

  /** '' when absent, which is an error. */
  requiredText(key: string): string {
    const value = this.string(key);
    if (value === undefined && !this.has(key)) this.problems.push(required(this.pathOf(key)));
    return value ?? '';
  }

  boolean(key: string): boolean | undefined {
    const value = this.value(key);
    return value === undefined || typeof value === 'boolean' ? value : this.refuse(key, value, 'must be true or false');
  }

  /** A whole number that fits an int32 and the range. */
  int(key: string, range: Range = {}): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) return this.refuse(key, value, 'must be a whole number');
    if (Math.abs(value) > int32Max) return this.refuse(key, value, `must be between ${-int32Max} and ${int32Max}`);
    const { min = -int32Max, max = int32Max } = range;
    if (value >= min && value <= max) return value === 0 ? 0 : value;
    return this.refuse(key, value, range.detail ?? rangeDetail(min, max));
  }

  /** A number of things, seconds or pods: 0 or more. */
  count(key: string): number | undefined {
    return this.int(key, { min: 0 });
  }

  /** A whole number of any size JavaScript can count exactly: generations. */
  whole(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
    return this.refuse(key, value, 'must be a whole number');
  }

  /** One of a closed set of words. */
  word<T extends string>(key: string, words: readonly T[]): T | undefined {
    const value = this.text(key);
    const found = words.find((word) => word === value);
    if (value !== undefined && found === undefined) {
      const supported = words.map((word) => JSON.stringify(word)).join(', ');
      this.problems.push({
        path: this.pathOf(key),
        kind: 'unsupported',
        value: printValue(value),
        detail: `supported values: ${supported}`,
      });
    }
    return found;
  }

  time(key: string): EpochMs | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const at = typeof value === 'string' ? parseTime(value) : undefined;
    return at ?? this.refuse(key, value, 'must be an RFC 3339 time, e.g. 2006-01-02T15:04:05Z');
  }

  /** Milliseconds, 0 or more, from a Go duration; '' is absent. */
  durationMs(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    const duration = parseDurationMs(value);
    if (!duration.ok) return this.refuse(key, value, duration.error);
    return duration.value >= 0 ? duration.value : this.refuse(key, value, atLeastZero);
  }

  /** @param at where it is for the user, when that is not the key itself ('' for the same place as this object) */
  object(key: string, at = key): Reader | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (isPlainObject(value)) return new Reader(value, this, at, this.problems);
    return this.refuse(key, value, 'must be an object');
  }

  /** As `object`; an absent one reads as empty. */
  objectOrEmpty(key: string, at = key): Reader {
    return this.object(key, at) ?? new Reader({}, this, at, this.problems);
  }

  raw(key: string): JsonObject | undefined {
    return this.object(key)?.json;
  }

  /** The objects of a list; an entry that is none is noted and reads as an empty object, so that positions hold. */
  list(key: string): readonly Reader[] | undefined {
    return this.values(key)?.map((value, index) => {
      if (isPlainObject(value)) return new Reader(value, this, `${key}[${index}]`, this.problems);
      this.problems.push(invalid(`${this.pathOf(key)}[${index}]`, value, 'must be an object'));
      return new Reader({}, this, `${key}[${index}]`, this.problems);
    });
  }

  strings(key: string): readonly string[] | undefined {
    return this.values(key)?.flatMap((value, index) => {
      if (typeof value === 'string') return [value];
      this.problems.push(invalid(`${this.pathOf(key)}[${index}]`, value, 'must be a string'));
      return [];
    });
  }

  private values(key: string): readonly unknown[] | undefined {
    const value = this.value(key);
    return value === undefined || Array.isArray(value) ? value : this.refuse(key, value, 'must be a list');
  }

  /** Names to text; entries that are no text are noted and left out. */
  stringMap(key: string): Readonly<Record<string, string>> | undefined {
    const entries = this.object(key);
    if (entries === undefined) return undefined;
    const pairs = entries.keys.map((name): [string, string | undefined] => [name, entries.string(name)]);
    return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
  }
}

function rangeDetail(min: number, max: number): string {
  if (max === int32Max) return min === 0 ? atLeastZero : `must be greater than or equal to ${min}`;
  return `must be between ${min} and ${max}`;
}

/** `{ [key]: value }`, or nothing to spread when the value is absent: an optional field must not be there as undefined. */
export function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  // TypeScript widens a computed key to an index signature; the object has exactly this one.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}
