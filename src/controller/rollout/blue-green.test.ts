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

function aBlueGreen(blueGreen: JsonObject = {}, spec: JsonObject = {}): NewObject {
  const strategy = { blueGreen: { activeService: 'active', previewService: 'preview', scaleDownDelaySeconds: 30, ...blueGreen } };
  return aRolloutManifest({ replicas: 3, spec: { strategy, ...spec } });
}

/** Applies Services and Rollout and waits until users reach v1. */
async function deployed(manifest: NewObject = aBlueGreen({ autoPromotionEnabled: false })): Promise<void> {
  await plane.apply(aServiceManifest('active'), aServiceManifest('preview'), manifest);
  await plane.untilTold('Healthy');
  expect(pointsAt('active')).toBe('v1');
}

async function updated(untilTold: string, manifest?: NewObject): Promise<void> {
  await deployed(manifest);
  await plane.setImage('example.io/demo:v2');
  await plane.untilTold(untilTold);
}

/** Version a Service selects; '' when our key is not there. */
function pointsAt(name: string): string {
  const selector = plane.store.peek(resources.services, 'default', name)?.spec?.['selector'] as Record<string, string>;
  const rs = plane.replicaSets().find(({ hash }) => hash === selector['rollouts-pod-template-hash']);
  const image = JSON.stringify(rs?.template ?? '');
  return /demo:(v\d)/.exec(image)?.[1] ?? '';
}

const promote = (): Promise<void> => plane.patchRollout({ status: { pauseConditions: null } }, 'status');
const patchStatus = (status: JsonObject): Promise<void> => plane.patchRollout({ status }, 'status');

async function runNamed(suffix: string): Promise<string> {
  const find = (): string | undefined =>
    plane.store.peekAll(resources.analysisRuns).find(({ metadata }) => metadata.name.endsWith(suffix))?.metadata.name;
  await plane.until(`a run ${suffix}`, () => find() !== undefined);
  return find() ?? '';
}

/** Notes every moment at which the active Service points at a version without available pods. */
function watchForOutages(): readonly string[] {
  const outages: string[] = [];
  plane.store.onChange(() => {
    const selector = plane.store.peek(resources.services, 'default', 'active')?.spec?.['selector'] as Record<string, string> | undefined;
    const rs = plane.replicaSets().find(({ hash }) => hash === selector?.['rollouts-pod-template-hash']);
    if (rs !== undefined && rs.available === 0) outages.push(`${rs.metadata.name} at ${plane.scheduler.now()}`);
  });
  return outages;
}

describe('a release behind a manual gate', () => {
  it('shows itself in the preview, goes live on promote, and leaves the old version at hand for a while', async () => {
    await updated('Paused BlueGreenPause');
    expect(plane.sizes()).toEqual({ v1: 3, v2: 3 });
    expect([pointsAt('active'), pointsAt('preview')]).toEqual(['v1', 'v2']);
    await plane.wait(3_600_000);
    expect(pointsAt('active')).toBe('v1');
    await promote();
    await plane.untilTold('Healthy');
    expect([pointsAt('active'), pointsAt('preview')]).toEqual(['v2', 'v2']);
    await plane.wait(25_000);
    expect(plane.sizes()).toEqual({ v1: 3, v2: 3 });
    await plane.wait(10_000);
    expect(plane.sizes()).toEqual({ v2: 3 });
    expect(plane.failures).toEqual([]);
  });

  it('counts for autoscalers only the pods users reach', async () => {
    await updated('Paused BlueGreenPause');
    expect(plane.rollout().status).toMatchObject({ replicas: 6, hpaReplicas: 3, availableReplicas: 3 });
    expect(plane.rollout().status.selector).toMatch(/^app=app,rollouts-pod-template-hash=/);
  });

  it('keeps a promote that comes while a pod is missing (rollout-core 10 #15)', async () => {
    await updated('Paused BlueGreenPause');
    const hash = plane.rollout().status.currentPodHash;
    const pod = plane.store.peekAll(resources.pods).find(({ metadata }) => metadata.labels?.['rollouts-pod-template-hash'] === hash);
    await plane.remove(resources.pods, pod?.metadata.name ?? '');
    await promote();
    await plane.untilTold('Healthy', 60_000);
    expect(pointsAt('active')).toBe('v2');
  });

  it('writes nothing at rest', async () => {
    await updated('Paused BlueGreenPause');
    await promote();
    await plane.untilTold('Healthy');
    await plane.wait(60_000);
    const before = plane.writes().length;
    await plane.wait(3_600_000);
    plane.restart();
    await plane.wait(600_000);
    expect(plane.writes().length).toBe(before);
  });
});

