import type { NewObject, Resource } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import type { ObjectRef } from '../../src/cluster/cluster.js';
import type { Sequence } from './sequence.js';
import { sequence } from './sequence.js';

const { deployments, jobs, pods, replicaSets } = resources;

const template = (labels: object, containers: readonly object[] = [{ name: 'c', image: 'example.io/c:1' }]) => ({
  metadata: { labels },
  spec: { containers },
});

function workload(resource: Resource, apiVersion: string, namespace: string, name: string, spec: object): NewObject {
  return { apiVersion, kind: resource.kind, metadata: { name, namespace }, spec };
}

/** Pods, ReplicaSets, Deployments, Jobs: their defaults, their checks, their subresources. Controllers must have no reason to act. */
export const workloads: readonly Sequence[] = [
  sequence('defaults of workloads, by dry runs', async ({ cluster, namespace, answer }) => {
    const dry = { dryRun: true };
    const app = { app: 'a' };
    const selected = { selector: { matchLabels: app }, template: template(app) };
    await answer('ReplicaSet', cluster.create(replicaSets, workload(replicaSets, 'apps/v1', namespace, 'r', selected), dry));
    await answer('Deployment', cluster.create(deployments, workload(deployments, 'apps/v1', namespace, 'd', selected), dry));
    await answer(
      'Job',
      cluster.create(
        jobs,
        workload(jobs, 'batch/v1', namespace, 'j', {
          template: { spec: { restartPolicy: 'Never', containers: template({}).spec.containers } },
        }),
        dry,
      ),
    );
    const rich = template(app, [
      {
        name: 'c',
        image: 'example.io/c',
        ports: [{ containerPort: 80 }],
        env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        readinessProbe: { httpGet: { port: 80 } },
        livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 3 },
        resources: { limits: { cpu: '1', memory: '64Mi' } },
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        lifecycle: { preStop: { exec: { command: ['true'] } } },
      },
    ]);
    const volumes = [
      { name: 'v', configMap: { name: 'm' } },
      { name: 's', secret: { secretName: 'x' } },
      { name: 'e', emptyDir: {} },
    ];
    const richSpec = { selector: { matchLabels: app }, template: { ...rich, spec: { ...rich.spec, volumes } } };
    await answer('a rich template', cluster.create(replicaSets, workload(replicaSets, 'apps/v1', namespace, 'rich', richSpec), dry));
  }),

  sequence('workloads that are refused', async ({ cluster, namespace, answer }) => {
    const create = (name: string, spec: object) =>
      cluster.create(replicaSets, workload(replicaSets, 'apps/v1', namespace, name, spec), { dryRun: true });
    await answer('selector does not match', create('a', { selector: { matchLabels: { app: 'a' } }, template: template({ app: 'b' }) }));
    await answer('no selector', create('a', { template: template({ app: 'a' }) }));
    await answer('empty selector', create('a', { selector: {}, template: template({ app: 'a' }) }));
    await answer(
      'negative replicas',
      create('a', { replicas: -1, selector: { matchLabels: { app: 'a' } }, template: template({ app: 'a' }) }),
    );
    await answer('no container', create('a', { selector: { matchLabels: { app: 'a' } }, template: template({ app: 'a' }, []) }));
    await answer('no image', create('a', { selector: { matchLabels: { app: 'a' } }, template: template({ app: 'a' }, [{ name: 'c' }]) }));
    await answer(
      'a twin container',
      create('a', {
        selector: { matchLabels: { app: 'a' } },
        template: template({ app: 'a' }, [
          { name: 'c', image: 'x' },
          { name: 'c', image: 'y' },
        ]),
      }),
    );
    await answer(
      'restartPolicy',
      create('a', {
        selector: { matchLabels: { app: 'a' } },
        template: { ...template({ app: 'a' }), spec: { ...template({}).spec, restartPolicy: 'Never' } },
      }),
    );
    const job = (spec: object) =>
      cluster.create(jobs, workload(jobs, 'batch/v1', namespace, 'j', { template: { spec } }), { dryRun: true });
    await answer('a Job that restarts always', job({ containers: template({}).spec.containers }));
  }),

  sequence('strict about unknown fields when asked', async ({ cluster, namespace, answer }) => {
    const spec = { replicas: 0, unknown: 1, selector: { matchLabels: { app: 'a' } }, template: template({ app: 'a' }) };
    const create = (fieldValidation: 'Strict' | 'Warn' | 'Ignore') =>
      cluster.create(replicaSets, workload(replicaSets, 'apps/v1', namespace, 'u', spec), { dryRun: true, fieldValidation });
    await answer('Strict', create('Strict'));
    await answer('Ignore', create('Ignore'));
    await answer('Warn', create('Warn'));
  }),

  sequence('a pod from its creation to its end', async ({ cluster, namespace, answer }) => {
    const ref: ObjectRef = { resource: pods, namespace, name: 'p' };
    // A scheduler that nobody is keeps it from being bound by somebody else.
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace, labels: { a: 'b' } },
      spec: { schedulerName: 'nobody', automountServiceAccountToken: false, ...template({}).spec },
    };
    await answer('create', cluster.create(pods, pod));
    await answer('bind', cluster.bind(ref, 'contract-node'));
    await answer('bind again', cluster.bind(ref, 'another-node'));
    await answer('get', cluster.get(ref));
    const status = { phase: 'Running', podIP: '10.244.9.9', conditions: [{ type: 'Ready', status: 'True' }] };
    await answer('status', cluster.patch(ref, { kind: 'merge', body: { status } }, { subresource: 'status' }));
    await answer(
      'spec through status',
      cluster.patch(ref, { kind: 'merge', body: { spec: { activeDeadlineSeconds: 5 } } }, { subresource: 'status' }),
    );
    await answer('status through spec', cluster.patch(ref, { kind: 'merge', body: { status: { phase: 'Failed' } } }));
    await answer('node is immutable', cluster.patch(ref, { kind: 'merge', body: { spec: { nodeName: 'z' } } }));
    await answer(
      'image may change',
      cluster.patch(ref, { kind: 'json', body: [{ op: 'replace', path: '/spec/containers/0/image', value: 'example.io/c:2' }] }),
    );
    await answer(
      'strategic',
      cluster.patch(ref, {
        kind: 'strategic',
        body: { spec: { containers: [{ name: 'c', image: 'example.io/c:3' }] }, metadata: { labels: { a: null, c: 'd' } } },
      }),
    );
    await answer(
      'by phase',
      cluster
        .list({ resource: pods, namespace, fieldSelector: 'status.phase=Running' })
        .then(({ items }) => items.map(({ metadata }) => metadata.name)),
    );
    await answer(
      'by node',
      cluster
        .list({ resource: pods, namespace, fieldSelector: 'spec.nodeName=contract-node' })
        .then(({ items }) => items.map(({ metadata }) => metadata.name)),
    );
    await answer('delete gracefully', cluster.delete(ref, { gracePeriodSeconds: 30 }));
    await answer('delete for good', cluster.delete(ref, { gracePeriodSeconds: 0 }));
    await answer('get after', cluster.get(ref));
  }),

  sequence('scale and status of a ReplicaSet are apart', async ({ cluster, namespace, answer, eventually }) => {
    const ref: ObjectRef = { resource: replicaSets, namespace, name: 's' };
    const spec = { replicas: 0, selector: { matchLabels: { app: 's' } }, template: template({ app: 's' }) };
    await cluster.create(replicaSets, workload(replicaSets, 'apps/v1', namespace, 's', spec));
    const isSeen = (generation: number) =>
      eventually(
        'the controller to see it',
        () => cluster.get(ref),
        (object) => object.status?.['observedGeneration'] === generation,
      );
    await isSeen(1);
    await answer('get scale', cluster.get(ref, { subresource: 'scale' }));
    await answer('annotation', cluster.patch(ref, { kind: 'merge', body: { metadata: { annotations: { a: 'b' } } } }));
    await answer('minReadySeconds', cluster.patch(ref, { kind: 'merge', body: { spec: { minReadySeconds: 3 } } }));
    await isSeen(2);
    await answer('status by the main resource', cluster.patch(ref, { kind: 'merge', body: { status: { replicas: 7 } } }));
    await answer('a bad scale', cluster.patch(ref, { kind: 'merge', body: { spec: { replicas: -1 } } }, { subresource: 'scale' }));
    await answer('selector', cluster.patch(ref, { kind: 'merge', body: { spec: { selector: { matchLabels: { app: 't' } } } } }));
  }),

  sequence('strategic merge of a template', async ({ cluster, namespace, answer }) => {
    const ref: ObjectRef = { resource: deployments, namespace, name: 'd' };
    const containers = [
      {
        name: 'a',
        image: 'a:1',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
        ports: [{ containerPort: 80 }, { containerPort: 81 }],
      },
      { name: 'b', image: 'b:1' },
    ];
    const spec = { replicas: 0, paused: true, selector: { matchLabels: { app: 'd' } }, template: template({ app: 'd' }, containers) };
    await cluster.create(deployments, workload(deployments, 'apps/v1', namespace, 'd', spec));
    const patched = (label: string, podSpec: object) =>
      answer(
        label,
        cluster
          .patch(ref, { kind: 'strategic', body: { spec: { template: { spec: podSpec } } } }, { dryRun: true })
          .then((object) => object.spec?.['template']),
      );
    await patched('image by name', { containers: [{ name: 'b', image: 'b:2' }] });
    await patched('a new container', { containers: [{ name: 'c', image: 'c:1' }] });
    await patched('delete a container', { containers: [{ name: 'a', $patch: 'delete' }] });
    await patched('replace the list', { containers: [{ $patch: 'replace' }, { name: 'z', image: 'z:1' }] });
    await patched('order', { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'a', image: 'a:3' }] });
    await patched('env and ports', {
      containers: [
        {
          name: 'a',
          env: [
            { name: 'X', value: '9' },
            { name: 'Z', value: '3' },
          ],
          ports: [{ containerPort: 81, name: 'more' }],
        },
      ],
    });
    await patched('env away', { containers: [{ name: 'a', env: [{ name: 'X', $patch: 'delete' }] }] });
    await patched('null', { containers: [{ name: 'a', env: null }] });
    await patched('no merge key', { containers: [{ image: 'nameless' }] });
  }),
];
