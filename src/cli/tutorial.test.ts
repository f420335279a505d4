import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pluginFor } from '../testing/cli.js';
import { startRolloutPlane, type RolloutPlane } from '../testing/rollout-plane.js';

/** The first canary every tutorial shows: four pods, no Service, no router. */
const tutorial = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'app', namespace: 'default' },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'app' } },
    template: { metadata: { labels: { app: 'app' } }, spec: { containers: [{ name: 'demo', image: 'example.io/demo:v1' }] } },
    strategy: { canary: { steps: [{ setWeight: 10 }, { pause: { duration: '60s' } }, { setWeight: 50 }, { pause: {} }] } },
  },
};

describe('the canary of the tutorials', () => {
  let plane: RolloutPlane;
  beforeEach(async () => {
    plane = await startRolloutPlane();
  });
  afterEach(() => plane.stop());

  it('has 1 canary pod beside 4 stable ones at 10 %, says that this is 20 %, and is promoted to 100 % later', async () => {
    const plugin = pluginFor(plane);
    await plane.apply(tutorial);
    await plane.untilTold('Healthy 4/4');
    await plane.setImage('example.io/demo:v2');
    await plane.untilTold('Paused 1/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 4, v2: 1 });
    const { out } = await plugin.run('get rollout app');
    expect(out).toContain('SetWeight:     10\n');
    expect(out).toContain('ActualWeight:  20\n');
    await plane.untilTold('Paused 3/4 CanaryPauseStep');
    expect(plane.sizes()).toEqual({ v1: 2, v2: 2 });
    expect((await plugin.run('promote app')).code).toBe(0);
    await plane.untilTold('Healthy 4/4');
    expect(plane.sizes()).toEqual({ v2: 4 });
  });
});
