import { describe, expect, it } from '@jest/globals';
import { keys, type JsonObject } from '../../../api/kube.js';
import { renderTime } from '../../../lib/time.js';
import { actionsOf, anUpdate, steps } from '../../../testing/canary-updates.js';
import { aReplicaSet, aService, aStatus, anObservedRollout, hashOf, secondsAfter } from '../../../testing/rollouts.js';
import { planRollout } from '../plan.js';
import type { ObservedRollout } from '../types.js';

describe('planRollout with Services', () => {
  const canary = { canaryService: 'canary', stableService: 'stable' };

  it.each([
    { when: 'a canary pod is available', sizes: [3, 1] as const, available: 1, points: ['point canary at v2'] },
    { when: 'no canary pod is available', sizes: [3, 1] as const, available: 0, points: [] },
  ])('moves the canary Service $points when $when', ({ sizes, available, points }) => {
    const services = [aService('canary', { version: 'v1' }), aService('stable', { version: 'v1' })];
    const replicaSets = [aReplicaSet({ replicas: sizes[0] }), aReplicaSet({ version: 'v2', replicas: sizes[1], available })];
    const actions = actionsOf(planRollout(anUpdate({ canary, services, replicaSets })));
    expect(actions.filter((each) => each.startsWith('point'))).toEqual(points);
  });

  it('adopts a Service only when the ReplicaSet is complete', () => {
    const world = (available: number): ObservedRollout =>
      anObservedRollout({
        canary,
        steps,
        services: [aService('canary'), aService('stable')],
        annotations: { [keys.revision]: '1' },
        status: aStatus({ steps, index: 4 }),
        replicaSets: [aReplicaSet({ available })],
      });
    expect(actionsOf(planRollout(world(3)))).toEqual([]);
    expect(actionsOf(planRollout(world(4)))).toEqual(['point stable at v1', 'point canary at v1']);
  });

  it('moves the stable Service before the last old pod goes', () => {
    const services = [aService('canary', { version: 'v2' }), aService('stable', { version: 'v1' })];
    expect(actionsOf(planRollout(anUpdate({ canary, services, index: 4, sizes: [2, 4] })))).toEqual(['scale v1 to 1']);
    expect(actionsOf(planRollout(anUpdate({ canary, services, index: 4, sizes: [1, 4] })))).toEqual(['point stable at v2']);
  });

  it('moves the canary Service back before the aborted version loses its last pod', () => {
    const services = [aService('canary', { version: 'v2' }), aService('stable', { version: 'v1' })];
    const more = { abort: true, abortedAt: renderTime(secondsAfter(5)) };
    expect(actionsOf(planRollout(anUpdate({ canary, services, sizes: [4, 1], more })))).toEqual(['point canary at v1']);
  });

  it('takes its mark off a Service that the strategy no longer names', () => {
    const seen = anUpdate({ services: [aService('old', { version: 'v1' })], sizes: [3, 1] });
    expect(actionsOf(planRollout(seen))).toContain('point old at nothing');
  });
});

describe('planRollout of what cannot be acted on', () => {
  it.each([{ what: 'a plugin', world: { steps: [{ plugin: { name: 'x' } }] }, path: 'spec.strategy.canary.steps[0].plugin' }])(
    'refuses $what by its path and writes nothing',
    ({ world, path }) => {
      const plan = planRollout(anObservedRollout({ ...world }));
      expect(plan).toMatchObject({ reason: 'InvalidSpec', actions: [], errors: [{ path }] });
    },
  );

  it('refuses a missing template by its path', () => {
    const own: readonly JsonObject[] = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'rate' }] } }];
    expect(planRollout(anObservedRollout({ steps: own })).errors).toEqual([
      {
        path: 'spec.strategy.canary.steps[1].analysis.templates',
        kind: 'invalid',
        value: '"rate"',
        detail: "AnalysisTemplate 'rate' not found",
      },
    ]);
  });

  const own: readonly JsonObject[] = [{ setWeight: 25 }, { analysis: { templates: [{ templateName: 'gone' }] } }, { pause: {} }];

  it.each([
    { when: 'an autoscaler wants more', more: {}, replicas: 8, actions: ['scale v1 to 6', 'scale v2 to 2'] },
    { when: 'nothing changes', more: {}, replicas: 4, actions: [] },
    { when: 'a user aborts', more: { abort: true }, replicas: 4, actions: ['scale v1 to 4', 'scale v2 to 0'] },
  ])('still does $actions when $when (rollout-core 10 #11)', ({ more, replicas, actions }) => {
    const plan = planRollout(anUpdate({ steps: own, index: 2, sizes: [3, 1], replicas, more }));
    expect(plan.reason).toBe('InvalidSpec');
    expect(actionsOf(plan)).toEqual(actions);
  });

  it('remembers that an abort was meant for the pending template (rollout-core 10 #37)', () => {
    const plan = planRollout(anUpdate({ steps: own, version: 'v3', index: 2, sizes: [3, 1], more: { abort: true } }));
    expect(plan.next).toMatchObject({ abort: true, abortedHash: hashOf('v3') });
  });
});
