import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources } from '../../api/kube.js';
import { aCliStage, type CliStage } from '../../testing/cli.js';
import { healthy, pausedAtStep, putRollout } from '../../testing/cli-world.js';

describe('status', () => {
  let stage: CliStage;
  beforeEach(async () => {
    stage = await aCliStage();
    await putRollout(stage, { status: pausedAtStep });
  });
  const become = (status: object): Promise<unknown> =>
    stage.patch(
      resources.rollouts,
      'web',
      { status: { pauseConditions: null, controllerPause: null, message: null, ...status } },
      'status',
    );

  it('looks once with --watch=false, and a pause is no failure', async () => {
    expect(await stage.run('status web --watch=false')).toEqual({ code: 0, out: 'Paused - CanaryPauseStep\n', err: '' });
  });

  it('fails at once for a degraded rollout, watching or not', async () => {
    await become({ phase: 'Degraded', message: 'RolloutAborted: why' });
    const degraded = { code: 1, out: 'Degraded\n', err: 'Error: The rollout is in a degraded state with message: RolloutAborted: why\n' };
    expect(await stage.run('status web -w=false')).toEqual(degraded);
    expect(await stage.run('status web')).toEqual(degraded);
  });

  it('prints each change once and ends at Healthy', async () => {
    const waiting = stage.start('status web');
    await waiting.advance(500);
    await become({ phase: 'Progressing', message: 'more replicas need to be updated' });
    await waiting.advance(500);
    await become({ phase: 'Progressing', message: 'more replicas need to be updated', readyReplicas: 3 });
    await waiting.advance(500);
    expect(waiting.code()).toBeUndefined();
    await become(healthy);
    await waiting.advance(500);
    expect(waiting.code()).toBe(0);
    expect(waiting.out()).toBe('Paused - CanaryPauseStep\nProgressing - more replicas need to be updated\nHealthy\n');
  });

  it.each([
    ['', 1],
    [' --detailed-exit-code', 2],
  ])('gives up at the time-out%s', async (flag, code) => {
    const waiting = stage.start(`status web --timeout 3s${flag}`);
    await waiting.advance(2500);
    expect(waiting.code()).toBeUndefined();
    await waiting.advance(1000);
    expect(waiting.code()).toBe(code);
    expect(waiting.err()).toBe('Error: Rollout status watch exceeded timeout\n');
  });

  it.each([
    ['', 1],
    [' --detailed-exit-code', 3],
  ])('fails at Ctrl-C%s', async (flag, code) => {
    const waiting = stage.start(`status web${flag}`);
    await waiting.advance(500);
    await waiting.interrupt();
    expect(waiting.code()).toBe(code);
    expect(waiting.err()).toBe('Error: Rollout status watch exceeded timeout\n');
  });

  it('is content with a pause when told so', async () => {
    expect(await stage.run('status web --until paused')).toEqual({ code: 0, out: 'Paused - CanaryPauseStep\n', err: '' });
  });

  it('knows when there is no such rollout, and when it is deleted', async () => {
    expect(await stage.run('status wbe')).toEqual({
      code: 1,
      out: '',
      err: 'Error: rollout.argoproj.io "wbe" not found (did you mean "web"?)\n',
    });
    expect((await stage.run('status nosuch --detailed-exit-code')).code).toBe(4);
    const waiting = stage.start('status web');
    await waiting.advance(500);
    await stage.remove(resources.rollouts, 'web');
    await waiting.advance(500);
    expect(waiting.err()).toBe('Error: rollout.argoproj.io "web" was deleted\n');
  });
});
