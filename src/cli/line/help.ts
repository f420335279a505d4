import { stringWidth } from '../render/width.js';
import { wrap } from '../render/wrap.js';
import { longName, shownBelow, type CommandGroup, type CommandNode, type LeafCommand } from './command.js';
import type { Flag, Flags } from './flag.js';

/** How a program is called: `kubectl sluice`. It is the name of the root. */
export interface HelpOptions {
  /** Columns to wrap at. */
  readonly width: number;
  readonly globals: Flags;
}

/** The whole help of a command or group. `path` leads from the root to it. */
export function renderHelp(path: readonly CommandNode[], options: HelpOptions): string {
  const node = path.at(-1);
  if (node === undefined) return '';
  const parts = node.kind === 'leaf' ? leafHelp(node, path, options) : groupHelp(node, path, options);
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** The lines that follow an error: how the command is used, and where there is more. */
export function renderUsage(path: readonly CommandNode[], options: HelpOptions): string {
  const node = path.at(-1);
  if (node === undefined) return '';
  const parts =
    node.kind === 'leaf'
      ? [usage(node, path), flagSection('Flags:', node.flags, options.width)]
      : [usage(node, path), commandSection(node, options.width)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n\nUse "${callOf(path)} --help" for more.\n`;
}

function leafHelp(leaf: LeafCommand, path: readonly CommandNode[], { width, globals }: HelpOptions): readonly string[] {
  return [
    wrap(leaf.about ?? leaf.summary, width),
    usage(leaf, path),
    leaf.subcommands.length === 0 ? '' : commandSection(leaf, width),
    leaf.aliases.length === 0 ? '' : `Aliases:\n  ${[leaf.name, ...leaf.aliases].join(', ')}`,
    leaf.examples.length === 0 ? '' : `Examples:\n${leaf.examples.map((example) => `  ${path[0]?.name ?? ''} ${example}`).join('\n')}`,
    flagSection('Flags:', leaf.flags, width),
    flagSection('Connection flags:', globals, width),
  ];
}

function groupHelp(group: CommandGroup, path: readonly CommandNode[], { width, globals }: HelpOptions): readonly string[] {
  return [
    wrap(group.summary, width),
    usage(group, path),
    commandSection(group, width),
    path.length === 1 ? flagSection('Connection flags:', globals, width) : '',
    `Use "${callOf(path)} COMMAND --help" for more about a command.`,
  ];
}

function usage(node: CommandNode, path: readonly CommandNode[]): string {
  const rest = node.kind === 'group' ? 'COMMAND' : [node.arguments.usage, '[flags]'].filter((part) => part !== '').join(' ');
  return `Usage:\n  ${callOf(path)} ${rest}`;
}

function commandSection(parent: CommandNode, width: number): string {
  return `Commands:\n${twoColumns(
    shownBelow(parent).map((node) => [node.name, node.summary]),
    width,
  )}`;
}

function flagSection(title: string, flags: Flags, width: number): string {
  const shown = Object.entries(flags).filter(([, flag]) => flag.isHidden !== true);
  if (shown.length === 0) return '';
  return `${title}\n${twoColumns(
    shown.map(([key, flag]) => [flagTerm(key, flag), flag.summary]),
    width,
  )}`;
}

function flagTerm(key: string, flag: Flag<unknown>): string {
  const value = flag.value === undefined ? '' : flag.bare === undefined ? ` ${flag.value}` : `[=${flag.value}]`;
  return `${flag.short === undefined ? '    ' : `-${flag.short}, `}--${longName(key)}${value}`;
}

/** Terms on the left, texts on the right, wrapped; a term too long for its column stands on a line of its own. */
function twoColumns(rows: readonly (readonly [string, string])[], width: number): string {
  const widest = Math.min(30, Math.max(0, ...rows.map(([term]) => stringWidth(term))));
  const indent = ' '.repeat(widest + 4);
  return rows
    .map(([term, text]) => {
      const body = wrap(text, width - indent.length).replaceAll('\n', `\n${indent}`);
      const isShort = stringWidth(term) <= widest;
      return isShort ? `  ${term}${' '.repeat(widest - stringWidth(term) + 2)}${body}` : `  ${term}\n${indent}${body}`;
    })
    .join('\n');
}

function callOf(path: readonly CommandNode[]): string {
  return path.map((node) => node.name).join(' ');
}
