import assert from 'node:assert/strict';
import type { Json } from '../../src/api/kube.js';
import { aRateTemplate, aRollout } from '../fixture/objects.js';
import type { Story } from '../fixture/story.js';
import { story } from '../fixture/story.js';
import type { World } from '../fixture/world.js';
import { jsonAt, numberAt, textAt } from '../lib/json-at.js';

const everywhere = { on: ['local', 'real'] } as const;
const good = 'example.io/demo:v2';

const steps = (...list: readonly Json[]): readonly Json[] => list;
const weight = (percent: number): Json => ({ setWeight: percent });
const untilPromoted: Json = { pause: {} };

/** Pods per version: image to how many are available. */
async function availableByImage(world: World): Promise<Readonly<Record<string, number>>> {
  const sets = await world.list('ReplicaSet');
  return Object.fromEntries(
    sets.map((set) => [
      textAt(set, 'spec', 'template', 'spec', 'containers', 0, 'image') ?? '',
      numberAt(set, 'status', 'availableReplicas') ?? 0,
    ]),
  );
}

async function expectAvailable(world: World, wanted: Readonly<Record<string, number>>): Promise<void> {
  const found = await availableByImage(world);
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((image) => [image, found[image] ?? 0])), wanted);
}

export const stories: readonly Story[] = [
  story('the first version of a Rollout is there at once, without its steps', everywhere, async ({ when, then, world }) => {
    await when('a Rollout with a manual pause is applied', () =>
      world.apply(aRollout({ replicas: 3, steps: steps(weight(20), untilPromoted) })),
    );
    await then('it becomes healthy with all pods', () => world.untilPromoted('app'));
    await then('three pods of it are available', () => expectAvailable(world, { 'example.io/demo:v1': 3 }));
  }),

  story('a good version goes out by steps', { ...everywhere, limitSeconds: 300 }, async ({ given, when, then, and, world }) => {
    const tutorial = steps(weight(10), { pause: { duration: '10s' } }, weight(50), untilPromoted);
    await given('the canary of the tutorials with 4 pods', () => world.apply(aRollout({ replicas: 4, steps: tutorial })));
    await given('it is healthy', () => world.untilPromoted('app'));
    await when('a new version comes', () => world.setImage('app', good));
    await then('it waits at the timed pause', () => world.untilPausedAt('app', 1));
    await and('one canary pod stands beside four stable ones', () => expectAvailable(world, { 'example.io/demo:v1': 4, [good]: 1 }));
    await then('after the pause it goes on to half and waits for a person', () => world.untilPausedAt('app', 3));
    await and('two pods of each version are available', () => expectAvailable(world, { [good]: 2 }));
    await when('a person promotes it', () => world.plugin('promote', 'app'));
    await then('the new version is the stable one', () => world.untilPromoted('app'));
    await then('the old version is gone', () => expectAvailable(world, { 'example.io/demo:v1': 0, [good]: 4 }));
  }),

  story(
    'a bad version is caught by its metric and taken back',
    { ...everywhere, limitSeconds: 300 },
    async ({ given, when, then, and, world }) => {
      const strategy = { canary: { steps: steps(weight(50), untilPromoted), analysis: { templates: [{ templateName: 'rate' }] } } };
      await given('a template that wants 95 % good answers', () => world.apply(aRateTemplate('rate', world.stage.metricsUrl)));
      await given('a Prometheus that sees only good answers', () => world.stage.setMetric('rate', { vector: [1] }));
      await given('a healthy Rollout with a background analysis', async () => {
        await world.apply(aRollout({ strategy }));
        await world.untilPromoted('app');
      });
      await when('a new version comes', () => world.setImage('app', good));
      await then('half of the pods are new', () => world.untilPausedAt('app', 1));
      await when('its answers turn bad', () => world.stage.setMetric('rate', { vector: [0.5] }));
      await then('the Rollout is degraded and says which metric failed', async () => {
        const rollout = await world.untilPhase('app', 'Degraded');
        assert.match(textAt(rollout, 'status', 'message') ?? '', /RolloutAborted.*Metric "rate" assessed Failed/);
      });
      await then('all pods are of the old version again', () => expectAvailable(world, { 'example.io/demo:v1': 4, [good]: 0 }));
      await and('the verdict is an event', async () => {
        const events = await world.events('Rollout', 'app');
        assert.ok(
          events.some((event) => event.startsWith('RolloutAborted: ')),
          events.join('\n'),
        );
      });
    },
  ),

  story('a person aborts, thinks again and retries', { ...everywhere, limitSeconds: 300 }, async ({ given, when, then, world }) => {
    await given('a new version that waits at its pause', async () => {
      await world.apply(aRollout({ steps: steps(weight(25), untilPromoted) }));
      await world.untilPromoted('app');
      await world.setImage('app', good);
      await world.untilPausedAt('app', 1);
    });
    await when('a person aborts it', () => world.plugin('abort', 'app'));
    await then('it is degraded', () => world.untilPhase('app', 'Degraded'));
    await then('only the old version is there', () => expectAvailable(world, { 'example.io/demo:v1': 4, [good]: 0 }));
    await when('a person retries it', () => world.plugin('retry', 'rollout', 'app'));
    await then('it waits at its pause again', () => world.untilPausedAt('app', 1));
    await when('a person promotes it fully', () => world.plugin('promote', 'app', '--full'));
    await then('the new version is the stable one', () => world.untilPromoted('app'));
  }),

  story('a third version replaces the second one half way', { ...everywhere, limitSeconds: 300 }, async ({ given, when, then, world }) => {
    await given('a second version at half', async () => {
      await world.apply(aRollout({ steps: steps(weight(50), untilPromoted) }));
      await world.untilPromoted('app');
      await world.setImage('app', good);
      await world.untilPausedAt('app', 1);
    });
    await when('a third version comes', () => world.setImage('app', 'example.io/demo:v3'));
    await then('it waits at the same pause', () => world.untilPausedAt('app', 1));
    await then('the second version is gone, the first still has its half', () =>
      expectAvailable(world, { 'example.io/demo:v1': 2, [good]: 0, 'example.io/demo:v3': 2 }),
    );
    await when('a person goes back to the first version', () => world.setImage('app', 'example.io/demo:v1'));
    await then('that needs no steps', () => world.untilPromoted('app'));
    await then('only the first version is there', () =>
      expectAvailable(world, { 'example.io/demo:v1': 4, [good]: 0, 'example.io/demo:v3': 0 }),
    );
  }),

  story(
    'the number of pods changes in the middle of a canary',
    { ...everywhere, limitSeconds: 300 },
    async ({ given, when, then, world }) => {
      await given('a new version at half of four pods', async () => {
        await world.apply(aRollout({ steps: steps(weight(50), untilPromoted) }));
        await world.untilPromoted('app');
        await world.setImage('app', good);
        await world.untilPausedAt('app', 1);
      });
      await when('an autoscaler wants ten', () => world.scale('app', 10));
      await then('there are five of each version', () => expectAvailable(world, { 'example.io/demo:v1': 5, [good]: 5 }));
      await when('it wants two', () => world.scale('app', 2));
      await then('there is one of each', () => expectAvailable(world, { 'example.io/demo:v1': 1, [good]: 1 }));
    },
  ),

  story(
    'a version that never starts leaves the old one alone',
    { ...everywhere, limitSeconds: 300 },
    async ({ given, when, then, and, world }) => {
      await given('a healthy Rollout with a progress deadline of 10 seconds', async () => {
        await world.apply(aRollout({ steps: steps(weight(25), untilPromoted), spec: { progressDeadlineSeconds: 10 } }));
        await world.untilPromoted('app');
      });
      await when('a version comes whose image does not exist', () => world.setImage('app', 'example.io/does-not-exist:1'));
      await then('the Rollout is degraded by its deadline', async () => {
        const rollout = await world.untilPhase('app', 'Degraded');
        assert.match(textAt(rollout, 'status', 'message') ?? '', /ProgressDeadlineExceeded/);
      });
      await and('at least three old pods serve', async () => {
        assert.ok(((await availableByImage(world))['example.io/demo:v1'] ?? 0) >= 3);
      });
      await when('a good version follows', () => world.setImage('app', good));
      await then('it gets to its pause', () => world.untilPausedAt('app', 1));
    },
  ),

  story(
    'a canary of ten pods and five weights costs few writes',
    { ...everywhere, needs: ['audit'], limitSeconds: 300 },
    async ({ given, when, then, and, world }) => {
      const fiveWeights = [20, 40, 60, 80, 100].map(weight);
      const before = await given('a healthy Rollout with ten pods', async () => {
        await world.apply(aRollout({ replicas: 10, steps: fiveWeights }));
        await world.untilPromoted('app');
        await world.pass(3);
        return world.writes();
      });
      await when('a new version goes out', async () => {
        await world.setImage('app', good);
        await world.untilPromoted('app', 120);
        await world.pass(3);
      });
      const after = await then('it is promoted', () => world.writes());
      const objects = after.objects - before.objects;
      const events = after.events - before.events;
      world.note(`writes: ${objects} without Events and Leases, ${events} Events (${JSON.stringify(after.byKind)})`);
      await and('there were at most 35 writes and 19 Events', () => {
        assert.ok(objects <= 35, `${objects} writes`);
        assert.ok(events <= 19, `${events} Events`);
      });
      await and('nothing is written when nothing happens', async () => {
        await world.pass(20);
        const later = await world.writes();
        assert.deepEqual([later.objects, later.events], [after.objects, after.events]);
      });
    },
  ),

  story(
    'a controller that dies half way goes on where it was',
    { ...everywhere, needs: ['alone'], limitSeconds: 300 },
    async ({ given, when, then, and, world }) => {
      const uids = async (): Promise<readonly string[]> => (await world.list('ReplicaSet')).map(({ metadata }) => metadata.uid).sort();
      const before = await given('a new version at its pause', async () => {
        await world.apply(aRollout({ steps: steps(weight(25), untilPromoted, weight(75), untilPromoted) }));
        await world.untilPromoted('app');
        await world.setImage('app', good);
        await world.untilPausedAt('app', 1);
        return uids();
      });
      await when('the controller is killed and a person promotes meanwhile', async () => {
        await world.stage.controller.kill();
        await world.plugin('promote', 'app');
        await world.stage.controller.start();
      });
      await then('it goes on to the next pause', () => world.untilPausedAt('app', 3, 60));
      await and('nothing was made anew', async () => assert.deepEqual(await uids(), before));
      await and('it is paused for a reason that is stored', async () => {
        const rollout = await world.get('Rollout', 'app');
        assert.equal(jsonAt(rollout, 'status', 'controllerPause'), true);
      });
    },
  ),
];
