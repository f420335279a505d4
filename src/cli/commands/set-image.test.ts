import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources } from '../../api/kube.js';
import { aCliStage, type CliStage } from '../../testing/cli.js';

describe('set image', () => {
  let stage: CliStage;
  beforeEach(async () => {
    stage = await aCliStage();
    await stage.put(resources.rollouts, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web' },
      spec: { template: { spec: { containers: [{ name: 'app', image: 'app:1' }] } }, strategy: { canary: {} } },
    });
  });

  it('changes the image', async () => {
    const result = await stage.run('set image web app=app:2');
    expect(result).toEqual({ code: 0, out: 'rollout "web" image updated\n', err: '' });
  });
});
