import { describe, expect, it } from '@jest/globals';
import type { CliIo } from '../session.js';
import { palette } from './colour.js';
import { cut, screen } from './screen.js';
import { renderTable } from './table.js';
import { stringWidth } from './width.js';

const green = '\u001b[32mgood\u001b[0m';

describe('renderTable', () => {
  it('aligns by what the eye sees and leaves no trailing blanks', () => {
    expect(
      renderTable([
        ['NAME', 'INFO'],
        [green, 'x'],
        ['longer', ''],
      ]),
    ).toBe(`NAME    INFO\n${green}    x\nlonger`);
  });
});

describe('stringWidth', () => {
  it.each([
    ['abc', 3],
    [green, 4],
    ['॥ Paused', 8],
    ['e\u0301', 1],
    ['日本', 4],
  ])('counts the columns of %j', (text, width) => {
    expect(stringWidth(text)).toBe(width);
  });
});

describe('palette', () => {
  it.each([
    ['a pipe', { noColor: false, isTerminal: false, env: {} }],
    ['--no-color', { noColor: true, isTerminal: true, env: {} }],
    ['NO_COLOR', { noColor: false, isTerminal: true, env: { NO_COLOR: '1' } }],
    ['a dumb terminal', { noColor: false, isTerminal: true, env: { TERM: 'dumb' } }],
  ])('does not paint for %s', (_, wishes) => {
    expect(palette(wishes).green('x')).toBe('x');
  });

  it('paints on a terminal', () => {
    expect(palette({ noColor: false, isTerminal: true, env: { TERM: 'xterm' } }).green('good')).toBe(green);
  });
});

describe('cut', () => {
  it('cuts at the width and keeps colour codes whole', () => {
    expect(cut(`${green}-and-more`, 6)).toBe(`${green}-a`);
  });
});

describe('screen', () => {
  function aTerminal(isTerminal: boolean): { readonly io: CliIo; readonly written: string[] } {
    const written: string[] = [];
    const io: CliIo = {
      out: (text) => void written.push(text),
      err: () => undefined,
      input: async () => '',
      isTerminal,
      size: () => ({ columns: 10, rows: 3 }),
      env: {},
      signal: new AbortController().signal,
    };
    return { io, written };
  }

  it('draws a frame once, cuts it to the terminal and counts what is left out', () => {
    const { io, written } = aTerminal(true);
    const display = screen(io);
    const frame = 'a very long first line\nsecond\nthird\n';
    display.draw(frame);
    display.draw(frame);
    expect(written).toEqual(['\u001b[?25l\u001b[2J\u001b[Ha very lon\u001b[K\n... 2 more\u001b[K\n\u001b[J']);
  });

  it('overwrites the frame before, without clearing the whole screen, and gives the cursor back', () => {
    const { io, written } = aTerminal(true);
    const display = screen(io);
    display.draw('one\n');
    display.draw('two\n');
    display.close();
    expect(written.slice(1)).toEqual(['\u001b[Htwo\u001b[K\n\u001b[J', '\u001b[?25h']);
  });

  it('prints frames one after another where there is no terminal', () => {
    const { io, written } = aTerminal(false);
    const display = screen(io);
    display.draw('one\n');
    display.draw('two\n');
    expect(written).toEqual(['one\n', '\ntwo\n']);
  });
});
