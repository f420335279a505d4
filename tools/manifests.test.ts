import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { readConfig } from '../src/config.js';
import { fieldOf, objectsOf } from '../src/lib/json.js';
import { playScenario } from '../src/sim/scenario.js';
import { canaryScenarios } from '../src/sim/scenarios/canary.js';
import { routedScenarios } from '../src/sim/scenarios/routed.js';
import { routerRules } from './permissions.mjs';

const root = path.resolve(import.meta.dirname, '..');

interface Installed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

// What our own generator wrote is objects.
const read = (file: string): readonly Installed[] => loadAll(readFileSync(path.join(root, file), 'utf8')) as Installed[];
const idOf = ({ kind, metadata }: Installed): string => `${kind}/${metadata.name}`;
const idsOf = (objects: readonly Installed[]): readonly string[] => objects.map(idOf).sort();

/** The objects of a kustomization, those of the folders it names included, as far as names go. @throws when a file is missing */
function resourcesOf(folder: string): readonly Installed[] {
  const file = ['kustomization.yaml', 'Kustomization'].find((name) => existsSync(path.join(root, folder, name)));
  if (file === undefined) throw new Error(`${folder} has no kustomization`);
  const [kustomization] = read(path.join(folder, file));
  return textsOf(kustomization?.['resources']).flatMap((name) => {
    const target = path.join(folder, name);
    return statSync(path.join(root, target)).isDirectory() ? resourcesOf(target) : read(target);
  });
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

const cluster = read('manifests/install.yaml');
const namespaced = read('manifests/namespace-install.yaml');

function find(objects: readonly Installed[], id: string): Installed {
  const found = objects.find((object) => idOf(object) === id);
  if (found === undefined) throw new Error(`${id} is not installed`);
  return found;
}

function rulesOf(objects: readonly Installed[], id: string): readonly Rule[] {
  return objectsOf(find(objects, id)['rules']).map((rule) => ({
    apiGroups: textsOf(rule['apiGroups']),
    resources: textsOf(rule['resources']),
    verbs: textsOf(rule['verbs']),
  }));
}

/** `patch argoproj.io rollouts/status`, one for each permission. */
function permissionsOf(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}${group === '' ? '' : `.${group}`}`)),
    ),
  );
}

/** Folders of implementations; `http` is what they share. */
const routerFolders = readdirSync(path.join(root, 'src/traffic'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && entry.name !== 'http' ? [entry.name] : [],
);

const allowed = permissionsOf(rulesOf(cluster, 'ClusterRole/sluice-controller'));

function podOf(objects: readonly Installed[]): unknown {
  return fieldOf(fieldOf(find(objects, 'Deployment/sluice-controller')['spec'], 'template'), 'spec');
}

function containerOf(objects: readonly Installed[]): Readonly<Record<string, unknown>> {
  return objectsOf(fieldOf(podOf(objects), 'containers'))[0] ?? {};
}

/** Paths of empty lists, objects and nulls. */
function emptyIn(value: unknown, at: string): readonly string[] {
  if (value === null) return [at];
  if (typeof value !== 'object') return [];
  const entries = Object.entries(value);
  return entries.length === 0 ? [at] : entries.flatMap(([key, entry]) => emptyIn(entry, `${at}/${key}`));
}

describe('what is installed', () => {
  it('is, cluster-wide, five kinds, a namespace, permissions and a Deployment', () => {
    expect(idsOf(cluster)).toEqual([
      'ClusterRole/sluice-aggregate-to-admin',
      'ClusterRole/sluice-aggregate-to-edit',
      'ClusterRole/sluice-aggregate-to-view',
      'ClusterRole/sluice-controller',
      'ClusterRoleBinding/sluice-controller',
      'CustomResourceDefinition/analysisruns.argoproj.io',
      'CustomResourceDefinition/analysistemplates.argoproj.io',
      'CustomResourceDefinition/clusteranalysistemplates.argoproj.io',
      'CustomResourceDefinition/experiments.argoproj.io',
      'CustomResourceDefinition/rollouts.argoproj.io',
      'Deployment/sluice-controller',
      'Namespace/sluice',
      'Service/sluice-controller-metrics',
      'ServiceAccount/sluice-controller',
    ]);
    expect(cluster[0]?.kind).toBe('Namespace');
  });

  it('is, in one namespace, nothing that belongs to the cluster, and the namespace is for kubectl to say', () => {
    const kinds = namespaced.map(({ kind }) => kind);
    expect(kinds).toEqual(['ServiceAccount', 'Role', 'RoleBinding', 'Service', 'Deployment']);
    expect(namespaced.filter(({ metadata }) => metadata.namespace !== undefined)).toEqual([]);
  });

  it.each([
    { variant: 'cluster', installed: cluster },
    { variant: 'namespaced', installed: namespaced },
  ])('is the same by kustomize: $variant', ({ variant, installed }) => {
    expect(idsOf(resourcesOf(`manifests/${variant}`))).toEqual(idsOf(installed));
  });

  it.each([
    { variant: 'cluster', installed: cluster, isNamespaced: false },
    { variant: 'namespaced', installed: namespaced, isNamespaced: true },
  ])('starts the controller with flags it knows, and probes its ports: $variant', ({ installed, isNamespaced }) => {
    const container = containerOf(installed);
    const invocation = readConfig(textsOf(container['args']), {});
    if (invocation.kind !== 'run') throw new Error(`it would only show ${invocation.kind}`);
    expect(invocation.config).toMatchObject({ namespaced: isNamespaced, notices: [] });
    const ports = objectsOf(container['ports']).map(({ name, containerPort }) => [name, containerPort]);
    expect(Object.fromEntries(ports)).toEqual({ metrics: invocation.config.metricsPort, healthz: invocation.config.healthzPort });
    expect(container['readinessProbe']).toMatchObject({ httpGet: { path: '/readyz', port: 'healthz' } });
    expect(container['livenessProbe']).toMatchObject({ httpGet: { path: '/healthz', port: 'healthz' } });
  });

  it.each([...cluster, ...namespaced].map((installed) => ({ id: idOf(installed), installed })))(
    'has nothing that an API server leaves out, or every apply would change it again: $id',
    ({ installed }) => {
      // Kept: that it is there is what it says.
      expect(emptyIn(installed, '').filter((at) => !at.endsWith('/subresources/status'))).toEqual([]);
    },
  );

  it('runs as nobody, cannot become more, and says what it needs', () => {
    expect(podOf(cluster)).toMatchObject({ securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } });
    expect(containerOf(cluster)).toMatchObject({
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
    });
  });
});

describe('the permissions of the controller', () => {
  const scenarios = [
    'a good release goes out by steps and a promote',
    'a background analysis fails in the middle of a pause',
    'Services follow canary and stable',
    'history is cut to its limit',
    'nginx: a good release goes out by weights',
    'istio: a good release goes out by weights',
  ].map((name) => [...canaryScenarios, ...routedScenarios].find((scenario) => scenario.name === name));

  it('cover every call it makes in updates', async () => {
    const calls = new Set<string>();
    for (const scenario of scenarios) {
      if (scenario === undefined) throw new Error('a scenario has another name now');
      const { trace, failed } = await playScenario(scenario);
      expect(failed).toBeUndefined();
      for (const line of trace) calls.add(callOf(line));
    }
    const withoutGroup = allowed.map((permission) => permission.split('.')[0]);
    // Every account may ask which kinds there are.
    const isDiscovery = (call: string): boolean => /^get \S+\/v\d\w*$/.test(call);
    expect([...calls].filter((call) => !isDiscovery(call) && !withoutGroup.includes(call))).toEqual([]);
    expect([...calls]).toEqual(
      expect.arrayContaining([
        'patch rollouts/status',
        'create analysisruns',
        'delete replicasets',
        'create ingresses',
        'patch virtualservices',
      ]),
    );
  });

  it('cover the lease, events, Jobs, restarts and secrets, which simulations leave out', () => {
    expect(allowed).toEqual(
      expect.arrayContaining([
        ...['create', 'get', 'list', 'update'].map((verb) => `${verb} leases.coordination.k8s.io`),
        ...['create events', 'patch events', 'get secrets', 'list pods', 'patch pods', 'create pods/eviction', 'get pods/log'],
        ...['list', 'watch', 'get', 'create', 'delete'].map((verb) => `${verb} jobs.batch`),
      ]),
    );
  });

  it.each(routerFolders)('know the router %s: tools/permissions.mjs', (router) => {
    expect(Object.keys(routerRules)).toContain(router);
  });

  it('are for no router that is not there', () => {
    expect(Object.keys(routerRules).filter((router) => !routerFolders.includes(router))).toEqual([]);
  });

  it('let it read secrets by name only, and nothing by a wildcard', () => {
    expect(allowed.filter((permission) => permission.includes('secrets'))).toEqual(['get secrets']);
    expect(allowed.filter((permission) => /\*|escalate|impersonate|bind /.test(permission))).toEqual([]);
    expect(allowed.filter((permission) => /watch (pods|endpointslices)/.test(permission))).toEqual([]);
  });

  it('are the same in one namespace, but for the kind that has none', () => {
    const own = permissionsOf(rulesOf(namespaced, 'Role/sluice-controller'));
    expect(own).toEqual(allowed.filter((permission) => !permission.includes('clusteranalysistemplates')));
  });

  it('are given to the account the controller runs as', () => {
    expect(find(cluster, 'ClusterRoleBinding/sluice-controller')['subjects']).toEqual([
      { kind: 'ServiceAccount', name: fieldOf(podOf(cluster), 'serviceAccountName'), namespace: 'sluice' },
    ]);
    expect(find(cluster, 'ServiceAccount/sluice-controller').metadata.namespace).toBe('sluice');
  });
});

/** `patch rollouts/status`, from a line of a trace. */
function callOf(line: string): string {
  const [, verb = '', resource = ''] = line.split(' ');
  return `${verb} ${resource}`;
}
