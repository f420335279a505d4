import { parseDurationMs } from '../lib/duration.js';
import { ControllerError } from '../lib/errors.js';
import { nearestName } from '../lib/nearest.js';

export type FlagKind = 'bool' | 'integer' | 'number' | 'text' | 'list' | 'duration';

export interface Flag {
  readonly kind: FlagKind;
  readonly short?: string;
  readonly help: string;
  /** As it would be written; absent: not set. A duration as Go writes it. */
  readonly default?: string;
  /** Smallest value of a number, or milliseconds of a duration. */
  readonly least?: number;
  /** The flag is taken for compatibility and does nothing: why, or what to do instead. */
  readonly unused?: string;
  readonly oneOf?: readonly string[];
}

/** Flags given, by name; a list holds each occurrence. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>;

/**
 * Splits a command line into flags: `--name value`, `--name=value`, `-n value`, `--switch`, `--switch=false`.
 *
 * @throws ControllerError `invalid-spec`: an unknown flag (with a suggestion), a missing or wrong value, a positional argument
 * Semantics: pflag. Differs: a flag that is no list and given twice with two values is an error instead of the last one winning silently.
 */
export function parseFlags(args: readonly string[], flags: Readonly<Record<string, Flag>>): GivenFlags {
  const given = new Map<string, string[]>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const { name, flag, inline } = recognise(arg, flags);
    const value = inline ?? (flag.kind === 'bool' ? 'true' : rest.shift());
    if (value === undefined) throw wrong(name, 'needs a value');
    checkValue(name, flag, value);
    const before = given.get(name) ?? [];
    if (flag.kind !== 'list' && before.length > 0 && before[0] !== value) throw wrong(name, 'is given twice');
    given.set(name, [...before, value]);
  }
  return given;
}

function recognise(
  arg: string,
  flags: Readonly<Record<string, Flag>>,
): { readonly name: string; readonly flag: Flag; readonly inline?: string } {
  const [, dashes, written, inline] = /^(--?)([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
  if (dashes === undefined || written === undefined)
    throw new ControllerError('invalid-spec', `unexpected argument "${arg}"`, { path: arg });
  const name = dashes === '-' ? Object.keys(flags).find((each) => flags[each]?.short === written) : written;
  const flag = name !== undefined && Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (name === undefined || !flag) throw unknown(dashes + written, Object.keys(flags));
  return { name, flag, ...(inline !== undefined && { inline }) };
}

function unknown(written: string, known: readonly string[]): ControllerError {
  const nearest = nearestName(written.replace(/^-+/, ''), known);
  const hint = nearest === undefined ? '; --help lists all of them' : `; did you mean --${nearest}?`;
  return new ControllerError('invalid-spec', `unknown flag ${written}${hint}`, { path: written });
}

function wrong(name: string, what: string): ControllerError {
  return new ControllerError('invalid-spec', `--${name} ${what}`, { path: `--${name}` });
}

function checkValue(name: string, flag: Flag, value: string): void {
  switch (flag.kind) {
    case 'bool':
      if (value !== 'true' && value !== 'false') throw wrong(name, `is true or false, not "${value}"`);
      break;
    case 'integer':
    case 'number':
      checkNumber(name, flag, value);
      break;
    case 'duration':
      checkDuration(name, flag, value);
      break;
    case 'text':
    case 'list':
      if (flag.oneOf && !flag.oneOf.includes(value)) throw wrong(name, `is one of ${flag.oneOf.join(', ')}, not "${value}"`);
  }
}

function checkNumber(name: string, { kind, least = 0 }: Flag, value: string): void {
  const shape = kind === 'integer' ? /^-?\d{1,9}$/ : /^-?\d+(\.\d+)?$/;
  if (!shape.test(value)) throw wrong(name, `is ${kind === 'integer' ? 'an integer' : 'a number'}, not "${value}"`);
  if (Number(value) < least) throw wrong(name, `is at least ${least}, not ${value}`);
}

function checkDuration(name: string, { least = 0 }: Flag, value: string): void {
  const ms = parseDurationMs(value);
  if (!ms.ok) throw wrong(name, `is a duration such as 15s: ${ms.error}`);
  if (ms.value < least) throw wrong(name, `is at least ${least} ms, not ${value}`);
}

/** Typed access to what was given, or to the defaults. */
export interface FlagValues {
  readonly text: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[];
  readonly bool: (name: string) => boolean;
  readonly number: (name: string) => number;
  /** Milliseconds. */
  readonly durationMs: (name: string) => number;
  readonly isGiven: (name: string) => boolean;
}

/** @throws ControllerError `internal` when a flag is read that has neither value nor default: a mistake in the table */
export function flagValues(given: GivenFlags, flags: Readonly<Record<string, Flag>>): FlagValues {
  const text = (name: string): string | undefined => given.get(name)?.at(-1) ?? flags[name]?.default;
  const needed = (name: string): string => {
    const value = text(name);
    if (value === undefined) throw new ControllerError('internal', `--${name} has no default`);
    return value;
  };
  return {
    text,
    list: (name) => given.get(name) ?? (flags[name]?.default === undefined ? [] : [flags[name].default]),
    bool: (name) => needed(name) === 'true',
    number: (name) => Number(needed(name)),
    durationMs: (name) => {
      const ms = parseDurationMs(needed(name));
      if (!ms.ok) throw new ControllerError('internal', `--${name} has a broken default`);
      return ms.value;
    },
    isGiven: (name) => given.has(name),
  };
}

/** The text of `--help`. */
export function renderHelp(flags: Readonly<Record<string, Flag>>): string {
  const rows = Object.entries(flags).map(([name, flag]) => ({
    left: `${flag.short === undefined ? '    ' : `-${flag.short}, `}--${name}${flag.kind === 'bool' ? '' : ` ${flag.kind}`}`,
    right: `${flag.help}${flag.default === undefined || flag.default === '' ? '' : ` (default ${flag.default})`}${flag.unused === undefined ? '' : ' [no effect]'}`,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}
