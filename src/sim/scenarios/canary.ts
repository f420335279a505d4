import type { JsonObject } from '../../api/kube.js';
import type { Scenario, User } from '../scenario.js';
import { anAnalysisTemplate, aRollout, aService, errorRate } from './objects.js';

const tutorial: JsonObject = { canary: { steps: [{ setWeight: 10 }, { pause: { duration: '60s' } }, { setWeight: 50 }, { pause: {} }] } };
const value = (n: number): { readonly kind: 'value'; readonly value: readonly number[] } => ({ kind: 'value', value: [n] });

async function deploy(user: User, replicas = 4, strategy: JsonObject = tutorial, more: JsonObject = {}): Promise<void> {
  await user.apply(aRollout('app', { replicas, strategy, more }));
  await user.untilPhase('app', 'Healthy');
}

function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`at the end not true: ${what}`);
}

function stablePods(user: User): number {
  const { status } = user.rollout('app');
  return status.stableRS === status.currentPodHash ? status.availableReplicas : status.availableReplicas - status.updatedReplicas;
}

export const canaryScenarios: readonly Scenario[] = [
  {
    name: 'a first version comes up',
    play: (user) => deploy(user),
  },
  {
    name: 'a good release goes out by steps and a promote',
    play: async (user) => {
      await deploy(user);
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPausedAt('app', 1);
      await user.untilPausedAt('app', 3);
      await user.promote('app');
      await user.untilPhase('app', 'Healthy');
    },
    check: (user) => {
      const { status } = user.rollout('app');
      expect(status.stableRS === status.currentPodHash && status.availableReplicas === 4, 'v2 is stable with 4 pods');
    },
  },
  {
    name: 'a release without steps rolls through',
    play: async (user) => {
      await deploy(user, 5, { canary: { maxSurge: 1, maxUnavailable: 0 } });
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPhase('app', 'Progressing');
      await user.untilPhase('app', 'Healthy');
    },
  },
  {
    name: 'a person aborts at a pause and retries',
    play: async (user) => {
      await deploy(user, 5);
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPausedAt('app', 3);
      await user.abort('app');
      await user.untilPhase('app', 'Degraded', 'RolloutAborted');
      await user.until('stable is full again', () => stablePods(user) === 5);
      await user.retry('app');
      await user.untilPausedAt('app', 3);
      await user.promoteFull('app');
      await user.untilPhase('app', 'Healthy');
    },
  },
  {
    name: 'an abort stays aborted',
    play: async (user) => {
      await deploy(user, 3);
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPausedAt('app', 1);
      await user.abort('app');
      await user.untilPhase('app', 'Degraded', 'RolloutAborted');
    },
    check: (user) => {
      const { status } = user.rollout('app');
      expect(status.abort && status.updatedReplicas === 0 && stablePods(user) === 3, 'no canary pod is left and stable has 3');
    },
  },
  {
    name: 'a third version arrives in the middle',
    play: async (user) => {
      await deploy(user, 6);
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPausedAt('app', 3);
      await user.setImage('app', 'example.io/demo:v3');
      await user.untilPausedAt('app', 3);
      await user.promote('app');
      await user.untilPhase('app', 'Healthy');
    },
  },
  {
    name: 'the stable version is applied again in the middle',
    play: async (user) => {
      await deploy(user, 4);
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPausedAt('app', 3);
      await user.setImage('app', 'example.io/demo:v1');
      await user.untilPhase('app', 'Healthy');
    },
  },
  {
    name: 'an autoscaler scales at a pause, down to zero and back',
    play: async (user) => {
      await deploy(user, 4);
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPausedAt('app', 3);
      await user.scale('app', 10);
      await user.until('10 pods or more are available', () => user.rollout('app').status.availableReplicas >= 10);
      await user.scale('app', 0);
      await user.until('no pod is left', () => user.rollout('app').status.replicas === 0);
      await user.scale('app', 4);
      await user.until('4 pods are back', () => user.rollout('app').status.availableReplicas >= 4);
      await user.promote('app');
      await user.untilPhase('app', 'Healthy');
    },
  },
  {
    name: 'the image cannot be pulled and is mended',
    play: async (user) => {
      await deploy(user, 4, tutorial, { progressDeadlineSeconds: 30 });
      await user.setImage('app', 'example.io/does-not-exist:v2');
      await user.untilPhase('app', 'Degraded', 'ProgressDeadlineExceeded');
      await user.setImage('app', 'example.io/demo:v3');
      await user.untilPausedAt('app', 1);
      await user.promoteFull('app');
      await user.untilPhase('app', 'Healthy');
    },
  },
  {
    name: 'the image cannot be pulled and the deadline aborts',
    play: async (user) => {
      await deploy(user, 4, tutorial, { progressDeadlineSeconds: 30, progressDeadlineAbort: true });
      await user.setImage('app', 'example.io/does-not-exist:v2');
      await user.untilPhase('app', 'Degraded', 'RolloutAborted');
    },
  },
  {
    name: 'an inline analysis passes and the release goes out',
    play: async (user) => {
      user.world.metrics.set('errors', value(0.01));
      await user.apply(anAnalysisTemplate('errors', errorRate({ interval: '5s', count: 3 })));
      const steps = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'errors' }] } }];
      await deploy(user, 4, { canary: { steps } });
      await user.setImage('app', 'example.io/demo:v2');
      await user.until('v2 is promoted', () => isPromoted(user));
    },
  },
  {
    name: 'an inline analysis fails and takes the release back',
    play: async (user) => {
      user.world.metrics.set('errors', value(0.01), value(0.5));
      await user.apply(anAnalysisTemplate('errors', errorRate({ interval: '5s', count: 10 })));
      const steps = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'errors' }] } }];
      await deploy(user, 4, { canary: { steps } });
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPhase('app', 'Degraded', 'Step-based analysis phase error/failed');
    },
    check: (user) => expect(user.rollout('app').status.updatedReplicas === 0 && stablePods(user) === 4, 'v1 has all pods'),
  },
  {
    name: 'a background analysis fails in the middle of a pause',
    play: async (user) => {
      user.world.metrics.set('errors', value(0), value(0), value(0), value(1));
      await user.apply(anAnalysisTemplate('errors', errorRate({ interval: '10s' })));
      await deploy(user, 5, {
        canary: { analysis: { templates: [{ templateName: 'errors' }], startingStep: 1 }, steps: [{ setWeight: 20 }, { pause: {} }] },
      });
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPhase('app', 'Degraded', 'Background analysis phase error/failed');
    },
  },
  {
    name: 'an inconclusive analysis pauses and a person goes on',
    play: async (user) => {
      user.world.metrics.set('errors', value(0.1));
      const metric = errorRate({ failureCondition: 'result[0] > 0.2' });
      await user.apply(anAnalysisTemplate('errors', metric));
      const steps = [{ setWeight: 50 }, { analysis: { templates: [{ templateName: 'errors' }] } }];
      await deploy(user, 4, { canary: { steps } });
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPhase('app', 'Paused', 'InconclusiveAnalysisRun');
      user.world.metrics.set('errors', value(0));
      await user.promote('app');
      await user.until('v2 is promoted', () => isPromoted(user));
    },
  },
  {
    name: 'Services follow canary and stable',
    play: async (user) => {
      await user.apply(aService('app-canary', 'app'), aService('app-stable', 'app'));
      await deploy(user, 4, {
        canary: { canaryService: 'app-canary', stableService: 'app-stable', steps: [{ setWeight: 25 }, { pause: {} }] },
      });
      await user.setImage('app', 'example.io/demo:v2');
      await user.untilPausedAt('app', 1);
      await user.abort('app');
      await user.untilPhase('app', 'Degraded', 'RolloutAborted');
      await user.retry('app');
      await user.untilPausedAt('app', 1);
      await user.promote('app');
      await user.until('v2 is promoted', () => isPromoted(user));
    },
  },
  {
    name: 'history is cut to its limit',
    play: async (user) => {
      await deploy(user, 2, { canary: {} }, { revisionHistoryLimit: 1 });
      for (const version of ['v2', 'v3', 'v4']) {
        await user.setImage('app', `example.io/demo:${version}`);
        await user.until(`${version} is promoted`, () => isPromoted(user));
      }
    },
  },
];

function isPromoted(user: User): boolean {
  const { status, metadata } = user.rollout('app');
  return status.phase === 'Healthy' && status.stableRS === status.currentPodHash && status.observedGeneration === metadata.generation;
}
