import type { Icon } from '../../core/view/icons.js';

/** Paints text, or leaves it alone. */
export interface Palette {
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const plain: Palette = { green: same, red: same, yellow: same, blue: same, dim: same, bold: same };
const ansi: Palette = { green: code(32), red: code(31), yellow: code(33), blue: code(94), dim: code(2), bold: code(1) };

export interface ColourWishes {
  readonly noColor: boolean;
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Colours only on a terminal, and never against NO_COLOR, TERM=dumb or --no-color (upstream writes escapes into pipes). */
export function palette({ noColor, isTerminal, env }: ColourWishes): Palette {
  const isUnwanted = noColor || !isTerminal || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isUnwanted ? plain : ansi;
}

export function paintIcon(colours: Palette, icon: Icon): string {
  switch (icon) {
    case '✔':
      return colours.green(icon);
    case '✖':
    case '⚠':
      return colours.red(icon);
    case '◷':
    case '?':
      return colours.yellow(icon);
    case '◌':
      return colours.blue(icon);
    case '॥':
    case '•':
    case '':
      return icon;
  }
}

export function paintRole(colours: Palette, info: string): string {
  if (info === 'stable' || info === 'active') return colours.green(info);
  if (info === 'canary') return colours.yellow(info);
  if (info === 'preview' || info === 'ping' || info === 'pong' || info.startsWith('Σ:')) return colours.blue(info);
  return info;
}

function same(text: string): string {
  return text;
}

function code(n: number): (text: string) => string {
  return (text) => (text === '' ? text : `\u001b[${n}m${text}\u001b[0m`);
}
