import type { JsonObject, KubeObject, NewObject, Resource } from '../../src/api/kube.js';
import { resources } from '../../src/api/kube.js';
import { hasCode } from '../../src/lib/errors.js';
import { recordAt, textAt } from '../lib/json-at.js';
import type { Recorder } from './recorder.js';

/** Looks in a row that must see the same before something counts as being at rest; until() looks 20 times a second. */
const calmLooks = 16;

const labelsOf = (name: string): Readonly<Record<string, string>> => ({ app: name });

/** A pod template whose pods end at once when they are told to; `changes` go into its only container. */
export function podTemplate(name: string, changes: JsonObject = {}, spec: JsonObject = {}, annotations: JsonObject = {}): JsonObject {
  return {
    metadata: { labels: labelsOf(name), annotations },
    // Without its token: the real server adds a volume with a name of its own.
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'c', image: 'example.io/c:1', ...changes }],
      ...spec,
    },
  };
}

/** A ReplicaSet, Deployment or Job with pods labelled `app: NAME`. */
export function aWorkload(to: Recorder, resource: Resource, name: string, spec: JsonObject): NewObject {
  const selected = resource === resources.jobs ? {} : { selector: { matchLabels: labelsOf(name) } };
  return {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name, namespace: to.namespace },
    spec: { ...selected, ...spec },
  };
}

/** A pod that no controller has made. */
export function aPod(to: Recorder, app: string, name: string, annotations: JsonObject = {}): NewObject {
  const { spec } = podTemplate(app);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: to.namespace, labels: labelsOf(app), annotations: annotations as Readonly<Record<string, string>> },
    spec,
  };
}

/** Waits until an object pleases and nobody has written it for most of a second. */
export async function atRest(
  to: Recorder,
  resource: Resource,
  name: string,
  pleases: (object: KubeObject) => boolean,
): Promise<KubeObject> {
  let version = '';
  let looks = 0;
  const isCalm = (object: KubeObject): boolean => {
    looks = object.metadata.resourceVersion === version && pleases(object) ? looks + 1 : 0;
    version = object.metadata.resourceVersion;
    return looks >= calmLooks;
  };
  return to.eventually(`${resource.kind} ${name} to be at rest`, () => to.cluster.get({ resource, namespace: to.namespace, name }), isCalm);
}

/** As atRest, and keeps its status. */
export async function statusAtRest(
  to: Recorder,
  label: string,
  resource: Resource,
  name: string,
  pleases: (object: KubeObject) => boolean,
): Promise<void> {
  to.fact(label, (await atRest(to, resource, name, pleases)).status);
}

/** Pods of an app; waits until `pleases` and none is on its way out. */
export async function podsAtRest(
  to: Recorder,
  app: string,
  pleases: (pods: readonly KubeObject[]) => boolean,
): Promise<readonly KubeObject[]> {
  const list = async (): Promise<readonly KubeObject[]> =>
    (await to.cluster.list({ resource: resources.pods, namespace: to.namespace, labelSelector: `app=${app}` })).items;
  let versions = '';
  let looks = 0;
  return to.eventually(`pods of ${app} to be at rest`, list, (pods) => {
    const now = pods.map(({ metadata }) => metadata.resourceVersion).join();
    const isQuiet = pods.every(({ metadata }) => metadata.deletionTimestamp === undefined) && pleases(pods);
    looks = isQuiet && now === versions ? looks + 1 : 0;
    versions = now;
    return looks >= calmLooks;
  });
}

/** What a controller decides about its pods, without what is different for each: names by chance, uids, addresses. Sorted. */
export function shownPods(pods: readonly KubeObject[]): readonly unknown[] {
  return sorted(
    pods.map(({ metadata: { name, generateName, labels, annotations, finalizers, ownerReferences }, spec, status }) => ({
      ...{
        name: generateName === undefined ? name : `${generateName}*`,
        labels: withoutUid(labels),
        annotations,
        finalizers,
        ownerReferences,
      },
      ...{ spec, phase: textAt(status, 'phase') },
    })),
  );
}

function withoutUid(labels: Readonly<Record<string, string>> | undefined): unknown {
  return Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, key.endsWith('controller-uid') ? '<uid>' : value]));
}

function sorted(list: readonly unknown[]): readonly unknown[] {
  return list
    .map((item) => JSON.stringify(item))
    .sort()
    .map((text): unknown => JSON.parse(text));
}

/** Changes fields of an object's spec by a merge patch. */
export async function change(to: Recorder, resource: Resource, name: string, spec: JsonObject): Promise<void> {
  await to.cluster.patch({ resource, namespace: to.namespace, name }, { kind: 'merge', body: { spec } });
}

/** Waits until an object is no longer there. */
export async function untilGone(to: Recorder, resource: Resource, name: string): Promise<void> {
  const isThere = (): Promise<boolean> =>
    to.cluster.get({ resource, namespace: to.namespace, name }).then(
      () => true,
      (error: unknown) => {
        if (hasCode(error, 'not-found')) return false;
        throw error;
      },
    );
  await to.eventually(`${name} to be gone`, isThere, (found) => !found);
}

/** Whether a controller has seen the newest spec and its status has these numbers; 0 stands for absent too. */
export function hasStatus(wanted: Readonly<Record<string, number>>): (object: KubeObject) => boolean {
  return ({ kind, metadata, status }) => {
    const found = recordAt(status);
    const isSeen = kind === 'Job' || found['observedGeneration'] === metadata.generation;
    return isSeen && Object.entries(wanted).every(([key, value]) => (found[key] ?? 0) === value);
  };
}

export function hasCondition(type: string, status: string, reason?: string): (object: KubeObject) => boolean {
  return (object) => {
    const conditions = recordAt(object.status)['conditions'];
    return (
      Array.isArray(conditions) &&
      conditions.some(
        (each) =>
          textAt(each, 'type') === type && textAt(each, 'status') === status && (reason === undefined || textAt(each, 'reason') === reason),
      )
    );
  };
}
