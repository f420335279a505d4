import { describe, expect, it } from '@jest/globals';
import { verdictOn } from './test-verdict.mjs';

const passed = { name: 'plan says so', status: 'passed' };
const failed = { name: 'plan says not', status: 'failed' };
const skipped = { name: 'story runs [real]', status: 'pending' };
const expected = [{ name: '*[real]', reason: 'no control plane' }];
const aRun = (tests: { name: string; status: string }[], rest = {}) => ({ tests, brokenFiles: [], isFiltered: false, ...rest });

describe('verdictOn', () => {
  it('counts passed and failed tests', () => {
    expect(verdictOn(aRun([passed, passed, failed]), [], 1)).toEqual({
      counts: { passed: 2, failed: 1, skipped: 0 },
      skips: [],
      complaints: [],
    });
  });

  it('tells the reason of an expected skip', () => {
    const verdict = verdictOn(aRun([passed, skipped]), expected, 0);
    expect(verdict.counts).toEqual({ passed: 1, failed: 0, skipped: 1 });
    expect(verdict.skips).toEqual([{ name: skipped.name, reason: 'no control plane' }]);
  });

  it.each(['pending', 'todo', 'disabled'])('counts an unexpected skip as failed: %s', (status) => {
    const verdict = verdictOn(aRun([passed, { name: 'plan waits', status }]), expected, 0);
    expect(verdict.counts).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(verdict.complaints).toEqual(['skipped, and not in tools/expected-skips.json: plan waits']);
  });

  it('does not take tests that a name filter left out for skipped', () => {
    expect(verdictOn(aRun([passed, skipped], { isFiltered: true }), [], 0).counts).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it('fails for a file that could not be run', () => {
    const verdict = verdictOn(aRun([passed], { brokenFiles: ['src/api/a.test.ts'] }), [], 1);
    expect(verdict.counts.failed).toBe(1);
    expect(verdict.complaints).toEqual(['src/api/a.test.ts could not be run']);
  });

  it.each([
    { when: 'there is no test', run: aRun([]) },
    { when: 'all are skipped', run: aRun([skipped]) },
  ])('fails when $when', ({ run }) => {
    expect(verdictOn(run, expected, 0).complaints).toEqual(['no test was run']);
  });

  it('fails when jest itself fails although every test passed', () => {
    expect(verdictOn(aRun([passed]), [], 1).complaints).toEqual(['jest ended with code 1']);
  });
});
