/**
 * Runs the measurements of dist/bench/ one after another: `node tools/bench.mjs [NAME...] [--full] [--json]`, all of them without a name.
 * `--full` takes those that need minutes and gigabytes as well. Ends with 1 when a goal is missed or a measurement breaks.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundlesIn } from './bundles.mjs';
import { run, secondsSince } from './run.mjs';

const root = path.resolve(import.meta.dirname, '..');
const flags = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const known = bundlesIn(root)
  .map(({ name }) => name)
  .filter((name) => name.startsWith('bench/'));
const wanted = known.filter((name) => names.length === 0 || names.includes(name.slice('bench/'.length)));
if (wanted.length === 0) {
  console.error(`no such measurement; there are ${known.map((name) => name.slice('bench/'.length)).join(', ')}`);
  process.exitCode = 2;
}

for (const name of wanted) {
  const file = path.join('dist', `${name}.mjs`);
  if (!existsSync(path.join(root, file))) {
    console.error(`${file} is not there: make build`);
    process.exitCode = 1;
    continue;
  }
  const startedAt = performance.now();
  const onOutput = (/** @type {string} */ text) => process.stdout.write(text);
  // Source maps: a measurement that breaks is to name the line of the source.
  const { code } = await run([process.execPath, '--enable-source-maps', file, ...flags], { cwd: root, onOutput });
  if (code !== 0) process.exitCode = 1;
  if (!flags.includes('--json')) console.log(`  ${name} took ${secondsSince(startedAt)}${code === 0 ? '' : `, exit code ${code}`}`);
}
