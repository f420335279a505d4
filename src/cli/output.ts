import { palette, type Palette } from './render/colour.js';
import type { CliIo } from './session.js';

/** Widest line that still reads well. */
const widestText = 120;

/** Colours as the terminal and the user want them. */
export function coloursOf(io: CliIo, noColor: boolean): Palette {
  return palette({ noColor, isTerminal: io.isTerminal, env: io.env });
}

/** Columns to wrap sentences at. */
export function textWidth(io: CliIo): number {
  return Math.min(io.size().columns, widestText);
}

export function printJson(io: CliIo, value: unknown): void {
  io.out(`${JSON.stringify(value, undefined, 2)}\n`);
}
