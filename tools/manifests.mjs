/**
 * Writes what is installed in a cluster below `manifests/`: kustomize sources and the rendered install files. One table of permissions
 * serves the cluster-wide and the namespaced variant, so that they cannot drift apart.
 *
 * `node tools/manifests.mjs [FOLDER]` writes into FOLDER (default: the repository).
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dump } from 'js-yaml';

const root = path.resolve(import.meta.dirname, '..');
const name = 'sluice-controller';
const namespace = 'sluice';
const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'sluice', 'app.kubernetes.io/component': 'controller' };

/** @type {(apiGroups: string[], resources: string[], verbs: string[]) => object} */
const rule = (apiGroups, resources, verbs) => ({ apiGroups, resources, verbs });
const read = ['get', 'list', 'watch'];

/** Least privilege: each verb is used by code; a story fails when one is missing. Secrets are read by name, never listed. */
const rules = [
  rule(['argoproj.io'], ['rollouts'], [...read, 'patch']),
  rule(['argoproj.io'], ['rollouts/status'], ['patch']),
  rule(['argoproj.io'], ['analysisruns', 'experiments'], [...read, 'create', 'patch', 'delete']),
  // Owner references with blockOwnerDeletion need it where the cluster enforces that admission check.
  rule(['argoproj.io'], ['rollouts/finalizers', 'analysisruns/finalizers', 'experiments/finalizers'], ['update']),
  rule(['argoproj.io'], ['analysistemplates', 'clusteranalysistemplates'], read),
  rule(['apps'], ['replicasets'], [...read, 'create', 'patch', 'delete']),
  rule(['apps'], ['deployments'], [...read, 'patch']),
  rule([''], ['podtemplates'], read),
  rule([''], ['services'], [...read, 'create', 'patch', 'delete']),
  rule([''], ['pods'], ['get', 'list', 'patch']),
  rule([''], ['pods/eviction'], ['create']),
  rule([''], ['pods/log'], ['get']),
  rule([''], ['secrets'], ['get']),
  rule([''], ['events'], ['create', 'patch']),
  rule(['discovery.k8s.io'], ['endpointslices'], ['get', 'list']),
  rule(['batch'], ['jobs'], [...read, 'create', 'delete']),
  rule(['networking.k8s.io'], ['ingresses'], [...read, 'create', 'patch', 'delete']),
  rule(['networking.istio.io'], ['virtualservices', 'destinationrules'], [...read, 'patch', 'update']),
  rule(['gateway.networking.k8s.io'], ['httproutes', 'grpcroutes', 'tcproutes', 'tlsroutes'], [...read, 'patch', 'update']),
  rule(['split.smi-spec.io'], ['trafficsplits'], [...read, 'create', 'patch', 'update', 'delete']),
];
const leaseRule = rule(['coordination.k8s.io'], ['leases'], ['create', 'get', 'list', 'update', 'patch']);

const everything = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const kinds = ['rollouts', 'rollouts/scale', 'experiments', 'analysistemplates', 'clusteranalysistemplates', 'analysisruns'];

/** @type {(apiVersion: string, kind: string, objectName: string, rest?: object, extra?: object) => object} */
const object = (apiVersion, kind, objectName, rest = {}, extra = {}) => ({
  apiVersion,
  kind,
  metadata: { name: objectName, labels, ...extra },
  ...rest,
});
const rbac = 'rbac.authorization.k8s.io/v1';
const subjects = [{ kind: 'ServiceAccount', name, namespace }];

const serviceAccount = object('v1', 'ServiceAccount', name, {}, { namespace });

/** @type {(args: string[]) => object} */
const deployment = (args) =>
  object(
    'apps/v1',
    'Deployment',
    name,
    {
      spec: {
        // A second replica waits for the lease and takes over within seconds.
        replicas: 1,
        selector: { matchLabels: { 'app.kubernetes.io/name': name } },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            terminationGracePeriodSeconds: 30,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'controller',
                image: 'sluice-controller:0.1.0',
                imagePullPolicy: 'IfNotPresent',
                args,
                env: [{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
                ports: [
                  { name: 'metrics', containerPort: 8090 },
                  { name: 'healthz', containerPort: 8080 },
                ],
                livenessProbe: {
                  httpGet: { path: '/healthz', port: 'healthz' },
                  initialDelaySeconds: 10,
                  periodSeconds: 20,
                  timeoutSeconds: 10,
                },
                readinessProbe: { httpGet: { path: '/readyz', port: 'healthz' }, periodSeconds: 5, timeoutSeconds: 4 },
                resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    },
    { namespace },
  );

const metricsService = object(
  'v1',
  'Service',
  `${name}-metrics`,
  { spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'metrics', port: 8090, targetPort: 'metrics' }] } },
  { namespace },
);

