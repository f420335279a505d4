/**
 * The two lines by which every test command of this repository tells its result, so that CI can add them up:
 * `skipped: NAME (REASON)` for each case that was not run, and at the end `N passed, N failed, N skipped` alone on a line.
 */

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/** @typedef {{ readonly name: string, readonly reason: string }} Skip */

/** @type {Readonly<Counts>} */
export const noCounts = { passed: 0, failed: 0, skipped: 0 };

/** @type {(counts: Counts) => string} */
export const renderCounts = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** @type {(skip: Skip) => string} */
export const renderSkip = ({ name, reason }) => `skipped: ${name} (${reason})`;

/**
 * The counts a command ended with.
 *
 * @param {string} output
 * @returns {Counts | undefined} of its last summary line, undefined when there is none
 */
export function parseCounts(output) {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped\r?$/gm)].at(-1);
  if (!found) return undefined;
  return { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]) };
}

/** @type {(output: string) => Skip[]} */
export function parseSkips(output) {
  return [...output.matchAll(/^skipped: (.+?) \((.*)\)\r?$/gm)].map(([, name = '', reason = '']) => ({ name, reason }));
}

/** @type {(counts: readonly Counts[]) => Counts} */
export function addCounts(counts) {
  return counts.reduce(
    (sum, each) => ({ passed: sum.passed + each.passed, failed: sum.failed + each.failed, skipped: sum.skipped + each.skipped }),
    noCounts,
  );
}
