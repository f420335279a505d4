import { expectedSkip } from './expected-skips.mjs';

/** @typedef {import('./expected-skips.mjs').ExpectedSkip} ExpectedSkip */
/** @typedef {import('./summary.mjs').Counts} Counts */
/** @typedef {import('./summary.mjs').Skip} Skip */

/**
 * What jest says about a run, as the reporter writes it down.
 *
 * @typedef {object} TestRun
 * @property {readonly { readonly name: string, readonly status: string }[]} tests
 * @property {readonly string[]} brokenFiles test files that could not be run at all
 * @property {boolean} isFiltered by name: jest then calls every other test pending
 *
 * @typedef {object} Verdict
 * @property {Counts} counts a complaint counts as failed
 * @property {readonly Skip[]} skips expected ones, with the reason from the list
 * @property {readonly string[]} complaints what is wrong beside the failed tests
 */

/**
 * @param {TestRun} run
 * @param {readonly ExpectedSkip[]} expected
 * @param {number} exitCode of jest
 * @returns {Verdict}
 */
export function verdictOn(run, expected, exitCode) {
  const count = (/** @type {string} */ status) => run.tests.filter((test) => test.status === status).length;
  const passed = count('passed');
  const failed = count('failed');
  const notRun = run.isFiltered ? [] : run.tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  const skips = notRun.flatMap(({ name }) => {
    const entry = expectedSkip(expected, name);
    return entry ? [{ name, reason: entry.reason }] : [];
  });
  const complaints = [
    ...run.brokenFiles.map((file) => `${file} could not be run`),
    ...notRun
      .filter(({ name }) => !expectedSkip(expected, name))
      .map(({ name }) => `skipped, and not in tools/expected-skips.json: ${name}`),
    ...(passed + failed === 0 ? ['no test was run'] : []),
  ];
  if (exitCode !== 0 && failed === 0 && complaints.length === 0) complaints.push(`jest ended with code ${exitCode}`);
  return { counts: { passed, failed: failed + complaints.length, skipped: skips.length }, skips, complaints };
}
