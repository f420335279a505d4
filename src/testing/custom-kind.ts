import type { NewObject, Resource } from '../api/kube.js';

/** A CustomResourceDefinition that serves a kind of ours with any content, for tests that need no schema. */
export function customKind(resource: Resource, subresources: Readonly<Record<string, unknown>> = {}): NewObject {
  const { group, version, resource: plural, kind, namespaced } = resource;
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema }, subresources }],
    },
  };
}
