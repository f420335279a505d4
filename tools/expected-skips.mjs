import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A case that may be skipped on some machines, and why. `name` is its full name; `*` stands for any text.
 *
 * @typedef {{ readonly name: string, readonly reason: string }} ExpectedSkip
 */

/** @type {(file?: string) => ExpectedSkip[]} @throws {Error} when an entry has no name or no reason */
export function readExpectedSkips(file = path.join(import.meta.dirname, 'expected-skips.json')) {
  /** @type {ExpectedSkip[]} */
  const entries = JSON.parse(readFileSync(file, 'utf8'));
  for (const { name, reason } of entries) if (!name || !reason) throw new Error(`${file}: every entry needs a name and a reason`);
  return entries;
}

/** @type {(expected: readonly ExpectedSkip[], name: string) => ExpectedSkip | undefined} */
export const expectedSkip = (expected, name) => expected.find((entry) => patternOf(entry.name).test(name));

/** @type {(pattern: string) => RegExp} */
function patternOf(pattern) {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
