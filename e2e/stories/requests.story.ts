import assert from 'node:assert/strict';
import type { Json, NewObject } from '../../src/api/kube.js';
import type { Load, LoadCounts } from '../fixture/load.js';
import { startLoad } from '../fixture/load.js';
import { startNginxIngress } from '../fixture/nginx/ingress.js';
import { aRollout, aService, anIngress, servingTemplate } from '../fixture/objects.js';
import type { Story, Telling } from '../fixture/story.js';
import { story } from '../fixture/story.js';
import type { World } from '../fixture/world.js';

const here = { on: ['local', 'real'], limitSeconds: 300 } as const;

/** Most pauses of a rollout are shorter than what a machine with other work to do may take. */
const longSeconds = 60;

async function setVersion(world: World, version: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const value = servingTemplate('app', version, env);
  await world.patch('Rollout', 'app', { kind: 'json', body: [{ op: 'replace', path: '/spec/template', value }] });
}

function aServingRollout(replicas: number, version: string, strategy: Json): NewObject {
  return aRollout({ replicas, strategy, spec: { template: servingTemplate('app', version) } });
}

const halfAndWait: Json = { canary: { maxSurge: 1, maxUnavailable: 0, steps: [{ setWeight: 50 }, { pause: {} }] } };

/** All that a team does to its service in a bad week, while its users go on. */
async function badWeek({ when, then, world }: Telling, load: Load): Promise<void> {
  /** Spreads what happens over all requests. */
  const after = async (share: number): Promise<void> => {
    while (load.counts().sent < share * world.stage.requests) await world.pass(0.1);
  };
  await when('a good version goes out by its steps', async () => {
    await after(0.1);
    await setVersion(world, 'v2');
    await world.untilPausedAt('app', 1, longSeconds);
    await world.plugin('promote', 'app');
  });
  await then('it is promoted', () => world.untilPromoted('app', longSeconds));
  await when('a version that fails every fifth request comes and is aborted', async () => {
    await after(0.3);
    await setVersion(world, 'v3', { ERROR_RATE: '0.2' });
    await world.untilPausedAt('app', 1, longSeconds);
    await world.plugin('abort', 'app');
  });
  await then('the Rollout is degraded', () => world.untilPhase('app', 'Degraded', longSeconds));
  await when('a fourth version is overtaken by a fifth half way', async () => {
    await after(0.5);
    await setVersion(world, 'v4');
    await world.untilPausedAt('app', 1, longSeconds);
    await setVersion(world, 'v5');
    await world.untilPausedAt('app', 1, longSeconds);
  });
  await when('an autoscaler wants ten pods, then two', async () => {
    await after(0.7);
    await world.scale('app', 10);
    await world.untilObject('Rollout', 'app', { 'status.availableReplicas': 10 }, longSeconds);
    await world.scale('app', 2);
    await world.untilObject('Rollout', 'app', { 'status.replicas': 2, 'status.availableReplicas': 2 }, longSeconds);
  });
  await when('the fifth version is promoted at once', async () => {
    await after(0.9);
    await world.plugin('promote', 'app', '--full');
  });
  await then('it is the stable one', () => world.untilPromoted('app', longSeconds));
}

async function enough(world: World, load: Load): Promise<LoadCounts> {
  while (load.counts().sent < world.stage.requests) await world.pass(0.2);
  return load.stop();
}

function nothingIsLost({ sent, answers, lost }: LoadCounts, wanted: number): void {
  assert.deepEqual(lost, []);
  assert.ok(sent >= wanted, `${sent} requests`);
  // Each version was really in front of users, and only the one that is told to fails.
  for (const version of ['v1', 'v2', 'v3', 'v4', 'v5']) assert.ok((answers[`200 ${version}`] ?? 0) > 0, `no answer of ${version}`);
  assert.deepEqual(
    Object.keys(answers).filter((key) => !key.startsWith('200 ')),
    ['500 v3'],
  );
}

function noteCounts(world: World, { sent, answers, lost }: LoadCounts, startedAt: number): void {
  const seconds = (world.stage.scheduler.now() - startedAt) / 1_000;
  world.note(`${sent} requests in ${seconds.toFixed(1)} s, ${lost.length} lost; ${JSON.stringify(answers)}`);
}

