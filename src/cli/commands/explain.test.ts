import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type JsonObject, type KubeObject, type NewObject } from '../../api/kube.js';
import { ControllerError } from '../../lib/errors.js';
import { aCliStage, pluginFor, type CliStage } from '../../testing/cli.js';
import { pausedAtStep, putReplicaSet, putRollout } from '../../testing/cli-world.js';
import { anAnalysisTemplateManifest, aRolloutManifest, startRolloutPlane, type RolloutPlane } from '../../testing/rollout-plane.js';

const steps = [{ setWeight: 25 }, { pause: { duration: '5m' } }, { setWeight: 50 }];

describe('explain', () => {
  let stage: CliStage;
  beforeEach(async () => {
    stage = await aCliStage();
  });

  async function aCanary(status: JsonObject, spec: JsonObject = {}): Promise<KubeObject> {
    const web = await putRollout(stage, { steps, status, spec });
    await putReplicaSet(stage, web, { hash: 'old', revision: 1, replicas: 3 });
    await putReplicaSet(stage, web, { hash: 'new', revision: 2, replicas: 1, image: 'example.io/web:2' });
    return web;
  }

  it('says what the controller stored when it may not look for itself', async () => {
    await aCanary({
      ...pausedAtStep,
      sluice: {
        awaiting: {
          reason: 'CanaryPauseStep',
          message: 'step 2 of 3 waits until 2026-01-01T00:05:00Z',
          since: '2026-01-01T00:00:00Z',
          until: '2026-01-01T00:05:00Z',
          unblock: 'kubectl sluice promote web',
        },
      },
    });
    stage.store.intercept({
      before: ({ caller, verb, resource }) => {
        if (caller === 'cli' && verb === 'list' && resource.resource === 'rollouts')
          throw new ControllerError('forbidden', 'you may not list rollouts');
      },
    });
    await stage.scheduler.runFor(125_000);
    const { out, err, code } = await stage.run('explain web');
    expect(code).toBe(0);
    expect(err).toBe('note: only what the controller has stored is shown: you may not list rollouts\n');
    expect(out).toBe(`॥ web is Paused: CanaryPauseStep

Awaiting  step 2 of 3 waits until 2026-01-01T00:05:00Z (CanaryPauseStep)
Since     2026-01-01T00:00:00Z (2m5s ago)
Until     2026-01-01T00:05:00Z (in 2m55s)
Unblock   kubectl sluice promote web

Evidence
  ✔ revision 2 (canary): 1 of 1 pods available, example.io/web:2
  ✔ revision 1 (stable): 3 of 3 pods available, example.io/web:1
  ✔ the canary has 25 of 100 of the traffic by its share of the pods; wanted: 25

You can
  kubectl sluice promote web         end the pause and go on with the next step
  kubectl sluice abort web           go back to the stable version and stay
                                     there
  kubectl sluice promote web --full  skip every step, pause and analysis that is
                                     left
`);
  });
});

