import { describe, expect, it } from '@jest/globals';
import { addCounts, parseCounts, parseSkips, renderCounts, renderSkip } from './summary.mjs';

describe('the summary line', () => {
  it('reads what it writes', () => {
    const counts = { passed: 12, failed: 0, skipped: 3 };
    expect(parseCounts(`building\n${renderCounts(counts)}\n`)).toEqual(counts);
  });

  it('is the last of several, as a command may run others', () => {
    expect(parseCounts('1 passed, 0 failed, 0 skipped\nmore\n5 passed, 1 failed, 0 skipped\n')).toEqual({
      passed: 5,
      failed: 1,
      skipped: 0,
    });
  });

  it.each(['', 'all passed', 'Tests: 1 passed, 0 failed, 0 skipped', '1 passed, 0 failed', '1 passed, 0 failed, 0 skipped today'])(
    'is not %p',
    (output) => {
      expect(parseCounts(output)).toBeUndefined();
    },
  );

  it('adds up', () => {
    const counts = [
      { passed: 1, failed: 2, skipped: 3 },
      { passed: 10, failed: 20, skipped: 30 },
    ];
    expect(addCounts(counts)).toEqual({ passed: 11, failed: 22, skipped: 33 });
    expect(addCounts([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe('a skip', () => {
  it('is read as it was written, parentheses in the reason included', () => {
    const skips = [
      { name: 'stories abort at 20 %', reason: 'no Prometheus (Debian: prometheus)' },
      { name: 'stories promote', reason: 'no NGINX' },
    ];
    expect(parseSkips(skips.map(renderSkip).join('\nok something\n'))).toEqual(skips);
  });

  it('is not a line that only mentions one', () => {
    expect(parseSkips('was skipped: yes (really)\nskipped: without a reason')).toEqual([]);
  });
});
