import { expectedSkip } from './expected-skips.mjs';
import { noCounts, parseCounts, parseSkips } from './summary.mjs';

/** @typedef {import('./ci-steps.mjs').Step} Step */
/** @typedef {import('./expected-skips.mjs').ExpectedSkip} ExpectedSkip */
/** @typedef {import('./run.mjs').RunResult} RunResult */
/** @typedef {import('./summary.mjs').Counts} Counts */

/** The exit code by which a command says that it was skipped as a whole. */
const skippedCode = 77;
const timeoutCode = 124;

/**
 * @typedef {object} StepVerdict
 * @property {Counts} counts
 * @property {readonly string[]} complaints what failed beside the failed cases the step has named itself
 */

/**
 * @param {Step} step
 * @param {RunResult} result
 * @param {readonly ExpectedSkip[]} expected
 * @returns {StepVerdict}
 */
export function verdictOnStep(step, result, expected) {
  if (isSkipped(result)) return verdictOnSkippedStep(step, result.output, expected);
  if (result.code === timeoutCode) return failed(step, `took longer than its limit`);
  if (step.counts === 'once')
    return result.code === 0 ? { counts: { ...noCounts, passed: 1 }, complaints: [] } : failed(step, endedWith(result));
  const counts = parseCounts(result.output);
  if (!counts) return failed(step, `${endedWith(result)} and printed no summary`);
  const complaints = [...complaintsAboutSkips(step, counts, result.output, expected)];
  if (counts.passed + counts.failed === 0) complaints.push(`${step.name}: no case was run`);
  if (result.code !== 0 && counts.failed === 0 && complaints.length === 0) complaints.push(`${step.name}: ${endedWith(result)}`);
  return { counts: { ...counts, failed: counts.failed + complaints.length }, complaints };
}

/**
 * make ends with 2 whatever its recipe ended with, and says that.
 *
 * @type {(result: RunResult) => boolean}
 */
const isSkipped = ({ code, output }) =>
  code === skippedCode || (code === 2 && new RegExp(`^make.*: \\*\\*\\* \\[.*\\] Error ${skippedCode}$`, 'm').test(output));

/** @type {(step: Step, output: string, expected: readonly ExpectedSkip[]) => StepVerdict} */
function verdictOnSkippedStep(step, output, expected) {
  const reason = [...output.matchAll(/^skipped: (.*)$/gm)].at(-1)?.[1];
  if (reason === undefined) return failed(step, 'was skipped without a reason');
  if (!expectedSkip(expected, step.name)) return failed(step, `was skipped, and is not in tools/expected-skips.json: ${reason}`);
  return { counts: { ...noCounts, skipped: 1 }, complaints: [] };
}

/** @type {(step: Step, counts: Counts, output: string, expected: readonly ExpectedSkip[]) => string[]} */
function complaintsAboutSkips(step, counts, output, expected) {
  const skips = parseSkips(output);
  const unexpected = skips.filter(({ name }) => !expectedSkip(expected, name));
  const unnamed = counts.skipped - skips.length;
  return [
    ...unexpected.map(({ name }) => `${step.name}: skipped, and not in tools/expected-skips.json: ${name}`),
    ...(unnamed > 0 ? [`${step.name}: ${unnamed} skipped without saying which`] : []),
  ];
}

/** @type {(result: RunResult) => string} */
const endedWith = ({ code }) => `ended with code ${code}`;

/** @type {(step: Step, what: string) => StepVerdict} */
const failed = (step, what) => ({ counts: { ...noCounts, failed: 1 }, complaints: [`${step.name}: ${what}`] });
