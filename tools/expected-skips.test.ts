import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { expectedSkip, readExpectedSkips } from './expected-skips.mjs';

describe('expectedSkip', () => {
  it.each([
    { pattern: 'story a', name: 'story a', isExpected: true },
    { pattern: 'story a', name: 'story ab', isExpected: false },
    { pattern: 'story *', name: 'story a [real]', isExpected: true },
    { pattern: '*[real]', name: 'story a [real]', isExpected: true },
    { pattern: '*[real]', name: 'story a r', isExpected: false },
    { pattern: 'a.c', name: 'abc', isExpected: false },
  ])('takes $name for $pattern: $isExpected', ({ pattern, name, isExpected }) => {
    expect(expectedSkip([{ name: pattern, reason: 'why' }], name) !== undefined).toBe(isExpected);
  });
});

describe('readExpectedSkips', () => {
  it('reads the committed list', () => {
    expect(Array.isArray(readExpectedSkips())).toBe(true);
  });

  it('refuses an entry without a reason', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-skips-')), 'skips.json');
    writeFileSync(file, '[{ "name": "a" }]');
    expect(() => readExpectedSkips(file)).toThrow('every entry needs a name and a reason');
  });
});
