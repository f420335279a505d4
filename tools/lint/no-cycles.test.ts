import { describe, expect, it } from '@jest/globals';
import { aRepository, complaints } from './lint-text.js';

const repository = aRepository({
  'src/core/a.ts': "import { b } from './b.js';",
  'src/core/b.ts': "import type { C } from './c.js';",
  'src/core/c.ts': "export const load = () => import('./a.js');",
  'src/core/outside.ts': "import { a } from './a.js';",
});

describe('no-cycles', () => {
  it('names the whole way of a cycle, whether by value, type or import()', () => {
    expect(complaints('no-cycles', 'src/core/a.ts', "import { b } from './b.js';", repository)).toEqual([
      'Import cycle: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
    ]);
  });

  it('finds a file that imports itself', () => {
    expect(complaints('no-cycles', 'src/core/a.ts', "export { a } from './a.js';", repository)).toEqual([
      'Import cycle: src/core/a.ts -> src/core/a.ts',
    ]);
  });

  it('is content with a file that leads into a cycle and is not part of it', () => {
    expect(complaints('no-cycles', 'src/core/outside.ts', "import { a } from './a.js';", repository)).toEqual([]);
  });
});
