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

function storedInADeployment(version: string): unknown {
  return {
    metadata: { labels: { app: 'app' } },
    spec: {
      containers: [
        {
          name: 'demo',
          image: `example.io/demo:${version}`,
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 1,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    },
  };
}

describe('podTemplateHash', () => {
  it.each(recorded.templates)('gives the recorded hash of $name, as its manifest was written', (entry) => {
    expect(podTemplateHash(entry.template, 'collisionCount' in entry ? entry.collisionCount : undefined)).toBe(entry.hash);
  });

  it.each([
    ['v1', '99d8db5f5'],
    ['v2', '555767794b'],
  ])('gives the recorded hash of a template %s that a Deployment holds, defaults and all', (version, hash) => {
    expect(podTemplateHash(storedInADeployment(version))).toBe(hash);
  });

  it('gives the known hash of a template with resources (rollout-core 2.3)', () => {
    expect(podTemplateHash(resources)).toBe('6f496f9f78');
  });

  it('gives the known hash of a template with a port (rollout-core 2.3)', () => {
    expect(podTemplateHash(delayed)).toBe('674d8cf959');
  });

  it.each([
    ['a port without protocol', { ports: [{ containerPort: 80 }] }, { ports: [{ containerPort: 80, protocol: 'TCP' }] }],
    ['a gRPC probe without service', { livenessProbe: { grpc: { port: 1 } } }, { livenessProbe: { grpc: { port: 1, service: '' } } }],
  ])('hashes %s as if the CRD had completed it', (_what, written, completed) => {
    const template = (container: object): unknown => ({ spec: { containers: [{ name: 'a', image: 'a', ...container }] } });
    expect(podTemplateHash(template(written))).toBe(podTemplateHash(template(completed)));
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
  const withVolumeClaim = (storageClassName?: string): unknown => ({
    spec: {
      containers: [{ name: 'a', image: 'a:1' }],
      volumes: [
        { name: 'v', ephemeral: { volumeClaimTemplate: { spec: { ...(storageClassName === undefined ? {} : { storageClassName }) } } } },
      ],
    },
  });

  it('tells no storage class from the default one', () => {
    expect(templatesEqual(withVolumeClaim(''), withVolumeClaim())).toBe(false);
    expect(templatesEqual(withVolumeClaim(''), withVolumeClaim(''))).toBe(true);
  });

  it.each([
    ['0.125', '125m'],
    ['1Gi', '1024Mi'],
    ['1', '1000m'],
  ])('compares quantities by value: %s and %s', (left, right) => {
    const limited = (cpu: string): unknown => ({ spec: { containers: [{ name: 'a', image: 'a', resources: { limits: { cpu } } }] } });
    expect(templatesEqual(limited(left), limited(right))).toBe(true);
    expect(templatesEqual(limited(left), limited('3'))).toBe(false);
  });

  it('takes the deprecated serviceAccount for the name it stands for', () => {
    const named = (account: object): unknown => ({ spec: { containers: [{ name: 'a', image: 'a' }], ...account } });
    expect(templatesEqual(named({ serviceAccount: 'sa' }), named({ serviceAccountName: 'sa', serviceAccount: 'sa' }))).toBe(true);
    expect(templatesEqual(named({ serviceAccountName: 'sa' }), named({ serviceAccountName: 'other' }))).toBe(false);
  });

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
