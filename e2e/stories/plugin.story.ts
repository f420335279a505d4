import assert from 'node:assert/strict';
import type { Json } from '../../src/api/kube.js';
import { aRateTemplate, aRollout } from '../fixture/objects.js';
import type { Story } from '../fixture/story.js';
import { story } from '../fixture/story.js';
import type { World } from '../fixture/world.js';
import { textAt } from '../lib/json-at.js';

const everywhere = { on: ['local', 'real'] } as const;
const steps: readonly Json[] = [{ setWeight: 25 }, { pause: { duration: '1h' } }, { setWeight: 50 }, { pause: {} }];
const good = 'example.io/demo:v2';

async function aPausedCanary({
  when,
  world,
}: {
  readonly when: (text: string, act: () => Promise<unknown>) => Promise<unknown>;
  readonly world: World;
}) {
  await when('a healthy Rollout gets a new version', async () => {
    await world.apply(aRollout({ steps }));
    await world.untilPromoted('app');
    await world.plugin('set', 'image', 'app', `demo=${good}`);
    await world.untilPausedAt('app', 1);
  });
}

/** What the plugin printed, when it failed as it should. */
async function refused(world: World, ...args: readonly string[]): Promise<string> {
  const { code, output } = await world.stage.plugin(args);
  assert.equal(code, 1, `${args.join(' ')} ended with ${code}: ${output}`);
  assert.doesNotMatch(output, /^\s+at /m, 'no stack traces');
  return output.trimEnd();
}

