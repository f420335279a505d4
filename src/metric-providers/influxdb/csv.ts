import type { SampleValue } from '../../core/analysis/sample.js';
import { parseTime } from '../../lib/time.js';
import { goFloatText, parseNumber } from '../number-text.js';
import { answerError } from '../section.js';

/** One `_value` with the text Go prints for it. */
export interface FluxValue {
  readonly value: SampleValue;
  readonly text: string;
}

/**
 * `_value` of every record of every table of an annotated CSV.
 * @throws ControllerError when a table reports an error, also in the middle (upstream ignores those)
 */
export function parseFluxCsv(text: string): readonly FluxValue[] {
  const values: FluxValue[] = [];
  let table = new Table();
  for (const row of parseCsv(text)) {
    if (row.length === 1 && row[0] === '') table = new Table();
    else if (row[0]?.startsWith('#') === true) {
      if (table.hasHeader) table = new Table();
      table.annotate(row);
    } else if (!table.hasHeader) table.header(row);
    else values.push(...table.record(row));
  }
  return values;
}

class Table {
  #types: readonly string[] = [];
  #defaults: readonly string[] = [];
  #names: readonly string[] = [];
  hasHeader = false;

  annotate([name = '', ...cells]: readonly string[]): void {
    if (name === '#datatype') this.#types = ['', ...cells];
    if (name === '#default') this.#defaults = ['', ...cells];
  }

  header(row: readonly string[]): void {
    this.#names = row;
    this.hasHeader = true;
  }

  record(row: readonly string[]): readonly FluxValue[] {
    const error = this.#cell(row, 'error');
    if (error !== undefined && error !== '' && !this.#names.includes('_value')) throw answerError(`flux query failed: ${error}`);
    const column = this.#names.indexOf('_value');
    if (column < 0) return [];
    return [fluxValue(this.#cell(row, '_value') ?? '', this.#types[column] ?? 'string')];
  }

  #cell(row: readonly string[], name: string): string | undefined {
    const column = this.#names.indexOf(name);
    if (column < 0) return undefined;
    const cell = row[column] ?? '';
    return cell === '' ? (this.#defaults[column] ?? '') : cell;
  }
}

function fluxValue(cell: string, type: string): FluxValue {
  if (cell === '' && type !== 'string') return { value: { type: 'nil' }, text: '<nil>' };
  switch (type) {
    case 'double': {
      const value = parseNumber(cell);
      if (value === undefined) throw answerError(`a value of the answer is no number: ${cell}`);
      return { value: { type: 'float', value }, text: goFloatText(value) };
    }
    case 'long':
      return { value: { type: 'int', value: integer(cell) }, text: cell };
    case 'unsignedLong':
      return { value: { type: 'uint', value: integer(cell) }, text: cell };
    case 'boolean':
      return { value: { type: 'bool', value: cell === 'true' }, text: String(cell === 'true') };
    case 'dateTime:RFC3339':
    case 'dateTime:RFC3339Nano': {
      const at = parseTime(cell);
      if (at === undefined) throw answerError(`a value of the answer is no time: ${cell}`);
      return { value: { type: 'time', at }, text: `${cell.replace('T', ' ').replace(/Z$/, '')} +0000 UTC` };
    }
    default:
      return { value: { type: 'text', value: cell }, text: cell };
  }
}

function integer(cell: string): bigint {
  if (!/^[+-]?\d+$/.test(cell)) throw answerError(`a value of the answer is no integer: ${cell}`);
  return BigInt(cell);
}

/** Rows of cells, RFC 4180. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const endRow = (): void => {
    rows.push(row);
    row = [];
  };
  while (at < text.length) {
    const { cell, end } = text.charAt(at) === '"' ? quotedCell(text, at) : plainCell(text, at);
    row.push(cell);
    at = end;
    const separator = text.charAt(at);
    if (separator === ',') {
      at += 1;
      if (at === text.length) row.push('');
    } else {
      at += text.startsWith('\r\n', at) ? 2 : 1;
      endRow();
    }
  }
  if (row.length > 0) endRow();
  return rows;
}

interface Cell {
  readonly cell: string;
  readonly end: number;
}

function plainCell(text: string, start: number): Cell {
  let end = start;
  while (end < text.length && !',\r\n'.includes(text.charAt(end))) end += 1;
  return { cell: text.slice(start, end), end };
}

function quotedCell(text: string, start: number): Cell {
  let cell = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char !== '"') cell += char;
    else if (text.charAt(at + 1) === '"') {
      cell += '"';
      at += 1;
    } else return { cell, end: at + 1 };
  }
  throw answerError('the answer is no CSV: a quoted cell does not end');
}
