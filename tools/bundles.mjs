import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} Bundle
 * @property {string} name the file below dist/, without .mjs
 * @property {string} entry source file, relative to the root
 * @property {boolean} [executable] can be started by its name
 * @property {boolean} [minify] start-up time matters more than readable stack traces
 */

/** @type {readonly Bundle[]} */
const named = [
  { name: 'sluice-controller', entry: 'src/main.ts' },
  { name: 'kubectl-sluice', entry: 'src/cli/main.ts', executable: true, minify: true },
  { name: 'demo', entry: 'src/demo/main.ts' },
  { name: 'sim', entry: 'src/sim/main.ts' },
  { name: 'local-cluster', entry: 'src/local-cluster/main.ts' },
  { name: 'e2e', entry: 'e2e/main.ts' },
];

/**
 * Everything that is built: the named bundles, and each file directly in bench/ (what these share lies in folders below it).
 *
 * @param {string} root
 * @returns {Bundle[]}
 */
export function bundlesIn(root) {
  const bench = path.join(root, 'bench');
  const files = existsSync(bench) ? readdirSync(bench).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')) : [];
  return [...named, ...files.sort().map((file) => ({ name: `bench/${file.slice(0, -'.ts'.length)}`, entry: `bench/${file}` }))];
}
