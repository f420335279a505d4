import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type JsonObject, type NewObject } from '../../api/kube.js';
import {
  aRolloutManifest,
  aServiceManifest,
  anAnalysisTemplateManifest,
  startRolloutPlane,
  type RolloutPlane,
} from '../../testing/rollout-plane.js';

let plane: RolloutPlane;

beforeEach(async () => {
  plane = await startRolloutPlane();
});

afterEach(async () => {
  await plane.stop();
});

const steps: readonly JsonObject[] = [{ setWeight: 25 }, { pause: { duration: '30s' } }, { setWeight: 50 }, { pause: {} }];

async function deployed(manifest: NewObject = aRolloutManifest({ steps })): Promise<void> {
  await plane.apply(manifest);
  await plane.until('healthy', () => plane.rollout().status.phase === 'Healthy');
}

async function updated(untilTold: string, manifest?: NewObject): Promise<void> {
  await deployed(manifest);
  await plane.setImage('example.io/demo:v2');
  await plane.untilTold(untilTold);
}

const promote = (): Promise<void> => plane.patchRollout({ status: { pauseConditions: null } }, 'status');

describe('a good release', () => {
  it('goes out by its steps and ends healthy', async () => {
    await updated('Paused 1/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 3, v2: 1 });
    await plane.untilTold('Paused 3/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 2, v2: 2 });
    await plane.wait(3_600_000);
    expect(plane.told()).toBe('Paused 3/4 CanaryPauseStep');
    await promote();
    await plane.untilTold('Healthy 4/4');
    expect(plane.sizes()).toEqual({ v2: 4 });
    expect(plane.failures).toEqual([]);
  });

  it('tells it in events', async () => {
    await updated(
      'Paused 1/4 CanaryPauseStep',
      aRolloutManifest({ steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: { duration: 1 } }] }),
    );
    await promote();
    await plane.untilTold('Healthy 4/4');
    const told = plane.events.map((event) => event.replaceAll(/app-\w+/g, 'app-HASH').replaceAll(/\([0-9a-f]{8,12}\)/g, '(HASH)'));
    expect(told).toEqual([
      'NewReplicaSetCreated: Created ReplicaSet app-HASH (revision 1)',
      'RolloutUpdated: Rollout updated to revision 1',
      'RolloutAddedToInformer: Rollout resource added to informer: default/app',
      'RolloutNotCompleted: Rollout not completed, started update to revision 1 (HASH)',
      'RolloutCompleted: Rollout completed update to revision 1 (HASH): Initial deploy',
      'ScalingReplicaSet: Scaled up ReplicaSet app-HASH (revision 1) from 0 to 4',
      'NewReplicaSetCreated: Created ReplicaSet app-HASH (revision 2)',
      'RolloutUpdated: Rollout updated to revision 2',
      'RolloutNotCompleted: Rollout not completed, started update to revision 2 (HASH)',
      'ScalingReplicaSet: Scaled down ReplicaSet app-HASH (revision 1) from 4 to 3',
      'ScalingReplicaSet: Scaled up ReplicaSet app-HASH (revision 2) from 0 to 1',
      'RolloutStepCompleted: Rollout step 1/4 completed (setWeight: 25)',
      'RolloutPaused: Rollout is paused (CanaryPauseStep)',
      'RolloutStepCompleted: Rollout step 2/4 completed (pause)',
      'RolloutResumed: Rollout is resumed',
      'ScalingReplicaSet: Scaled down ReplicaSet app-HASH (revision 1) from 3 to 2',
      'ScalingReplicaSet: Scaled up ReplicaSet app-HASH (revision 2) from 1 to 2',
      'RolloutStepCompleted: Rollout step 3/4 completed (setWeight: 50)',
      'RolloutPaused: Rollout is paused (CanaryPauseStep)',
      'RolloutStepCompleted: Rollout step 4/4 completed (pause: 1)',
      'RolloutResumed: Rollout is resumed',
      'ScalingReplicaSet: Scaled down ReplicaSet app-HASH (revision 1) from 2 to 1',
      'ScalingReplicaSet: Scaled up ReplicaSet app-HASH (revision 2) from 2 to 4',
      'ScalingReplicaSet: Scaled down ReplicaSet app-HASH (revision 1) from 1 to 0',
      'RolloutCompleted: Rollout completed update to revision 2 (HASH): Completed all 4 canary steps',
    ]);
  });

  it('costs at most 35 writes for 10 pods and five weights (issue 4)', async () => {
    const pause = { pause: { duration: '10s' } };
    const five = [10, 20, 40, 60, 80].flatMap((setWeight) => [{ setWeight }, pause]);
    await deployed(aRolloutManifest({ replicas: 10, steps: five }));
    const before = plane.writes().length;
    await plane.setImage('example.io/demo:v2');
    await plane.untilTold('Healthy 10/10');
    await plane.wait(60_000);
    expect(plane.writes().length - before).toBeLessThanOrEqual(35);
    expect(plane.sizes()).toEqual({ v2: 10 });
  });

  it('writes nothing at rest, nor after a restart', async () => {
    await deployed();
    await plane.wait(10_000);
    const before = plane.writes().length;
    await plane.wait(3_600_000);
    plane.restart();
    await plane.wait(3_600_000);
    expect(plane.writes().length).toBe(before);
  });

  it('pauses for whole 30 seconds', async () => {
    await updated('Paused 1/4 CanaryPauseStep');
    const [pause] = plane.rollout().status.pauseConditions;
    await plane.until('step 2', () => (plane.rollout().status.currentStepIndex ?? 0) >= 2);
    expect(plane.scheduler.now() - (pause?.startTime ?? 0)).toBe(30_000);
  });
});