export const stories: readonly Story[] = [
  story('a person sees with the plugin how far an update is and why', everywhere, async ({ given, then, and, world }) => {
    await aPausedCanary({ when: given, world });
    await then('list shows it in a line', async () => {
      assert.match(await world.plugin('list', 'rollouts'), /^app {9}Canary {5}Paused {8}1\/4 {3}25 {10}4\/4 {4}4 {8}1 {11}4$/m);
    });
    await and('status says where it waits', async () => {
      assert.equal((await world.plugin('status', 'app', '--watch=false')).trimEnd(), 'Paused - CanaryPauseStep');
    });
    await and('get shows the tree', async () => {
      const page = await world.plugin('get', 'rollout', 'app', '--no-color');
      assert.match(page, /^Status: {10}॥ Paused$/m);
      assert.match(page, /^ {2}SetWeight: {5}25$/m);
      assert.match(page, /^├──# revision:2$/m);
      assert.match(page, /□ app-\S+ +Pod +✔ Running +\S+ +ready:1\/1$/m);
    });
    await and('explain says until when, and what would unblock it', async () => {
      const page = await world.plugin('explain', 'app');
      assert.match(page, /^Awaiting {2}step 2 of 4 waits until /m);
      assert.match(page, /promote app/);
      assert.match(page, /✔ revision 2 \(canary\): 1 of 1 pods available, example\.io\/demo:v2/);
    });
    await and('history lists both versions', async () => {
      const page = await world.plugin('history', 'app');
      assert.match(page, /^2 +updating .*example\.io\/demo:v2/m);
      assert.match(page, /^1 +stable .*example\.io\/demo:v1/m);
    });
    await and('the data are data', async () => {
      for (const args of [
        ['get', 'ro', 'app'],
        ['list', 'ro'],
        ['explain', 'app'],
        ['history', 'app'],
      ]) {
        const text = await world.plugin(...args, '-o', 'json');
        assert.doesNotThrow(() => JSON.parse(text) as unknown, text);
      }
    });
  }),

  story('a person steers an update with the plugin', { ...everywhere, limitSeconds: 300 }, async ({ given, when, then, and, world }) => {
    await aPausedCanary({ when: given, world });
    await then('a dry run changes nothing', async () => {
      assert.match(await world.plugin('abort', 'app', '--dry-run=server'), /^rollout 'app' aborted \(server dry run\)$/m);
      assert.equal(textAt(await world.get('Rollout', 'app'), 'status', 'phase'), 'Paused');
    });
    await when('it is aborted', () => world.plugin('abort', 'app'));
    await then('it is degraded', () => world.untilPhase('app', 'Degraded'));
    await and('a second abort says that there is nothing to do', async () => {
      assert.match(await world.plugin('abort', 'app'), /is left as it is: it is aborted already/);
    });
    await when('it is retried', () => world.plugin('retry', 'rollout', 'app'));
    await then('it waits at its pause again', () => world.untilPausedAt('app', 1));
    await when('it is promoted for a revision that is not there', async () => {
      assert.match(await refused(world, 'promote', 'app', '--revision', '9'), /is at revision 2, not 9: nothing was changed/);
    });
    await when('it is promoted', () => world.plugin('promote', 'app'));
    await then('it waits at the next pause', () => world.untilPausedAt('app', 3));
    await when('it is promoted in full', () => world.plugin('promote', 'app', '--full'));
    await then('status waits until it is healthy', async () => {
      assert.match(await world.plugin('status', 'app', '--timeout', '60s'), /^Healthy$/m);
    });
    await when('it is undone', () => world.plugin('undo', 'app'));
    await then('the first version comes back by steps', async () => {
      const rollout = await world.untilPausedAt('app', 1);
      assert.equal(textAt(rollout, 'spec', 'template', 'spec', 'containers', 0, 'image'), 'example.io/demo:v1');
    });
    await and('it is deleted', () => world.plugin('delete', 'rollout', 'app'));
    await then('it is gone', async () => {
      assert.match(await refused(world, 'get', 'rollout', 'app'), /^Error: rollout\.argoproj\.io "app" not found/);
    });
  }),

  story('a person measures by hand with the plugin', everywhere, async ({ given, when, then, world }) => {
    await given('a template that measures for ever', async () => {
      await world.apply(aRateTemplate('rate', world.stage.metricsUrl));
      world.stage.setMetric('rate', { vector: [1] });
    });
    await when('a run is made of it', async () => {
      assert.match(
        await world.plugin('create', 'analysisrun', '--from', 'rate', '--name', 'mine'),
        /^analysisrun\.argoproj\.io\/mine created$/m,
      );
    });
    await then('it measures', () => world.untilObject('AnalysisRun', 'mine', { 'status.phase': 'Running' }));
    await when('it is terminated', () => world.plugin('terminate', 'analysisrun', 'mine'));
    await then('it ends well', () => world.untilObject('AnalysisRun', 'mine', { 'status.phase': 'Successful' }));
  }),

  story('the plugin says in one line what is wrong', everywhere, async ({ given, then, world }) => {
    await given('a healthy Rollout', async () => {
      await world.apply(aRollout({ replicas: 1 }));
      await world.untilPromoted('app');
    });
    await then('a wrong name is suggested the near one', async () => {
      assert.equal(await refused(world, 'promote', 'ap'), 'Error: rollouts.argoproj.io "ap" not found (did you mean "app"?)');
      assert.equal(await refused(world, 'get', 'rollout', 'nosuch'), 'Error: rollout.argoproj.io "nosuch" not found');
    });
    await then('so is a wrong container', async () => {
      assert.match(
        await refused(world, 'set', 'image', 'app', 'dem=x:1'),
        /^Error: unable to find container named "dem" \(did you mean "demo"\?\)/,
      );
    });
    await then('there is nothing to undo', async () => {
      assert.equal(await refused(world, 'undo', 'app'), 'Error: no revision found for rollout "app"');
    });
    await then('commands with nothing to do say so', async () => {
      assert.match(await world.plugin('promote', 'app'), /is left as it is: it is fully promoted already/);
      assert.match(await world.plugin('retry', 'rollout', 'app'), /is left as it is: it is not aborted/);
    });
    await then('usage errors show the usage', async () => {
      assert.match(await refused(world, 'get'), /^Error: kubectl argo rollouts get needs a command after it\n\nUsage:/);
    });
  }),
];
