import { describe, expect, it } from '@jest/globals';
import recorded from './fixtures/recorded-hashes.json' with { type: 'json' };
import { podTemplateHash, stepsHash, templatesEqual } from './index.js';

const resources = {
  metadata: { labels: { foo: 'bar' } },
  spec: {
    containers: [
      {
        name: 'container-name',
        image: 'foo/bar',
        resources: { limits: { cpu: '2000m', memory: '8192M' }, requests: { cpu: '0.15', memory: '8192M' } },
      },
    ],
  },
};
const delayed = {
  metadata: { labels: { app: 'canary-scaledowndelay' } },
  spec: {
    containers: [
      {
        name: 'canary-scaledowndelay',
        image: 'nginx:1.19-alpine',
        ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
        resources: { requests: { memory: '16Mi', cpu: '5m' } },
      },
    ],
  },
};

describe('podTemplateHash', () => {
  it.each(recorded.templates)('gives the recorded hash of $name', ({ template, hash }) => {
    expect(podTemplateHash(template)).toBe(hash);
  });

  it('gives the known hash of a template with resources (rollout-core 2.3)', () => {
    expect(podTemplateHash(resources)).toBe('6f496f9f78');
  });

  it('gives the known hash of a template with a port (rollout-core 2.3)', () => {
    expect(podTemplateHash(delayed)).toBe('674d8cf959');
  });

  it('drops fields Kubernetes did not know when the table was made', () => {
    expect(podTemplateHash({ ...resources, spec: { ...resources.spec, someFutureField: 1 } })).toBe('6f496f9f78');
  });

  it('changes with every collision, the zeroth included', () => {
    const hashes = [podTemplateHash(resources), podTemplateHash(resources, 0), podTemplateHash(resources, 1)];
    expect(new Set(hashes).size).toBe(3);
  });
});

describe('stepsHash', () => {
  it.each(recorded.steps)('gives the recorded hash of the steps of $name', (entry) => {
    expect(stepsHash('steps' in entry ? entry.steps : undefined)).toBe(entry.hash);
  });

  it.each([
    [[], '5ffbfbbd64'],
    [[{ setWeight: 10 }], '54b5fccf74'],
    [[{ setWeight: 50 }, { pause: {} }], '757f5f97b'],
  ])('gives the known hash of %j (rollout-core 2.3)', (steps, hash) => {
    expect(stepsHash(steps)).toBe(hash);
  });
});

describe('templatesEqual', () => {
  const defaulted = {
    metadata: { labels: { foo: 'bar', 'rollouts-pod-template-hash': '6f496f9f78', role: 'canary' } },
    spec: {
      containers: [
        {
          name: 'container-name',
          image: 'foo/bar',
          imagePullPolicy: 'Always',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          resources: { limits: { cpu: '2', memory: '8192M' }, requests: { cpu: '150m', memory: '8192M' } },
        },
      ],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchExpressions: [{ key: 'rollouts-pod-template-hash', operator: 'In', values: ['x'] }] },
            },
          ],
        },
      },
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    },
  };

  it('sees through server defaults, the hash label, injected metadata and injected anti-affinity', () => {
    expect(templatesEqual(resources, defaulted, { ephemeralMetadata: '{"labels":{"role":"canary"}}' })).toBe(true);
  });

  it.each([
    ['another image', { ...resources, spec: { containers: [{ ...resources.spec.containers[0], image: 'foo/bar:2' }] } }],
    ['another label', { ...resources, metadata: { labels: { foo: 'baz' } } }],
    ['a field added', { ...resources, spec: { ...resources.spec, hostNetwork: true } }],
  ])('tells %s apart', (_, desired) => {
    expect(templatesEqual(desired, defaulted, { ephemeralMetadata: '{"labels":{"role":"canary"}}' })).toBe(false);
  });

  it('keeps a label that only looks injected', () => {
    expect(templatesEqual(resources, defaulted)).toBe(false);
  });

  it('survives an unreadable annotation', () => {
    expect(templatesEqual(resources, resources, { ephemeralMetadata: 'not json' })).toBe(true);
  });
});
