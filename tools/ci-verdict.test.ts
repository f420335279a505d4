import { describe, expect, it } from '@jest/globals';
import type { Step } from './ci-steps.mjs';
import { steps } from './ci-steps.mjs';
import { verdictOnStep } from './ci-verdict.mjs';

const check: Step = { name: 'check', command: ['true'], counts: 'once', limitMinutes: 1 };
const stories: Step = { ...check, name: 'e2e', counts: 'summary' };
const expected = [
  { name: 'e2e', reason: 'no Go' },
  { name: 'story *', reason: 'no NGINX' },
];

describe('verdictOnStep', () => {
  it.each([
    { when: 'a single step succeeds', step: check, code: 0, output: '', counts: [1, 0, 0] },
    { when: 'a single step prints a summary of its own', step: check, code: 0, output: '9 passed, 0 failed, 0 skipped', counts: [1, 0, 0] },
    { when: 'a single step fails', step: check, code: 2, output: '', counts: [0, 1, 0] },
    { when: 'a single step takes too long', step: check, code: 124, output: '', counts: [0, 1, 0] },
    { when: 'all cases pass', step: stories, code: 0, output: '7 passed, 0 failed, 0 skipped', counts: [7, 0, 0] },
    { when: 'a case fails', step: stories, code: 1, output: '6 passed, 1 failed, 0 skipped', counts: [6, 1, 0] },
    { when: 'all cases pass, and the command fails', step: stories, code: 1, output: '7 passed, 0 failed, 0 skipped', counts: [7, 1, 0] },
    { when: 'no case was run', step: stories, code: 0, output: '0 passed, 0 failed, 0 skipped', counts: [0, 1, 0] },
    { when: 'there is no summary', step: stories, code: 0, output: 'done', counts: [0, 1, 0] },
    { when: 'it took too long after its summary', step: stories, code: 124, output: '7 passed, 0 failed, 0 skipped', counts: [0, 1, 0] },
    {
      when: 'an expected case is skipped',
      step: stories,
      code: 0,
      output: 'skipped: story a (no NGINX)\n1 passed, 0 failed, 1 skipped',
      counts: [1, 0, 1],
    },
    {
      when: 'another case is skipped',
      step: stories,
      code: 0,
      output: 'skipped: tale (tired)\n1 passed, 0 failed, 1 skipped',
      counts: [1, 1, 1],
    },
    { when: 'a skip has no name', step: stories, code: 0, output: '1 passed, 0 failed, 1 skipped', counts: [1, 1, 1] },
    { when: 'the step is skipped as a whole', step: stories, code: 77, output: 'skipped: no Go and no binaries', counts: [0, 0, 1] },
    {
      when: 'make says that its recipe was skipped',
      step: stories,
      code: 2,
      output: 'skipped: no Go and no binaries\nmake: *** [Makefile:68: stories] Error 77\n',
      counts: [0, 0, 1],
    },
    {
      when: 'make says that its recipe failed',
      step: stories,
      code: 2,
      output: 'make: *** [Makefile:68: stories] Error 1',
      counts: [0, 1, 0],
    },
    { when: 'the step is skipped without a reason', step: stories, code: 77, output: '', counts: [0, 1, 0] },
    { when: 'a step is skipped that never should be', step: check, code: 77, output: 'skipped: no Go', counts: [0, 1, 0] },
  ])('counts $counts when $when', ({ step, code, output, counts: [passed, failed, skipped] }) => {
    const verdict = verdictOnStep(step, { code, output: `${output}\n` }, expected);
    expect(verdict.counts).toEqual({ passed, failed, skipped });
    // Every failure is told: by the step itself where it counted it, by a complaint otherwise.
    expect(verdict.complaints.length > 0).toBe(failed !== 0 && !output.includes('1 failed'));
  });
});

describe('the steps of CI', () => {
  it('have names of their own and limits', () => {
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
    expect(steps.every(({ limitMinutes }) => limitMinutes > 0)).toBe(true);
  });
});