describe('a release that promotes itself', () => {
  it('does so at once', async () => {
    await updated('Healthy', aBlueGreen());
    expect(pointsAt('active')).toBe('v2');
  });

  it('does so after autoPromotionSeconds', async () => {
    await updated('Paused BlueGreenPause', aBlueGreen({ autoPromotionSeconds: 60 }));
    const [pause] = plane.rollout().status.pauseConditions;
    await plane.until('switched', () => pointsAt('active') === 'v2');
    expect(plane.scheduler.now() - (pause?.startTime ?? 0)).toBe(60_000);
  });

  it('shows few pods first and all of them before the switch', async () => {
    await updated('Paused BlueGreenPause', aBlueGreen({ autoPromotionEnabled: false, previewReplicaCount: 1 }));
    expect(plane.sizes()).toEqual({ v1: 3, v2: 1 });
    await promote();
    await plane.untilTold('Healthy');
    expect(plane.sizes()).toMatchObject({ v2: 3 });
  });
});

describe('an abort', () => {
  it('before the switch takes the preview away after a while; retry brings it back', async () => {
    await updated('Paused BlueGreenPause', aBlueGreen({ autoPromotionEnabled: false, abortScaleDownDelaySeconds: 10 }));
    await patchStatus({ abort: true });
    await plane.untilTold('Degraded RolloutAborted: Rollout aborted update to revision 2');
    expect(plane.sizes()).toEqual({ v1: 3, v2: 3 });
    await plane.wait(12_000);
    expect(plane.sizes()).toEqual({ v1: 3 });
    await patchStatus({ abort: false });
    await plane.untilTold('Paused BlueGreenPause');
    expect(plane.sizes()).toEqual({ v1: 3, v2: 3 });
  });

  it('with a delay of 0 keeps the preview', async () => {
    await updated('Paused BlueGreenPause', aBlueGreen({ autoPromotionEnabled: false, abortScaleDownDelaySeconds: 0 }));
    await patchStatus({ abort: true });
    await plane.wait(600_000);
    expect(plane.sizes()).toEqual({ v1: 3, v2: 3 });
  });

  it('after the switch goes back although the new version is ill (recordings, bluegreen-post-fail-unready)', async () => {
    await plane.apply(anAnalysisTemplateManifest());
    const postPromotionAnalysis = { templates: [{ templateName: 'rate' }] };
    await updated('Progressing waiting for analysis to complete', aBlueGreen({ postPromotionAnalysis, abortScaleDownDelaySeconds: 5 }));
    expect(pointsAt('active')).toBe('v2');
    const outages = watchForOutages();
    plane.pods.set('example.io/demo:v2', { exitAfterMs: 1, exitCode: 1 });
    const pod = plane.store.peekAll(resources.pods).find(({ spec }) => JSON.stringify(spec).includes('demo:v2'));
    await plane.remove(resources.pods, pod?.metadata.name ?? '');
    await plane.wait(2_000);
    await plane.setPhase(await runNamed('-post'), 'Failed', 'bad');
    await plane.until('back at v1', () => pointsAt('active') === 'v1', 5_000);
    await plane.wait(60_000);
    expect(plane.sizes()).toEqual({ v1: 3 });
    expect(outages).toEqual([]);
  });
});

