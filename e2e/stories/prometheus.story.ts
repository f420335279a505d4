import assert from 'node:assert/strict';
import type { Json, NewObject } from '../../src/api/kube.js';
import { startLoad } from '../fixture/load.js';
import { aRollout, aService, servingTemplate } from '../fixture/objects.js';
import { startPrometheus } from '../fixture/prometheus.js';
import type { Story } from '../fixture/story.js';
import { story } from '../fixture/story.js';
import type { World } from '../fixture/world.js';
import { textAt } from '../lib/json-at.js';

const longSeconds = 60;
const strategy: Json = {
  canary: {
    maxSurge: 1,
    maxUnavailable: 0,
    steps: [{ setWeight: 50 }, { pause: { duration: '8s' } }],
    analysis: {
      templates: [{ templateName: 'answers' }],
      args: [{ name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } }],
    },
  },
};

/** Errors and latency of one version over the last seconds, as a user would ask Prometheus. No requests yet is no verdict. */
function answersTemplate(world: World, address: string): NewObject {
  const labels = `namespace="${world.namespace}",pod=~"app-{{args.hash}}-.*"`;
  const metric = (name: string, query: string, failureCondition: string): Json => ({
    name,
    interval: '1s',
    failureLimit: 1,
    failureCondition: `len(result) > 0 && !isNaN(result[0]) && ${failureCondition}`,
    provider: { prometheus: { address, query } },
  });
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'answers' },
    spec: {
      args: [{ name: 'hash' }],
      metrics: [
        metric(
          'errors',
          `sum(rate(http_requests_total{${labels},code=~"5.."}[5s])) / sum(rate(http_requests_total{${labels}}[5s]))`,
          'result[0] > 0.1',
        ),
        metric(
          'latency',
          `sum(rate(http_request_duration_seconds_sum{${labels}}[5s])) / sum(rate(http_request_duration_seconds_count{${labels}}[5s]))`,
          'result[0] > 0.15',
        ),
      ],
    },
  };
}

async function release(world: World, version: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  await world.patch('Rollout', 'app', {
    kind: 'json',
    body: [{ op: 'replace', path: '/spec/template', value: servingTemplate('app', version, env) }],
  });
}

async function isTakenBack(world: World, metric: string): Promise<void> {
  const rollout = await world.untilPhase('app', 'Degraded', longSeconds);
  assert.match(textAt(rollout, 'status', 'message') ?? '', new RegExp(`Metric "${metric}" assessed Failed`));
}

/** Verdicts of a real Prometheus on pods that really answer. */
export const stories: readonly Story[] = [
  story(
    'a real Prometheus judges errors and latency of a new version',
    { on: ['local', 'real'], needs: ['alone', 'requests', 'prometheus'], limitSeconds: 300 },
    async ({ given, when, then, and, world }) => {
      const { scheduler } = world.stage;
      const prometheus = await given('a Prometheus that scrapes the pods', () => startPrometheus(world.stage));
      const url = await given('a healthy Rollout of four pods behind a Service', async () => {
        await world.apply(answersTemplate(world, prometheus.url), aService('web'));
        await world.apply(aRollout({ replicas: 4, strategy, spec: { template: servingTemplate('app', 'v1') } }));
        await world.untilPromoted('app');
        return world.serviceUrl('web', 4);
      });
      const load = await given('users', () => startLoad(url, { scheduler, perSecond: 200, lanes: 32 }));
      const caughtMs: Record<string, number> = {};
      const isCaught = async (metric: string): Promise<void> => {
        const startedAt = scheduler.now();
        await isTakenBack(world, metric);
        caughtMs[metric] = scheduler.now() - startedAt;
      };
      try {
        await when('a version comes that fails every second request', () => release(world, 'v2', { ERROR_RATE: '0.5' }));
        await then('it is taken back for its errors', () => isCaught('errors'));
        await when('a version comes that is slow', () => release(world, 'v3', { LATENCY_MS: '300' }));
        await then('it is taken back for its latency', () => isCaught('latency'));
        await when('a good version comes', () => release(world, 'v4'));
        await then('it goes out, judged by the same template', () => world.untilPromoted('app', longSeconds));
        await and('its analysis was successful', async () => {
          const runs = await world.list('AnalysisRun');
          assert.deepEqual(runs.map((run) => textAt(run, 'status', 'phase')).sort(), ['Failed', 'Failed', 'Successful']);
        });
      } finally {
        const { sent, answers, lost } = await load.stop();
        world.note(`${sent} requests, ${lost.length} lost; ${JSON.stringify(answers)}`);
        world.note(`caught after: ${JSON.stringify(caughtMs)} ms`);
        await prometheus.stop();
        await and('no request was lost meanwhile', () => assert.deepEqual(lost, []));
      }
    },
  ),
];
