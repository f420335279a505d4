import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../api/kube.js';
import { fieldOf, resolveRolloutArguments } from './rollout-args.js';

const rollout: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: {
    name: 'app',
    namespace: 'shop',
    uid: 'u-1',
    resourceVersion: '1',
    creationTimestamp: '',
    labels: { team: 'a', app: 'x"y' },
    annotations: { 'example.io/why': 'because' },
  },
  spec: {
    replicas: 5,
    big: 30_000_000,
    small: 0.00001,
    template: { spec: { containers: [{ image: 'demo:v1', ready: true, none: null }] } },
  },
};

describe('fieldOf (analysis 2.7)', () => {
  it.each([
    { path: 'metadata.name', value: 'app' },
    { path: 'metadata.namespace', value: 'shop' },
    { path: 'metadata.uid', value: 'u-1' },
    { path: "metadata.labels['team']", value: 'a' },
    { path: "metadata.labels['nosuch']", value: '' },
    { path: "metadata.annotations['example.io/why']", value: 'because' },
    { path: 'metadata.labels', value: 'app="x\\"y"\nteam="a"' },
    { path: 'spec.replicas', value: '5' },
    { path: 'spec.big', value: '3e+07' },
    { path: 'spec.small', value: '1e-05' },
    { path: 'spec.template.spec.containers[0].image', value: 'demo:v1' },
    { path: 'spec.template.spec.containers[0].ready', value: 'true' },
  ])('$path is $value', ({ path, value }) => {
    expect(fieldOf(rollout, path)).toEqual({ ok: true, value });
  });

  it.each([
    { path: 'metadata.generation', error: 'unsupported fieldPath: metadata.generation' },
    { path: 'spec.nosuch', error: 'invalid path spec.nosuch in rollout' },
    { path: 'spec.constructor', error: 'invalid path spec.constructor in rollout' },
    { path: 'spec.replicas.x', error: 'invalid path spec.replicas.x in rollout' },
    { path: 'spec.template.spec.containers[3].image', error: 'index 3 out of range' },
    { path: 'spec.template', error: 'path spec.template in rollout must terminate in a primitive value' },
    {
      path: 'spec.template.spec.containers[0].none',
      error: 'path spec.template.spec.containers[0].none in rollout must terminate in a primitive value',
    },
  ])('$path: $error', ({ path, error }) => {
    expect(fieldOf(rollout, path)).toEqual({ ok: false, error });
  });
});

describe('resolveRolloutArguments', () => {
  const sources = { rollout, latestHash: 'new', stableHash: 'old' };
  it('takes values from hashes, fields and text; an argument with nothing is empty', () => {
    const args = [
      { name: 'a', podTemplateHashValue: 'Latest' as const },
      { name: 'b', podTemplateHashValue: 'Stable' as const },
      { name: 'c', fieldPath: 'metadata.name' },
      { name: 'd', value: 'text' },
      { name: 'e' },
    ];
    const resolved = resolveRolloutArguments(args, sources);
    expect(resolved.ok && resolved.value.map(({ value }) => value)).toEqual(['new', 'old', 'app', 'text', '']);
  });

  it('notices a wrong path wherever it stands', () => {
    const args = [
      { name: 'a', fieldPath: 'spec.nosuch' },
      { name: 'b', fieldPath: 'spec.replicas' },
    ];
    expect(resolveRolloutArguments(args, sources)).toEqual({ ok: false, error: 'invalid path spec.nosuch in rollout' });
  });
});
