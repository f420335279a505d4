import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { sluice } from './plugin.mjs';

export type RuleName = keyof typeof sluice.rules;

/**
 * What one rule says about a text.
 *
 * @param file where the text would stand, relative to the repository
 * @param root the repository; rules that follow imports read the other files from there
 */
export function complaints(rule: RuleName, file: string, text: string, root = path.resolve(import.meta.dirname, '../..')): string[] {
  const linter = new Linter({ cwd: root });
  const config: Linter.Config = {
    files: ['**/*.ts', '**/*.mjs'],
    languageOptions: { parser: tseslint.parser },
    plugins: { sluice },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    rules: { [`sluice/${rule}`]: 'error' },
  };
  return linter.verify(text, [config], { filename: path.join(root, file) }).map(({ message }) => message);
}

/** Writes a small repository into a new folder and returns the folder. */
export function aRepository(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-lint-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}