describe('a bad release', () => {
  const analysed: readonly JsonObject[] = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'rate' }] } }, { setWeight: 100 }];

  async function failing(): Promise<string> {
    await plane.apply(anAnalysisTemplateManifest());
    await deployed(aRolloutManifest({ steps: analysed }));
    await plane.setImage('example.io/demo:v2');
    await plane.until('a run', () => plane.store.peekAll(resources.analysisRuns).length > 0);
    const [run] = plane.store.peekAll(resources.analysisRuns);
    return run?.metadata.name ?? '';
  }

  it('is taken back when its analysis fails', async () => {
    const run = await failing();
    expect(plane.sizes()).toEqual({ v1: 2, v2: 2 });
    await plane.setPhase(run, 'Failed', 'Metric "rate" assessed Failed due to failed (1) > failureLimit (0)');
    const cause = 'Step-based analysis phase error/failed: Metric "rate" assessed Failed due to failed (1) > failureLimit (0)';
    await plane.untilTold(`Degraded 0/3 RolloutAborted: Rollout aborted update to revision 2: ${cause}`);
    await plane.wait(60_000);
    expect(plane.sizes()).toEqual({ v1: 4 });
    expect(plane.events).toContain(`RolloutAborted: Rollout aborted update to revision 2: ${cause}`);
    expect(plane.failures).toEqual([]);
  });

  it('has the abort stored before anything is scaled back', async () => {
    const run = await failing();
    const before = plane.writes().length;
    await plane.setPhase(run, 'Failed');
    await plane.wait(60_000);
    const [first, second] = plane
      .writes()
      .slice(before)
      .map(({ resource, subresource }) => `${resource.resource}/${subresource ?? ''}`);
    expect([first, second]).toEqual(['rollouts/status', 'replicasets/']);
  });

  it('is tried again with a run of its own after a retry', async () => {
    const run = await failing();
    await plane.setPhase(run, 'Failed');
    await plane.until('aborted', () => plane.rollout().status.abort && plane.sizes()['v2'] === undefined);
    await plane.patchRollout({ status: { abort: false } }, 'status');
    await plane.until('another run', () => plane.store.peekAll(resources.analysisRuns).length === 2);
    await plane.setPhase(`${run}.1`, 'Successful');
    await plane.untilTold('Healthy 3/3');
    expect(plane.events).toContain(`AnalysisRunSuccessful: Step Analysis Run '${run}.1' Status New: 'Successful' Previous: ''`);
  });

  it('that never starts is Degraded after its deadline and heals with another image', async () => {
    plane.pods.set('example.io/demo:v2', { isImageMissing: true });
    await deployed(aRolloutManifest({ steps, spec: { progressDeadlineSeconds: 60 } }));
    await plane.setImage('example.io/demo:v2');
    await plane.until('degraded', () => plane.rollout().status.message.startsWith('ProgressDeadlineExceeded: ReplicaSet "app-'));
    expect(plane.sizes()).toEqual({ v1: 3, v2: 1 });
    await plane.setImage('example.io/demo:v3');
    await plane.untilTold('Paused 1/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 3, v3: 1 });
  });

  it('whose pods come and go does not outrun its deadline (rollout-core 10 #18)', async () => {
    await deployed(aRolloutManifest({ steps, spec: { progressDeadlineSeconds: 120, minReadySeconds: 20, progressDeadlineAbort: true } }));
    plane.pods.set('example.io/demo:v2', { exitAfterMs: 15_000, exitCode: 1 });
    await plane.setImage('example.io/demo:v2');
    await plane.until('aborted', () => plane.rollout().status.abort, 200_000);
    expect(plane.rollout().status.message).toMatch(/has timed out progressing/);
  });
});

