import { stringWidth } from './width.js';

/**
 * Columns separated by two blanks, each as wide as its widest cell; trailing blanks are cut. Cells may hold colour codes.
 * @param least narrowest width of each column, for rows that are printed one by one and still are to align
 */
export function renderTable(rows: readonly (readonly string[])[], least: readonly number[] = []): string {
  const widths = [...least];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell));
  return rows
    .map((row) =>
      row
        .map((cell, i) => pad(cell, i === row.length - 1 ? 0 : (widths[i] ?? 0) + 2))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - stringWidth(cell)));
}