describe('explain beside a controller', () => {
  let plane: RolloutPlane;
  let plugin: ReturnType<typeof pluginFor>;
  beforeEach(async () => {
    plane = await startRolloutPlane();
    plugin = pluginFor(plane);
  });
  afterEach(() => plane.stop());

  async function update(manifest: NewObject, image = 'example.io/demo:v2'): Promise<void> {
    await plane.apply(manifest);
    await plane.until('Healthy', () => plane.rollout().status.phase === 'Healthy');
    await plane.setImage(image);
  }

  /** Ages and instants depend on how fast the stand-ins are; hashes on the template. */
  const explained = async (): Promise<string> =>
    (await plugin.run('explain app', { columns: 100 })).out
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replace(/app-[a-z0-9]{7,10}/g, 'app-<hash>')
      .replace(/(ago|in|for) ?\d+[smh]\d*s?/g, '$1 <span>')
      .replace(/\d+[smh]\d*s? ago/g, '<span> ago');

  it('says until when a pause lasts and how to end it', async () => {
    await update(aRolloutManifest({ steps: [{ setWeight: 25 }, { pause: { duration: '10m' } }] }));
    await plane.untilTold('Paused 1/2 CanaryPauseStep');
    expect(await explained()).toBe(`॥ app is Paused: CanaryPauseStep

Awaiting  step 2 of 2 waits until <time> (CanaryPauseStep)
Since     <time> (<span> ago)
Until     <time> (in <span>)
Unblock   kubectl sluice promote app

Evidence
  ✔ revision 2 (canary): 1 of 1 pods available, example.io/demo:v2
  ✔ revision 1 (stable): 3 of 3 pods available, example.io/demo:v1
  ✔ the canary has 25 of 100 of the traffic by its share of the pods; wanted: 25

You can
  kubectl sluice promote app         end the pause and go on with the next step
  kubectl sluice abort app           go back to the stable version and stay there
  kubectl sluice promote app --full  skip every step, pause and analysis that is left
`);
  });

  it('names the pods that do not start and why', async () => {
    plane.pods.set('example.io/demo:bad', { isImageMissing: true });
    await update(aRolloutManifest({ steps: [{ setWeight: 25 }, { pause: {} }] }), 'example.io/demo:bad');
    await plane.wait(20_000);
    const text = await explained();
    expect(text).toContain('canary pods are not available yet (CanaryNotAvailable)');
    expect(text).toContain('◌ revision 2 (canary): 0 of 1 pods available, example.io/demo:bad');
    expect(text).toMatch(/✖ pod app-<hash>-\w+: (ImagePullBackOff|ErrImagePull)/);
  });

  it('shows the measurements against their limits', async () => {
    await plane.apply(anAnalysisTemplateManifest('rate', { metrics: [metric] }));
    await update(aRolloutManifest({ steps: [{ setWeight: 25 }, { analysis: { templates: [{ templateName: 'rate' }] } }] }));
    const run = (): KubeObject | undefined => plane.store.peekAll(resources.analysisRuns)[0];
    await plane.until('a run', () => run() !== undefined);
    const measurements = [{ phase: 'Failed', value: '[0.87]', startedAt: '2026-01-01T00:00:00Z' }];
    const metricResults = [{ name: 'rate', phase: 'Running', count: 3, successful: 2, failed: 1, measurements }];
    await plane.patch(resources.analysisRuns, run()?.metadata.name ?? '', { status: { phase: 'Running', metricResults } });
    const text = await explained();
    expect(text).toContain('waits for AnalysisRun app-<hash>-2-1 (AnalysisRunning)');
    expect(text).toContain('◌ analysis app-<hash>-2-1: Running');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'metric rate: Running, 2 good, 1 bad (2 allowed); last value [0.87], wanted result[0] >= 0.95',
    );
    expect(text).toContain('skip the analysis and go on with the next step');
  });

  it('says why an update was aborted and what can be done about it', async () => {
    await update(aRolloutManifest({ steps: [{ setWeight: 25 }, { pause: {} }] }));
    await plane.untilTold('Paused 1/2 CanaryPauseStep');
    expect((await plugin.run('abort app')).out).toBe("rollout 'app' aborted\n");
    await plane.until('Degraded', () => plane.rollout().status.phase === 'Degraded');
    const text = await explained();
    expect(text).toMatch(/^✖ app is Degraded: RolloutAborted: Rollout aborted update to revision 2\n\nAwaiting {2}the update was aborted/);
    expect(text).toContain('kubectl sluice retry rollout app   start the steps of the same version again');
  });

  it('names the wrong field', async () => {
    await update(aRolloutManifest({ steps: [{ setWeight: 25 }, { pause: {} }] }));
    await plane.patchRollout({ spec: { strategy: { canary: { maxSurge: 0, maxUnavailable: 0 } } } });
    await plane.until('Degraded', () => plane.rollout().status.phase === 'Degraded');
    const text = await explained();
    expect(text).toContain('✖ spec.strategy.');
    expect(text).toContain('kubectl edit rollout app');
  });

  it('awaits nothing when all is well, and says so as data too', async () => {
    await plane.apply(aRolloutManifest());
    await plane.until('Healthy', () => plane.rollout().status.phase === 'Healthy');
    expect(await explained()).toBe(`✔ app is Healthy

Nothing is awaited.

Evidence
  ✔ revision 1 (stable): 4 of 4 pods available, example.io/demo:v1
`);
    const data: unknown = JSON.parse((await plugin.run('explain app -o json')).out);
    expect(data).toMatchObject({ name: 'app', status: 'Healthy', commands: [], evidence: [{ kind: 'replicas', tone: 'good' }] });
    expect(data).not.toHaveProperty('awaiting');
  });
});

const metric = {
  name: 'rate',
  interval: '10s',
  count: 10,
  failureLimit: 2,
  successCondition: 'result[0] >= 0.95',
  provider: { prometheus: { address: 'http://prometheus', query: 'rate' } },
};
