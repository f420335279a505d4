import { describe, expect, it } from '@jest/globals';
import type { AnalysisPhase } from '../../api/analysis-types.js';
import type { JsonObject } from '../../api/kube.js';
import { aRun, t0 } from '../../testing/analysis.js';
import { expiresAt } from './ttl.js';

describe('expiresAt (analysis 2.11)', () => {
  const all = { secondsAfterCompletion: 10, secondsAfterFailure: 20, secondsAfterSuccess: 30 };
  it.each<{ readonly phase: AnalysisPhase; readonly ttl: JsonObject; readonly seconds: number | undefined }>([
    { phase: 'Successful', ttl: all, seconds: 30 },
    { phase: 'Failed', ttl: all, seconds: 20 },
    { phase: 'Error', ttl: all, seconds: 10 },
    { phase: 'Inconclusive', ttl: all, seconds: 10 },
    { phase: 'Successful', ttl: { secondsAfterCompletion: 0 }, seconds: 0 },
    { phase: 'Failed', ttl: { secondsAfterSuccess: 5 }, seconds: undefined },
    { phase: 'Error', ttl: { secondsAfterFailure: 20 }, seconds: 20 },
    { phase: 'Running', ttl: all, seconds: undefined },
    { phase: 'Successful', ttl: {}, seconds: undefined },
  ])('$phase with $ttl: whole seconds beyond $seconds', ({ phase, ttl, seconds }) => {
    const run = aRun({ spec: { ttlStrategy: ttl }, status: { phase, completedAt: t0 } });
    expect(expiresAt(run)).toBe(seconds === undefined ? undefined : t0 + (seconds + 1) * 1_000);
  });

  it('counts from the creation of a run that upstream ended by a spec error', () => {
    expect(expiresAt(aRun({ spec: { ttlStrategy: { secondsAfterCompletion: 10 } }, status: { phase: 'Error' } }))).toBe(t0 + 11_000);
  });
});
