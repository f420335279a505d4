import { describe, expect, it } from '@jest/globals';
import { container, errorsOf, expectFirst, withSpec } from './fixtures/specs.js';
import type { JsonObject } from './kube.js';

describe('validateRollout: pod template', () => {
  const pod = (spec: JsonObject, metadata: JsonObject = {}): JsonObject =>
    withSpec({ template: { metadata: { labels: { app: 'app' }, ...metadata }, spec: { containers: [container], ...spec } } });
  const one = (fields: JsonObject): JsonObject => pod({ containers: [{ ...container, ...fields }] });
  const at = 'spec.template.spec.containers[0]';

  expectFirst([
    { rule: 'containers', spec: pod({ containers: [] }), error: 'spec.template.spec.containers: Required value' },
    { rule: 'container name', spec: pod({ containers: [{ image: 'i' }] }), error: `${at}.name: Required value` },
    {
      rule: 'container names differ',
      spec: pod({ containers: [container, container] }),
      error: 'spec.template.spec.containers[1].name: Duplicate value: "demo"',
    },
    {
      rule: 'init container names differ',
      spec: pod({ initContainers: [container] }),
      error: 'spec.template.spec.initContainers[0].name: Duplicate value: "demo"',
    },
    { rule: 'image', spec: pod({ containers: [{ name: 'a' }] }), error: `${at}.image: Required value` },
    {
      rule: 'image without blanks',
      spec: one({ image: ' i' }),
      error: `${at}.image: Invalid value: " i": must not have leading or trailing whitespace`,
    },
    {
      rule: 'pull policy',
      spec: one({ imagePullPolicy: 'Sometimes' }),
      error: `${at}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
    },
    { rule: 'port there', spec: one({ ports: [{ name: 'http' }] }), error: `${at}.ports[0].containerPort: Required value` },
    {
      rule: 'port range',
      spec: one({ ports: [{ containerPort: 65536 }] }),
      error: `${at}.ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive`,
    },
    {
      rule: 'host port range',
      spec: one({ ports: [{ containerPort: 1, hostPort: -1 }] }),
      error: `${at}.ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive`,
    },
    {
      rule: 'port protocol',
      spec: one({ ports: [{ containerPort: 1, protocol: 'HTTP' }] }),
      error: `${at}.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"`,
    },
    {
      rule: 'port names differ',
      spec: one({
        ports: [
          { name: 'a', containerPort: 1 },
          { name: 'a', containerPort: 2 },
        ],
      }),
      error: `${at}.ports[1].name: Duplicate value: "a"`,
    },
    { rule: 'variable name', spec: one({ env: [{ value: 'x' }] }), error: `${at}.env[0].name: Required value` },
    {
      rule: 'mounted volume there',
      spec: one({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      error: `${at}.volumeMounts[0].name: Not found: "v"`,
    },
    {
      rule: 'quantity readable',
      spec: one({ resources: { limits: { cpu: 'much' } } }),
      error: `${at}.resources.limits[cpu]: Invalid value: "much": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    },
    {
      rule: 'quantity not negative',
      spec: one({ resources: { limits: { cpu: '-1' } } }),
      error: `${at}.resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
    },
    {
      rule: 'request within limit',
      spec: one({ resources: { limits: { cpu: '1' }, requests: { cpu: '1500m' } } }),
      error: `${at}.resources.requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1`,
    },
    {
      rule: 'volume names differ',
      spec: pod({ volumes: [{ name: 'v' }, { name: 'v' }] }),
      error: 'spec.template.spec.volumes[1].name: Duplicate value: "v"',
    },
    {
      rule: 'restart policy',
      spec: pod({ restartPolicy: 'OnFailure' }),
      error: 'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
    },
    {
      rule: 'no active deadline',
      spec: pod({ activeDeadlineSeconds: 5 }),
      error: 'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    },
    {
      rule: 'grace period not negative',
      spec: pod({ terminationGracePeriodSeconds: -1 }),
      error: 'spec.template.spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rule: 'no shared writable disk',
      spec: pod({ volumes: [{ name: 'v', gcePersistentDisk: { pdName: 'd' } }] }),
      error:
        'spec.template.spec.volumes[0].gcePersistentDisk.readOnly: Invalid value: false: must be read-only for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only',
    },
    {
      rule: 'label value',
      spec: pod({}, { labels: { app: 'app', x: 'a/b' } }),
      error: `spec.template.metadata.labels: Invalid value: "a/b": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    },
    {
      rule: 'annotation key',
      spec: pod({}, { annotations: { 'a/': 'x' } }),
      error: 'spec.template.metadata.annotations: Invalid value: "a/": name part must be non-empty',
    },
  ]);

  it.each([
    {
      what: 'a rich container',
      spec: one({
        ports: [
          { name: 'http', containerPort: 80 },
          { containerPort: 80, protocol: 'UDP' },
        ],
        env: [{ name: 'A', value: '' }],
        resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi', 'x.io/y': '1' } },
      }),
    },
    {
      what: 'a mounted volume',
      spec: pod({ volumes: [{ name: 'v', emptyDir: {} }], containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
    },
    { what: 'privilege', spec: one({ securityContext: { privileged: true } }) },
    { what: 'fields of a newer Kubernetes', spec: pod({ futureField: { a: 1 } }) },
  ])('accepts $what', ({ spec }) => {
    expect(errorsOf(spec)).toEqual([]);
  });
});
