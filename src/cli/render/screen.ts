import type { CliIo } from '../session.js';
import { stringWidth } from './width.js';

export interface Screen {
  /** Shows `frame` in place of the one before. */
  draw(frame: string): void;
  /** Leaves the last frame where it is and gives the cursor back. */
  close(): void;
}

const home = '\u001b[H';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';
const clearAll = '\u001b[2J';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/**
 * Redraws without flicker: each line is overwritten and the rest of it cleared, in one write per frame; lines too wide or too many for the
 * terminal are cut, so that nothing scrolls. Without a terminal frames are printed one after another, equal ones once.
 */
export function screen(io: CliIo): Screen {
  let last = '';
  let lastSize = '';
  return {
    draw: (frame) => {
      const { columns, rows } = io.size();
      const size = `${columns}x${rows}`;
      if (frame === last && size === lastSize) return;
      if (!io.isTerminal) io.out(last === '' ? frame : `\n${frame}`);
      else io.out(`${last === '' ? hideCursor : ''}${paint(frame, columns, rows, size !== lastSize)}`);
      last = frame;
      lastSize = size;
    },
    close: () => {
      if (io.isTerminal && last !== '') io.out(showCursor);
    },
  };
}

function paint(frame: string, columns: number, rows: number, isResized: boolean): string {
  const body = fit(frame.trimEnd().split('\n'), Math.max(2, rows - 1))
    .map((l) => `${cut(l, columns)}${clearLine}\n`)
    .join('');
  return `${isResized ? clearAll : ''}${home}${body}${clearBelow}`;
}

/** What does not fit is counted, so that nobody takes a part for the whole. */
function fit(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `... ${lines.length - rows + 1} more lines`];
}

/** Cuts at `columns`, keeping colour codes whole. */
export function cut(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line;
  let out = '';
  let width = 0;
  // eslint-disable-next-line no-control-regex -- the escape character is what is looked for
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b[')) {
      out += part;
      continue;
    }
    for (const char of part) {
      const next = width + stringWidth(char);
      if (next > columns) break;
      out += char;
      width = next;
    }
  }
  return out;
}