/** What users of the real services behind versions see. */
export const stories: readonly Story[] = [
  story('no request to a Service is lost in a bad week', { ...here, needs: ['alone', 'requests'] }, async (telling) => {
    const { given, then, world } = telling;
    const url = await given('a healthy Rollout of four pods behind a Service', async () => {
      await world.apply(aService('web'), aServingRollout(4, 'v1', halfAndWait));
      await world.untilPromoted('app');
      return world.serviceUrl('web', 4);
    });
    const startedAt = world.stage.scheduler.now();
    const load = startLoad(url, { scheduler: world.stage.scheduler });
    try {
      await badWeek(telling, load);
    } finally {
      const counts = await enough(world, load);
      noteCounts(world, counts, startedAt);
      await then('no request was lost', () => nothingIsLost(counts, world.stage.requests));
    }
  }),

  story('no request through NGINX is lost in a bad week', { ...here, needs: ['alone', 'requests', 'nginx'] }, async (telling) => {
    const { given, then, world } = telling;
    await given('a healthy Rollout of four pods behind an Ingress', async () => {
      await world.apply(aService('web'), anIngress('web', 'web'), aServingRollout(4, 'v1', halfAndWait));
      await world.untilPromoted('app');
      await world.serviceUrl('web', 4);
    });
    const nginx = await given('a real NGINX that serves it', () => startNginxIngress(world.stage));
    const startedAt = world.stage.scheduler.now();
    // A worker that ends closes kept connections, and a client may just be using one: that is nginx's, and nobody's fault here.
    const load = startLoad(nginx.url, { scheduler: world.stage.scheduler, keepAlive: false });
    try {
      await badWeek(telling, load);
    } finally {
      const counts = await enough(world, load);
      noteCounts(world, counts, startedAt);
      world.note(`nginx was reloaded ${nginx.reloads()} times`);
      await nginx.stop();
      await then('no request was lost', () => nothingIsLost(counts, world.stage.requests));
    }
  }),

  story(
    'NGINX splits requests by weight, header and cookie of a canary Ingress',
    { ...here, needs: ['requests', 'nginx'] },
    async ({ given, when, then, world }) => {
      const { scheduler } = world.stage;
      await given('two versions behind a Service each, and an Ingress with a canary', async () => {
        for (const version of ['v1', 'v2'])
          await world.apply(
            aService(version, version),
            aRollout({ name: version, replicas: 1, spec: { template: servingTemplate(version, version) } }),
          );
        await world.apply(anIngress('web', 'v1'), anIngress('web-canary', 'v2', canary({ 'canary-weight': '20' })));
        for (const version of ['v1', 'v2']) {
          await world.untilPromoted(version);
          await world.serviceUrl(version, 1);
        }
      });
      const nginx = await given('a real NGINX', () => startNginxIngress(world.stage));
      const share = async (headers: Readonly<Record<string, string>> = {}): Promise<number> => {
        const load = startLoad(nginx.url, { scheduler, keepAlive: false, headers });
        while (load.counts().sent < 1_000) await world.pass(0.05);
        const { answers, sent, lost } = await load.stop();
        assert.deepEqual(lost, []);
        return (answers['200 v2'] ?? 0) / sent;
      };
      const expectShare = async (wanted: number, headers?: Readonly<Record<string, string>>): Promise<void> => {
        const found = await share(headers);
        // Five standard deviations of a thousand requests.
        assert.ok(Math.abs(found - wanted) <= 5 * Math.sqrt((wanted * (1 - wanted)) / 1_000), `${found} instead of ${wanted}`);
      };
      try {
        await then('a fifth of the requests goes to the canary', () => expectShare(0.2));
        await when('the weight is raised', () =>
          world.apply(anIngress('web-canary', 'v2', canary({ 'canary-weight': '60', 'canary-weight-total': '80' }))),
        );
        await then('three quarters do', () => expectShare(0.75));
        await when('a header and a cookie may choose', () =>
          world.apply(
            anIngress('web-canary', 'v2', canary({ 'canary-weight': '0', 'canary-by-header': 'X-Canary', 'canary-by-cookie': 'canary' })),
          ),
        );
        await then('nobody comes by chance', () => expectShare(0));
        await then('the header leads there', () => expectShare(1, { 'X-Canary': 'always' }));
        await then('the cookie leads there', () => expectShare(1, { cookie: 'canary=always' }));
        await then('the header comes before the cookie', () => expectShare(0, { 'X-Canary': 'never', cookie: 'canary=always' }));
        await when('a value of the header is named', () =>
          world.apply(
            anIngress(
              'web-canary',
              'v2',
              canary({ 'canary-weight': '0', 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'tester' }),
            ),
          ),
        );
        await then('that value leads there', () => expectShare(1, { 'X-Canary': 'tester' }));
        await then('no other does', () => expectShare(0, { 'X-Canary': 'always' }));
      } finally {
        await nginx.stop();
      }
    },
  ),
];

function canary(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries({ canary: 'true', ...annotations }).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
  );
}
