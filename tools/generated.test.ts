import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { regenerate, staleFiles } from './generated.mjs';

const script = `
  const fs = require('node:fs'); const out = process.argv[1];
  fs.mkdirSync(out + '/crds'); fs.writeFileSync(out + '/crds/a.yaml', 'a'); fs.writeFileSync(out + '/crds/b.yaml', 'b');`;
const generator = { name: 'crds', command: [process.execPath, '-e', script], owns: ['crds'] };

function aRepository(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-generated-test-'));
  mkdirSync(path.join(root, 'crds'));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(root, file), text);
  return root;
}

describe('staleFiles', () => {
  it('finds nothing when everything is up to date', async () => {
    expect(await staleFiles(generator, aRepository({ 'crds/a.yaml': 'a', 'crds/b.yaml': 'b' }))).toEqual([]);
  });

  it('names files that differ, are missing, or are written no more', async () => {
    expect(await staleFiles(generator, aRepository({ 'crds/a.yaml': 'old', 'crds/c.yaml': 'c' }))).toEqual([
      'crds/a.yaml is out of date',
      'crds/b.yaml is out of date',
      'crds/c.yaml is generated no more',
    ]);
  });

  it.each([
    { when: 'fails', command: [process.execPath, '-e', 'console.log("no schema"); process.exit(1)'], says: 'no schema' },
    { when: 'writes nothing', command: [process.execPath, '-e', ''], says: 'wrote nothing' },
  ])('fails when the generator $when', async ({ command, says }) => {
    await expect(staleFiles({ name: 'crds', command }, aRepository({}))).rejects.toThrow(says);
  });
});

describe('regenerate', () => {
  it('brings the files up to date', async () => {
    const root = aRepository({ 'crds/a.yaml': 'old', 'crds/c.yaml': 'c' });
    expect((await regenerate(generator, root)).sort()).toEqual(['crds/a.yaml', 'crds/b.yaml']);
    expect(readFileSync(path.join(root, 'crds/a.yaml'), 'utf8')).toBe('a');
    expect(await staleFiles(generator, root)).toEqual([]);
  });
});
