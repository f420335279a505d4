import { describe, expect, it } from '@jest/globals';
import { complaints } from './lint-text.js';

const inProduct = (text: string): string[] => complaints('explained', 'src/api/parse.ts', text);

describe('explained', () => {
  it.each([
    ['a cast', 'export const a = b as A;', 'A cast needs a comment'],
    ['a double cast, once', 'export const a = b as unknown as A;', 'A cast needs a comment'],
    ['a bare lint exception', '// eslint-disable-next-line no-var\nvar a = 1;', 'A lint exception says why'],
    ['@ts-ignore', '// @ts-ignore it is so\nexport const a = b;', 'Use @ts-expect-error'],
    ['a TODO without an issue', '// TODO: later\nexport const a = 1;', 'A TODO names its issue'],
  ])('complains about %s', (_what, text, says) => {
    expect(inProduct(text)).toEqual([expect.stringContaining(says)]);
  });

  it.each([
    ['as const', 'export const a = [1] as const;'],
    ['a cast with its reason above', '// The schema says so.\nexport const a = b as A;'],
    ['a cast with its reason beside', 'export const a = b as A; // the schema says so'],
    ['a cast deep in a statement with its reason above', '// The schema says so.\nexport const a = f({\n  b: b as A,\n});'],
    ['a lint exception with its reason', '// eslint-disable-next-line no-var -- hoisted on purpose\nvar a = 1;'],
    ['a TODO with its issue', '// TODO(#12): later\nexport const a = 1;'],
    ['an import under another name', "import { a as b } from './a.js';"],
  ])('lets pass %s', (_what, text) => {
    expect(inProduct(text)).toEqual([]);
  });

  it('asks no reason for casts in tests', () => {
    expect(complaints('explained', 'src/api/parse.test.ts', 'export const a = b as A;')).toEqual([]);
  });
});

describe('file-names', () => {
  it.each([
    { file: 'src/api/parse-rollout.ts', isFine: true },
    { file: 'src/api/parse-rollout.test.ts', isFine: true },
    { file: 'src/api/parseRollout.ts', isFine: false },
    { file: 'src/api/Rollout.ts', isFine: false },
    { file: 'src/api/parse_rollout.ts', isFine: false },
  ])('accepts $file: $isFine', ({ file, isFine }) => {
    expect(complaints('file-names', file, 'export const a = 1;')).toHaveLength(isFine ? 0 : 1);
  });
});
