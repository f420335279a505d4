import { apiVersionOf, keys, resources, type KubeObject, type NewObject, type Resource } from '../api/kube.js';
import { observe, ownerReference } from './cli-world.js';
import type { CliStage } from './cli.js';

type Facts = Readonly<Record<string, unknown>>;

/** A page that upstream's plugin printed, and the facts about the objects it was made from (src/cli/fixtures/recorded-pages.json). */
export interface RecordedPage {
  readonly recording: string;
  readonly command: string;
  readonly code: number;
  readonly rolloutSpec: Readonly<Record<string, unknown>> | null;
  /** By `Kind/name`; keys are paths, lists and texts as recorded. */
  readonly facts: Readonly<Record<string, Facts>>;
  readonly out: readonly string[];
}

/** Builds the recorded objects: owners first, so that owner references can carry the uids the store gave. */
export async function putRecorded(stage: CliStage, page: RecordedPage): Promise<void> {
  const owners = new Map<string, KubeObject>();
  for (const [id, facts] of Object.entries(page.facts)) {
    const [kind = '', name = ''] = id.split('/');
    const resource = Object.values(resources).find((each) => each.kind === kind);
    if (resource === undefined) continue;
    const put = await stage.put(resource, objectOf(page, resource, name, facts, owners));
    owners.set(id, put);
    // Only the store knows the generation, so what the controller saw of it is added afterwards.
    if (kind === 'Rollout' && facts['observed'] === true) await observe(stage, name);
    if (kind === 'ReplicaSet') await putPods(stage, put, facts);
  }
}

function objectOf(page: RecordedPage, resource: Resource, name: string, facts: Facts, owners: ReadonlyMap<string, KubeObject>): NewObject {
  const owner = typeof facts['owner'] === 'string' ? owners.get(facts['owner']) : undefined;
  const label = facts[`labels.${keys.podTemplateHash}`];
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      labels: typeof label === 'string' ? { [keys.podTemplateHash]: label } : {},
      annotations: annotationsOf(facts),
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
    ...(resource === resources.rollouts ? rolloutParts(page, facts) : {}),
    ...(resource === resources.replicaSets ? replicaSetParts(facts, typeof label === 'string' ? label : name) : {}),
    ...(resource === resources.analysisRuns ? { spec: { metrics: [] }, status: runStatus(facts) } : {}),
    ...(resource === resources.experiments ? { spec: { templates: [] }, status: { phase: facts['phase'] } } : {}),
  };
}

function annotationsOf(facts: Facts): Readonly<Record<string, string>> {
  const prefix = 'annotations.';
  const found = Object.entries(facts).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(found.map(([key, value]) => [key.slice(prefix.length), deadlineOr(String(value))]));
}

/** `<time +30s>` is seconds from the moment it was written; the stage's clock stands at 2026-01-01 and the page comes 5 seconds later. */
function deadlineOr(value: string): string {
  const seconds = /^<time \+(\d+)s>$/.exec(value)?.[1];
  return seconds === undefined ? value : `2026-01-01T00:00:${String(Math.min(59, Number(seconds))).padStart(2, '0')}Z`;
}

function rolloutParts(page: RecordedPage, facts: Facts): Pick<NewObject, 'spec' | 'status'> {
  const status: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(facts)) if (key.startsWith('status.')) setAt(status, key.split('.').slice(1), value);
  return { spec: { replicas: facts['spec.replicas'], ...page.rolloutSpec }, status };
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) target[key] = recordedValue(key, value);
  else {
    const inner = { ...(target[key] as Record<string, unknown> | undefined) };
    setAt(inner, rest, value);
    target[key] = inner;
  }
}

const recordedAt = '2026-01-01T00:00:00Z';

function recordedValue(key: string, value: unknown): unknown {
  if (key === 'pauseConditions' && Array.isArray(value)) return value.map((reason: unknown) => ({ reason, startTime: recordedAt }));
  return value === '<time>' ? recordedAt : value;
}

function replicaSetParts(facts: Facts, hash: string): Pick<NewObject, 'spec' | 'status'> {
  const [replicas, readyReplicas, availableReplicas] = numbersIn(String(facts['pods']));
  const labels = { [keys.podTemplateHash]: hash };
  return {
    spec: {
      replicas: facts['spec.replicas'],
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'demo', image: facts['image'] }] } },
    },
    status: { replicas, readyReplicas, availableReplicas, observedGeneration: 1 },
  };
}

async function putPods(stage: CliStage, replicaSet: KubeObject, facts: Facts): Promise<void> {
  const [created = 0] = numbersIn(String(facts['pods']));
  for (let i = 0; i < created; i++) {
    await stage.put(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${replicaSet.metadata.name}-pod0${i}`,
        labels: replicaSet.metadata.labels ?? {},
        ownerReferences: [ownerReference(replicaSet)],
      },
      spec: { containers: [{ name: 'demo', image: facts['image'] }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'demo', ready: true, restartCount: 0, state: { running: {} } }] },
    });
  }
}

/** `metric rate` holds `Failed count=1 failed=1 {...}`. */
function runStatus(facts: Facts): Readonly<Record<string, unknown>> {
  const metrics = Object.entries(facts).filter(([key]) => key.startsWith('metric '));
  return {
    phase: facts['phase'],
    metricResults: metrics.map(([key, value]) => ({
      name: key.slice('metric '.length),
      ...countsIn(String(value)),
    })),
  };
}

function countsIn(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries([...text.matchAll(/(\w+)=(\d+)/g)].map(([, name = '', digits]): [string, number] => [name, Number(digits)]));
}

function numbersIn(text: string): readonly number[] {
  return (text.match(/\d+/g) ?? []).map((digits) => Number(digits));
}
