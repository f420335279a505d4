import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { resources, type NewObject, type Resource } from '../api/kube.js';
import type { Cluster } from '../cluster/cluster.js';
import { ControllerError, hasCode } from '../lib/errors.js';
import { isPlainObject } from '../lib/json.js';
import { sleep, type Scheduler } from '../lib/scheduler.js';

/** Applies the objects of a YAML file as `kubectl apply --server-side -f` does. @param change edits an object on its way */
export async function applyFile(cluster: Cluster, file: string, change: (object: NewObject) => NewObject = (o) => o): Promise<void> {
  for (const document of loadAll(readFileSync(file, 'utf8'))) {
    if (!isPlainObject(document)) continue;
    // What is no object is refused by the API server, with a better message than ours.
    await applyObject(cluster, change(document as unknown as NewObject));
  }
}

async function applyObject(cluster: Cluster, object: NewObject): Promise<void> {
  const resource = resourceOf(object);
  const { name = '', namespace = 'default' } = object.metadata;
  const ref = { resource, name, ...(resource.namespaced ? { namespace } : {}) };
  await cluster.patch(ref, { kind: 'apply', body: object, force: true }, { fieldManager: 'kubectl' });
}

function resourceOf({ apiVersion, kind }: NewObject): Resource {
  const found = Object.values(resources).find((r) => r.kind === kind && apiVersion.endsWith(r.version));
  if (found === undefined) throw new ControllerError('internal', `the demo does not know the kind ${apiVersion} ${kind}`);
  return found;
}

/** Waits until the kinds of a just applied CRD are served. */
export async function whenServed(cluster: Cluster, resource: Resource, scheduler: Scheduler): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      if (await cluster.serves(resource)) return;
    } catch (error) {
      if (!hasCode(error, 'not-found')) throw error;
    }
    await sleep(scheduler, 100);
  }
  throw new ControllerError('timeout', `the API server does not serve ${resource.resource} after 5 s`);
}
