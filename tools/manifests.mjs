/**
 * Writes what is installed in a cluster below `manifests/`: kustomize sources and the rendered install files. One table of permissions
 * serves the cluster-wide and the namespaced variant, so that they cannot drift apart.
 *
 * `node tools/manifests.mjs [FOLDER]` writes into FOLDER (default: the repository).
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dump } from 'js-yaml';
import { leaseRule, read, routerRules, rule, rules } from './permissions.mjs';

const root = path.resolve(import.meta.dirname, '..');
const name = 'sluice-controller';
const namespace = 'sluice';
const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'sluice', 'app.kubernetes.io/component': 'controller' };

const permissions = [...rules, ...Object.values(routerRules), leaseRule];
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

/** @type {(inNamespace: object) => object} */
const serviceAccount = (inNamespace) => object('v1', 'ServiceAccount', name, {}, inNamespace);

/** @type {(inNamespace: object, args: string[]) => object} */
const deployment = (inNamespace, args) =>
  object(
    'apps/v1',
    'Deployment',
    name,
    {
      spec: {
        // One leads; more replicas stand by and take over within seconds.
        replicas: 1,
        selector: { matchLabels: { 'app.kubernetes.io/name': name } },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            // Longer than the controller takes at most to end its passes and give the lease back (28 s).
            terminationGracePeriodSeconds: 30,
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [container(args)],
          },
        },
      },
    },
    inNamespace,
  );

/** @type {(args: string[]) => object} */
const container = (args) => ({
  name: 'controller',
  image: 'sluice-controller:0.1.0',
  imagePullPolicy: 'IfNotPresent',
  ...(args.length > 0 && { args }),
  env: [
    { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    // Left to itself, Node takes a quarter of the container's memory for its heap and dies there with three quarters unused.
    { name: 'NODE_OPTIONS', value: '--max-old-space-size=768' },
  ],
  ports: [
    { name: 'metrics', containerPort: 8090 },
    { name: 'healthz', containerPort: 8080 },
  ],
  livenessProbe: { httpGet: { path: '/healthz', port: 'healthz' }, initialDelaySeconds: 10, periodSeconds: 20, timeoutSeconds: 10 },
  readinessProbe: { httpGet: { path: '/readyz', port: 'healthz' }, periodSeconds: 5, timeoutSeconds: 4 },
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
});

/** @type {(inNamespace: object) => object} */
const metricsService = (inNamespace) =>
  object(
    'v1',
    'Service',
    `${name}-metrics`,
    { spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'metrics', port: 8090, targetPort: 'metrics' }] } },
    inNamespace,
  );

const namespaceObject = object(
  'v1',
  'Namespace',
  namespace,
  {},
  { labels: { 'app.kubernetes.io/part-of': 'sluice', 'pod-security.kubernetes.io/enforce': 'restricted' } },
);

const clusterRoles = [
  object(rbac, 'ClusterRole', name, { rules: permissions }),
  object(rbac, 'ClusterRoleBinding', name, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  }),
];

/** So that those who may look at or edit a namespace may look at its rollouts, or promote and abort them. */
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

/**
 * A namespaced controller reads no cluster-scoped kind and watches its own namespace alone. Its objects name no namespace, nor does the
 * binding's subject, which then is the account beside it: `kubectl apply -n TEAM` decides.
 */
const namespacedRoles = [
  object(rbac, 'Role', name, { rules: permissions.map(withoutClusterKinds) }),
  object(rbac, 'RoleBinding', name, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name }],
  }),
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

const namespacedArgs = [{ op: 'add', path: '/spec/template/spec/containers/0/args', value: ['--namespaced'] }];

/** @type {Readonly<Record<string, readonly object[]>>} file below manifests/ to its documents */
const files = {
  'base/kustomization.yaml': [kustomization(['service-account.yaml', 'deployment.yaml', 'metrics-service.yaml'])],
  'base/service-account.yaml': [serviceAccount({})],
  'base/deployment.yaml': [deployment({}, [])],
  'base/metrics-service.yaml': [metricsService({})],
  'cluster/kustomization.yaml': [
    kustomization(['../../crds', '../base', 'namespace.yaml', 'rbac.yaml', 'aggregate-roles.yaml'], { namespace }),
  ],
  'cluster/namespace.yaml': [namespaceObject],
  'cluster/rbac.yaml': clusterRoles,
  'cluster/aggregate-roles.yaml': aggregateRoles,
  'namespaced/kustomization.yaml': [
    kustomization(['../base', 'rbac.yaml'], { patches: [{ target: { kind: 'Deployment', name }, patch: dump(namespacedArgs) }] }),
  ],
  'namespaced/rbac.yaml': namespacedRoles,
  'namespace-install.yaml': [serviceAccount({}), ...namespacedRoles, metricsService({}), deployment({}, ['--namespaced'])],
};

const installed = [
  ...clusterRoles,
  ...aggregateRoles,
  serviceAccount({ namespace }),
  metricsService({ namespace }),
  deployment({ namespace }, []),
];

const banner = '# Generated by tools/manifests.mjs; npm run generate manifests\n';

/** @type {(documents: readonly object[]) => string} */
const yaml = (documents) => documents.map((d) => dump(d, { noRefs: true, lineWidth: 140 })).join('---\n');

/** The CRDs as they are committed: one text, so that applying either gives the same objects. */
function crds() {
  return readdirSync(path.join(root, 'crds'))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => `${readFileSync(path.join(root, 'crds', file), 'utf8').trimEnd()}\n`);
}

/** @type {(folder: string) => void} */
function write(folder) {
  /** @type {(file: string, text: string) => void} */
  const put = (file, text) => {
    const target = path.join(folder, 'manifests', file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, banner + text);
  };
  for (const [file, documents] of Object.entries(files)) put(file, yaml(documents));
  put('install.yaml', [yaml([namespaceObject]), ...crds(), yaml(installed)].join('---\n'));
}

write(process.argv[2] ?? root);
