import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type KubeObject } from '../../api/kube.js';
import { ControllerError } from '../../lib/errors.js';
import { aCliStage, type CliStage } from '../../testing/cli.js';
import { observe, pausedAtStep, putReplicaSet, putRollout } from '../../testing/cli-world.js';

const steps = [
  { setWeight: 25 },
  { pause: { duration: '5m' } },
  { setWeight: 50 },
  { pause: {} },
  { analysis: { templates: [{ templateName: 'rate' }] } },
];

describe('get rollout', () => {
  let stage: CliStage;
  let web: KubeObject;
  beforeEach(async () => {
    stage = await aCliStage();
    web = await putRollout(stage, { steps, status: pausedAtStep });
    await putReplicaSet(stage, web, {
      hash: 'old',
      revision: 1,
      replicas: 1,
      annotations: { 'scale-down-deadline': '2026-01-01T00:00:40Z' },
    });
    await putReplicaSet(stage, web, { hash: 'new', revision: 2, replicas: 1, image: 'example.io/web:2' });
    await stage.scheduler.runFor(65_000);
  });

  const plainPage = `Name:            web
Namespace:       default
Status:          ॥ Paused
Message:         CanaryPauseStep
Strategy:        Canary
  Step:          1/5
  SetWeight:     25
  ActualWeight:  25
Images:          example.io/web:1 (stable)
                 example.io/web:2 (canary)
Replicas:
  Desired:       4
  Current:       4
  Updated:       1
  Ready:         4
  Available:     4

NAME                  KIND        STATUS     AGE  INFO
⟳ web                 Rollout     ॥ Paused   65s
├──# revision:2
│  └──⧉ web-new       ReplicaSet  ✔ Healthy  65s  canary
│     └──□ web-new-0  Pod         ✔ Running  65s  ready:1/1
└──# revision:1
   └──⧉ web-old       ReplicaSet  ✔ Healthy  65s  stable,delay:passed
      └──□ web-old-0  Pod         ✔ Running  65s  ready:1/1
`;

  it.each([80, 160])('prints what scripts know into a pipe, whatever the width (%d)', async (columns) => {
    const { out, code } = await stage.run('get rollout web', { columns });
    expect(code).toBe(0);
    expect(out).toBe(plainPage);
  });

  it('shows a human traffic and steps as well, in 80 columns', async () => {
    const { out } = await stage.run('get ro web --no-color', { isTerminal: true, columns: 80 });
    expect(out.replaceAll('\u00a0', ' ').split('\n').slice(4, 13).join('\n')).toBe(`Strategy:        Canary
  Step:          1/5
  SetWeight:     25
  ActualWeight:  25
  Traffic:       █████░░░░░░░░░░░░░░░
  Steps:         ✔ weight 25 → ▶ pause 5m (3m55s left) → weight 50 →
                 pause until promoted → analysis rate
Images:          example.io/web:1 (stable)
                 example.io/web:2 (canary)`);
  });

  it('shows the steps on one line where there is room', async () => {
    const { out } = await stage.run('get ro web --no-color', { isTerminal: true, columns: 160 });
    expect(out.replaceAll('\u00a0', ' ')).toContain(
      '\n  Steps:         ✔ weight 25 → ▶ pause 5m (3m55s left) → weight 50 → pause until promoted → analysis rate\n',
    );
  });

  it('paints a terminal, not a pipe', async () => {
    expect((await stage.run('get ro web', { isTerminal: true })).out).toContain('\u001b[33mcanary\u001b[0m');
    expect((await stage.run('get ro web')).out).not.toContain('\u001b');
    expect((await stage.run('get ro web', { isTerminal: true, env: { NO_COLOR: '1' } })).out).not.toContain('\u001b');
  });

  it('tells what is awaited and how long still', async () => {
    const awaiting = {
      reason: 'CanaryPauseStep',
      message: 'the pause of step 2/5',
      since: '2026-01-01T00:00:00Z',
      until: '2026-01-01T00:05:00Z',
    };
    await stage.patch(resources.rollouts, 'web', { status: { sluice: { awaiting } } }, 'status');
    expect((await stage.run('get ro web')).out).toContain('\nAwaiting:        the pause of step 2/5 (3m55s left)\n');
  });

  it('prints the page as data', async () => {
    const { out } = await stage.run('get ro web -o json');
    expect(JSON.parse(out)).toMatchObject({
      name: 'web',
      status: 'Paused',
      message: 'CanaryPauseStep',
      canary: {
        step: '1/5',
        actualWeight: 25,
        steps: [{ text: 'weight 25', state: 'done' }, { state: 'current', until: '2026-01-01T00:05:00Z' }, {}, {}, {}],
      },
      images: [{ image: 'example.io/web:1', tags: ['stable'] }, { tags: ['canary'] }],
      tree: { kind: 'Rollout', createdAt: '2026-01-01T00:00:00Z', children: [{ name: 'revision:2' }, { name: 'revision:1' }] },
    });
    expect((await stage.run('get ro web -o name')).out).toBe('rollout.argoproj.io/web\n');
  });

  it('says that a change of the referenced workload has not been seen, not Healthy', async () => {
    const metadata = { name: 'app' };
    await stage.put(resources.deployments, {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    });
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' };
    const spec = { workloadRef, template: null, selector: null };
    await stage.patch(resources.rollouts, 'web', { spec });
    await stage.patch(
      resources.rollouts,
      'web',
      { status: { phase: 'Healthy', workloadObservedGeneration: '1', controllerPause: null } },
      'status',
    );
    await observe(stage);
    expect((await stage.run('get ro web')).out).toContain('✔ Healthy\n');
    await stage.patch(resources.deployments, 'app', { spec: { paused: true } });
    expect((await stage.run('get ro web')).out).toContain('Message:         waiting for rollout spec update to be observed\n');
    expect((await stage.run('status web --watch=false')).out).toBe('Progressing - waiting for rollout spec update to be observed\n');
  });

  it('shows the rest to who may not read pods, and says so', async () => {
    forbid(stage, ['pods', 'experiments']);
    const { out, err, code } = await stage.run('get ro web');
    expect(code).toBe(0);
    expect(out).toContain('⧉ web-new');
    expect(out).not.toContain('□');
    expect(err).toBe(
      'note: pods are not shown: list of pods is not allowed\nnote: experiments are not shown: list of experiments is not allowed\n',
    );
  });

  it('fails with verb and resource for who may not read the rollout', async () => {
    forbid(stage, ['rollouts']);
    expect(await stage.run('get ro web')).toEqual({ code: 1, out: '', err: 'Error: get of rollouts is not allowed\n' });
  });

  describe('--watch', () => {
    it('redraws on changes and for the ages, and ends well at Ctrl-C', async () => {
      const watching = stage.start('get ro web --watch --no-color', { isTerminal: true });
      await watching.advance(300);
      expect(watching.out()).toContain('॥ Paused');
      await stage.patch(
        resources.rollouts,
        'web',
        { status: { phase: 'Progressing', message: 'more', pauseConditions: null, controllerPause: null } },
        'status',
      );
      await watching.advance(400);
      expect(watching.out()).toContain('◌ Progressing');
      const before = watching.out().length;
      await watching.advance(1000);
      expect(watching.out().slice(before)).toContain('66s');
      await watching.interrupt();
      expect(watching.code()).toBe(0);
      expect(watching.out().endsWith('\u001b[?25h')).toBe(true);
    });

    it('writes nothing while nothing changes but at most once a second', async () => {
      const watching = stage.start('get ro web -w', { isTerminal: true });
      await watching.advance(10_000);
      const frames = watching.out().split('\u001b[H').length - 1;
      expect(frames).toBeLessThanOrEqual(11);
      await watching.interrupt();
    });

    it('ends at its time-out with success, as upstream', async () => {
      const watching = stage.start('get ro web -w --timeout-seconds 3');
      await watching.advance(2500);
      expect(watching.code()).toBeUndefined();
      await watching.advance(1000);
      expect(watching.code()).toBe(0);
    });

    it('ends with an error when the rollout is deleted', async () => {
      const watching = stage.start('get ro web -w');
      await watching.advance(500);
      await stage.remove(resources.rollouts, 'web');
      await watching.advance(500);
      expect(watching.code()).toBe(1);
      expect(watching.err()).toBe('Error: rollout.argoproj.io "web" was deleted\n');
    });

    it('says that it is cut off, and catches up', async () => {
      let isDown = false;
      stage.store.intercept({
        before: (call) => {
          if (isDown && call.caller === 'cli') throw new ControllerError('unavailable', 'connection refused');
        },
        deliver: () => (isDown ? 'break' : 'deliver'),
      });
      const watching = stage.start('get ro web -w');
      await watching.advance(500);
      isDown = true;
      await stage.patch(resources.rollouts, 'web', { status: { message: 'unseen' } }, 'status');
      await watching.advance(2000);
      expect(watching.out()).toContain('not up to date, trying again:');
      isDown = false;
      await watching.advance(10_000);
      expect(watching.out().split('Name:').at(-1)).toContain('unseen');
      expect(watching.out().split('Name:').at(-1)).not.toContain('not up to date');
      await watching.interrupt();
    });
  });
});

function forbid(stage: CliStage, kinds: readonly string[]): void {
  stage.store.intercept({
    before: ({ caller, verb, resource }) => {
      if (caller === 'cli' && kinds.includes(resource.resource)) {
        throw new ControllerError('forbidden', `${verb} of ${resource.resource} is not allowed`);
      }
    },
  });
}
