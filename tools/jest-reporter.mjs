import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const slowFileMs = 5_000;

/**
 * What is read here of jest's own types.
 *
 * @typedef {object} FileResult
 * @property {string} testFilePath
 * @property {{ readonly runtime: number }} perfStats milliseconds
 * @property {string | null} [failureMessage]
 * @property {unknown} [testExecError] the file could not be run
 * @property {readonly { readonly type: string, readonly message: string }[] | undefined} [console]
 * @property {readonly { readonly fullName: string, readonly status: string }[]} testResults
 *
 * @typedef {{ readonly rootDir: string, readonly testNamePattern?: string }} Config
 * @typedef {{ readonly testResults: readonly FileResult[], readonly runExecError?: { readonly message: string } }} RunResult
 */

/** Prints failures as they come and slow files, and writes the results down for tools/test.mjs, which has the last word. */
export default class SummaryReporter {
  /** @param {Config} config */
  constructor(config) {
    this.isFiltered = Boolean(config.testNamePattern);
    this.root = config.rootDir;
    this.resultsFile = path.resolve(config.rootDir, process.env['SLUICE_TEST_RESULTS'] ?? '.cache/test-results.json');
  }

  /** @type {(test: unknown, result: FileResult) => void} */
  onTestResult(_test, result) {
    const file = path.relative(this.root, result.testFilePath);
    const tookMs = result.perfStats.runtime;
    if (result.failureMessage) console.log(`FAIL ${file}\n${consoleOf(result)}${result.failureMessage}`);
    else if (tookMs > slowFileMs) console.log(`slow ${file}: ${(tookMs / 1000).toFixed(1)} s`);
  }

  /** @type {(contexts: unknown, results: RunResult) => void} */
  onRunComplete(_contexts, { testResults, runExecError }) {
    const run = {
      tests: testResults.flatMap((file) => file.testResults.map(({ fullName, status }) => ({ name: fullName, status }))),
      brokenFiles: testResults.filter((file) => file.testExecError).map((file) => path.relative(this.root, file.testFilePath)),
      isFiltered: this.isFiltered,
    };
    if (runExecError) console.log(runExecError.message);
    mkdirSync(path.dirname(this.resultsFile), { recursive: true });
    writeFileSync(this.resultsFile, JSON.stringify(run));
  }
}

/** @type {(result: FileResult) => string} */
const consoleOf = (result) => (result.console ?? []).map(({ type, message }) => `  console.${type}: ${message}\n`).join('');
