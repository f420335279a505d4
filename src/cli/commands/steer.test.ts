import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type JsonObject } from '../../api/kube.js';
import { aCliStage, type CliStage } from '../../testing/cli.js';
import { healthy, observe, pausedAtStep, putRollout } from '../../testing/cli-world.js';

describe('promote, abort, retry and pause', () => {
  let stage: CliStage;
  beforeEach(async () => {
    stage = await aCliStage();
  });
  const stored = (): { readonly spec: JsonObject; readonly status: JsonObject } => {
    const web = stage.read(resources.rollouts, 'web');
    return { spec: web?.spec ?? {}, status: web?.status ?? {} };
  };
  const writes = (): number => stage.store.audit.writes('cli').length;

  it('promote ends a pause by taking its condition away', async () => {
    await putRollout(stage, { status: pausedAtStep });
    expect(await stage.run('promote web')).toEqual({ code: 0, out: "rollout 'web' promoted\n", err: '' });
    expect(stored().status).not.toHaveProperty('pauseConditions');
    expect(stored().status).toMatchObject({ controllerPause: true, currentStepIndex: 1 });
  });

  it('promote of a canary that a human paused resumes it and skips nothing', async () => {
    await putRollout(stage, { spec: { paused: true }, status: { currentStepIndex: 0, phase: 'Paused' } });
    expect((await stage.run('promote web')).out).toBe("rollout 'web' promoted\n");
    expect(stored()).toMatchObject({ spec: { paused: false }, status: { currentStepIndex: 0 } });
  });

  it('promote of a canary that runs skips the step and says so', async () => {
    await putRollout(stage, { status: { currentStepIndex: 0, phase: 'Progressing' } });
    const result = await stage.run('promote web');
    expect(result).toEqual({ code: 0, out: "rollout 'web' promoted\n", err: 'note: it was not paused: step 1/2 is skipped\n' });
    expect(stored().status['currentStepIndex']).toBe(1);
  });

  it('promote after an inconclusive analysis goes past it', async () => {
    const run = { name: 'web-new-2-0', status: 'Inconclusive' };
    const pauseConditions = [{ reason: 'InconclusiveAnalysisRun', startTime: '2026-01-01T00:00:00Z' }];
    await putRollout(stage, {
      status: { ...pausedAtStep, currentStepIndex: 0, pauseConditions, canary: { currentStepAnalysisRunStatus: run } },
    });
    await stage.run('promote web');
    expect(stored().status).toMatchObject({ currentStepIndex: 1, controllerPause: false });
    expect(stored().status).not.toHaveProperty('pauseConditions');
  });

  it('promote --full asks for everything that is left to be skipped', async () => {
    await putRollout(stage, { status: pausedAtStep });
    expect((await stage.run('promote web --full')).out).toBe("rollout 'web' fully promoted\n");
    expect(stored().status['promoteFull']).toBe(true);
  });

  it.each([
    [
      '-c',
      { currentStepIndex: 1 },
      'Flag --skip-current-step has been deprecated, use without the flag instead ex: promote ROLLOUT_NAME\n',
    ],
    ['--skip-all-steps', { currentStepIndex: 2 }, 'Flag --skip-all-steps has been deprecated, use --full instead\n'],
  ])('promote %s still does what it did', async (flag, status, warning) => {
    await putRollout(stage, { status: { currentStepIndex: 0 } });
    const result = await stage.run(`promote web ${flag}`);
    expect(result.code).toBe(0);
    expect(result.err).toBe(warning);
    expect(stored().status).toMatchObject(status);
  });

  it('promote refuses both skip flags, and any of them where there are no steps', async () => {
    await putRollout(stage, { steps: [] });
    expect((await stage.run('promote web -c -a')).err).toContain('Cannot use skip-current-step and skip-all-steps flags at the same time');
    expect((await stage.run('promote web -c')).err).toContain('Error: Cannot skip steps of a rollout without steps');
    expect(writes()).toBe(0);
  });

  it.each([
    ['promote web', healthy, 'it is fully promoted already, there is nothing to promote'],
    ['promote web --full', healthy, 'it is fully promoted already, there is nothing to promote'],
    ['promote web', { abort: true, phase: 'Degraded' }, 'it is aborted: retry it, promote it with --full, or set another image'],
    ['promote web', { currentStepIndex: 2 }, 'all its steps are done, it only waits for its pods'],
    ['abort web', healthy, 'no update is going on, there is nothing to abort'],
    ['abort web', { abort: true }, 'it is aborted already'],
    ['retry rollout web', pausedAtStep, 'it is not aborted, there is nothing to retry'],
  ])('"%s" says when there is nothing to do', async (line, status, note) => {
    await putRollout(stage, { status });
    expect(await stage.run(line)).toEqual({ code: 0, out: '', err: `rollout 'web' is left as it is: ${note}\n` });
    expect(writes()).toBe(0);
  });

  it('abort sets the flag, retry takes it back', async () => {
    await putRollout(stage, { status: pausedAtStep });
    expect((await stage.run('abort web')).out).toBe("rollout 'web' aborted\n");
    expect(stored().status['abort']).toBe(true);
    expect((await stage.run('retry ro web')).out).toBe("rollout 'web' retried\n");
    expect(stored().status['abort']).toBe(false);
  });

  it('pause holds the rollout by its spec, once', async () => {
    await putRollout(stage, { status: { currentStepIndex: 0 } });
    expect((await stage.run('pause web')).out).toBe("rollout 'web' paused\n");
    expect(stored().spec['paused']).toBe(true);
    expect(await stage.run('pause web')).toEqual({ code: 0, out: '', err: "rollout 'web' is left as it is: it is paused already\n" });
  });

  it('works through several names and stops at the first that fails', async () => {
    await putRollout(stage, { status: pausedAtStep });
    await putRollout(stage, { name: 'cart', status: pausedAtStep });
    const result = await stage.run('abort web nosuch cart');
    expect(result).toMatchObject({ code: 1, out: "rollout 'web' aborted\n", err: 'Error: rollouts.argoproj.io "nosuch" not found\n' });
    expect(stage.read(resources.rollouts, 'cart')?.status).not.toHaveProperty('abort');
  });

  it('suggests the name that was meant', async () => {
    await putRollout(stage, { name: 'checkout' });
    expect((await stage.run('abort chekout')).err).toBe('Error: rollouts.argoproj.io "chekout" not found (did you mean "checkout"?)\n');
  });

  it('waits for the controller to see a change that has just been made', async () => {
    await putRollout(stage, { status: { ...healthy, observedGeneration: '0' }, isObserved: false });
    const running = stage.start('promote web --full');
    await running.advance(2000);
    expect(running.code()).toBeUndefined();
    expect(running.err()).toBe("waiting for the controller to see the last change of rollout 'web'\n");
    await stage.patch(resources.rollouts, 'web', { status: { currentPodHash: 'newer' } }, 'status');
    await observe(stage);
    await running.advance(1000);
    expect(running).toMatchObject({ code: expect.any(Function) });
    expect(running.out()).toBe("rollout 'web' fully promoted\n");
    expect(running.code()).toBe(0);
  });

  it('gives up when no controller answers', async () => {
    await putRollout(stage, { status: { ...healthy, observedGeneration: '0' }, isObserved: false });
    const result = await stage.run('abort web');
    expect(result.code).toBe(1);
    expect(result.err).toContain('the controller does not take note of the last change of rollout "web"');
    expect(writes()).toBe(0);
  });

  it('does not abort a revision that is not the one named', async () => {
    await putRollout(stage, { revision: 7, status: pausedAtStep });
    const result = await stage.run('abort web --revision 6');
    expect(result).toEqual({ code: 1, out: '', err: 'Error: rollout "web" is at revision 7, not 6: nothing was changed\n' });
    expect(await stage.run('abort web --revision 7')).toMatchObject({ code: 0 });
  });

  it('does not promote a step that came between reading and writing', async () => {
    await putRollout(stage, { status: pausedAtStep });
    let isBetween = true;
    stage.store.intercept({
      before: async (call) => {
        if (call.caller !== 'cli' || call.verb !== 'patch' || !isBetween) return;
        isBetween = false;
        await stage.store.patch(
          { resource: resources.rollouts, namespace: 'default', name: 'web' },
          { kind: 'merge', body: { status: { currentStepIndex: 0, currentPodHash: 'newer' } } },
          { subresource: 'status' },
        );
      },
    });
    const result = await stage.run('promote web');
    expect(result.code).toBe(1);
    expect(result.err).toContain('has moved on meanwhile (revision 2 at step 1 is now revision 2 at step 0)');
    expect(stored().status).toHaveProperty('pauseConditions');
  });

  it.each([
    { command: 'promote web', status: { currentStepIndex: 1 } },
    { command: 'promote web --full', status: { currentStepIndex: 1, promoteFull: true } },
  ])('$command does what it is for although the pause is over as soon as spec.paused is taken away', async ({ command, status }) => {
    await putRollout(stage, { spec: { paused: true }, status: { ...pausedAtStep, currentStepIndex: 0 } });
    let isMoved = false;
    stage.store.intercept({
      before: async (call) => {
        if (call.caller !== 'cli' || call.verb !== 'patch' || call.subresource !== 'status' || isMoved) return;
        isMoved = true;
        const { generation } = stage.read(resources.rollouts, 'web')?.metadata ?? {};
        await stage.store.patch(
          { resource: resources.rollouts, namespace: 'default', name: 'web' },
          { kind: 'merge', body: { status: { currentStepIndex: 1, pauseConditions: null, observedGeneration: String(generation) } } },
          { subresource: 'status' },
        );
      },
    });
    expect(await stage.run(command)).toMatchObject({ code: 0, err: '' });
    expect(stored()).toMatchObject({ spec: { paused: false }, status });
  });

  it('tries again when only the counters changed in between', async () => {
    await putRollout(stage, { status: pausedAtStep });
    let changes = 0;
    stage.store.intercept({
      before: async (call) => {
        if (call.caller !== 'cli' || call.verb !== 'patch' || ++changes > 2) return;
        await stage.store.patch(
          { resource: resources.rollouts, namespace: 'default', name: 'web' },
          { kind: 'merge', body: { status: { readyReplicas: 10 + changes } } },
          { subresource: 'status' },
        );
      },
    });
    expect(await stage.run('promote web')).toMatchObject({ code: 0, out: "rollout 'web' promoted\n" });
  });

  it.each([
    ['--dry-run', "rollout 'web' aborted (dry run)\n"],
    ['--dry-run=server', "rollout 'web' aborted (server dry run)\n"],
    ['--dry-run=server -o name', 'rollout.argoproj.io/web\n'],
  ])('%s changes nothing', async (flags, out) => {
    await putRollout(stage, { status: pausedAtStep });
    expect(await stage.run(`abort web ${flags}`)).toEqual({ code: 0, out, err: '' });
    expect(stored().status).not.toHaveProperty('abort');
  });

  it('prints the object it would write', async () => {
    await putRollout(stage, { status: pausedAtStep });
    const result = await stage.run('abort web --dry-run=client -o json');
    expect(JSON.parse(result.out)).toMatchObject({ kind: 'Rollout', metadata: { name: 'web' }, status: { abort: true, phase: 'Paused' } });
  });
});