describe('analyses', () => {
  const templates = { templates: [{ templateName: 'rate' }] };

  it('before the switch decide about it', async () => {
    await plane.apply(anAnalysisTemplateManifest());
    await updated('Progressing active service cutover pending', aBlueGreen({ prePromotionAnalysis: templates }));
    await plane.setPhase(await runNamed('-pre'), 'Successful');
    await plane.untilTold('Healthy');
    expect(pointsAt('active')).toBe('v2');
  });

  it('that fail abort, and a retry measures the whole version anew (recordings, bluegreen-pre-fail)', async () => {
    await plane.apply(anAnalysisTemplateManifest());
    await updated(
      'Progressing active service cutover pending',
      aBlueGreen({ prePromotionAnalysis: templates, abortScaleDownDelaySeconds: 1 }),
    );
    await plane.setPhase(await runNamed('-pre'), 'Failed', 'bad');
    await plane.untilTold(
      'Degraded RolloutAborted: Rollout aborted update to revision 2: Blue/green pre-promotion analysis phase error/failed: bad',
    );
    await plane.until('v1 alone', () => plane.sizes()['v2'] === undefined);
    await patchStatus({ abort: false });
    await plane.until('judged when complete', () => plane.store.peekAll(resources.analysisRuns).length === 2);
    expect(plane.rollout().status.replicas).toBe(6);
    await plane.setPhase(await runNamed('-pre.1'), 'Successful');
    await plane.untilTold('Healthy');
    expect(pointsAt('active')).toBe('v2');
  });

  it('after the switch: a retry does not stumble over the old verdict (recordings, bluegreen-post-fail-retry)', async () => {
    await plane.apply(anAnalysisTemplateManifest());
    await updated(
      'Progressing waiting for analysis to complete',
      aBlueGreen({ postPromotionAnalysis: templates, abortScaleDownDelaySeconds: 1 }),
    );
    await plane.setPhase(await runNamed('-post'), 'Failed', 'bad');
    await plane.until('back at v1', () => pointsAt('active') === 'v1' && plane.sizes()['v2'] === undefined);
    await patchStatus({ abort: false });
    await plane.until('switched again', () => pointsAt('active') === 'v2');
    await plane.setPhase(await runNamed('-post.1'), 'Successful');
    await plane.untilTold('Healthy');
  });

  it('that cannot tell wait for a human, who lets them measure again', async () => {
    await plane.apply(anAnalysisTemplateManifest());
    await updated('Progressing active service cutover pending', aBlueGreen({ prePromotionAnalysis: templates }));
    await plane.setPhase(await runNamed('-pre'), 'Inconclusive');
    await plane.untilTold('Paused InconclusiveAnalysisRun');
    await promote();
    await plane.setPhase(await runNamed('-pre.1'), 'Successful');
    await plane.untilTold('Healthy');
  });

  it('are skipped by promote full', async () => {
    await plane.apply(anAnalysisTemplateManifest());
    const both = { prePromotionAnalysis: templates, postPromotionAnalysis: templates, autoPromotionEnabled: false };
    await updated('Progressing active service cutover pending', aBlueGreen(both));
    await runNamed('-pre');
    await patchStatus({ promoteFull: true });
    await plane.untilTold('Healthy');
    expect(pointsAt('active')).toBe('v2');
    expect(plane.store.peekAll(resources.analysisRuns).map(({ spec }) => spec?.['terminate'])).toEqual([true]);
  });
});

describe('Services that drift', () => {
  it('are pointed back, and nothing is promoted by it (recordings, bluegreen-services-drift)', async () => {
    await updated('Paused BlueGreenPause');
    await plane.patch(resources.services, 'active', { spec: { selector: { 'rollouts-pod-template-hash': null } } });
    await plane.until('repaired', () => pointsAt('active') === 'v1', 1_000);
    await plane.patchRollout({ spec: { replicas: 4 } });
    await plane.wait(60_000);
    expect(plane.told()).toBe('Paused BlueGreenPause');
    expect(pointsAt('active')).toBe('v1');
    expect(plane.sizes()).toEqual({ v1: 4, v2: 4 });
  });

  it('make the spec invalid while one is missing, and it heals at once', async () => {
    await deployed();
    await plane.remove(resources.services, 'preview');
    await plane.until('invalid', () => plane.rollout().status.message.includes('service "preview" not found'), 1_000);
    await plane.apply(aServiceManifest('preview'));
    await plane.untilTold('Healthy', 2_000);
    expect(pointsAt('preview')).toBe('v1');
  });
});

describe('versions that come and go', () => {
  it('a third one replaces the second, which lingers', async () => {
    await updated('Paused BlueGreenPause');
    await plane.setImage('example.io/demo:v3');
    await plane.untilTold('Paused BlueGreenPause');
    expect(plane.sizes()).toEqual({ v1: 3, v2: 3, v3: 3 });
    await plane.wait(40_000);
    expect(plane.sizes()).toEqual({ v1: 3, v3: 3 });
  });

  it('the old one within its delay is back at once, without gate (rollout-core 10 #31)', async () => {
    await updated('Paused BlueGreenPause');
    await promote();
    await plane.untilTold('Healthy');
    await plane.setImage('example.io/demo:v1');
    await plane.untilTold('Healthy', 5_000);
    expect(pointsAt('active')).toBe('v1');
  });

  it('the old one after its delay passes the gate again', async () => {
    await updated('Paused BlueGreenPause');
    await promote();
    await plane.untilTold('Healthy');
    await plane.wait(60_000);
    await plane.setImage('example.io/demo:v1');
    await plane.untilTold('Paused BlueGreenPause');
  });

  it('and a strategy that changes keeps what runs', async () => {
    await deployed();
    const uids = (): readonly string[] => plane.store.peekAll(resources.pods).map(({ metadata }) => metadata.uid);
    const before = uids();
    const body = [{ op: 'replace', path: '/spec/strategy', value: { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } } }];
    await plane.during(plane.store.patch({ resource: resources.rollouts, namespace: 'default', name: 'app' }, { kind: 'json', body }));
    await plane.untilTold('Healthy 2/2');
    expect(uids()).toEqual(before);
    expect(pointsAt('active')).toBe('');
  });
});