describe('what users do in between', () => {
  it('abort goes back to the old version, retry starts again', async () => {
    await updated('Paused 3/4 CanaryPauseStep');
    await plane.patchRollout({ status: { abort: true } }, 'status');
    await plane.untilTold('Degraded 0/4 RolloutAborted: Rollout aborted update to revision 2');
    await plane.until('v1 alone', () => plane.sizes()['v2'] === undefined && plane.sizes()['v1'] === 4);
    await plane.wait(60_000);
    await plane.patchRollout({ status: { abort: false } }, 'status');
    await plane.untilTold('Paused 1/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 3, v2: 1 });
  });

  it('promote full skips the rest', async () => {
    await updated('Paused 1/4 CanaryPauseStep');
    await plane.patchRollout({ status: { promoteFull: true } }, 'status');
    await plane.untilTold('Healthy 4/4');
    expect(plane.rollout().status).toMatchObject({ promoteFull: false, duration: { completionStatus: 'FastPromoted' } });
  });

  it('promote full works from an abort', async () => {
    await updated('Paused 1/4 CanaryPauseStep');
    await plane.patchRollout({ status: { abort: true } }, 'status');
    await plane.until('v1 alone', () => plane.sizes()['v2'] === undefined);
    await plane.patchRollout({ status: { promoteFull: true } }, 'status');
    await plane.untilTold('Healthy 4/4');
    expect(plane.sizes()).toEqual({ v2: 4 });
  });

  it('the old image goes back at once and skips the steps', async () => {
    await updated('Paused 3/4 CanaryPauseStep');
    await plane.setImage('example.io/demo:v1');
    await plane.untilTold('Healthy 4/4');
    expect(plane.sizes()).toEqual({ v1: 4 });
    expect(plane.rollout().metadata.annotations).toMatchObject({ 'rollout.argoproj.io/revision': '3' });
    expect(plane.events).toContain('SkipSteps: Rollback to stable ReplicaSets');
  });

  it('a third version replaces the second, and stable keeps what is needed', async () => {
    await updated('Paused 3/4 CanaryPauseStep');
    await plane.setImage('example.io/demo:v3');
    await plane.untilTold('Paused 1/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 3, v3: 1 });
  });

  it('scale at a pause keeps the share', async () => {
    await updated('Paused 1/4 CanaryPauseStep');
    await plane.patchRollout({ spec: { replicas: 8 } });
    await plane.until('8 pods', () => plane.rollout().status.availableReplicas === 8);
    expect(plane.sizes()).toEqual({ v1: 6, v2: 2 });
    await plane.patchRollout({ spec: { replicas: 0 } });
    await plane.until('no pods', () => plane.rollout().status.replicas === 0);
    await plane.patchRollout({ spec: { replicas: 4 } });
    await plane.until('4 pods', () => plane.rollout().status.availableReplicas === 4);
    expect(plane.sizes()).toEqual({ v1: 3, v2: 1 });
  });

  it('spec.paused holds an update, serves an autoscaler, and promote ends it (recordings, canary-spec-paused)', async () => {
    await deployed();
    await plane.patchRollout({ spec: { paused: true } });
    await plane.setImage('example.io/demo:v2');
    await plane.untilTold('Paused 0/4 manually paused');
    await plane.patchRollout({ spec: { replicas: 6 } });
    await plane.until('6 pods', () => plane.rollout().status.availableReplicas === 6);
    expect(plane.sizes()).toEqual({ v1: 6 });
    await plane.patchRollout({ spec: { paused: false } });
    await plane.untilTold('Paused 1/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 5, v2: 2 });
  });

  it('a resume at a pause step is not lost under spec.paused (recordings, canary-spec-paused-midway)', async () => {
    await updated('Paused 1/4 CanaryPauseStep');
    await plane.patchRollout({ spec: { paused: true } });
    await plane.untilTold('Paused 1/4 manually paused');
    await promote();
    await plane.wait(5_000);
    await plane.patchRollout({ spec: { paused: false } });
    await plane.untilTold('Paused 3/4 CanaryPauseStep', 10_000);
  });

  it('edited steps start again', async () => {
    await updated('Paused 3/4 CanaryPauseStep');
    await plane.patchRollout({ spec: { strategy: { canary: { steps: [{ setWeight: 75 }, { pause: {} }] } } } });
    await plane.untilTold('Paused 1/2 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 1, v2: 3 });
  });

  it('edited steps at rest move nothing', async () => {
    await deployed();
    const before = plane.sizes();
    await plane.patchRollout({ spec: { strategy: { canary: { steps: [{ setWeight: 75 }] } } } });
    await plane.untilTold('Healthy 1/1');
    expect(plane.sizes()).toEqual(before);
    expect(plane.events).toContain('SkipSteps: Rollback to stable ReplicaSets');
  });
});

describe('history', () => {
  it('keeps as many old ReplicaSets as asked for', async () => {
    await deployed(aRolloutManifest({ spec: { revisionHistoryLimit: 1 } }));
    for (const version of ['v2', 'v3', 'v4']) {
      await plane.setImage(`example.io/demo:${version}`);
      await plane.untilTold('Healthy');
      await plane.wait(10_000);
    }
    expect(plane.replicaSets().map((rs) => rs.revision)).toEqual(expect.arrayContaining([3, 4]));
    expect(plane.replicaSets()).toHaveLength(2);
  });
});

describe('Services', () => {
  const canary = { canaryService: 'app-canary', stableService: 'app-stable' };
  const hashAt = (name: string): string | undefined =>
    (plane.store.peek(resources.services, 'default', name)?.spec?.['selector'] as Record<string, string>)['rollouts-pod-template-hash'];

  it('follow the versions and never point at one without pods', async () => {
    await plane.apply(aServiceManifest('app-canary'), aServiceManifest('app-stable'));
    await deployed(aRolloutManifest({ steps, canary }));
    const v1 = plane.rollout().status.stableRS;
    await plane.until('adopted', () => hashAt('app-stable') === v1 && hashAt('app-canary') === v1);
    const empty: string[] = [];
    plane.store.onChange(() => {
      for (const name of ['app-canary', 'app-stable']) {
        const rs = plane.replicaSets().find(({ hash }) => hash === hashAt(name));
        if (rs !== undefined && rs.replicas === 0) empty.push(`${name} at ${plane.scheduler.now()}`);
      }
    });
    await plane.setImage('example.io/demo:v2');
    await plane.untilTold('Paused 1/4 CanaryPauseStep');
    const v2 = plane.rollout().status.currentPodHash;
    expect([hashAt('app-stable'), hashAt('app-canary')]).toEqual([v1, v2]);
    await plane.patchRollout({ status: { promoteFull: true } }, 'status');
    await plane.untilTold('Healthy 4/4');
    await plane.wait(10_000);
    expect([hashAt('app-stable'), hashAt('app-canary')]).toEqual([v2, v2]);
    expect(plane.sizes()).toEqual({ v2: 4 });
    expect(empty).toEqual([]);
  });

  it('lose our key when the Rollout goes', async () => {
    await plane.apply(aServiceManifest('app-canary'), aServiceManifest('app-stable'));
    await deployed(aRolloutManifest({ steps, canary }));
    await plane.until('adopted', () => hashAt('app-stable') !== undefined);
    await plane.remove(resources.rollouts, 'app');
    expect(await plane.scheduler.runUntil(() => hashAt('app-stable') === undefined && hashAt('app-canary') === undefined, 10_000)).toBe(
      true,
    );
  });
});

describe('an invalid spec', () => {
  const analysed: readonly JsonObject[] = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'rate' }] } }, { pause: {} }];
  const missing = `InvalidSpec: The Rollout "app" is invalid: spec.strategy.canary.steps[1].analysis.templates: Invalid value: "rate": AnalysisTemplate 'rate' not found`;

  it('says what is missing, and goes on as soon as it is there', async () => {
    await plane.apply(aRolloutManifest({ steps: analysed }));
    await plane.untilTold(`Degraded ${missing}`);
    expect(plane.replicaSets()).toEqual([]);
    await plane.apply(anAnalysisTemplateManifest());
    await plane.untilTold('Healthy 3/3', 5_000);
  });

  it('still scales and aborts, and an abort for a pending template holds (recordings, analysis-template-missing)', async () => {
    await plane.apply(anAnalysisTemplateManifest());
    await deployed(aRolloutManifest({ replicas: 2, steps: analysed }));
    await plane.setImage('example.io/demo:v2');
    await plane.until('a run', () => plane.store.peekAll(resources.analysisRuns).length > 0);
    await plane.setPhase(plane.store.peekAll(resources.analysisRuns)[0]?.metadata.name ?? '', 'Successful');
    await plane.untilTold('Paused 2/3 CanaryPauseStep');
    await plane.remove(resources.analysisTemplates, 'rate');
    await plane.untilTold(`Degraded 2/3 ${missing}`);
    await plane.setImage('example.io/demo:v3');
    await plane.patchRollout({ spec: { replicas: 4 } });
    await plane.until('4 pods', () => plane.rollout().status.availableReplicas === 4);
    expect(plane.sizes()).toEqual({ v1: 2, v2: 2 });
    await plane.patchRollout({ status: { abort: true } }, 'status');
    await plane.until('v1 alone', () => plane.sizes()['v1'] === 4 && plane.sizes()['v2'] === undefined);
    await plane.apply(anAnalysisTemplateManifest());
    await plane.untilTold('Degraded 0/3 RolloutAborted: Rollout aborted update to revision 3');
    await plane.wait(60_000);
    expect(plane.sizes()).toEqual({ v1: 4 });
  });

  it('of a strategy that does not exist yet is refused by its path, and nothing is written but the status', async () => {
    await plane.apply(aRolloutManifest({ steps: [{ plugin: { name: 'x' } }] }));
    await plane.until('refused', () => plane.rollout().status.message.includes('spec.strategy.canary.steps[0].plugin'));
    expect(plane.writes().map(({ resource, subresource }) => `${resource.resource}/${subresource ?? ''}`)).toEqual(['rollouts/status']);
  });
});