const clusterRoles = [
  object(rbac, 'ClusterRole', name, { rules: [...rules, leaseRule] }),
  object(rbac, 'ClusterRoleBinding', name, { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }, subjects }),
];

/** So that a namespace's viewers and editors may look at rollouts, or promote and abort them. */
const aggregateRoles = [
  object(rbac, 'ClusterRole', 'sluice-aggregate-to-view', { rules: [rule(['argoproj.io'], kinds, read)] }, aggregate('view')),
  ...['edit', 'admin'].map((to) =>
    object(
      rbac,
      'ClusterRole',
      `sluice-aggregate-to-${to}`,
      { rules: [rule(['argoproj.io'], [...kinds, 'rollouts/status'], everything)] },
      aggregate(to),
    ),
  ),
];

/** @type {(to: string) => object} */
function aggregate(to) {
  return { labels: { ...labels, [`rbac.authorization.k8s.io/aggregate-to-${to}`]: 'true' } };
}

/** A namespaced controller reads no cluster-scoped kind and watches its own namespace alone. */
const namespacedRoles = [
  object(rbac, 'Role', name, { rules: [...rules.map(withoutClusterKinds), leaseRule] }, { namespace }),
  object(rbac, 'RoleBinding', name, { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }, subjects }, { namespace }),
];

/** @type {(r: any) => object} */
function withoutClusterKinds(r) {
  return { ...r, resources: r.resources.filter((/** @type {string} */ k) => k !== 'clusteranalysistemplates') };
}

/** @type {(resources: string[], rest?: object) => object} */
const kustomization = (resources, rest = {}) => ({
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  ...rest,
  resources,
});

const namespacedArgs = [{ op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--namespaced' }];

/** @type {Readonly<Record<string, readonly object[]>>} file below manifests/ to its documents */
const files = {
  'base/kustomization.yaml': [kustomization(['service-account.yaml', 'deployment.yaml', 'metrics-service.yaml'], { namespace })],
  'base/service-account.yaml': [serviceAccount],
  'base/deployment.yaml': [deployment([])],
  'base/metrics-service.yaml': [metricsService],
  'cluster/kustomization.yaml': [kustomization(['../../crds', '../base', 'rbac.yaml', 'aggregate-roles.yaml'])],
  'cluster/rbac.yaml': clusterRoles,
  'cluster/aggregate-roles.yaml': aggregateRoles,
  'namespaced/kustomization.yaml': [
    kustomization(['../base', 'rbac.yaml'], {
      namespace,
      patches: [{ target: { kind: 'Deployment', name }, patch: dump(namespacedArgs) }],
    }),
  ],
  'namespaced/rbac.yaml': namespacedRoles,
  'namespace-install.yaml': [serviceAccount, ...namespacedRoles, metricsService, deployment(['--namespaced'])],
};

/** @type {(documents: readonly object[]) => string} */
const yaml = (documents) => documents.map((d) => dump(d, { noRefs: true, lineWidth: 140 })).join('---\n');

/** @type {(folder: string) => void} */
function write(folder) {
  for (const [file, documents] of Object.entries(files)) {
    const target = path.join(folder, 'manifests', file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, yaml(documents));
  }
  const crds = readdirSync(path.join(root, 'crds'))
    .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .sort()
    .map((file) => readFileSync(path.join(root, 'crds', file), 'utf8').trimEnd());
  const rest = yaml([...clusterRoles, ...aggregateRoles, serviceAccount, metricsService, deployment([])]);
  writeFileSync(
    path.join(folder, 'manifests', 'install.yaml'),
    `${crds.map((c) => c.replace(/^---\n/, '')).join('\n---\n')}\n---\n${rest}`,
  );
}

write(process.argv[2] ?? root);
