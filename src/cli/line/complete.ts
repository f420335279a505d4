import { longName, shownBelow, type LeafCommand } from './command.js';
import type { Completes, Flag, Flags } from './flag.js';
import type { ParsedLine } from './parse-line.js';

export interface Candidate {
  readonly text: string;
  readonly description?: string;
}

/** What can stand in place of the word being typed. */
export type Completion =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  /** Names that only the cluster, the kubeconfig or the file system knows; `prefix` stands before each (`--namespace=`). */
  | { readonly kind: 'names'; readonly of: Exclude<Completes, { readonly words: readonly string[] }>; readonly prefix: string };

const nothing: Completion = { kind: 'candidates', candidates: [] };

/**
 * What the last word of a command line can become.
 * @param before the line without that word, parsed; errors in it are of no matter
 * @param previous the word before, as typed
 */
export function completeWord(before: ParsedLine, globals: Flags, previous: string | undefined, word: string): Completion {
  const node = before.path.at(-1);
  const own = node?.kind === 'leaf' ? node.flags : {};
  const awaited = previous === undefined ? undefined : flagAwaitingValue(previous, [own, globals]);
  if (awaited) return valueOf(awaited, '', word);
  const equals = word.indexOf('=');
  if (word.startsWith('--') && equals > 0) {
    const flag = findFlag(word.slice('--'.length, equals), [own, globals]);
    return flag ? valueOf(flag, word.slice(0, equals + 1), word) : nothing;
  }
  if (word.startsWith('-')) return flagNames([own, globals], word);
  if (node === undefined) return nothing;
  if (node.kind === 'leaf' && (node.subcommands.length === 0 || before.args.length > 0)) return argumentOf(node, before.args, word);
  return startingWith(
    shownBelow(node).map((each) => ({ text: each.name, description: each.summary })),
    word,
  );
}

function flagAwaitingValue(previous: string, tables: readonly Flags[]): Flag<unknown> | undefined {
  if (!previous.startsWith('-') || previous.includes('=')) return undefined;
  const flag = findFlag(previous.replace(/^--?/, ''), tables);
  return flag?.bare === undefined ? flag : undefined;
}

function findFlag(name: string, tables: readonly Flags[]): Flag<unknown> | undefined {
  for (const table of tables) {
    for (const [key, flag] of Object.entries(table)) if (longName(key) === name || flag.short === name) return flag;
  }
  return undefined;
}

function valueOf(flag: Flag<unknown>, prefix: string, word: string): Completion {
  return flag.completes === undefined ? nothing : completion(flag.completes, prefix, word);
}

function argumentOf({ arguments: { completes, most } }: LeafCommand, args: readonly string[], word: string): Completion {
  if (most !== undefined && args.length >= most) return nothing;
  const wanted = completes[args.length] ?? (most === undefined ? completes.at(-1) : undefined);
  return wanted === undefined ? nothing : completion(wanted, '', word);
}

function completion(wanted: Completes, prefix: string, word: string): Completion {
  if (typeof wanted === 'string') return { kind: 'names', of: wanted, prefix };
  return startingWith(
    wanted.words.map((text) => ({ text: prefix + text })),
    word,
  );
}

function flagNames(tables: readonly Flags[], word: string): Completion {
  const flags = tables.flatMap((table) => Object.entries(table)).filter(([, flag]) => flag.isHidden !== true);
  return startingWith(
    flags.map(([key, flag]) => ({ text: `--${longName(key)}`, description: flag.summary })),
    word,
  );
}

function startingWith(candidates: readonly Candidate[], word: string): Completion {
  return { kind: 'candidates', candidates: candidates.filter(({ text }) => text.startsWith(word)) };
}
