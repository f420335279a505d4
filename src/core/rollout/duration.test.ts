import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject } from '../../api/kube.js';
import type { RolloutDuration } from '../../api/rollout-types.js';
import { renderTime } from '../../lib/time.js';
import { aReplicaSet, aStatus, anObservedRollout, secondsAfter, type WorldOptions } from '../../testing/rollouts.js';
import { planRollout } from './plan.js';
import { planStatus } from './status.js';

const steps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: {} }];
const startedAt = secondsAfter(100);
const running = { rolloutStartedAt: renderTime(startedAt) };

/** The duration after a pass over a Rollout whose template is now `version`, while `current` was being rolled out over `stable`. */
function durationAfter(world: { version: string; current: string; stable: string; duration: JsonObject } & WorldOptions): RolloutDuration {
  const { version, current, stable, duration, ...others } = world;
  const replicaSets = [aReplicaSet({ version: 'v1', replicas: 2 }), aReplicaSet({ version: 'v2', revision: 2, replicas: 2 })];
  const seen = anObservedRollout({
    version,
    steps,
    annotations: { [keys.revision]: '2' },
    replicaSets,
    status: aStatus({ version: current, stable, steps, index: 1, more: { duration } }),
    ...others,
  });
  const plan = planRollout(seen);
  return planStatus(
    seen,
    plan,
    plan.actions.map((action) => ({ action, result: 'done' })),
  ).status.duration;
}

describe('the duration of an update that is taken back (rollout-core 1.7)', () => {
  it('runs on, and says so, when the update was still going on', () => {
    expect(durationAfter({ version: 'v1', current: 'v2', stable: 'v1', duration: running })).toMatchObject({
      rolloutStartedAt: startedAt,
      completionStatus: 'FastRolledBack',
    });
  });

  it('stays as it ended when the update had been aborted before', () => {
    const duration = {
      ...running,
      finishedAt: renderTime(secondsAfter(160)),
      completionStatus: 'Aborted',
      totalManualPauseDurationSeconds: 2,
    };
    expect(durationAfter({ version: 'v1', current: 'v2', stable: 'v1', duration })).toEqual({
      ...duration,
      rolloutStartedAt: startedAt,
      finishedAt: secondsAfter(160),
    });
  });

  it('stays as it ended when only the steps of a finished Rollout are edited', () => {
    const duration = { ...running, finishedAt: renderTime(secondsAfter(160)), completionStatus: 'Promoted' };
    const edited = [{ setWeight: 10 }];
    expect(durationAfter({ version: 'v2', current: 'v2', stable: 'v2', duration, steps: edited })).toMatchObject({
      rolloutStartedAt: startedAt,
      completionStatus: 'Promoted',
    });
  });

  it('is an update like any other when an older version comes back after the end', () => {
    const duration = { ...running, finishedAt: renderTime(secondsAfter(160)), completionStatus: 'Promoted' };
    const after = durationAfter({ version: 'v1', current: 'v2', stable: 'v2', duration });
    expect(after.rolloutStartedAt).toBeGreaterThan(startedAt);
    expect(after.completionStatus).toBeUndefined();
  });
});
