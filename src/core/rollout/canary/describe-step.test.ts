import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../api/kube.js';
import { describeStep } from './describe-step.js';

describe('describeStep (rollout-core 1.5)', () => {
  it.each<[JsonObject, string]>([
    [{ setWeight: 20 }, 'setWeight: 20'],
    [{ pause: {} }, 'pause'],
    [{ pause: { duration: 10 } }, 'pause: 10'],
    [{ pause: { duration: '10s' } }, 'pause: 10s'],
    [{ experiment: { templates: [] } }, 'experiment'],
    [{ analysis: { templates: [] } }, 'analysis'],
    [{ setCanaryScale: { weight: 20 } }, 'setCanaryScale{weight: 20}'],
    [{ setCanaryScale: { matchTrafficWeight: true } }, 'setCanaryScale{matchTrafficWeight: true}'],
    [{ setCanaryScale: { replicas: 5 } }, 'setCanaryScale{replicas: 5}'],
    [{ plugin: { name: 'foo' } }, 'plugin: foo'],
    [{ setHeaderRoute: { name: 'foo' } }, 'setHeaderRoute: foo'],
    [{ setMirrorRoute: { name: 'foo' } }, 'setMirrorRoute: foo'],
    [{}, 'invalid'],
    [{ setCanaryScale: { replicas: 1 }, setWeight: 5 }, 'setWeight: 5'],
  ])('%j reads %s', (step, text) => {
    expect(describeStep(step)).toBe(text);
  });
});
