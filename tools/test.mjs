/**
 * Runs the tests: `node tools/test.mjs [JEST ARGUMENTS]`. Ends with `N passed, N failed, N skipped`; a skip that is not in
 * expected-skips.json fails, and so does a run without tests.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readExpectedSkips } from './expected-skips.mjs';
import { run, secondsSince } from './run.mjs';
import { renderCounts, renderSkip } from './summary.mjs';
import { verdictOn } from './test-verdict.mjs';

/** @typedef {import('./test-verdict.mjs').TestRun} TestRun */

const root = path.resolve(import.meta.dirname, '..');
// Of this run alone: others may run tests in the same tree at the same time.
const resultsFile = path.join(root, '.cache', `test-results-${process.pid}.json`);

/** @type {(file: string) => TestRun} */
function takeResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { tests: [], brokenFiles: [], isFiltered: false };
  } finally {
    rmSync(file, { force: true });
  }
}

const startedAt = performance.now();
const { code } = await run(
  [
    ...[process.execPath, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
    ...[...process.argv.slice(2), '--reporters=<rootDir>/tools/jest-reporter.mjs'],
  ],
  { cwd: root, env: { ...process.env, SLUICE_TEST_RESULTS: resultsFile }, onOutput: (text) => process.stdout.write(text) },
);
const verdict = verdictOn(takeResults(resultsFile), readExpectedSkips(), code);
for (const skip of verdict.skips) console.log(renderSkip(skip));
for (const complaint of verdict.complaints) console.log(`FAIL ${complaint}`);
console.log(`tests took ${secondsSince(startedAt)}`);
console.log(renderCounts(verdict.counts));
process.exitCode = verdict.counts.failed > 0 ? 1 : 0;
