import { errorMessage } from '../../lib/errors.js';
import { nearestName } from '../nearest.js';
import { below, longName, type CommandGroup, type CommandNode, type LeafCommand } from './command.js';
import type { Flag, Flags } from './flag.js';
import { usageError } from './usage-error.js';

export interface ParsedLine {
  /** From the root to the command that was named, as far as the line was understood. */
  readonly path: readonly CommandNode[];
  readonly args: readonly string[];
  /** A value for every flag of the command, and for every global one, by their keys. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly wantsHelp: boolean;
  /** A line for each deprecated flag that was used. */
  readonly warnings: readonly string[];
  /** What is wrong with the line. */
  readonly error?: Error;
}

/**
 * Reads a command line. Flags stand anywhere up to `--`, the global ones before the command's name too; `--flag value`, `--flag=value`,
 * `-f value`, `-f=value`, `-fvalue` and bundles of switches (`-wA`) are understood; a switch takes a value only by `=`.
 * Semantics: Go's pflag and cobra, as kubectl and upstream use them.
 */
export function parseLine(root: CommandGroup, globals: Flags, argv: readonly string[]): ParsedLine {
  const line = new LineReader(root, globals, argv);
  try {
    line.read();
    return line.result();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ...line.result(), error };
  }
}

/** The flags of one table and what they were set to. */
class FlagTable {
  readonly values: Record<string, unknown>;

  constructor(readonly flags: Flags) {
    this.values = Object.fromEntries(Object.entries(flags).map(([key, flag]) => [key, flag.initial]));
  }

  keyOf(name: string): string | undefined {
    return Object.keys(this.flags).find((key) => longName(key) === name || this.flags[key]?.short === name);
  }
}

interface Found {
  readonly table: FlagTable;
  readonly key: string;
  readonly flag: Flag<unknown>;
}

class LineReader {
  readonly #path: CommandNode[];
  readonly #args: string[] = [];
  readonly #warnings: string[] = [];
  readonly #globals: FlagTable;
  readonly #words: string[];
  #own = new FlagTable({});
  #wantsHelp = false;

  constructor(root: CommandGroup, globals: Flags, argv: readonly string[]) {
    this.#path = [root];
    this.#globals = new FlagTable(globals);
    this.#words = [...argv];
  }

  result(): ParsedLine {
    return {
      path: this.#path,
      args: this.#args,
      flags: this.#own.values,
      globals: this.#globals.values,
      wantsHelp: this.#wantsHelp,
      warnings: this.#warnings,
    };
  }

  read(): void {
    for (let word = this.#words.shift(); word !== undefined; word = this.#words.shift()) {
      if (word === '--') for (const rest of this.#words.splice(0)) this.#operand(rest);
      else if (word === '-h' || word === '--help') this.#wantsHelp = true;
      else if (word.startsWith('--')) this.#longFlag(word.slice('--'.length));
      else if (word.startsWith('-') && word !== '-') this.#shortFlags(word.slice('-'.length), word);
      else this.#operand(word);
    }
    if (!this.#wantsHelp) this.#countArguments();
  }

  #operand(word: string): void {
    const last = this.#path.at(-1);
    if (last === undefined) return;
    if (this.#path.length === 1 && word === 'help') {
      this.#wantsHelp = true;
      return;
    }
    const next = this.#args.length > 0 ? undefined : below(last).find((node) => node.name === word || node.aliases.includes(word));
    if (next === undefined && last.kind === 'group') throw usageError(unknownCommand(word, last, this.#path));
    if (next === undefined) {
      this.#args.push(word);
      return;
    }
    this.#path.push(next);
    if (next.kind === 'leaf') this.#own = new FlagTable(next.flags);
  }

  #longFlag(text: string): void {
    const [name, value] = splitAtEquals(text);
    const found = name.length > 1 ? this.#find(name) : undefined;
    if (!found) throw usageError(`unknown flag: --${name}${this.#nearFlag(name)}`);
    this.#set(found, value ?? found.flag.bare ?? this.#next(`--${name}`));
  }

  /** `letters` begins after the dash; `word` is the whole of it, for messages. */
  #shortFlags(letters: string, word: string): void {
    const [letter = '', ...others] = letters;
    const rest = others.join('');
    const found = this.#find(letter);
    if (!found) throw usageError(`unknown shorthand flag: '${letter}' in ${word}`);
    if (rest.startsWith('=')) this.#set(found, rest.slice('='.length));
    else if (found.flag.bare !== undefined) {
      this.#set(found, found.flag.bare);
      if (rest !== '') this.#shortFlags(rest, word);
    } else this.#set(found, rest === '' ? this.#next(`'${letter}' in ${word}`) : rest);
  }

  #next(flag: string): string {
    const word = this.#words.shift();
    if (word === undefined) throw usageError(`flag needs an argument: ${flag}`);
    return word;
  }

  #find(name: string): Found | undefined {
    for (const table of [this.#own, this.#globals]) {
      const key = table.keyOf(name);
      const flag = key === undefined ? undefined : table.flags[key];
      if (key !== undefined && flag) return { table, key, flag };
    }
    return undefined;
  }

  #set({ table, key, flag }: Found, text: string): void {
    const name = flag.short === undefined ? `--${longName(key)}` : `-${flag.short}, --${longName(key)}`;
    if (flag.deprecated !== undefined) this.#warnings.push(`Flag --${longName(key)} has been deprecated, ${flag.deprecated}`);
    try {
      table.values[key] = flag.take(text, table.values[key]);
    } catch (error) {
      throw usageError(`invalid argument "${text}" for "${name}" flag: ${errorMessage(error)}`);
    }
  }

  #nearFlag(name: string): string {
    const near = nearestName(name, [...Object.keys(this.#own.flags), ...Object.keys(this.#globals.flags)].map(longName));
    return near === undefined ? '' : ` (did you mean --${near}?)`;
  }

  #countArguments(): void {
    const last = this.#path.at(-1);
    if (last?.kind !== 'leaf') throw usageError(`${nameOf(this.#path)} needs a command after it`);
    const { least, most } = last.arguments;
    if (this.#args.length < least || (most !== undefined && this.#args.length > most)) {
      throw usageError(`${nameOf(this.#path)} takes ${countText(last)}, not ${this.#args.length}`);
    }
  }
}

function splitAtEquals(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function unknownCommand(word: string, group: CommandGroup, path: readonly CommandNode[]): string {
  const near = nearestName(
    word,
    group.commands.map((node) => node.name),
  );
  return `unknown command "${word}" for "${nameOf(path)}"${near === undefined ? '' : ` (did you mean "${near}"?)`}`;
}

function nameOf(path: readonly CommandNode[]): string {
  return path.map((node) => node.name).join(' ');
}

function countText({ arguments: { usage, least, most } }: LeafCommand): string {
  if (most === 0) return 'no arguments';
  const number = most === undefined ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`;
  return `${number} argument${number === '1' || number === 'at least 1' ? '' : 's'} (${usage})`;
}
