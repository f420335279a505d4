import { customResourceDefinitions } from '../api/schema/index.js';
import { resources, type NewObject } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { isPlainObject } from '../lib/json.js';

const openObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
/** Kubernetes' own part of our schemas: nine tenths of their size, and none of it is a rollout's business. */
const foreignParts: ReadonlySet<string> = new Set(['template', 'job']);

const slimDefinitions: readonly NewObject[] = customResourceDefinitions.map((definition) => ({
  ...definition,
  // Versions keep their shape; only schemas below them get smaller.
  spec: slim(definition.spec) as Readonly<Record<string, unknown>>,
}));

function slim(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => slim(item));
  if (!isPlainObject(value)) return value;
  if (foreignParts.has(key) && 'type' in value) return openObject;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => name !== 'description' || typeof member !== 'string')
      .map(([name, member]) => [name, slim(member, name)]),
  );
}

/** Installs our kinds, as `kubectl apply -f crds/` would, with pod templates left open: a simulation makes thousands of clusters. */
export async function installCrds(cluster: Cluster): Promise<void> {
  for (const definition of slimDefinitions) await cluster.create(resources.customResourceDefinitions, definition);
}
