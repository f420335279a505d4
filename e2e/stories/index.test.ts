import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repoRoot } from '../lib/repo-root.js';
import { allStories } from './index.js';

const folder = join(repoRoot, 'e2e', 'stories');

describe('the stories', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.story.ts')))('of %s are told', (file) => {
    expect(readFileSync(join(folder, 'index.ts'), 'utf8')).toContain(`'./${file.replace(/\.ts$/, '.js')}'`);
  });

  it('have different texts, as their artefacts lie under these', () => {
    expect(new Set(allStories.map(({ text }) => text)).size).toBe(allStories.length);
  });
});
