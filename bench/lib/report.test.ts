import { describe, expect, it } from '@jest/globals';
import { isReached, renderFigure } from './report.js';

describe('renderFigure', () => {
  it.each([
    {
      figure: { name: 'plans', value: 25_123.4, unit: 'plans/s', goal: { above: 20_000 } },
      says: 'ok     plans: 25,123 plans/s (goal > 20,000)',
    },
    {
      figure: { name: 'plans', value: 19_999, unit: 'plans/s', goal: { above: 20_000 } },
      says: 'MISSED plans: 19,999 plans/s (goal > 20,000)',
    },
    { figure: { name: 'start', value: 2.5049, unit: '', goal: { below: 3 } }, says: 'ok     start: 2.5 (goal < 3)' },
    { figure: { name: 'writes', value: 1, unit: 'a minute', goal: { exactly: 0 } }, says: 'MISSED writes: 1 a minute (goal 0)' },
    { figure: { name: 'memory', value: 512.6, unit: 'MiB' }, says: '       memory: 513 MiB' },
  ])('says "$says"', ({ figure, says }) => {
    expect(renderFigure(figure)).toBe(says);
  });
});

describe('isReached', () => {
  it('does not take what could not be measured for a success', () => {
    expect(isReached({ name: 'x', value: Number.NaN, unit: '', goal: { below: 1 } })).toBe(false);
    expect(isReached({ name: 'x', value: Number.NaN, unit: '' })).toBe(false);
  });
});