describe('ownership', () => {
  it('adopts the ReplicaSets an orphaning deletion left behind, without a new revision', async () => {
    await deployed();
    const [rs] = plane.replicaSets();
    await plane.during(
      plane.store.delete({ resource: resources.rollouts, namespace: 'default', name: 'app' }, { propagationPolicy: 'Orphan' }),
    );
    await plane.wait(5_000);
    expect(plane.replicaSets().map((each) => each.metadata.uid)).toEqual([rs?.metadata.uid]);
    await deployed();
    expect(plane.replicaSets().map((each) => each.metadata.uid)).toEqual([rs?.metadata.uid]);
    expect(plane.replicaSets()[0]?.metadata.ownerReferences?.[0]?.uid).toBe(plane.rollout().metadata.uid);
  });

  it('takes another name when a stranger has the ReplicaSet name (recordings, hash-collision)', async () => {
    await deployed();
    const name = plane.replicaSets()[0]?.metadata.name ?? '';
    await plane.remove(resources.rollouts, 'app');
    await plane.until('gone', () => plane.replicaSets().length === 0).catch(() => undefined);
    const selector = { matchLabels: { other: 'x' } };
    const template = { metadata: { labels: { other: 'x' } }, spec: { containers: [{ name: 'demo', image: 'example.io/other:v0' }] } };
    await plane.apply({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name }, spec: { replicas: 0, selector, template } });
    await deployed();
    expect(plane.rollout().status.collisionCount).toBe(1);
    expect(plane.sizes()).toMatchObject({ v1: 4 });
  });
});
