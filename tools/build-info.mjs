import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * What `version` says of a build. Dated by the commit and not by the clock, so that one commit always builds the same files.
 *
 * @param {string} root
 * @returns {{ version: string, commit: string, date: string, treeState: string }} outside a git checkout all but the version are empty
 */
export function buildInfoOf(root) {
  const [commit = '', date = ''] = git(root, 'log', '-1', '--format=%H %cI').split(' ');
  const treeState = commit === '' ? '' : git(root, 'status', '--porcelain', '--untracked-files=no') === '' ? 'clean' : 'dirty';
  return { version: versionIn(path.join(root, 'package.json')), commit, date, treeState };
}

/** @type {(file: string) => string} */
function versionIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '0.0.0';
}

/** @type {(root: string, ...args: string[]) => string} */
function git(root, ...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : '';
}
