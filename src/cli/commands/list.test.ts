import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources } from '../../api/kube.js';
import { aCliStage, type CliStage } from '../../testing/cli.js';
import { healthy, pausedAtStep, putRollout } from '../../testing/cli-world.js';

describe('list rollouts', () => {
  let stage: CliStage;
  beforeEach(async () => {
    stage = await aCliStage();
  });

  it('says on stderr that there are none', async () => {
    expect(await stage.run('list rollouts')).toEqual({ code: 0, out: '', err: 'No resources found.\n' });
  });

  describe('with rollouts', () => {
    beforeEach(async () => {
      await putRollout(stage, { name: 'shop-web', status: pausedAtStep });
      await putRollout(stage, {
        name: 'cart',
        strategy: { blueGreen: { activeService: 'cart' } },
        replicas: 3,
        status: { ...healthy, replicas: 6, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3 },
      });
    });

    it('aligns the columns as upstream', async () => {
      expect((await stage.run('list ro')).out).toBe(
        `NAME        STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE
cart        BlueGreen  Healthy       -     -           3/6    3        3           3
shop-web    Canary     Paused        1/2   25          4/4    4        1           4
`,
      );
    });

    it('adds namespaces and times', async () => {
      expect((await stage.run('list rollouts -A --timestamps')).out).toBe(
        `TIMESTAMP             NAMESPACE  NAME        STRATEGY   STATUS        STEP  SET-WEIGHT  READY  DESIRED  UP-TO-DATE  AVAILABLE
2026-01-01T00:00:00Z  default    cart        BlueGreen  Healthy       -     -           3/6    3        3           3
2026-01-01T00:00:00Z  default    shop-web    Canary     Paused        1/2   25          4/4    4        1           4
`,
      );
    });

    it('narrows by name', async () => {
      expect((await stage.run('list rollouts --name cart -o name')).out).toBe('rollout.argoproj.io/cart\n');
      expect(await stage.run('list rollouts --name nosuch')).toMatchObject({ code: 0, err: 'No resources found.\n' });
    });

    it('prints the rows as data', async () => {
      expect(JSON.parse((await stage.run('list rollouts -o json')).out)).toEqual([
        expect.objectContaining({ name: 'cart', strategy: 'BlueGreen', status: 'Healthy', ready: 3, current: 6 }),
        expect.objectContaining({ name: 'shop-web', step: '1/2', setWeight: 25, message: 'CanaryPauseStep' }),
      ]);
    });

    it('goes on with a line for each change that shows, and for a deletion', async () => {
      const watching = stage.start('list rollouts -w');
      await watching.advance(500);
      const head = watching.out();
      await stage.patch(resources.rollouts, 'shop-web', { metadata: { labels: { not: 'shown' } } });
      await watching.advance(500);
      expect(watching.out()).toBe(head);
      await stage.patch(resources.rollouts, 'shop-web', { status: { phase: 'Degraded' } }, 'status');
      await watching.advance(500);
      await stage.remove(resources.rollouts, 'cart');
      await watching.advance(500);
      expect(watching.out().slice(head.length)).toBe(
        'shop-web    Canary     Degraded      1/2   25          4/4    4        1           4\ncart deleted\n',
      );
      await watching.interrupt();
      expect(watching.code()).toBe(0);
    });
  });
});

describe('list experiments', () => {
  it('shows how long they still run', async () => {
    const stage = await aCliStage();
    expect(await stage.run('list exp')).toEqual({ code: 0, out: '', err: 'No resources found.\n' });
    const experiment = (name: string, spec: object, status: object) =>
      stage.put(resources.experiments, {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Experiment',
        metadata: { name },
        spec: { templates: [], ...spec },
        status,
      });
    await experiment('price-ab', { duration: '2h' }, { phase: 'Running', availableAt: '2026-01-01T00:00:00Z' });
    await experiment('old-probe', {}, { phase: 'Failed' });
    await stage.scheduler.runFor(46 * 60_000);
    expect((await stage.run('list experiments')).out).toBe(`NAME        STATUS   DURATION  REMAINING  AGE
old-probe   Failed   -         -          46m
price-ab    Running  2h        73m        46m
`);
    expect((await stage.run('list experiments -A')).out).toContain('NAMESPACE  NAME       STATUS');
    expect((await stage.run('list experiments -o name')).out).toContain('experiment.argoproj.io/price-ab\n');
  });
});
