import { parseDurationMs } from '../../lib/duration.js';
import { usageError } from './usage-error.js';

/** Which names a flag's value or an argument can be completed with. */
export type Completes =
  | 'rollouts'
  | 'experiments'
  | 'analysisruns'
  | 'analysistemplates'
  | 'clusteranalysistemplates'
  | 'namespaces'
  | 'contexts'
  | 'containers'
  | 'revisions'
  | 'files'
  | { readonly words: readonly string[] };

/** One flag. Its key in a command's table is its name in camel case: `timeoutSeconds` is `--timeout-seconds`. */
export interface Flag<T> {
  /** One letter. */
  readonly short?: string;
  readonly summary: string;
  /** Placeholder of the value in usage texts; absent for a switch. */
  readonly value?: string;
  /** What it means when no `=value` follows. Absent: the next word is the value. */
  readonly bare?: string;
  readonly initial: T;
  /**
   * The value once `text` is given. A method, so that flags of all types fit into one table.
   * @throws ControllerError saying what is wrong with the text
   */
  take(text: string, before: T): T;
  readonly isHidden?: boolean;
  /** What to use instead; told whenever the flag is used. */
  readonly deprecated?: string;
  readonly completes?: Completes;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

type Extras<T> = Partial<Pick<Flag<T>, 'short' | 'isHidden' | 'deprecated' | 'completes' | 'bare' | 'value'>>;

/** On or off: `--watch`, `--watch=false`. The words are those Go's flag package reads. */
export function switchFlag(summary: string, extras: Extras<boolean> & { readonly initial?: boolean } = {}): Flag<boolean> {
  return { summary, initial: false, bare: 'true', take: booleanOf, ...extras };
}

export function textFlag(value: string, summary: string, extras: Extras<string | undefined> = {}): Flag<string | undefined> {
  return { summary, value, initial: undefined, take: (text) => text, ...extras };
}

/** May be given many times. */
export function textsFlag(value: string, summary: string, extras: Extras<readonly string[]> = {}): Flag<readonly string[]> {
  return { summary, value, initial: [], take: (text, before) => [...before, text], ...extras };
}

/** A whole number of 0 or more. */
export function countFlag(value: string, summary: string, initial: number, extras: Extras<number> = {}): Flag<number> {
  return { summary, value, initial, take: countOf, ...extras };
}

/** As countFlag, undefined when it is not given. */
export function optionalCountFlag(value: string, summary: string, extras: Extras<number | undefined> = {}): Flag<number | undefined> {
  return { summary, value, initial: undefined, take: countOf, ...extras };
}

/** As durationFlag, undefined when it is not given. */
export function optionalDurationFlag(value: string, summary: string, extras: Extras<number | undefined> = {}): Flag<number | undefined> {
  return { summary, value, initial: undefined, take: durationOf, ...extras };
}

/** Milliseconds: a Go duration (`30s`, `5m`), or whole seconds, which kubectl takes too. */
export function durationFlag(value: string, summary: string, extras: Extras<number> & { readonly initial?: number } = {}): Flag<number> {
  return { summary, value, initial: 0, take: durationOf, ...extras };
}

/** One word of a closed list. */
export function wordFlag<W extends string>(words: readonly W[], summary: string, extras: Extras<W | undefined> = {}): Flag<W | undefined> {
  return {
    summary,
    value: words.join('|'),
    initial: undefined,
    take: (text) => wordOf(words, text),
    completes: { words },
    ...extras,
  };
}

function booleanOf(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw usageError('it is neither true nor false');
}

function countOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw usageError('it is not a whole number of 0 or more');
  return Number(text);
}

function durationOf(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  const parsed = parseDurationMs(text);
  if (!parsed.ok) throw usageError(parsed.error);
  if (parsed.value < 0) throw usageError('it must not be negative');
  return parsed.value;
}

function wordOf<W extends string>(words: readonly W[], text: string): W {
  const word = words.find((each) => each === text);
  if (word === undefined) throw usageError(`it is none of ${words.join(', ')}`);
  return word;
}
