import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { completionScript } from './completion.js';

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

/** Prints the words it is asked to complete, a candidate of each, and a directive, as the plugin does. */
const plugin = `#!/bin/sh
[ "$1" = __completeNoDesc ] || [ "$1" = __complete ] || exit 1
shift
case "$*" in
  'get ro ') printf 'web\\nworker\\n:4\\n' ;;
  'set image web ap') printf 'app=\\n:6\\n' ;;
  'undo web --to-revision='*) printf -- '--to-revision=2\\n--to-revision=1\\n:4\\n' ;;
  *) printf ':4\\n' ;;
esac
`;

describe('completion scripts', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-completion-'));
    writeFileSync(path.join(folder, 'kubectl-sluice'), plugin);
    chmodSync(path.join(folder, 'kubectl-sluice'), 0o755);
    for (const shell of ['bash', 'zsh', 'fish'] as const)
      writeFileSync(path.join(folder, shell), completionScript(shell, 'kubectl-sluice'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(shell: string, args: readonly string[]): string {
    const { stdout, stderr } = spawnSync(shell, args, {
      env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder },
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`.trim();
  }

  const lines: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['kubectl-sluice get ro ', ['web', 'worker'], ['web', 'worker']],
    ['kubectl-sluice set image web ap', ['app='], ['app=']],
    // bash's readline replaces only what follows the last = sign.
    ['kubectl-sluice undo web --to-revision=', ['2', '1'], ['--to-revision=1', '--to-revision=2']],
    ['kubectl-sluice nosuch ', [], []],
  ];

  (has('bash') ? describe : describe.skip)('in bash', () => {
    it.each(lines)('completes "%s"', (line, expected) => {
      const ask = `compopt() { :; }; source ${folder}/bash; COMP_LINE=$1; COMP_POINT=\${#1}; __kubectl_sluice_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
      expect(run('bash', ['-c', ask, 'bash', line]).split('\n').filter(Boolean)).toEqual(expected);
    });
  });

  (has('fish') ? describe : describe.skip)('in fish', () => {
    it.each(lines)('completes "%s"', (line, _bash, expected) => {
      const found = run('fish', ['--no-config', '-c', `source ${folder}/fish; complete -C "${line}"`]);
      expect(found.split('\n').filter(Boolean).sort()).toEqual([...expected].sort());
    });
  });

  (has('zsh') ? describe : describe.skip)('in zsh', () => {
    it.each(lines)('completes "%s"', (line, _bash, expected) => {
      const ask = `compdef() { :; }; _describe() { print -l -- $candidates; }; _files() { :; }; source ${folder}/zsh; words=("\${(@s: :)1}"); CURRENT=$#words; __kubectl_sluice_complete`;
      expect(run('zsh', ['-f', '-c', ask, 'zsh', line]).split('\n').filter(Boolean).sort()).toEqual([...expected].sort());
    });
  });
});
