import type { Kind } from '../../store/kinds/kind.js';

/* What the server tells about the kinds it has: aggregated (v2, v2beta1) and the old lists. Pure. */

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

interface Subresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

function subresourcesOf(kind: Kind): readonly Subresource[] {
  const { group, version, kind: name, resource } = kind.resource;
  const isPods = group === '' && resource === 'pods';
  return [
    ...(isPods
      ? [
          { name: 'binding', group: '', version: 'v1', kind: 'Binding', verbs: ['create'] },
          { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
          { name: 'log', group, version, kind: name, verbs: ['get'] },
        ]
      : []),
    ...(kind.scale ? [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: partVerbs }] : []),
    ...(kind.hasStatus ? [{ name: 'status', group, version, kind: name, verbs: partVerbs }] : []),
  ];
}

/** Served besides what is stored: only created, never kept. */
const accessReview = {
  resource: { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
};

/** Groups in the order of their first kind; the core group first. */
function byGroup(kinds: readonly Kind[]): ReadonlyMap<string, ReadonlyMap<string, readonly Kind[]>> {
  const groups = new Map<string, Map<string, Kind[]>>();
  for (const kind of kinds) {
    const versions = groups.get(kind.resource.group) ?? new Map<string, Kind[]>();
    groups.set(kind.resource.group, versions);
    versions.set(kind.resource.version, [...(versions.get(kind.resource.version) ?? []), kind]);
  }
  return groups;
}

/** @param core true: the core group (`/api`); false: all others (`/apis`) */
export function aggregatedDiscovery(kinds: readonly Kind[], core: boolean, version: 'v2' | 'v2beta1'): object {
  const groups = [...byGroup(kinds)].filter(([group]) => (group === '') === core);
  const items = groups.map(([group, versions]) => ({
    metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
    versions: [...versions].map(([name, members]) => ({ version: name, freshness: 'Current', resources: members.map(aggregatedResource) })),
  }));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: core ? items : [...items, accessReviewGroup()],
  };
}

function accessReviewGroup(): object {
  const { group, version, resource, kind } = accessReview.resource;
  const responseKind = { group, version, kind };
  const entry = { resource, responseKind, scope: 'Cluster', singularResource: kind.toLowerCase(), verbs: ['create'] };
  return { metadata: { name: group, creationTimestamp: null }, versions: [{ version, freshness: 'Current', resources: [entry] }] };
}

function aggregatedResource(kind: Kind): object {
  const { group, version, resource, kind: name, namespaced } = kind.resource;
  const subresources = subresourcesOf(kind).map((each) => ({
    subresource: each.name,
    responseKind: { group: each.group, version: each.version, kind: each.kind },
    verbs: each.verbs,
  }));
  return {
    ...{
      resource,
      responseKind: { group, version, kind: name },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      singularResource: kind.singular,
    },
    ...{ verbs, shortNames: kind.shortNames, categories: kind.categories },
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

export function groupList(kinds: readonly Kind[]): object {
  const named = [...byGroup(kinds)].filter(([group]) => group !== '').map(([group, versions]) => groupEntry(group, [...versions.keys()]));
  const { group, version } = accessReview.resource;
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...named, groupEntry(group, [version])] };
}

/** @returns undefined when there is no such group */
export function groupOf(kinds: readonly Kind[], group: string): object | undefined {
  const versions = byGroup(kinds).get(group);
  if (versions) return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, [...versions.keys()]) };
  const { group: reviews, version } = accessReview.resource;
  return group === reviews ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, [version]) } : undefined;
}

function groupEntry(name: string, versions: readonly string[]): object {
  const entries = [...versions].sort(byPriority).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** v2 before v1 before v1beta1 before v1alpha1. */
function byPriority(left: string, right: string): number {
  const rank = (version: string): readonly number[] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    const stage = match?.[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
    return [stage, Number(match?.[1] ?? 0), Number(match?.[3] ?? 0)];
  };
  const [a, b] = [rank(left), rank(right)];
  const index = a.findIndex((value, i) => value !== b[i]);
  return index < 0 ? 0 : (b[index] ?? 0) - (a[index] ?? 0);
}

/** @returns undefined when there is no such version */
export function resourceList(kinds: readonly Kind[], group: string, version: string): object | undefined {
  const members = byGroup(kinds).get(group)?.get(version) ?? [];
  const { resource: review } = accessReview;
  const extra = group === review.group && version === review.version ? [reviewEntry()] : [];
  const entries = [...members.flatMap(resourceEntries), ...extra];
  if (entries.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group === '' ? version : `${group}/${version}`, resources: entries };
}

function reviewEntry(): object {
  const { resource, kind } = accessReview.resource;
  return { name: resource, singularName: kind.toLowerCase(), namespaced: false, kind, verbs: ['create'] };
}

function resourceEntries(kind: Kind): readonly object[] {
  const { resource, kind: name, namespaced } = kind.resource;
  const main = {
    ...{ name: resource, singularName: kind.singular, namespaced, kind: name, verbs },
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
  };
  const parts = subresourcesOf(kind).map((each) => ({
    ...{ name: `${resource}/${each.name}`, singularName: '', namespaced, kind: each.kind, verbs: each.verbs },
    ...(each.kind === name ? {} : { group: each.group, version: each.version }),
  }));
  return [main, ...parts];
}
