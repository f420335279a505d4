/**
 * What CI runs, in this order.
 *
 * - `counts`: `summary` when the command ends with `N passed, N failed, N skipped`; `once` when it is one case itself
 * - `entry`: a file without which the step does not exist yet; CI then says so and goes on
 *
 * A command that ends with 77 was skipped; the last line of its output that starts with `skipped:` is the reason.
 * Steps, as tests, may be skipped only when expected-skips.json names them.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} command
 * @property {'summary' | 'once'} counts
 * @property {number} limitMinutes
 * @property {string} [entry]
 */

/** @type {readonly Step[]} */
export const steps = [
  { name: 'check', command: ['make', 'check'], counts: 'once', limitMinutes: 6 },
  { name: 'test', command: ['make', 'test'], counts: 'summary', limitMinutes: 10 },
  { name: 'demo', command: ['make', 'demo'], counts: 'once', limitMinutes: 4, entry: 'src/demo/main.ts' },
  { name: 'demo again', command: ['make', 'demo'], counts: 'once', limitMinutes: 4, entry: 'src/demo/main.ts' },
];

/** Commands the steps need that a fresh Debian machine may lack, and the packages that bring them. */
export const debianPackages = [{ command: 'make', package: 'make' }];
