/**
 * What CI runs, in this order.
 *
 * - `counts`: `summary` when the command ends with `N passed, N failed, N skipped`; `once` when it is one case itself
 * - `script`: the npm script the command runs; while package.json has none, the step does not exist yet, and CI says so and goes on
 *
 * A command that ends with 77 was skipped; the last line of its output that starts with `skipped:` is the reason.
 * Steps, as tests, may be skipped only when expected-skips.json names them.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} command
 * @property {'summary' | 'once'} counts
 * @property {number} limitMinutes
 * @property {string} [script]
 */

/** @type {readonly Step[]} */
export const steps = [
  { name: 'check', command: ['make', 'check'], counts: 'once', limitMinutes: 6 },
  { name: 'test', command: ['make', 'test'], counts: 'summary', limitMinutes: 10 },
  { name: 'demo', command: ['make', 'demo'], counts: 'once', limitMinutes: 4, script: 'demo' },
  // A second time: it must leave nothing behind that changes the first answer.
  { name: 'demo again', command: ['make', 'demo'], counts: 'once', limitMinutes: 4, script: 'demo' },
  { name: 'e2e-local', command: ['make', 'e2e-local'], counts: 'summary', limitMinutes: 10, script: 'e2e-local' },
  { name: 'recordings', command: ['make', 'recordings'], counts: 'summary', limitMinutes: 5, script: 'recordings' },
  { name: 'control-plane', command: ['make', 'control-plane'], counts: 'once', limitMinutes: 15, script: 'control-plane' },
  { name: 'contract', command: ['make', 'contract'], counts: 'summary', limitMinutes: 5, script: 'contract' },
  { name: 'e2e', command: ['make', 'e2e'], counts: 'summary', limitMinutes: 20, script: 'e2e' },
  { name: 'recordings-real', command: ['make', 'recordings-real'], counts: 'summary', limitMinutes: 15, script: 'recordings-real' },
];

/** Commands the steps need that a fresh Debian machine may lack, and the packages that bring them. */
export const debianPackages = [{ command: 'make', package: 'make' }];
